"""The page of a supporter, reached by a link of their own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from cauce.web.domain import supporters
from cauce.web.domain.cases import State
from cauce.web.interfaces.fields import WordField, told_field
from cauce.web.interfaces.questions import Page, placed
from cauce.web.interfaces.refusals import shows_refusals
from cauce.web.interfaces.states import supporter_statuses
from cauce.web.models import Support
from cauce.web.views.pathway.application import reads_and_sends
from cauce.web.views.pathway.frame import form_page, onward, open_support, remember


class OfferForm(Page):
    """What a supporter says of themselves."""

    name = WordField(label=later("Your full name"), max_length=200)
    status = forms.ChoiceField(
        label=placed(later("What is your status in %(country)s?")), choices=supporter_statuses, required=False
    )
    income = told_field(
        later("Is your income enough to receive these people?"),
        help_text=later("Alone, or together with others who support the same people."),
    )
    phone = WordField(label=later("Your telephone"), min_length=7, max_length=30)
    address = WordField(label=later("Your address"), min_length=5, max_length=300)
    statement = WordField(
        label=later("How do you know them, and what will you do for them?"), max_length=2000,
        widget=forms.Textarea({"rows": 5}),
    )  # fmt: skip
    charges_nothing = forms.BooleanField(
        label=later("I ask for no money and no work from the people whom I support, now or later."),
        error_messages={"required": later("No supporter may charge or demand work. Tick this box if you agree.")},
    )


@reads_and_sends
@shows_refusals
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a message: it opens the supporter's page in this browser and then leaves the address bar."""
    remember(request, support=supporters.by_token(token))
    return onward("pathway-supporter")


@reads_and_sends
@shows_refusals
def offer(request: HttpRequest) -> HttpResponse:
    """The supporter's form; once it is sent, what they may still do."""
    support = open_support(request)
    if support.state != "asked":
        further = [(reverse("pathway-supporter-withdraw"), _("Step back from your support"))]
        words = {"template": "pathway/said.html", "lines": _said(support), "onward": further}
        return form_page(request, Page(), _("Thank you"), "", **words)
    form = OfferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        supporters.offer(support, supporters.Offer(**form.cleaned_data))
        return onward("pathway-supporter")
    return form_page(request, form, _("Somebody asks for your support"), _("I offer my support"), lines=_asked(support))


def _asked(support: Support) -> list[str]:
    persons = support.case.persons
    who: dict[str, Any] = {"name": supporters.told(support)["called"], "n": persons}
    return [
        ngettext(
            "%(name)s asks whether you would receive and support %(n)s person.",
            "%(name)s asks whether you would receive and support %(n)s people.",
            persons,
        ) % who,
        _("To support is free. You may charge nothing and demand no work, and you may step back."),
        _("If you do not know this person, close this page: nothing happens."),
    ]  # fmt: skip


def _said(support: Support) -> list[str]:
    if support.case.state == State.EVIDENCE:
        return [
            _("An officer asks to see papers that show what you answered, such as your status and your income."),
            _("No papers are taken on this page. Whoever operates this service says where to show them; their address stands below."),  # noqa: E501
        ]  # fmt: skip
    if support.state == "attested":
        return [_("The people whom you support have confirmed you. There is nothing more to do for now.")]
    return [_("Your offer has arrived. The people whom you support now confirm that they know you.")]


@reads_and_sends
@shows_refusals
def withdraw(request: HttpRequest) -> HttpResponse:
    """A supporter steps back."""
    if request.method == "POST":
        supporters.withdraw(open_support(request), supporters.SUPPORTER)
        request.session.pop("support", None)
        words = {"lines": [_("You support nobody here any more. The people who asked you see that on their page.")]}
        return form_page(request, Page(), _("You stepped back"), "", template="pathway/said.html", **words)
    lines = [_("The people who asked you must then find somebody else.")]
    return form_page(request, Page(), _("Step back from your support"), _("I step back"), lines=lines)
