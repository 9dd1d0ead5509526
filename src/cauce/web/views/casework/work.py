"""The first page of staff, and what supervisors, stewards and auditors do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_GET, require_POST

from cauce.web.domain import (
    authorisations,
    caps,
    pauses,
    retention,
    roles,
    rules,
    selection,
    staffing,
    standstill,
    sums,
)
from cauce.web.domain.cases import State
from cauce.web.domain.faults import Refused
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.interfaces.states import STEPS
from cauce.web.models import Amendment, Case, Decision, Draw, Event, Pause, Purge, Site, Staff, Window
from cauce.web.views.casework.cases import LINES, PAGE, PROPOSED, in_line
from cauce.web.views.faults import bad_request

ROLES = {
    "officer": later("Officer"), "supervisor": later("Supervisor"), "port": later("Officer of the port"),
    "centre": later("Centre"), "centre-lead": later("Lead of a centre"), "shelter": later("Shelter"),
    "planner": later("Planner"), "auditor": later("Auditor"), "steward": later("Steward of the accounts"),
}  # fmt: skip
CLASSES = {
    "draft": later("Drafts"), "case": later("Applications"), "held": later("People in custody"),
    "release": later("Releases"), "notice": later("Messages"), "ask": later("Questions to shelters"),
}  # fmt: skip
ORDERS = {"fifo": later("by age"), "lottery": later("by lot"), "half-and-half": later("half by age, half by lot")}


@require_GET
@staff_only(*roles.table())
def home(request: HttpRequest) -> HttpResponse:
    """What there is to do for whoever signed in."""
    staff = staff_of(request)
    lines = []
    if roles.may(staff, "read-queue"):
        lines = [(name, title, _up_to(in_line(name))) for name, (title, _states) in LINES.items()]
    proposals = []
    if roles.may(staff, "second-denial"):
        waiting = Decision.objects.filter(verdict__in=PROPOSED, seconded_at=None, withdrawn_at=None)
        others = waiting.exclude(proposed_by=roles.name(staff)).select_related("case").order_by("proposed_at")
        proposals = [(decision, PROPOSED[decision.verdict]) for decision in others[:50]]
    waits = retention.waiting() is not None
    let_go = _("What is let go: something waits for two people") if waits else _("What is let go")
    places = [
        ("staff-programme", _("Draws, the line, pauses, the cap"), "select"),
        ("staff-trace", _("Find somebody by passport"), "find-person"),
        ("staff-port", _("Arrivals"), "find-paper"), ("staff-port", _("Arrivals to be undone"), "undo-arrival"),
        ("board", _("The board"), "read-board"), ("staff-accounts", _("Accounts"), "make-account"),
        ("staff-audit", _("The audit"), "read-audit"), ("staff-retention", let_go, "release-purge"),
        ("staff-erasures", _("Erase an application"), "erase-case"),
    ]  # fmt: skip
    onward = {reverse(name): words for name, words, act in places[::-1] if roles.may(staff, act)}
    words = {"role": ROLES[staff.role], "lines": lines, "proposals": proposals, "places": list(onward.items())[::-1]}
    return render(request, "casework/home.html", words)


COUNTED = 1000
"""Cases of a line that are counted; more are only more: to count them all takes half a second in a million."""


def _up_to(there: QuerySet[Case]) -> str:
    """How many cases there are, up to so many."""
    number = there.order_by()[: COUNTED + 1].count()
    return f"{number}" if number <= COUNTED else f"> {COUNTED}"


class NumberForm(forms.Form):
    """How many."""

    number = forms.IntegerField(min_value=1, max_value=100_000, label=later("How many applications"))


class PauseForm(forms.Form):
    """A step to stand still, and why."""

    step = forms.ChoiceField(choices=list(STEPS.items()), label=later("Step"))
    why = forms.ChoiceField(choices=list(pauses.WHY.items()), label=later("Why"))
    reason = forms.CharField(max_length=300, label=later("Reason, which everybody may read"))


class CapForm(forms.Form):
    """Another cap of a window, and the notice that says so."""

    window = forms.ModelChoiceField(Window.objects.none(), label=later("Window"), empty_label=None)
    cap = forms.IntegerField(min_value=0, max_value=10_000_000, label=later("New cap"))
    source = forms.CharField(max_length=300, label=later("Notice that says so"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        pool = f"programme:{rules.programme().id}"
        self.fields["window"].queryset = Window.objects.filter(pool=pool).order_by("label")
        self.fields["window"].label_from_instance = lambda window: window.label


@require_GET
@staff_only("select")
def programme(request: HttpRequest) -> HttpResponse:
    """Draws, the line, pauses and the cap."""
    return _programme(request)


def _programme(request: HttpRequest, pause: PauseForm | None = None, recap: CapForm | None = None) -> HttpResponse:
    name = rules.programme().id
    form = pause or recap
    words = {
        "order": ORDERS[rules.order(name)], "form": form, "number": NumberForm(), "pause": pause or PauseForm(),
        "recap": recap or CapForm(), "amendments": caps.proposed(f"programme:{name}"),
        "queued": Case.objects.filter(programme=name, state=State.QUEUED.value).count(),
        "open": selection.draws().filter(programme=name, drawn_at=None).first(),
        "waiting": authorisations.waiting_for(name).count(),
        "pauses": [
            (item, STEPS[item.step], pauses.WHY[item.why], standstill.whole(item))
            for item in Pause.objects.filter(until=None)
        ],
        "me": roles.name(staff_of(request)),
        "accounts": caps.reconcile(f"programme:{name}"),
        "halted": sums.wrong().filter(pool=f"programme:{name}").exists(),
    }  # fmt: skip
    return render(request, "casework/programme.html", words, status=422 if form is not None else 200)


@require_POST
@staff_only("select")
def announce(request: HttpRequest) -> HttpResponse:
    """Freeze the line and promise the lots."""
    selection.announce(rules.programme().id, staff_of(request))
    return redirect("staff-programme")


@require_POST
@staff_only("select")
def draw(request: HttpRequest, number: int) -> HttpResponse:
    """Draw an announced draw."""
    form = NumberForm(request.POST)
    if not form.is_valid():
        raise Refused(_("take at least one"), mend=_("give a number from 1 up"))
    chosen = selection.perform(get_object_or_404(Draw, pk=number), form.cleaned_data["number"], staff_of(request))
    messages.success(request, _("%(n)s applications go to review.") % {"n": len(chosen)})
    return redirect("staff-programme")


@require_POST
@staff_only("serve-line")
def serve(request: HttpRequest) -> HttpResponse:
    """Give free places to the line."""
    served = authorisations.serve(rules.programme().id, staff_of(request))
    messages.success(request, _("%(n)s applications now hold places.") % {"n": len(served)})
    return redirect("staff-programme")


@require_POST
@staff_only("propose-cap")
def propose_cap(request: HttpRequest) -> HttpResponse:
    """Propose another cap."""
    form = CapForm(request.POST)
    if not form.is_valid():
        return _programme(request, recap=form)
    caps.propose(**form.cleaned_data, staff=staff_of(request))
    return redirect("staff-programme")


@require_POST
@staff_only("approve-cap", again=True)
def approve_cap(request: HttpRequest, number: int) -> HttpResponse:
    """Put a cap in force that somebody else proposed."""
    caps.approve(get_object_or_404(Amendment, pk=number), staff_of(request))
    messages.success(request, _("Signed."))
    return redirect("staff-programme")


@require_POST
@staff_only("propose-cap", "approve-cap")
def drop_cap(request: HttpRequest, number: int) -> HttpResponse:
    """Leave a cap as it is: who proposed another withdraws it, or somebody else declines."""
    caps.drop(get_object_or_404(Amendment, pk=number), staff_of(request))
    messages.success(request, _("It was dropped: the cap stays."))
    return redirect("staff-programme")


@require_POST
@staff_only("propose-pause")
def pause(request: HttpRequest) -> HttpResponse:
    """Propose that a step stands still."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _programme(request, form)
    said = form.cleaned_data
    pauses.propose(said["step"], said["reason"], staff_of(request), why=said["why"])
    return redirect("staff-programme")


