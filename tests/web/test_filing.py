"""Filing: once, whole, sealed, nobody twice."""

from __future__ import annotations

import pytest

from cauce.policy.programme import Verdict, decide
from cauce.web.domain import audit, drafts, filing, rules
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Case, Event, Member, Notice
from tests.web.conftest import Travel
from tests.web.pathway import filed, link, told


@pytest.mark.django_db
def test_that_a_filed_family_waits_in_the_line_and_can_be_read_by_the_rules() -> None:
    case, code = filed({}, {"relation": "child", "born": "2015-02-03", "guardian": 1}, supporter="s@example.org")
    assert (case.state, case.persons) == ("queued", 2)
    assert [person.name for person in filing.answers(case).people] == ["Persona 1", "Persona 2"]
    parent, child = case.members.order_by("position")
    assert child.child
    assert not parent.child
    application = filing.application(case, child)
    assert (application.is_child, application.with_guardian, application.security_clear) == (True, True, None)
    assert decide(application, filing.today(), rules.programme()).verdict is Verdict.REVIEW
    assert {notice.kind for notice in Notice.objects.all()} == {"filed", "supporter-asked"}
    assert drafts.by_code(code) is None
    assert audit.verify().sound


@pytest.mark.django_db
def test_that_nothing_told_stands_in_the_open() -> None:
    case, code = filed({"name": "Zulema Quintero", "passport_number": "Q99887766"}, supporter="s@example.org")
    words = ("Zulema", "Q99887766", "ana@example.org", "s@example.org", code)
    kept = [str(row) for model in (Case, Member, Notice, Event) for row in model.objects.values()]
    assert not [word for word in words for row in kept if word in row]
    assert str(case.pk) in kept[0]


@pytest.mark.django_db
def test_that_the_same_form_twice_gives_the_same_case() -> None:
    draft, _code = drafts.begin("es")
    for page, answer in told().items():
        drafts.save(draft, page, answer, draft.version)
    first = filing.file(draft, draft.version, "key", link)
    assert filing.file(draft, draft.version, "key", link) == first
    with pytest.raises(Stale):
        filing.file(draft, draft.version, "another key", link)
    assert Case.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["V00000001", "v 0000-0001"])
def test_that_nobody_has_two_applications_at_a_time(number: str) -> None:
    case, _code = filed()
    with pytest.raises(Refused, match="already pending") as refusal:
        filed({"passport_number": number}, key="second")
    assert case.reference not in str(refusal.value)
    assert Case.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("guardian", [None, 2, 3, 9])
def test_that_no_child_applies_without_a_guardian(guardian: int | None) -> None:
    children = [{"born": "2015-02-03", "guardian": guardian}, {"born": "2012-02-03", "guardian": 1}]
    with pytest.raises(Refused, match="guardian"):
        filed({}, *children)


@pytest.mark.django_db
def test_that_two_windows_cannot_overwrite_each_other() -> None:
    draft, code = drafts.begin("es")
    other = drafts.by_code(code)
    assert other is not None
    drafts.save(draft, "group", {"persons": 1, "together": True}, 0)
    with pytest.raises(Stale):
        drafts.save(other, "group", {"persons": 2, "together": True}, 0)


@pytest.mark.django_db
def test_that_a_draft_is_kept_for_sixty_days_from_its_last_answer(travel: Travel) -> None:
    draft, code = drafts.begin("es")
    travel.on(days=59)
    drafts.save(draft, "group", {"persons": 1, "together": True}, 0)
    travel.on(days=59)
    assert drafts.by_code(code.lower().replace("-", " ")) is not None
    travel.on(days=1)
    assert drafts.by_code(code) is None
    with pytest.raises(NotFound):
        drafts.find(str(draft.pk))
