"""Helpers: somebody may act for the people of a case, by a link of their own, for some steps, until a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit, clock, outbox, vault
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.references import link as secret
from cauce.web.models import Case, Mandate

SCOPES = ("see", "act")
"""See where it stands; or also ask a supporter, send the link again, and correct how the people are reached."""
LONGEST = timedelta(days=180)


def give(case: Case, name: str, email: str, scope: str, days: int, link: Callable[[str], str]) -> Mandate:
    """Let a helper act; their link goes to them alone.

    Raises
    ------
    Refused
        Such a mandate does not exist, or the case has ended.
    """
    if case.ended_at is not None:
        raise Refused(_("this application has ended"), mend=_("begin a new one"))
    if scope not in SCOPES or not 0 < days <= LONGEST.days:
        raise Refused(_("a helper may act for 180 days at most"), mend=_("choose one of the list"))
    token, now = secret(), clock.now()
    with transaction.atomic():
        mandate = Mandate(
            case=case, link_index=vault.index("mandate", token), scope=scope, given_at=now,
            until=now + timedelta(days=days),
        )  # fmt: skip
        mandate.name = vault.seal(case.key, f"mandate.name.{mandate.pk}", name)
        mandate.save(force_insert=True)
        outbox.write("helper-asked", email, case.key, case.language, case=case, link=link(token))
        audit.record(case.reference, "applicant", "mandate-given", mandate=str(mandate.pk), scope=scope, days=days)
    return mandate


def revoke(case: Case, identity: str) -> None:
    """A helper may act no more, from now on.

    Raises
    ------
    Stale
        There is no such mandate any more.
    """
    with transaction.atomic():
        now = clock.now()
        if not case.mandates.filter(pk=identity, revoked_at=None, until__gt=now).update(revoked_at=now):
            raise Stale(_("this helper may act no more already"), mend=_("look at the page again"))
        audit.record(case.reference, "applicant", "mandate-revoked", mandate=identity)


def named(case: Case) -> list[tuple[Mandate, str]]:
    """The helpers who may act now, with their names."""
    live = case.mandates.filter(revoked_at=None, until__gt=clock.now()).order_by("given_at")
    return [(mandate, vault.unseal(case.key, f"mandate.name.{mandate.pk}", mandate.name)) for mandate in live]


def by_token(token: str) -> Mandate:
    """The mandate of a link.

    Raises
    ------
    NotFound
        It serves no more, or never did.
    """
    return _usable(link_index=vault.index("mandate", token))


def find(identity: str) -> Mandate:
    """The mandate that a browser has open.

    Raises
    ------
    NotFound
        It serves no more.
    """
    return _usable(pk=identity)


def _usable(**which: str) -> Mandate:
    live = Mandate.objects.filter(revoked_at=None, until__gt=clock.now(), case__erased_at=None, **which)
    mandate = live.select_related("case__key").first()
    if mandate is None:
        cause = _("this link serves no more")
        raise NotFound(cause, mend=_("ask the person whom you help to give you a new one"))
    return mandate


def actor(mandate: Mandate) -> str:
    """How the audit names a helper."""
    return f"helper {mandate.pk}"
