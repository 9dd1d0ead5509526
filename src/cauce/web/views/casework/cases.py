"""The line and the desk of an officer: take a case, look at it beside the rules, decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_GET, require_POST

from cauce.web.domain import (
    alerts,
    arrivals,
    authorisations,
    cases,
    casework,
    clock,
    filing,
    reissues,
    roles,
    rules,
    standing,
    supporters,
)
from cauce.web.domain.cases import State
from cauce.web.interfaces import states
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.interfaces.fields import version
from cauce.web.interfaces.states import supporter_statuses
from cauce.web.models import Authorisation, Case, Decision, Member, Staff

PAGE = 50
LINES: dict[str, tuple[Any, tuple[State, ...]]] = {
    "review": (later("To be reviewed"), (State.SELECTED, State.REVIEW)),
    "evidence": (later("Papers asked for"), (State.EVIDENCE,)),
    "travel": (later("To be authorised"), (State.REQUESTED,)),
    "waiting": (later("Waiting for a place"), (State.WAITING,)),
    "holding": (later("Holding a place"), (State.REQUESTED, State.WAITING)),
    "papers": (later("With papers"), (State.AUTHORISED, State.EXTENDED)),
}
WHY = {
    "second-signature": later("To sign what somebody proposed"),
    "supervision": later("To look after the work of an officer"),
    "complaint": later("Somebody complained"),
    "correction": later("Something must be corrected"),
    "audit": later("An audit"),
}
VERDICTS = {
    "eligible": later("The rules say yes"),
    "ineligible": later("The rules say no"),
    "needs-review": later("A person must look"),
}
LOSSES = {
    "lost": later("It was lost"),
    "known": later("Somebody else has it or its code"),
    "slip": later("It was printed or given out wrongly"),
}
PROPOSED = {
    "not-confirmed": later("No confirmation of the supporter"), "denied": later("Denial"),
    "revoked": later("Revocation"),
}  # fmt: skip


def in_line(name: str) -> QuerySet[Case]:
    """The cases of one line; whoever holds a place stands in that line alone."""
    there = Case.objects.filter(state__in=[state.value for state in LINES[name][1]], erased_at=None)
    holders = authorisations.holders()
    if name == "holding":
        return there.filter(reference__in=holders)
    return there.exclude(reference__in=holders) if name in ("travel", "waiting") else there


def masked(number: str) -> str:
    """The last three symbols of a passport."""
    return f"…{number[-3:]}" if len(number) > 3 else "…"


@require_GET
@staff_only("read-queue")
def line(request: HttpRequest, name: str) -> HttpResponse:
    """One line of cases, the oldest first."""
    if name not in LINES:
        raise Http404
    found = in_line(name)
    if request.GET.get("alerts") == "1":
        found = found.filter(alerts__closed_by="").filter(alerts__isnull=False).distinct()
    found = found.filter(_after(request.GET.get("after", ""))).select_related("lease").defer("snapshot", "contact")
    here = Prefetch("members", Member.objects.filter(left_at=None).select_related("key"), to_attr="here")
    page = list(found.prefetch_related("alerts", here).order_by("filed_at", "id")[: PAGE + 1])
    rows = [_row(case, staff_of(request)) for case in page[:PAGE]]
    last = page[PAGE - 1] if len(page) > PAGE else None
    onward = f"{last.filed_at.isoformat()}~{last.pk}" if last else ""
    only = "&alerts=1" if request.GET.get("alerts") == "1" else ""
    words = {"title": LINES[name][0], "rows": rows, "onward": onward, "name": name, "only": only}
    return render(request, "casework/line.html", words)


def _after(word: str) -> Q:
    """Whoever comes after the last row of the page before."""
    if not word:
        return Q()
    try:
        at, identity = word.split("~")
        when, last = datetime.fromisoformat(at), UUID(identity)
    except ValueError:
        raise Http404 from None
    return Q(filed_at__gt=when) | Q(filed_at=when, id__gt=last)


def _row(case: Any, staff: Staff) -> dict[str, Any]:
    lease = getattr(case, "lease", None)
    holder = lease.officer if lease is not None and lease.until > clock.now() else ""
    return {
        "case": case, "state": states.WORDS[case.state][0], "alerts": [a for a in case.alerts.all() if not a.closed_by],
        "passports": ", ".join(masked(filing.identification(m).get("passport", "")) for m in case.here),
        "mine": holder == roles.name(staff), "taken": holder, "takes": _takes(case, staff),
    }  # fmt: skip


@require_POST
@staff_only("claim")
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a case from the line."""
    case = cases.find(reference)
    casework.claim(case, staff_of(request))
    alerts.look(case)
    return redirect("staff-case", case.reference)


