"""Leave to travel, under the cap: places are held, then issued; papers run out, are extended once, or revoked by two.

Whoever finds no place waits in line, and nobody overtakes the line.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cauce.errors import RequestError
from cauce.policy.cap import in_turn
from cauce.policy.programme import State, authorisation_ends
from cauce.web.domain import audit, caps, cases, clock, filing, pauses, roles, rules, selection, sums
from cauce.web.domain.casework import (
    Grounds,
    changed_since_confirmed,
    decided,
    propose,
    require_in_hand,
    sheet,
    sign,
    touch,
    travellers,
    windows_of,
)
from cauce.web.domain.faults import NotFound, Refused, SoldOut, Stale
from cauce.web.domain.outbox import tell
from cauce.web.domain.references import reference
from cauce.web.models import Authorisation, Case, Decision, Entry, Event, Hold, Member, Staff, Support

log = logging.getLogger("cauce.web")

HELD_FOR = timedelta(days=14)
"""A place that is held waits so long to be issued; then it is somebody else's (judgement)."""
LIVE = (State.AUTHORISED.value, State.EXTENDED.value)


def held(case: Case) -> Hold | None:
    """The places that a case holds and that are not issued yet."""
    return Hold.objects.filter(holder=case.reference, issued=False).exclude(pk__in=caps.over()).first()


def waiting_for(programme: str) -> QuerySet[Case]:
    """The cases that wait for a place."""
    holding = Hold.objects.values("holder")
    return Case.objects.filter(programme=programme, state=State.WAITING.value).exclude(reference__in=holding)


BY_AGE = ("requested_at", "moved_at", "id")
"""By which those who wait for a place are older than others: since when they ask to travel."""


def line(programme: str) -> tuple[str, ...]:
    """The references of the cases that wait for a place, in the order in which they are served."""
    names = waiting_for(programme).order_by(*BY_AGE).values_list("reference", flat=True)
    given = Entry.objects.filter(window__pool=f"{caps.OF_PROGRAMMES}{programme}", act="hold").count()
    return in_turn(tuple(names), rules.order(programme), selection.last_seed(programme), served=given)


def authorise(case: Case, staff: Staff | None, version: int) -> bool:
    """Hold places for a whole case; False if there are none, and it waits in line.

    Raises
    ------
    Refused
        The step stands still, the review was of other answers, the rules now say no, or the sum of the cap is wrong.
    Stale
        The case was changed since.
    """
    pauses.require_open("authorise")
    actor = require_in_hand(case, staff, "authorise")
    if not waiting_for(case.programme).exists():
        with suppress(SoldOut):
            _take(case, actor, version)
            return True
    with transaction.atomic():
        cases.advance(case, State.WAITING, actor=actor, act="waits-for-a-place", version=version)
        tell(case)
    return False


def _take(case: Case, actor: str, version: int) -> None:
    """Hold the places of those of a case who may travel; the counter of the cap is the last thing touched."""
    found = sheet(case)
    going = _reviewed(case, travellers(case, found), found.support)
    windows = rules.windows(case.programme)
    sums.require_right(windows)
    with transaction.atomic():
        touch(case, version)
        decision = decided(case, "places-held", found, found.reasons, actor)
        audit.record(
            case.reference, actor, "places-held", persons=len(going), decision=decision.pk,
            answers=case.snapshot_digest, rules=found.rules,
        )  # fmt: skip
        caps.take(windows, case.reference, len(going), actor, expires_at=clock.now() + HELD_FOR)
    case.version = version + 1


def _reviewed(case: Case, going: tuple[Member, ...], support: Support | None) -> tuple[Member, ...]:
    """Those who go, if the answers and the supporter are those that were confirmed."""
    changed = changed_since_confirmed(case, support)
    if changed == "answers":
        cause = _("the answers are not those on which the supporter was confirmed")
        raise Refused(cause, mend=_("a supervisor looks at what changed"))
    if changed:
        cause = _("the supporter who was confirmed is not there any more")
        raise Refused(cause, mend=_("propose a denial, or ask the people of this application"))
    return going


def place(case: Case) -> int | None:
    """Its place among those who wait for one, counted from 1 by age; None when it does not wait, or holds a place."""
    waiting = waiting_for(case.programme)
    if not waiting.filter(pk=case.pk).exists():
        return None
    older, same = Q(pk__in=[]), Q()
    for name in BY_AGE:
        value = getattr(case, name)
        older, same = older | (same & Q(**{f"{name}__lt": value})), same & Q(**{name: value})
    return waiting.filter(older).count() + 1


