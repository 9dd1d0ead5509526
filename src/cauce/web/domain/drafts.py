"""Drafts: answers kept page by page, sealed, for a time, and found again by a code that only their owner has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cauce.web.domain import clock, retention, vault
from cauce.web.domain.faults import NotFound, Stale
from cauce.web.domain.references import read, reference
from cauce.web.models import Draft


def begin(language: str) -> tuple[Draft, str]:
    """A new draft and its resume code, which is said this one time."""
    code, now = reference(), clock.now()
    with transaction.atomic():
        draft = Draft(
            code_index=vault.index("resume", code), key=vault.new_key(), language=language,
            saved_at=now, expires_at=now + retention.kept("draft"),
        )  # fmt: skip
        draft.answers = _sealed(draft, {})
        draft.save(force_insert=True)
    return draft, code


def by_code(typed: str) -> Draft | None:
    """The draft of a resume code as somebody typed it."""
    code = read(typed)
    found = Draft.objects.filter(expires_at__gt=clock.now(), code_index=vault.index("resume", code or ""))
    return found.select_related("key").first()


def find(identity: str) -> Draft:
    """The draft that a browser has open.

    Raises
    ------
    NotFound
        It was filed, or kept for too long.
    """
    draft = Draft.objects.filter(pk=identity, expires_at__gt=clock.now()).select_related("key").first()
    if draft is None:
        raise NotFound(_("this draft is not open"), mend=_("go on with your resume code, or begin anew"))
    return draft


def told(draft: Draft) -> dict[str, dict[str, Any]]:
    """The answers so far, by page."""
    answers: dict[str, dict[str, Any]] = vault.unseal(draft.key, f"draft.answers.{draft.pk}", draft.answers)
    return answers


def save(draft: Draft, page: str, answer: Mapping[str, Any], version: int) -> None:
    """Keep the answer of one page; messages go out in the language in which somebody answered last.

    version : that of the draft when the page was shown.

    Raises
    ------
    Stale
        It was changed since, say in another tab.
    """
    answers, now = {**told(draft), page: dict(answer)}, clock.now()
    with transaction.atomic():
        mine = Draft.objects.filter(pk=draft.pk, version=version)
        fields = {
            "answers": _sealed(draft, answers), "language": get_language() or draft.language, "saved_at": now,
            "expires_at": now + retention.kept("draft"),
        }  # fmt: skip
        if draft.version != version or not mine.update(version=version + 1, **fields):
            cause = _("this draft was changed in another window since you opened this page")
            raise Stale(cause, mend=_("look at the answers as they are now, and answer again"))
    draft.version, draft.answers, draft.saved_at = version + 1, fields["answers"], now
    draft.language = fields["language"]


def _sealed(draft: Draft, answers: Mapping[str, Any]) -> bytes:
    return vault.seal(draft.key, f"draft.answers.{draft.pk}", answers)