@staff_only("read-case")
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """A case beside the rules; whoever does not work on it says first why they look."""
    found, staff = cases.find(reference), staff_of(request)
    why = request.POST.get("why", "") if request.method == "POST" else ""
    mine = casework.in_hand(found, staff)
    if not mine and why not in casework.WHY:
        words = {"case": found, "why": WHY.items(), "takes": _takes(found, staff)}
        return render(request, "casework/why.html", words, status=422 if request.method == "POST" else 200)
    sheet = casework.read(found, staff, why)
    return render(request, "casework/case.html", _shown(found, sheet, staff, mine))


def _takes(found: Case, staff: Staff) -> bool:
    return roles.may(staff, "claim") and found.state in roles.table()["claim"].states


def _shown(found: Case, sheet: casework.Sheet, staff: Staff, mine: bool) -> dict[str, Any]:
    people = [
        {
            "member": member, "person": person, "verdict": VERDICTS[looked.verdict.value], "facts": _facts(person),
            "reasons": [(rules.said(words), source) for _code, words, source in looked.reasons],
        }
        for member, person, looked in sheet.people
    ]  # fmt: skip
    waiting = [p for verdict in PROPOSED if (p := casework.proposal(found, verdict)) is not None]
    offered = [(name, ACTS[name]) for name in ACTS if _may(name, found, staff, mine, bool(waiting))]
    return {
        "case": found, "state": states.words(found)[0], "people": people, "sheet": sheet, "mine": mine,
        "supporter": {
            "verdict": VERDICTS[sheet.supporter.verdict.value],
            "status": dict(supporter_statuses()).get(sheet.offer.get("status", "-")),
            "reasons": [(rules.said(words), source) for _code, words, source in sheet.supporter.reasons],
        },
        "alerts": [(a, states.ALERTS[a.kind], round(100 * a.rate, 1)) for a in found.alerts.all() if not a.closed_by],
        "acts": offered, "takes": not mine and _takes(found, staff),
        "against": [(code, rules.said(words)) for code, words, _source in sheet.against.values()],
        "unknown": [(code, rules.said(words)) for code, words, _source in sheet.unknown.values()],
        "proposals": [(p, PROPOSED[p.verdict], _signs(p, staff), standing.said(p)) for p in waiting],
        "drops": roles.may(staff, "propose-denial"), "held": authorisations.held(found),
        "papers": authorisations.unused(found),
        "losses": LOSSES.items() if roles.may(staff, "reissue") and found.state in authorisations.LIVE else (),
        "history": arrivals.history(found),
    }  # fmt: skip


def _signs(proposal: Decision, staff: Staff) -> bool:
    return proposal.proposed_by != roles.name(staff) and roles.may(
        staff, f"second-{casework.PROPOSED[proposal.verdict]}"
    )


def _facts(person: Any) -> list[tuple[Any, Any]]:
    """What somebody answered, in words."""
    said = {"yes": _("Yes"), "no": _("No"), "unknown": _("I do not know")}
    country, passport = rules.said_country(person.nationality), f"{person.passport_country} {person.passport_number}"
    rows: list[tuple[Any, Any]] = [
        (_("Name"), person.name),
        (_("Born on"), person.born),
        (_("Nationality"), country),
        (_("Passport"), passport),
        (_("The passport is valid"), said[person.passport_valid]),
        (_("The passport ran out on"), person.passport_expired_on),
        (_("Outside the country"), said[person.outside]),
        (_("Another nationality or residence"), said[person.other_nationality]),
        (_("Vaccinated"), said[person.vaccinated]),
        (_("Removed before"), said[person.removed]),
        (_("Removed on"), person.removed_on),
        (_("Stopped at sea"), said[person.stopped_at_sea]),
        (_("Stopped at sea on"), person.stopped_at_sea_on),
        (_("Another bar"), said[person.other_bar]),
        (_("Crossed a border irregularly"), said[person.crossed]),
    ]
    rows += [(_("Crossing"), f"{rules.said_country(c.place)} · {c.on or '–'}") for c in person.crossings]
    return [(label, value) for label, value in rows if value not in (None, "", " ")]


@dataclass(frozen=True)
class Button:
    """An act on a case: its words, whether it takes reasons, whether it is grave."""

    words: Any
    does: Callable[..., Any]
    reasons: bool = False
    grave: bool = False


def _authorise(case: Case, staff: Staff, version: int) -> str:
    if authorisations.authorise(case, staff, version):
        return _("Places are held for this application.")
    return _("There is no place now: it waits in line.")


