"""Where an application stands, and what its people may do about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import (
    clock,
    corrections,
    groups,
    limits,
    mandates,
    obligations,
    rules,
    standing,
    supporters,
)
from cauce.web.domain.answers import Contact
from cauce.web.interfaces import origin, states
from cauce.web.interfaces.fields import WordField, version
from cauce.web.interfaces.questions import ContactPage, Page, SupporterPage
from cauce.web.interfaces.refusals import shows_refusals
from cauce.web.models import Case
from cauce.web.views.pathway.application import reads_and_sends
from cauce.web.views.pathway.frame import absolute, form_page, onward, open_case, own, remember

APPLICANT = "applicant"


class OpenForm(Page):
    """A reference and a code."""

    reference = WordField(label=later("Reference of the application"), max_length=40)
    code = WordField(label=later("Your code"), max_length=40)


@reads_and_sends
@shows_refusals
def open_status(request: HttpRequest) -> HttpResponse:
    """Open an application with its reference and code."""
    form, refusal = OpenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        limits.count("open", origin.address(request))
        try:
            case = standing.open_up(form.cleaned_data["reference"], form.cleaned_data["code"])
        except standing.NotFound as fault:
            refusal = fault
        else:
            remember(request, case=case)
            return onward("pathway-status")
    further = [(reverse("pathway-recover"), _("I have lost my code"))]
    title = _("See where my application stands")
    return form_page(request, form, title, _("See it"), refusal=refusal, onward=further)


@reads_and_sends
@shows_refusals
def status(request: HttpRequest) -> HttpResponse:
    """The page of one application."""
    try:
        case, actor = open_case(request)
    except standing.NotFound:
        if "mandate" in request.session:
            raise
        return onward("pathway-open")
    title, following = states.words(case)
    support = supporters.of(case)
    words: dict[str, Any] = {
        "title": title, "following": following, "case": case, "place": standing.place(case),
        "lots": states.LOTS.get(standing.order(case)),
        "odds": standing.odds(case), "support": support,
        "group": case.members.count() > 1,  # with who left: the page does not show that somebody did
        "told": supporters.told(support) if support is not None and support.state != "asked" else None,
        "late": support is not None and support.expires_at <= clock.now(),
        "contact": standing.contact(case), "corrections": case.corrections.order_by("-at", "-pk")[:20],
        "may_confirm": case.state in ("supporter-confirmed", "beneficiary-account"),
        "may_withdraw": standing.may_withdraw(case), "reasons": standing.reasons(case),
        "obligations": obligations.of(case), "helpers": mandates.named(case), "theirs": actor == APPLICANT,
        "papers": [(paper, standing.days_left(paper)) for paper in standing.papers(case)],
        "may_change": groups.may_change(case),
        "alerts": [states.ALERTS[alert.kind] for alert in case.alerts.filter(closed_by="")],
        "closed": standing.may_withdraw(case) and not rules.in_force(case.programme),
        "pauses": states.standing_still(),
    }  # fmt: skip
    return render(request, "pathway/status.html", words)


@reads_and_sends
@shows_refusals
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take an application back, after a word of warning."""
    case = own(request)
    if request.method == "POST":
        standing.withdraw(case, version(request), APPLICANT)
        return onward("pathway-status")
    lines = [
        _("Your place in the line is then gone. You may apply again at any time."),
        _("You keep the right to ask for asylum."),
    ]
    return form_page(request, _versioned(case), _("Take the application back"), _("Take it back"), lines=lines)


@reads_and_sends
@shows_refusals
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm one's facts once the supporter is confirmed, and ask to travel."""
    case = own(request)
    if request.method == "POST":
        standing.request_travel(case, version(request), APPLICANT)
        return onward("pathway-status")
    lines = [
        _("With this you confirm that what you answered is still true for everybody, and that you have the vaccinations that the programme asks for."),  # noqa: E501
    ]  # fmt: skip
    return form_page(request, _versioned(case), _("Ask to travel"), _("Confirm and ask to travel"), lines=lines)


class ReachForm(ContactPage):
    """How somebody is reached, and in which language."""

    language = forms.ChoiceField(label=later("Language of our messages"), choices=settings.LANGUAGES)


@reads_and_sends
@shows_refusals
def reach(request: HttpRequest) -> HttpResponse:
    """Correct how one is reached."""
    case, actor = open_case(request, acts=True)
    if request.method == "POST":
        form = _with_version(ReachForm(request.POST), case)
        if form.is_valid():
            said = {name: form.cleaned_data[name] for name in ("email", "phone", "safe")}
            language = form.cleaned_data["language"]
            corrections.reach(case, Contact(**said), version(request), actor, language=language)
            return onward("pathway-status")
    else:
        shown = {**standing.contact(case).model_dump(), "language": case.language}
        form = _with_version(ReachForm(initial=shown), case)
    return form_page(request, form, _("How we reach you"), _("Keep it"))


@reads_and_sends
@shows_refusals
def supporter(request: HttpRequest) -> HttpResponse:
    """Ask somebody to be the supporter, in place of whoever was asked before."""
    case, actor = open_case(request, acts=True)
    form = SupporterPage(request.POST or None)
    form.fields["email"].required = True
    if request.method == "POST" and form.is_valid():
        limits.count("supporter", str(case.pk))
        link = absolute(request, "pathway-supporter-link")
        supporters.ask(case, form.cleaned_data["email"], form.cleaned_data["called"], link, actor)
        return onward("pathway-status")
    lines = [_("Whoever was asked before can then no longer answer.")] if supporters.of(case) else []
    return form_page(request, form, _("Your supporter"), _("Send them a link"), lines=lines)


ACTS = ("resend", "attest", "decline")


@reads_and_sends
@shows_refusals
def support(request: HttpRequest, act: str) -> HttpResponse:
    """Send the link again; confirm an offer, or turn it down."""
    case, actor = open_case(request, acts=True) if act == "resend" else (own(request), APPLICANT)
    if request.method == "POST" and act in ACTS:
        asked = supporters.as_shown(case, request.POST.get("support", ""))
        if act == "resend":
            limits.count("supporter", str(case.pk))
            supporters.resend(asked, absolute(request, "pathway-supporter-link"), actor)
        elif act == "attest":
            supporters.attest(asked, actor)
        else:
            supporters.withdraw(asked, actor)
    return onward("pathway-status")


def _versioned(case: Case) -> Page:
    return _with_version(Page(), case)


def _with_version(form: Page, case: Case) -> Page:
    form.fields["version"] = forms.CharField(widget=forms.HiddenInput(), initial=case.version, required=False)
    return form