def holders() -> QuerySet[Hold, dict[str, str]]:
    """The references of the cases that hold places which are not issued yet."""
    return Hold.objects.filter(issued=False).values("holder")


def lapse() -> int:
    """Give back the places that cases held too long without papers; how many cases.  Two workers at once do no harm.

    Their people are told, and they wait in line by the day on which they asked to travel.
    """
    late = caps.over().filter(window__pool__startswith=caps.OF_PROGRAMMES).order_by("pk")
    return sum(_lapsed(holder) for holder in dict.fromkeys(late.values_list("holder", flat=True)))


def _lapsed(holder: str) -> bool:
    with transaction.atomic():
        case = Case.objects.select_related("key").filter(reference=holder).first()
        if case is not None:
            cases.alone(case)  # the case before its places, as everybody who decides on it
            case.refresh_from_db(fields=["state", "version"])
        if not caps.over().filter(holder=holder).exists():
            return False  # issued or given back meanwhile
        if case is not None and case.state == State.REQUESTED:
            cases.advance(case, State.WAITING, actor="clock", act="hold-ran-out")
        else:
            audit.record(holder, "clock", "hold-ran-out")
        with suppress(NotFound):  # one that cannot be read keeps no place
            if case is not None and case.ended_at is None:
                tell(case)
        return caps.release_all([holder], "clock")


def serve(programme: str, staff: Staff | None = None) -> tuple[str, ...]:
    """Give the places there are to the line, in turn, up to the first for whom there is no room.

    staff : who serves it; the clock, if nobody.

    Returns
    -------
    references : of the cases that now hold places
    """
    actor = "clock" if staff is None else roles.require(staff, "serve-line")
    if pauses.standing("authorise") is not None:
        return ()
    try:
        windows = rules.windows(programme)
    except Refused:  # the rules let nobody in on this day: a person looks at who still waits
        return ()
    if any(window.used >= window.cap or window.wrong_at for window in windows):
        return ()  # the worker comes by every few seconds, and the line may be long
    served = []
    for name in line(programme):
        case = waiting_for(programme).filter(reference=name).select_related("key").first()
        if case is None:  # it left the line meanwhile
            continue
        try:
            _take(case, actor, case.version)
        except SoldOut:
            break
        except RequestError:  # the rules now say no, or somebody is at it: a person looks, the line goes on
            continue
        served.append(case.reference)
    return tuple(served)


def issue(case: Case, staff: Staff | None, version: int) -> tuple[Authorisation, ...]:
    """Turn the places held into papers, for as many days as the rules say.

    Raises
    ------
    Refused
        No places are held, or for another number of people; the step stands still; the rules now say no; the sum of
        the cap is wrong.
    Stale
        The case was changed since, or the places ran out just now.
    """
    pauses.require_open("authorise")
    actor = require_in_hand(case, staff, "issue")
    found, hold = sheet(case), held(case)
    going = _reviewed(case, travellers(case, found), found.support)
    if hold is None or hold.persons != len(going):
        cause = _("no places are held for just these people")
        raise Refused(cause, mend=_("give back what is held, and hold places anew"))
    windows = windows_of(case)
    sums.require_right(windows)
    today = filing.today()
    ends = authorisation_ends(today, rules.programme(case.programme))
    with transaction.atomic():
        cases.advance(
            case, State.AUTHORISED, actor=actor, act="authorised", version=version, persons=len(going),
            ends=ends.isoformat(), answers=case.snapshot_digest, rules=found.rules,
        )  # fmt: skip
        papers = tuple(
            Authorisation.objects.create(member=member, number=reference(), issued_on=today, ends_on=ends)
            for member in going
        )
        tell(case)
        if not caps.issue(windows, case.reference, actor):
            raise Stale(_("the places ran out just now"), mend=_("hold places anew"))
    return papers


def release(case: Case, staff: Staff | None, version: int) -> None:
    """Give back places that are held and not issued.

    Raises
    ------
    Refused
        None are held.
    Stale
        The case was changed since.
    """
    actor = require_in_hand(case, staff, "release-places")
    if held(case) is None:
        raise Refused(_("no places are held for this application"), mend=_("open it again to see where it is"))
    with transaction.atomic():
        touch(case, version)
        audit.record(case.reference, actor, "places-given-back")
        caps.release_all([case.reference], actor)
    case.version = version + 1


def unused(case: Case) -> list[Authorisation]:
    """The papers of a case that may still serve."""
    papers = Authorisation.objects.filter(member__case=case, revoked_at=None, used_at=None)
    return list(papers.select_related("member").order_by("member__position"))


