"""Who is handed over: returned across the border, or transferred to an agency that is not on the board.

Somebody takes them over and is named, so that custody is never nobody's.  Nobody goes back at night, without their
papers, medicines and belongings or apart from their family unless somebody is sure, and a child alone only when a
second person agrees (`restamps`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, clock, custody, releases, roles, shelters, vault
from cauce.web.domain.faults import Refused
from cauce.web.models import Held, Release, Restamp, Staff

WAYS = ("returned", "transferred")


@dataclass(frozen=True)
class Handover:
    """Which way, to whom, and what was given along; the receiver is kept sealed."""

    way: str
    receiver: str
    papers_given: bool = False
    medicines_given: bool = False
    belongings_given: bool = False

    @property
    def missing(self) -> list[str]:
        """What they have not got, of `papers`, `medicines`, `belongings`."""
        return [name for name in releases.THINGS if not getattr(self, f"{name}_given")]


def by_two(held: Held, way: str) -> bool:
    """Whether a second person agrees before somebody leaves this way: a child alone who goes back."""
    return way == "returned" and held.demographic == Demographic.UNACCOMPANIED_CHILD


def leave(staff: Staff, held: Held, handover: Handover, version: int, *, sure: bool = False) -> None:
    """Hand somebody over now.

    sure : although something is missing, or others of the party or relatives stay inside; both are written down.

    Raises
    ------
    Refused
        Nobody is named who receives them, it is night, a child alone goes back, or nobody is sure of what is missing.
    Stale
        Somebody moved them in the meantime.
    """
    actor = roles.require(staff, "hand-over", held.site)
    if by_two(held, handover.way):
        raise Refused(_("a child alone goes back only if two people agree"), mend=_("ask a second person"))
    now = clock.now()
    with transaction.atomic():
        custody.party(held)
        separated = may(held, handover, now, sure=sure)
        keep(held, handover)
        custody.advance(held, handover.way, version, now, actor)
        _gone(held, handover, now, actor, separated)


def _gone(held: Held, handover: Handover, at: datetime, actor: str, separated: bool) -> None:
    """They have left; beds wait no longer for a party of whom nobody is inside."""
    Release.objects.filter(held=held).update(done_at=at)
    if not Held.objects.filter(party=held.party, left_at=None).exists():
        shelters.free(held.party, actor)
    lacks = handover.missing
    audit.record(held.reference, actor, "handed-over", what=handover.way, missing=lacks, apart=separated)


def may(held: Held, handover: Handover, at: datetime, *, sure: bool) -> bool:
    """Whether somebody may leave this way at a time; whether they leave others of theirs inside.

    Raises
    ------
    Refused
        They may not.
    """
    if handover.way not in WAYS or held.stage != "waiting-exit":
        raise Refused(_("this stage does not follow"), mend=_("choose one of the buttons"))
    if not handover.receiver.strip():
        raise Refused(_("custody is never nobody's"), mend=_("name the agency that receives them"))
    if at > clock.now():
        raise Refused(_("this time is still to come"), mend=_("correct the day and hour"))
    if at < held.stage_since:
        raise Refused(_("nobody leaves a stage before they entered it"), mend=_("correct the day and hour"))
    if handover.way == "returned" and not releases.by_day(held.site, at):
        raise Refused(_("nobody is sent back at night"), mend=_("wait for the morning"))
    separated = custody.apart([held])
    if handover.missing and not sure:
        cause = _("papers, medicines or belongings were not given along")
        raise Refused(cause, mend=_("give them, or say that you are sure"))
    if separated and not sure:
        cause = _("others of this party, or relatives, stay inside")
        raise Refused(cause, mend=_("keep them together, or say that you are sure"))
    return separated


def keep(held: Held, handover: Handover) -> None:
    """Write down who receives somebody and with what, in the transaction of the caller."""
    fields = {f"{name}_given": getattr(handover, f"{name}_given") for name in releases.THINGS}
    receiver = vault.seal(held.key, f"release.receiver.{held.pk}", handover.receiver.strip())
    Release.objects.update_or_create(held=held, defaults={**fields, "receiver": receiver})


def seconded(stamp: Restamp, actor: str) -> None:
    """What a second person agreed to, in their transaction: the first was sure of what was missing."""
    held = stamp.held
    release = Release.objects.get(held=held)
    handover = Handover(stamp.what, releases.told(held, release, "receiver"), **{
        f"{name}_given": getattr(release, f"{name}_given") for name in releases.THINGS
    })  # fmt: skip
    custody.party(held)
    separated = may(held, handover, stamp.at, sure=True)
    words = {"reason": stamp.reason, "second": actor}
    custody.advance(held, handover.way, held.version, stamp.at, stamp.proposed_by, **words)
    _gone(held, handover, stamp.at, actor, separated)
