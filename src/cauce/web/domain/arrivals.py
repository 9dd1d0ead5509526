"""Arrival: a paper is used once, by an officer of the port; a slip is undone within a day by somebody else."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cauce.policy.programme import State
from cauce.web.domain import audit, cases, clock, filing, roles
from cauce.web.domain.carriers import number_in
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.outbox import tell
from cauce.web.domain.references import read
from cauce.web.models import Authorisation, Case, Event, Staff

UNDO_WITHIN = timedelta(days=1)
WHY = ("wrong-person", "wrong-flight", "recorded-twice")
"""Slips for which an arrival is undone."""


def find(typed: str, staff: Staff | None) -> Authorisation:
    """The paper of a scanned code or a number read aloud; that somebody looked is written down.

    Raises
    ------
    NotFound
        There is none.
    """
    actor = roles.require(staff, "find-paper")
    number = number_in(typed) or read(typed)
    paper = Authorisation.objects.select_related("member__case", "member__key").filter(number=number or "").first()
    if paper is None:
        raise NotFound(_("there is no paper with this number"), mend=_("scan the code again, or type the number"))
    with transaction.atomic():
        audit.record(paper.member.case.reference, actor, "paper-looked-at", paper=paper.number)
    return paper


def shown(paper: Authorisation, staff: Staff | None) -> None:
    """Write down that the page of a paper was opened: by staff, or by whoever has its address."""
    with transaction.atomic():
        actor = "bearer" if staff is None else roles.name(staff)
        audit.record(paper.member.case.reference, actor, "paper-opened", paper=paper.number)


def arrive(paper: Authorisation, staff: Staff | None, *, port: str, flight: str, admitted: bool = True) -> None:
    """Use a paper, once: somebody has arrived and is paroled, or is refused at the port.

    port   : airport, three letters
    flight : its number, such as AA123

    Raises
    ------
    Refused
        The paper has run out or is revoked, or port and flight are not such.
    Stale
        It was used already.
    """
    case = paper.member.case
    actor = roles.require(staff, "arrive" if admitted else "refuse-entry", state=case.state)
    port, flight = port.strip().upper(), "".join(flight.split()).upper()
    if not re.fullmatch(r"[A-Z]{3}", port) or not re.fullmatch(r"[A-Z0-9]{2}[0-9]{1,4}", flight):
        cause = _("an airport has three letters, and a flight is like AA123")
        raise Refused(cause, mend=_("correct the airport or the flight"))
    if paper.revoked_at or paper.ends_on <= filing.today():
        raise Refused(_("this paper does not hold any more"), mend=_("the officer in charge decides what follows"))
    with transaction.atomic():
        cases.alone(case)  # of two who arrive last, the second sees that the first has come
        case.refresh_from_db(fields=["state", "version"])
        roles.require(staff, "arrive" if admitted else "refuse-entry", state=case.state)  # it may be withdrawn by now
        mine = Authorisation.objects.filter(pk=paper.pk, used_at=None, revoked_at=None)
        fields = {"used_at": clock.now(), "used_by": actor, "port": port, "flight": flight, "admitted": admitted}
        if not mine.update(**fields):
            raise Stale(_("this paper was used already"), mend=_("look at it again"))
        act = "arrived" if admitted else "refused-at-the-port"
        if not _others(paper):
            _complete(case, actor, act, paper=paper.number)
        else:
            audit.record(case.reference, actor, act, paper=paper.number)
        tell(case)
    paper.refresh_from_db()


def _others(paper: Authorisation) -> bool:
    """Whether others of the case have still to arrive."""
    others = Authorisation.objects.filter(member__case=paper.member.case, used_at=None, revoked_at=None)
    return others.exclude(pk=paper.pk).exists()


def _complete(case: Case, actor: str, act: str, paper: str) -> None:
    """The last of a case has come: it is paroled if anybody was."""
    admitted = Authorisation.objects.filter(member__case=case, admitted=True).exists()
    case.refresh_from_db()
    to = State.PAROLED if admitted else State.REFUSED
    cases.advance(case, State.TRAVELLED, to, actor=actor, act=act, paper=paper)


def undo(paper: Authorisation, staff: Staff | None, why: str) -> None:
    """Undo a slip within a day: somebody else than who recorded it, with a reason.

    The record is corrected, which is no move of the rulebook's: the case goes back to where it was.

    Raises
    ------
    Refused
        Nothing to undo, too late, the same person, no reason, or something followed that rests on it.
    Stale
        It was undone already, or somebody moved the case.
    """
    actor, case, used = roles.require(staff, "undo-arrival"), paper.member.case, paper.used_at
    if why not in WHY:
        raise Refused(_("this needs a reason"), mend=_("choose at least one"))
    if used is None or clock.now() - used > UNDO_WITHIN:
        raise Refused(_("an arrival is undone within a day"), mend=_("write to the supervisor of the programme"))
    if actor == paper.used_by:
        raise Refused(_("this needs a second person"), mend=_("ask somebody else to undo it"))
    back = State.EXTENDED if paper.extended else State.AUTHORISED
    with transaction.atomic():
        cases.alone(case)
        case.refresh_from_db(fields=["state", "version"])  # the last of it may have come since the page was shown
        if Authorisation.objects.filter(member__case=case, revoked_at__isnull=False, replaced_by=None).exists():
            cause = _("the papers of this application were revoked since")
            raise Refused(cause, mend=_("write to the supervisor of the programme"))
        mine = Authorisation.objects.filter(pk=paper.pk, used_at=used)
        if not mine.update(used_at=None, used_by="", port="", flight="", admitted=None):
            raise Stale(_("this was undone already"), mend=_("look again"))
        if case.state in (State.PAROLED, State.REFUSED):
            mine = Case.objects.filter(pk=case.pk, state=case.state, version=case.version)
            if not mine.update(state=back.value, version=case.version + 1, moved_at=clock.now(), ended_at=None):
                raise Stale(_("somebody else changed this application since you opened it"), mend=_("open it again"))
            try:
                with transaction.atomic():
                    case.members.filter(left_at=None).update(live=True)
            except IntegrityError:
                cause = _("somebody of this application has applied anew since")
                raise Refused(cause, mend=_("write to the supervisor of the programme")) from None
        audit.record(case.reference, actor, "arrival-undone", paper=paper.number, why=why)
        tell(case)


def just_arrived(staff: Staff | None) -> list[Authorisation]:
    """The papers used within the last day, which may still be undone."""
    roles.require(staff, "undo-arrival")
    since = clock.now() - UNDO_WITHIN
    return list(Authorisation.objects.filter(used_at__gt=since).select_related("member__case").order_by("-used_at"))


def history(case: Case, most: int = 100) -> list[Event]:
    """What was done on a case, the newest first."""
    return list(Event.objects.filter(subject=case.reference).order_by("-sequence")[:most])
