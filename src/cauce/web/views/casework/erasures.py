"""Erasing an application before its time: a steward proposes, another agrees."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST

from cauce.web.domain import erasures, roles
from cauce.web.domain.faults import Refused
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.models import Erasure

WHY = {
    "asked": later("Its people asked for it"),
    "ordered": later("A court or an authority ordered it"),
    "not-theirs": later("It was filed in the name of somebody else"),
}


class ErasureForm(forms.Form):
    """Which application, and why."""

    reference = forms.CharField(max_length=40, label=later("Reference of the application"))
    reason = forms.ChoiceField(choices=list(WHY.items()), label=later("Why"))


@staff_only("erase-case", again=True)
def listed(request: HttpRequest) -> HttpResponse:
    """What waits for a second steward; propose another."""
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            erasures.propose(form.cleaned_data["reference"], form.cleaned_data["reason"], staff_of(request))
        except Refused as fault:
            form.add_error("reference", str(fault))
        else:
            messages.success(request, _("Another steward must agree."))
            return redirect("staff-erasures")
    waiting = [(one, WHY[one.reason]) for one in erasures.waiting()]
    words = {"form": form, "waiting": waiting, "me": roles.name(staff_of(request))}
    return render(request, "casework/erasures.html", words, status=422 if form.errors else 200)


@require_POST
@staff_only("erase-case", again=True)
def agree(request: HttpRequest, number: int) -> HttpResponse:
    """Erase what another steward proposed."""
    erasures.agree(_erasure(number), staff_of(request))
    messages.success(request, _("It is erased."))
    return redirect("staff-erasures")


@require_POST
@staff_only("erase-case")
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Erase nothing: who asked withdraws it, or another steward declines."""
    erasures.drop(_erasure(number), staff_of(request))
    messages.success(request, _("It was dropped: nothing is erased."))
    return redirect("staff-erasures")


def _erasure(number: int) -> Erasure:
    found: Erasure = get_object_or_404(Erasure.objects.select_related("case"), pk=number)
    return found
