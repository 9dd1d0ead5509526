"""Who is handed over: returned across the border, or transferred to an agency that is not on the board.

Somebody takes them over and is named, so that custody is never nobody's.  Nobody goes back at night, without their
papers, medicines and belongings or apart from their family unless somebody is sure, and a child alone only when a
second person agrees (`restamps`).
"""

from __future__ import annotations

from collections.abc import Sequence
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


def leave(
    staff: Staff, held: Held, handover: Handover, version: int, *, together: bool = False, sure: bool = False
) -> list[Held]:
    """Hand somebody over now; who goes.

    together : with all of their party at the same place who wait to leave and for whom no other way out is meant; what
        was given along is so for each.
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
        party = custody.party(held)
        going = [held, *(one for one in party if together and _along(one, held))]
        separated = may(going, handover, now, sure=sure)
        for one in going:
            keep(one, handover)
            custody.advance(one, handover.way, version if one is held else one.version, now, actor)
            _gone(one, handover, now, actor, separated)
    return going


def _along(one: Held, held: Held) -> bool:
    """Whether another of the party goes where somebody does."""
    waits = one.stage == "waiting-exit" and one.site_id == held.site_id and one.pk != held.pk
    return waits and one.way_out in ("", held.way_out)


def _gone(held: Held, handover: Handover, at: datetime, actor: str, separated: bool) -> None:
    """They have left; beds wait no longer for a party of whom nobody is inside."""
    Release.objects.filter(held=held).update(done_at=at)
    if not Held.objects.filter(party=held.party, left_at=None).exists():
        shelters.free(held.party, actor)
    lacks = handover.missing
    audit.record(held.reference, actor, "handed-over", what=handover.way, missing=lacks, apart=separated)


def may(going: Sequence[Held], handover: Handover, at: datetime, *, sure: bool) -> bool:
    """Whether some of a party may leave this way at a time; whether they leave others of theirs inside.

    Raises
    ------
    Refused
        They may not.
    """
    if handover.way not in WAYS or any(one.stage != "waiting-exit" for one in going):
        raise Refused(_("this stage does not follow"), mend=_("choose one of the buttons"))
    if not handover.receiver.strip():
        raise Refused(_("custody is never nobody's"), mend=_("name the agency that receives them"))
    if at > clock.now():
        raise Refused(_("this time is still to come"), mend=_("correct the day and hour"))
    if any(at < one.stage_since for one in going):
        raise Refused(_("nobody leaves a stage before they entered it"), mend=_("correct the day and hour"))
    if handover.way == "returned" and not releases.by_day(going[0].site, at):
        raise Refused(_("nobody is sent back at night"), mend=_("wait for the morning"))
    separated = custody.apart(going)
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
    separated = may([held], handover, stamp.at, sure=True)
    words = {"reason": stamp.reason, "second": actor}
    custody.advance(held, handover.way, held.version, stamp.at, stamp.proposed_by, **words)
    _gone(held, handover, stamp.at, actor, separated)
