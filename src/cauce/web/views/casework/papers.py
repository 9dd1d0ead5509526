"""Papers as they are printed, as a carrier checks them and a port uses them; and draws, as they are published."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_GET, require_POST

from cauce.web.domain import arrivals, carriers, casework, filing, limits, roles, rules, selection, standing, supporters
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces import origin
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.interfaces.refusals import shows_refusals
from cauce.web.models import Authorisation, Draw
from cauce.web.views.casework.cases import VERDICTS, masked
from cauce.web.views.casework.work import ORDERS

ANSWERS = {
    carriers.Answer.VALID: later("Valid"),
    carriers.Answer.PAUSED: later("Valid: the programme stands still, this paper stays good"),
    carriers.Answer.EXPIRED: later("Expired"),
    carriers.Answer.REPLACED: later("Not valid: another paper was issued in its place"),
    carriers.Answer.NOT_VALID: later("Not valid"),
}
CHANGED = {
    "answers": later("The answers are no longer those on which the supporter was confirmed."),
    "supporter": later("The supporter who was confirmed is not there any more."),
}
SLIPS = {
    "wrong-person": later("It was another person"),
    "wrong-flight": later("It was another flight or airport"),
    "recorded-twice": later("It was recorded twice"),
}


class CodeForm(forms.Form):
    """The code of a paper, scanned or pasted."""

    code = forms.CharField(
        max_length=400, label=later("Code of the paper"), widget=forms.Textarea({"rows": 3, "spellcheck": "false"})
    )


@shows_refusals
def check(request: HttpRequest) -> HttpResponse:
    """For carriers: is this paper good."""
    form, answer = CodeForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        limits.count("carrier", origin.address(request))
        answer = carriers.check(form.cleaned_data["code"])
    words = {"answer": answer, "said": ANSWERS.get(answer) if answer else None, "public_key": carriers.public_key()}
    words["form"] = form if answer is None else CodeForm()
    return render(request, "papers/check.html", words, status=422 if form.errors else 200)


@require_GET
@shows_refusals
def paper(request: HttpRequest, identity: UUID) -> HttpResponse:
    """A paper to show and print; found only by its own address, which cannot be guessed."""
    found = get_object_or_404(Authorisation.objects.select_related("member__case", "member__key"), pk=identity)
    arrivals.shown(found, getattr(request.user, "staff", None))
    told, answer = filing.identification(found.member), carriers.standing(found)
    words = {
        "paper": found, "picture": mark_safe(carriers.picture(found)), "code": carriers.code(found),  # drawn here
        "passport": masked(told.get("passport", "")), "answer": ANSWERS[answer],
        "good": answer in (carriers.Answer.VALID, carriers.Answer.PAUSED),
        "public_host": origin.public(request), "left": standing.days_left(found),
        "paused": answer is carriers.Answer.PAUSED,
        "programme": rules.said(rules.programme(found.member.case.programme).name),
    }  # fmt: skip
    return render(request, "papers/paper.html", words)


class ArrivalForm(forms.Form):
    """Where and how somebody arrived."""

    port = forms.CharField(max_length=3, label=later("Airport, three letters"))
    flight = forms.CharField(max_length=8, label=later("Flight, such as AA123"))


@staff_only("find-paper", "undo-arrival")
def port(request: HttpRequest) -> HttpResponse:
    """Find a paper at the port; see who arrived within a day."""
    staff = staff_of(request)
    form = CodeForm(request.POST or None)
    form.fields["code"].label = _("Code or number of the paper")
    if request.method == "POST" and form.is_valid():
        try:
            return _at_port(request, arrivals.find(form.cleaned_data["code"], staff))
        except NotFound as fault:
            form.add_error("code", str(fault))
    finds, undoes = roles.may(staff, "find-paper"), roles.may(staff, "undo-arrival")
    recent = arrivals.just_arrived(staff) if undoes else []
    words = {"form": form, "finds": finds, "recent": recent, "slips": SLIPS.items(), "me": roles.name(staff)}
    return render(request, "papers/port.html", words, status=422 if form.errors else 200)


def _at_port(request: HttpRequest, found: Authorisation, form: forms.Form | None = None) -> HttpResponse:
    looked, case = casework.look_at(found.member), found.member.case
    words = {
        "verdict": VERDICTS[looked.verdict.value],
        "reasons": [(rules.said(words), source) for _code, words, source in looked.reasons],
        "changed": CHANGED.get(casework.changed_since_confirmed(case, supporters.of(case))),
        "paper": found, "told": filing.identification(found.member), "form": form or ArrivalForm(),
        "answer": ANSWERS[carriers.standing(found)],
    }  # fmt: skip
    return render(request, "papers/arrival.html", words, status=422 if form else 200)


@require_POST
@staff_only("arrive")
def arrive(request: HttpRequest, identity: UUID) -> HttpResponse:
    """Record an arrival, or a refusal at the port."""
    found = get_object_or_404(Authorisation.objects.select_related("member__case", "member__key"), pk=identity)
    form = ArrivalForm(request.POST)
    if not form.is_valid():
        return _at_port(request, arrivals.find(found.number, staff_of(request)), form)
    admitted = request.POST.get("admitted") != "no"
    arrivals.arrive(found, staff_of(request), admitted=admitted, **form.cleaned_data)
    messages.success(request, _("The arrival is recorded.") if admitted else _("The refusal is recorded."))
    return redirect("staff-port")


@require_POST
@staff_only("undo-arrival")
def undo(request: HttpRequest, identity: UUID) -> HttpResponse:
    """Undo a slip."""
    found = get_object_or_404(Authorisation.objects.select_related("member__case"), pk=identity)
    arrivals.undo(found, staff_of(request), request.POST.get("why", ""))
    messages.success(request, _("Undone."))
    return redirect("staff-port")


@require_GET
def draws(request: HttpRequest) -> HttpResponse:
    """The draws, for everybody to repeat: the hash before, the seed after."""
    shown = [
        (draw, ORDERS[draw.order], selection.seed_of(draw) if draw.drawn_at else None)
        for draw in selection.draws()[:50]
    ]
    return render(request, "papers/draws.html", {"draws": shown})


@require_GET
def lots(request: HttpRequest, number: int) -> HttpResponse:
    """The frozen line of a draw: one lot a row, in the order of filing."""
    draw = get_object_or_404(Draw, pk=number)
    return HttpResponse("\n".join(draw.candidates) + "\n", content_type="text/plain; charset=utf-8")
