"""Filing by many at once: one draft is one application, one passport stands in one of them."""

from __future__ import annotations

import contextlib

import pytest

from cauce.errors import RequestError
from cauce.web.domain import audit, drafts, filing
from cauce.web.models import Case, Draft, Member
from tests.web import pathway
from tests.web.test_caps import THREADS, _storm


def drafted(**changes: str) -> Draft:
    """A draft with every answer."""
    draft, _code = drafts.begin("es")
    for page, said in pathway.told(changes).items():
        drafts.save(draft, page, said, draft.version)
    return draft


@pytest.mark.django_db(transaction=True)
def test_that_one_draft_sent_64_times_at_once_is_one_application() -> None:
    draft = drafted()
    answered: list[str] = []

    def work(_: int) -> None:
        mine = Draft.objects.filter(pk=draft.pk).first()
        if mine is None:
            return
        with contextlib.suppress(RequestError):  # filed between the look and the sending
            answered.append(filing.file(mine, draft.version, "one form", pathway.link).reference)

    assert _storm(work) == []
    (case,) = Case.objects.all()
    assert set(answered) == {case.reference}
    assert Member.objects.count() == 1 and not Draft.objects.exists()
    assert audit.verify().sound


@pytest.mark.django_db(transaction=True)
def test_that_one_passport_in_64_drafts_is_one_application() -> None:
    several = [drafted(passport_number="V4711") for _ in range(THREADS)]
    refused: list[str] = []

    def work(number: int) -> None:
        draft = several[number]
        try:
            filing.file(draft, draft.version, str(number), pathway.link)
        except RequestError as refusal:
            refused.append(str(refusal))

    assert _storm(work) == []
    assert Case.objects.count() == Member.objects.filter(live=True).count() == 1
    assert len(refused) == THREADS - 1
    assert Draft.objects.count() == THREADS - 1  # nobody's answers are lost
    assert audit.verify().sound
