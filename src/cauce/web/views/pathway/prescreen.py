"""The check before an application: answers come in, a page goes out, nothing is kept; and the way to leave quickly."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import filing, prescreen
from cauce.web.interfaces.fields import told_field
from cauce.web.interfaces.questions import CrossingsPage, PlacesPage, RemovalPage, countries, placed
from cauce.web.interfaces.refusals import shows_refusals
from cauce.web.views.pathway.application import reads_and_sends
from cauce.web.views.pathway.frame import form_page

ELSEWHERE = "https://www.wikipedia.org/"
"""Where somebody lands who must leave quickly: a page that anybody might look at."""
WHO = [("adult", later("18 or older")), ("with", later("Under 18, and travels with a parent or legal guardian")),
       ("alone", later("Under 18, without a parent or legal guardian"))]  # fmt: skip


class CheckForm(CrossingsPage, RemovalPage, PlacesPage):
    """Everything the rules ask of one person, without a name, a number or an address."""

    nationality = forms.ChoiceField(label=later("Nationality"), choices=countries)
    family = told_field(
        later("Does a husband, wife, partner or parent with the programme's nationality travel along?"),
    )
    age = forms.ChoiceField(label=later("How old is this person?"), choices=WHO, widget=forms.RadioSelect)
    supporter = told_field(placed(later("Is there somebody in %(country)s who would receive and support this person?")))
    passport_valid = told_field(later("Is the passport still valid?"))
    own_flight = told_field(later("Could you or your supporter pay the flights?"))
    field_order = (
        "nationality", "family", "age", "outside", "supporter", "passport_valid", "own_flight", "vaccinated",
        "other_nationality",
    )  # fmt: skip


_ASKED = (
    "nationality", "outside", "passport_valid", "own_flight", "vaccinated", "other_nationality", "removed",
    "removed_on", "stopped_at_sea", "stopped_at_sea_on", "other_bar", "crossed", "crossings", "departed_voluntarily",
)  # fmt: skip


@reads_and_sends
@shows_refusals
def check(request: HttpRequest) -> HttpResponse:
    """Ask, and answer at once."""
    form = CheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kept = form.kept()
        said = prescreen.judge(
            {name: kept[name] for name in _ASKED}, child=kept["age"] != "adult", guardian=kept["age"] == "with",
            family=kept["family"] == "yes", supporter={"yes": True, "no": False}.get(kept["supporter"]),
        )  # fmt: skip
        words: dict[str, Any] = {"title": _TITLES[said.verdict], "said": said, "today": filing.today()}
        return render(request, "pathway/verdict.html", words)
    lines = [
        _("Answer for one person. Give no name. What you answer is not kept: when you leave this page it is gone."),
        _("“I do not know” is never taken as a no."),
    ]
    return form_page(request, form, _("Check whether you may apply"), _("See what the rules say"), lines=lines)


_TITLES = {
    "eligible": later("By the rules of today, you may apply"),
    "ineligible": later("By the rules of today, this would be a no"),
    "needs-review": later("A person would have to look at it"),
}


def leave(request: HttpRequest) -> HttpResponse:
    """Close everything that this browser has open here, and go to a page that anybody might look at."""
    request.session.flush()
    response = HttpResponseRedirect(ELSEWHERE)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