@require_POST
@staff_only("second-pause", again=True)
def decide_pause(request: HttpRequest, number: int, what: str) -> HttpResponse:
    """Agree to a pause, propose its end, or agree to that."""
    verb = {"second": pauses.second, "propose-end": pauses.propose_end, "end": pauses.end}[what]
    verb(get_object_or_404(Pause, pk=number), staff_of(request))
    return redirect("staff-programme")


class AccountForm(forms.Form):
    """A new account."""

    name = forms.CharField(max_length=80, label=later("Name to sign in with"))
    role = forms.ChoiceField(choices=list(ROLES.items()), label=later("Role"))
    sites = forms.ModelMultipleChoiceField(
        Site.objects.order_by("name"), required=False, label=later("Sites"), widget=forms.CheckboxSelectMultiple
    )


@staff_only("make-account", again=True)
def accounts(request: HttpRequest) -> HttpResponse:
    """Who has an account; make one."""
    form = AccountForm(request.POST or None)
    said: tuple[str, str] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made, password = staffing.make(
                form.cleaned_data["name"], form.cleaned_data["role"], form.cleaned_data["sites"], staff_of(request)
            )
            said, form = (roles.name(made), password), AccountForm()
        except Refused as fault:
            form.add_error("name", str(fault))
    return _accounts(request, form, said)