ACTS: dict[str, Button] = {
    "review": Button(later("Begin the review"), casework.review),
    "confirm": Button(later("I have looked at everything above: confirm the supporter"), casework.confirm),
    "confirm-anew": Button(
        later("I have looked at what changed and at everything above: confirm the supporter anew"),
        casework.confirm_anew,
    ),
    "ask-evidence": Button(later("Ask for papers"), casework.ask_evidence),
    "resume-review": Button(later("Go on with the review"), casework.resume),
    "propose-not-confirm": Button(
        later("Propose not to confirm the supporter"), casework.propose_not_confirm, reasons=True, grave=True
    ),
    "authorise": Button(later("Hold places under the cap"), _authorise),
    "issue": Button(later("Issue the papers"), authorisations.issue),
    "release-places": Button(later("Give back the places held"), authorisations.release),
    "extend": Button(later("Extend the papers, once"), authorisations.extend),
    "propose-denial": Button(later("Propose a denial"), casework.propose_denial, reasons=True, grave=True),
    "propose-revocation": Button(
        later("Propose to revoke the papers"), authorisations.propose_revocation, reasons=True, grave=True
    ),
}
SECOND: dict[str, Callable[[Decision, Staff, int], None]] = {
    "not-confirmed": casework.second_not_confirm,
    "denied": casework.second_denial,
    "revoked": authorisations.second_revocation,
}
AGAIN = ("issue", "propose-revocation")


def _may(act: str, found: Case, staff: Staff, mine: bool, proposed: bool) -> bool:
    held = authorisations.held(found) is not None
    fits = found.state in roles.table()[act].states and roles.may(staff, act)
    fits &= mine or act in ("propose-revocation", "extend")
    if fits and act == "confirm-anew":
        return bool(casework.changed_since_confirmed(found, supporters.of(found)))
    fits &= held if act in ("issue", "release-places") else not held if act == "authorise" else True
    return fits and not (proposed and (act in ("confirm", "issue", "authorise") or act.startswith("propose-")))


@require_POST
@staff_only(*(act for act in ACTS if act not in AGAIN))
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Do an act on a case."""
    if name in AGAIN:
        raise Http404
    return _do(request, reference, name)


@require_POST
@staff_only("issue", again=True)
def issue(request: HttpRequest, reference: str) -> HttpResponse:
    """Issue papers, with the password or the code once more."""
    return _do(request, reference, "issue")


@require_POST
@staff_only("propose-revocation", again=True)
def revoke(request: HttpRequest, reference: str) -> HttpResponse:
    """Propose to revoke papers, with the password or the code once more."""
    return _do(request, reference, "propose-revocation")


@require_POST
@staff_only("reissue", again=True)
def reissue(request: HttpRequest, reference: str, identity: UUID) -> HttpResponse:
    """Issue one paper anew, with the password or the code once more."""
    found = cases.find(reference)
    papers = Authorisation.objects.filter(member__case=found).select_related("member__case")
    paper = get_object_or_404(papers, pk=identity)
    reissues.reissue(paper, staff_of(request), version(request), request.POST.get("why", ""))
    messages.success(request, _("It was issued anew. The code of the paper before serves no more."))
    return redirect("staff-case", found.reference)


def _do(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    button = ACTS.get(name)
    if button is None:
        raise Http404
    found, staff = cases.find(reference), staff_of(request)
    grounds = casework.Grounds(*(tuple(request.POST.getlist(name)) for name in ("reason", "found")))
    given = [grounds] if button.reasons else []
    said = button.does(found, staff, version(request), *given)
    messages.success(request, said if isinstance(said, str) else _("Done."))
    return redirect("staff-case", found.reference)


@require_POST
@staff_only("claim")
def give_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Work on a case no more."""
    casework.give_back(cases.find(reference), staff_of(request))
    return redirect("staff-home")


@require_POST
@staff_only(*(f"second-{act}" for act in casework.PROPOSED.values()), again=True)
def second(request: HttpRequest, reference: str, verdict: str) -> HttpResponse:
    """Sign what somebody else proposed."""
    found = cases.find(reference)
    proposal = casework.proposal(found, verdict) if verdict in SECOND else None
    if proposal is None:
        raise Http404
    SECOND[verdict](proposal, staff_of(request), version(request))
    messages.success(request, _("Signed."))
    return redirect("staff-case", found.reference)


@require_POST
@staff_only(*(f"propose-{act}" for act in casework.PROPOSED.values()))
def drop(request: HttpRequest, reference: str, verdict: str) -> HttpResponse:
    """Drop what was proposed."""
    proposal = casework.proposal(cases.find(reference), verdict)
    if proposal is None:
        raise Http404
    casework.drop(proposal, staff_of(request))
    return redirect("staff-case", reference)


@require_POST
@staff_only("close-alert")
def close_alert(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """An alert was looked at."""
    found = cases.find(reference)
    alert = found.alerts.filter(pk=number).first()
    if alert is None:
        raise Http404
    alerts.close(alert, staff_of(request))
    return redirect("staff-case", found.reference)
