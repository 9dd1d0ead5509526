"""A new code, leaving a group, a child that was born, and helpers."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import groups, limits, mandates, recovery
from cauce.web.domain.answers import Contact, Person
from cauce.web.domain.cases import State
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.interfaces import origin
from cauce.web.interfaces.fields import DayField, MailField, WordField, version
from cauce.web.interfaces.questions import (
    ONE_DAY,
    ContactPage,
    CrossingsPage,
    GroupPage,
    Page,
    PassportForm,
    PassportPage,
    PlacesPage,
    RemovalPage,
    countries,
)
from cauce.web.interfaces.refusals import shows_refusals
from cauce.web.views.pathway.application import reads_and_sends
from cauce.web.views.pathway.frame import absolute, form_page, onward, own, remember


class RecoverForm(PassportForm):
    """With the reference."""

    reference = WordField(label=later("Reference of the application"), max_length=40)
    field_order = ("reference",)


class LeaveForm(ContactPage, PassportForm):
    """With an own way to be reached."""

    field_order = ("passport_country", "passport_number", "born")


class NewbornForm(CrossingsPage, RemovalPage, PlacesPage, PassportPage):
    """A child that was born: asked what everybody is asked, for a small child too was carried over borders."""

    name = WordField(label=later("Full name of the child"), max_length=200)
    born = DayField(label=later("Date of birth"), help_text=ONE_DAY)
    nationality = forms.ChoiceField(label=later("Nationality"), choices=countries)
    guardian_born = DayField(
        label=later("Date of birth of the adult here who is the parent or legal guardian"), help_text=ONE_DAY
    )
    version = forms.CharField(widget=forms.HiddenInput(), required=False)
    field_order = ("name", "born", "nationality", "guardian_born")


class HelperForm(Page):
    """Who may help, with what, for how long."""

    name = WordField(label=later("Name of the helper"), max_length=120)
    email = MailField(label=later("E-mail of the helper"))
    scope = forms.ChoiceField(
        label=later("What may they do?"), widget=forms.RadioSelect, initial="see",
        choices=[
            ("see", later("See where it stands")),
            ("act", later("Also ask a supporter and correct how we reach you")),
        ],
    )  # fmt: skip
    days = forms.TypedChoiceField(
        label=later("For how long?"), coerce=int,
        choices=[(30, later("30 days")), (90, later("90 days")), (180, later("180 days"))],
    )  # fmt: skip


def _code(request: HttpRequest, code: str) -> HttpResponse:
    words = {"title": _("Your new code"), "code": code, "onward": reverse("pathway-status")}
    return render(request, "pathway/code.html", words)


@reads_and_sends
@shows_refusals
def recover(request: HttpRequest) -> HttpResponse:
    """A new code for who lost theirs."""
    form, refusal = RecoverForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        limits.count("recover", origin.address(request))
        said = form.cleaned_data
        try:
            case, code = recovery.renew(
                said["reference"], said["passport_country"], said["passport_number"], said["born"]
            )
        except NotFound as fault:
            refusal = fault
        else:
            remember(request, case=case)
            return _code(request, code)
    lines = [_("You need the reference, and the passport and date of birth of an adult in the application.")]
    return form_page(request, form, _("I have lost my code"), _("Give me a new code"), lines=lines, refusal=refusal)


@reads_and_sends
@shows_refusals
def leave(request: HttpRequest) -> HttpResponse:
    """Leave a group in private."""
    case, form = own(request), LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.count("leave-group", str(case.pk))
        said = form.cleaned_data
        contact = Contact(email=said["email"], phone=said["phone"], safe=said["safe"])
        alone, code = groups.leave(case, said["passport_country"], said["passport_number"], said["born"], contact)
        remember(request, case=alone)
        return _code(request, code)
    kept = _("You keep your place in the line.")
    anew = _("You wait in the line again, by the day on which this application was sent: an officer looks at it anew.")
    lines = [
        _("You go on alone, with the children whose guardian you are. You get a reference and a code of your own."),
        kept if case.state == State.QUEUED else anew,
        _("Nobody in the group is told, and their page does not show it. Give a way to reach you that only you can read."),  # noqa: E501
    ]  # fmt: skip
    return form_page(request, form, _("Leave the group in private"), _("Go on alone"), lines=lines)


class TogetherForm(GroupPage):
    """All of them or nobody, or whoever can."""

    persons = None
    version = forms.CharField(widget=forms.HiddenInput(), required=False)


@reads_and_sends
@shows_refusals
def together(request: HttpRequest) -> HttpResponse:
    """Change whether all go or nobody, until the decision."""
    case = own(request)
    shown = {**TogetherForm.shown({"together": case.together}), "version": case.version}
    form = TogetherForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        groups.decide_together(case, form.cleaned_data["together"], version(request), "applicant")
        return onward("pathway-status")
    return form_page(request, form, _("If not all are accepted"), _("Keep it"))


@reads_and_sends
@shows_refusals
def newborn(request: HttpRequest) -> HttpResponse:
    """Add a child that was born."""
    case = own(request)
    form = NewbornForm(request.POST or None, initial={"version": case.version})
    if request.method == "POST" and form.is_valid():
        said = {name: value for name, value in form.kept().items() if name not in ("version", "guardian_born")}
        try:
            guardian = groups.guardian(case, form.cleaned_data["guardian_born"])
            child = Person(**said, relation="child", guardian=guardian)
            groups.add_newborn(case, child, version(request), "applicant")
        except Refused:
            limits.count("refused", origin.address(request))  # some tell whether a passport is known here
            raise
        return onward("pathway-status")
    lines = [_("The child gets no new place in the line: yours holds for all of you.")]
    return form_page(request, form, _("Add a child that was born"), _("Add the child"), lines=lines)


@reads_and_sends
@shows_refusals
def helper(request: HttpRequest) -> HttpResponse:
    """Let somebody help."""
    case, form = own(request), HelperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.count("helper", str(case.pk))
        said = form.cleaned_data
        link = absolute(request, "pathway-helper-link")
        mandates.give(case, said["name"], said["email"], said["scope"], said["days"], link)
        return onward("pathway-status")
    lines = [_("A helper gets a link of their own. You see here who may help, and can stop it at any time.")]
    return form_page(request, form, _("Let somebody help"), _("Send them a link"), lines=lines)


@reads_and_sends
@shows_refusals
def revoke(request: HttpRequest, identity: UUID) -> HttpResponse:
    """Stop a helper."""
    if request.method == "POST":
        mandates.revoke(own(request), str(identity))
    return onward("pathway-status")


@reads_and_sends
@shows_refusals
def helper_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a helper: it opens the application's page in this browser and then leaves the address bar."""
    mandate = mandates.by_token(token)
    remember(request, mandate=mandate)
    return onward("pathway-status")
