"""What two people do: another time or kind than was written, a child alone who goes back, a leaving that was a slip.

One asks and another agrees; until then nothing changes.  What cannot have happened is refused: a time to come,
leaving before entering, a move before the one before it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, clock, custody, departures, identities, roles, seats
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Boarding, Held, Movement, Release, Restamp, Staff

CHILD = "child"
"""Why two people are asked when a child alone goes back."""
UNDO = "undo"
UNDONE_WITHIN = custody.LONGEST_BEFORE
"""How long after it a leaving can be undone: as long as the record of the person is whole."""


def propose(staff: Staff, held: Held, *, what: str, at: datetime, reason: str) -> Restamp:
    """Say that something happened at another time: `first-custody`, `entered`, or the stage somebody moved to.

    Raises
    ------
    Refused
        No reason, or a time that cannot be.
    """
    actor = roles.require(staff, "correct-time", held.site)
    custody.reasonable(reason)
    _possible(held, what, at)
    with transaction.atomic():
        return custody.ask(actor, held, what, at, reason)


def propose_leaving(
    staff: Staff, held: Held, handover: departures.Handover, version: int, *, at: datetime | None = None,
    reason: str = "", sure: bool = False,
) -> Restamp:  # fmt: skip
    """Say that somebody was handed over at another time, or that a child alone goes back.

    at : when it was, for a reason; now if not given.

    Raises
    ------
    Refused
        What `departures.leave` refuses, or another time without its reason.
    Stale
        Somebody moved them in the meantime.
    """
    actor = roles.require(staff, "hand-over", held.site)
    if at is not None:
        custody.reasonable(reason)
    when = clock.now() if at is None else at
    departures.may([held], handover, when, sure=sure)
    with transaction.atomic():
        custody.swap(held, version, Held.objects.filter(left_at=None))
        departures.keep(held, handover)
        return custody.ask(actor, held, handover.way, when, CHILD if at is None else reason)


def propose_undo(staff: Staff, held: Held, *, reason: str) -> Restamp:
    """Say that somebody has not left: a slip of the hand, which the clock of their custody outlives.

    Raises
    ------
    Refused
        No reason, they are inside, or their leaving cannot be undone any more.
    """
    actor = roles.require(staff, "correct-time", held.site)
    custody.reasonable(reason)
    left = _undoable(held)
    with transaction.atomic():
        return custody.ask(actor, held, UNDO, left, reason)


def approve(staff: Staff, stamp: Restamp) -> None:
    """Agree; by somebody else than who asked, and once.

    Raises
    ------
    Refused
        The same person, or what cannot be any more.
    """
    held = stamp.held
    actor = roles.require(staff, "second-time", held.site)
    if actor == stamp.proposed_by:
        raise Refused(_("two people agree to another time"), mend=_("ask somebody else"))
    with transaction.atomic():
        mine = Restamp.objects.filter(pk=stamp.pk, approved_at=None, withdrawn_at=None)
        if not mine.update(approved_by=actor, approved_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        held.refresh_from_db()
        if stamp.what == UNDO:
            _undo(stamp, actor)
        elif stamp.what in departures.WAYS:
            departures.seconded(stamp, actor)
        elif stamp.what in set(Demographic):
            identities.seconded(stamp, actor)
        else:
            _possible(held, stamp.what, stamp.at)
            _restamp(stamp, actor)


def _restamp(stamp: Restamp, actor: str) -> None:
    held, words = stamp.held, {"reason": stamp.reason, "second": actor}
    if stamp.what in custody.NEXT.get(held.stage, ()):
        custody.advance(held, stamp.what, held.version, stamp.at, stamp.proposed_by, **words)
        return
    field = "first_custody_at" if stamp.what == "first-custody" else "entered_at"
    was = getattr(held, field)
    custody.swap(held, held.version, **{field: stamp.at})
    custody.write(held, held.stage, stamp.what, stamp.at, stamp.proposed_by, **words)
    audit.record(held.reference, actor, "time-changed", what=stamp.what, was=was.isoformat(), restamp=stamp.pk)


def withdraw(staff: Staff, stamp: Restamp) -> None:
    """Drop what was asked for; by who asked for it, or by who could have agreed.

    Raises
    ------
    Stale
        It was decided before.
    """
    site = stamp.held.site
    actor = roles.require(staff, "correct-time", site)
    if actor != stamp.proposed_by:
        roles.require(staff, "second-time", site)
    with transaction.atomic():
        mine = Restamp.objects.filter(pk=stamp.pk, approved_at=None, withdrawn_at=None)
        if not mine.update(withdrawn_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        audit.record(stamp.held.reference, actor, "time-withdrawn", what=stamp.what, restamp=stamp.pk)


def _possible(held: Held, what: str, at: datetime) -> None:
    """Refuse a time that cannot have been."""
    if held.left_at is not None:
        raise Refused(_("this person has left"), mend=_("what is past stays as it was written"))
    if at > clock.now():
        raise Refused(_("this time is still to come"), mend=_("correct the day and hour"))
    if what == "first-custody":
        if at > held.entered_at:
            raise Refused(_("custody cannot begin after the entry here"), mend=_("correct the day and hour"))
        if at < clock.now() - custody.LONGEST_BEFORE:
            cause = _("a first custody more than 30 days ago is not plausible")
            raise Refused(cause, mend=_("correct the day and hour"))
    elif what == "entered":
        _between_moves(held, at)
    elif what not in custody.NEXT.get(held.stage, ()):
        raise Refused(_("this stage does not follow"), mend=_("choose one of the buttons"))
    elif at < held.stage_since:
        raise Refused(_("nobody leaves a stage before they entered it"), mend=_("correct the day and hour"))


def _between_moves(held: Held, at: datetime) -> None:
    """An entry lies between what came before it, here or at the centre before, and the first move after it."""
    moves = Movement.objects.filter(held=held).exclude(before="").exclude(after__in=custody.TIMES).order_by("at")
    before, after = moves.filter(at__lt=held.entered_at).last(), moves.filter(at__gt=held.entered_at).first()
    if at < held.first_custody_at or (before and at < before.at) or (after and at > after.at):
        cause = _("the entry lies between the first custody and the first move")
        raise Refused(cause, mend=_("correct the day and hour"))


def _undoable(held: Held) -> datetime:
    """When somebody left whose leaving can be undone."""
    if held.left_at is None:
        raise Refused(_("this person has not left"), mend=_("look again"))
    if held.left_at < clock.now() - UNDONE_WITHIN:
        raise Refused(_("this was too long ago to be undone"), mend=_("take them in again"))
    if held.identity_index and Held.objects.filter(identity_index=held.identity_index, left_at=None).exists():
        raise Refused(_("this person is inside under another reference"), mend=_("go on with that one"))
    if held.boardings.filter(travelled=True, manifest__purpose="onward").exists():
        raise Refused(_("they were taken onward after they left"), mend=_("take them in again"))
    return held.left_at


def _undo(stamp: Restamp, actor: str) -> None:
    """Back where they waited, as if they had never left; what happened and who said so stays written."""
    held, left = stamp.held, _undoable(stamp.held)
    seats.free(held, actor)
    before = held.stage
    custody.swap(held, held.version, stage="waiting-exit", stage_since=left, left_at=None)
    Release.objects.filter(held=held).update(done_at=None, onward="")
    Boarding.objects.filter(held=held, manifest__to_site=None, travelled=True).update(travelled=False)
    words = {"reason": stamp.reason, "second": actor}
    custody.write(held, before, held.stage, left, stamp.proposed_by, **words)
    audit.record(held.reference, actor, "leaving-undone", before=before, after=held.stage, restamp=stamp.pk)


def pending(sites: QuerySet) -> QuerySet[Restamp]:
    """What waits for a second person, oldest first."""
    waiting = Restamp.objects.filter(held__site__in=sites, approved_at=None, withdrawn_at=None)
    return waiting.select_related("held__site").order_by("proposed_at", "pk")