def extend(case: Case, staff: Staff | None, version: int) -> date:
    """Extend the papers of a case, once; the first day on which they no longer hold.

    Raises
    ------
    Refused
        They ran out.
    """
    actor, papers, today = roles.require(staff, "extend", state=case.state), unused(case), filing.today()
    if not papers or papers[0].ends_on <= today:
        raise Refused(_("these papers ran out"), mend=_("the people may apply again"))
    ends = authorisation_ends(papers[0].issued_on, rules.programme(case.programme), extended=True)
    with transaction.atomic():
        cases.advance(case, State.EXTENDED, actor=actor, act="extended", version=version, ends=ends.isoformat())
        Authorisation.objects.filter(pk__in=[paper.pk for paper in papers]).update(ends_on=ends, extended=True)
        tell(case)
    return ends


def propose_revocation(case: Case, staff: Staff | None, version: int, grounds: Grounds) -> Decision:
    """Propose to revoke the papers of a case.

    Raises
    ------
    Refused
        There is no reason for a no, or this is proposed already.
    """
    actor = roles.require(staff, "propose-revocation", state=case.state)
    return propose(case, "revoked", grounds, actor, version)


def second_revocation(decision: Decision, staff: Staff | None, version: int) -> None:
    """Sign a revocation that somebody else proposed: the papers serve no more."""
    case = decision.case
    actor = roles.require(staff, "second-revocation", state=case.state)
    with transaction.atomic():
        cases.alone(case)  # whoever arrives at this moment is seen, or finds the paper revoked
        sign(decision, actor)
        if _end(case, actor, "revoked", version, decision=decision.pk):
            caps.release_all([case.reference], actor, recycle=True)


def _end(case: Case, actor: str, act: str, version: int, **details: object) -> bool:
    """No paper of a case serves any more; whoever has arrived stays arrived.  Whether its places go back."""
    arrived = Authorisation.objects.filter(member__case=case, admitted=True).exists()
    to = (State.TRAVELLED, State.PAROLED) if arrived else (State.EXPIRED,)
    recycled = settings.RECYCLE_EXPIRED and not arrived
    cases.advance(case, *to, actor=actor, act=act, version=version, recycled=recycled, **details)
    if act == "revoked":
        papers = Authorisation.objects.filter(member__case=case, revoked_at=None, used_at=None)
        papers.update(revoked_at=clock.now())
    tell(case)
    return recycled


NOT_ENDED = "could-not-be-ended"
BATCH = 50
"""Cases ended in one transaction: few enough that nobody waits long for the counter of the cap."""


def expire() -> int:
    """End the cases whose papers ran out; how many.  Two workers at once do no harm.

    One that cannot be ended, such as one that cannot be read, keeps no other waiting; it is named in the log and
    in its audit once, and counted by `stuck` as long as it stays.
    """
    looked_at, left = 0, set[UUID]()
    while batch := _expire_batch(left):
        looked_at += batch
    return looked_at - len(left)


def _over(day: date) -> QuerySet[Case]:
    """The cases that papers which had run out by a day keep alive."""
    # gathered once, not looked for case by case: a database that has not counted its rows yet would do that
    papers = Authorisation.objects.filter(ends_on__lte=day, used_at=None, revoked_at=None)
    return Case.objects.filter(pk__in=papers.values("member__case"), state__in=LIVE)


def stuck() -> int:
    """How many cases are still alive although their papers had run out yesterday: somebody has to look at them."""
    return _over(filing.today() - timedelta(days=1)).count()


def _expire_batch(left: set[UUID]) -> int:
    """How many cases were looked at; those that stay as they were join `left`."""
    over = _over(filing.today()).exclude(pk__in=left).order_by("pk")
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:  # SQLite has one writer at a time anyway
            over = over.select_for_update(skip_locked=True, of=("self",))
        found = list(over.select_related("key")[:BATCH])  # nobody else writes them until this transaction ends
        recycled = []
        for case in found:
            try:
                with transaction.atomic():
                    if _end(case, "clock", "ran-out", case.version):
                        recycled.append(case.reference)
            except RequestError as fault:
                left.add(case.pk)
                _say_once(case, type(fault).__name__)
        caps.release_all(recycled, "clock", recycle=True)
    return len(found)


def _say_once(case: Case, fault: str) -> None:
    """The worker comes by every few seconds, and a log that says the same each time is read by nobody."""
    if not Event.objects.filter(subject=case.reference, act=NOT_ENDED).exists():
        audit.record(case.reference, "clock", NOT_ENDED, fault=fault)
        log.warning("application %s could not be ended: %s", case.reference, fault)