def _accounts(request: HttpRequest, form: AccountForm, said: tuple[str, str] | None) -> HttpResponse:
    after = request.GET.get("after", "")
    last = Staff.objects.filter(pk=after).first() if after.isascii() and after.isdigit() else None
    found = Staff.objects.select_related("user").order_by("user__username")
    found = found if last is None else found.filter(user__username__gt=roles.name(last))
    page = list(found[: PAGE + 1])
    words = {
        "form": form, "said": said, "everybody": [(member, ROLES[member.role]) for member in page[:PAGE]],
        "me": roles.name(staff_of(request)), "first": last is None,
        "onward": page[PAGE - 1].pk if len(page) > PAGE else "",
    }  # fmt: skip
    return render(request, "casework/accounts.html", words, status=422 if form.errors else 200)


@require_POST
@staff_only("make-account", again=True)
def reset_account(request: HttpRequest, number: int) -> HttpResponse:
    """A new first password, said this one time, for somebody who lost theirs or their second factor."""
    account = get_object_or_404(Staff, pk=number)
    return _accounts(request, AccountForm(), (roles.name(account), staffing.reset(account, staff_of(request))))


@require_POST
@staff_only("close-account", again=True)
def close_account(request: HttpRequest, number: int) -> HttpResponse:
    """Close an account."""
    staffing.close(get_object_or_404(Staff, pk=number), staff_of(request))
    return redirect("staff-accounts")


@require_GET
@staff_only("read-audit")
def audit(request: HttpRequest) -> HttpResponse:
    """The lines of the audit: of one subject, or the newest."""
    subject, before = request.GET.get("subject", "").strip(), request.GET.get("before", "")
    found = Event.objects.filter(subject=subject) if subject else Event.objects.all()
    if before.isascii() and before.isdigit():
        found = found.filter(pk__lt=int(before))
    events = list(found.order_by("-pk")[:100])
    words: dict[str, Any] = {
        "events": events,
        "subject": subject,
        "last": events[-1].pk if len(events) == 100 else None,
    }
    return render(request, "casework/audit.html", words)


PURGES: dict[str, Callable[[Purge, Staff], object]] = {
    "take-up": retention.take_up,
    "release": retention.release,
    "drop": retention.drop,
}


@staff_only("propose-purge", "release-purge", again=True)
def let_go(request: HttpRequest) -> HttpResponse:
    """What outlived its use: proposed by one, released by another."""
    staff = staff_of(request)
    if request.method == "POST":
        act, number = request.POST.get("act"), request.POST.get("purge", "")
        if act == "propose":
            retention.propose(staff)
        elif act in PURGES and number.isascii() and number.isdigit():
            PURGES[act](get_object_or_404(Purge, pk=int(number)), staff)
        else:
            return bad_request(request)
        return redirect("staff-retention")
    due, waiting = retention.due(), retention.waiting()
    words = {
        "rows": [(replace(row, name=str(CLASSES[row.name])), due[row.name]) for row in retention.table()],
        "waiting": waiting, "by_itself": waiting is not None and waiting.proposed_by == retention.CLOCK,
        "counts": [(CLASSES[name], number) for name, number in waiting.counts.items() if number] if waiting else [],
        "proposes": roles.may(staff, "propose-purge"), "me": roles.name(staff),
    }  # fmt: skip
    return render(request, "casework/retention.html", words)
