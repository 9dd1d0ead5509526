"""Erasing one application before its time, because somebody asks for it: one steward proposes, another agrees."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cauce.web.domain import audit, cases, clock, retention, roles, standing
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Case, Erasure, Staff

REASONS = tuple(reason for reason, _label in Erasure.REASONS)
"""Why: its people asked, a court or an authority ordered it, or it was filed in the name of somebody else."""
UNASKED = ("ordered", "not-theirs")
"""Reasons for which an application that still runs is first taken back, whoever filed it."""


def propose(reference: str, reason: str, staff: Staff | None) -> Erasure:
    """Propose to erase a case, by its reference as somebody typed it.

    Raises
    ------
    NotFound
        No such case.
    Refused
        No such reason, or the case still runs and its people are who asked.
    Stale
        It is erased or proposed already.
    """
    actor = roles.require(staff, "erase-case")
    case = cases.find(reference)
    if reason not in REASONS:
        raise Refused(_("there is no such reason"), mend=_("choose one of the list"))
    if not _taken_back(case, reason):
        retention.may_go(case)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Erasure.objects.create(case=case, reason=reason, proposed_by=actor, proposed_at=clock.now())
        except IntegrityError:
            raise Stale(_("this was proposed already"), mend=_("ask somebody else to agree")) from None
        audit.record(case.reference, actor, "erasure-proposed", reason=reason)
        return made


def waiting(most: int = 100) -> list[Erasure]:
    """What waits for a second person, the oldest first."""
    found = Erasure.objects.filter(agreed_at=None, withdrawn_at=None, case__erased_at=None)
    return list(found.select_related("case").order_by("pk")[:most])


def agree(erasure: Erasure, staff: Staff | None) -> None:
    """Erase what somebody else proposed to erase; what runs still is taken back first, where its people did not ask.

    Raises
    ------
    Refused
        The same person.
    Stale
        It is erased or dropped already.
    """
    actor = roles.require(staff, "erase-case")
    case = erasure.case
    with transaction.atomic():
        if _taken_back(case, erasure.reason) and actor != erasure.proposed_by:
            standing.take_back(case, case.version, actor)
            case.refresh_from_db()
        retention.erase(case, erasure.proposed_by, actor, erasure.reason)
        if not _open(erasure).update(agreed_by=actor, agreed_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))


def drop(erasure: Erasure, staff: Staff | None) -> None:
    """Withdraw what one asked for, or decline what somebody else did; it may be proposed anew.

    Raises
    ------
    Stale
        It is erased or dropped already.
    """
    actor = roles.require(staff, "erase-case")
    how = "withdrawn" if actor == erasure.proposed_by else "declined"
    with transaction.atomic():
        if not _open(erasure).update(withdrawn_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        audit.record(erasure.case.reference, actor, f"erasure-{how}", reason=erasure.reason)


def _taken_back(case: Case, reason: str) -> bool:
    return reason in UNASKED and standing.may_withdraw(case)


def _open(erasure: Erasure) -> QuerySet[Erasure]:
    return Erasure.objects.filter(pk=erasure.pk, agreed_at=None, withdrawn_at=None)
