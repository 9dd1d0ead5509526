"""Somebody without reference and code, in whose name another filed: a supervisor finds them and takes them out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST

from cauce.web.domain import tracing
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.interfaces.questions import ContactPage, PassportForm
from cauce.web.interfaces.states import WORDS
from cauce.web.models import Member

WHY = {
    "filed-by-another": later("Somebody else filed in their name"),
    "not-safe": later("They are not safe with whoever filed"),
    "lost-reference": later("They lost their reference too"),
}


class TraceForm(PassportForm):
    """Whom to look for, and why."""

    why = forms.ChoiceField(choices=list(WHY.items()), label=later("Why"))


@staff_only("find-person", again=True)
def trace(request: HttpRequest) -> HttpResponse:
    """Look for somebody by passport and date of birth."""
    form = TraceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            found = tracing.find(
                said["passport_country"], said["passport_number"], said["born"], said["why"], staff_of(request)
            )
        except NotFound as fault:
            form.add_error("passport_number", str(fault))
        else:
            return _found(request, found, ContactPage())
    return render(request, "casework/tracing.html", {"form": form}, status=422 if form.errors else 200)


def _found(request: HttpRequest, found: Member, form: forms.Form) -> HttpResponse:
    words: dict[str, Any] = {"found": found, "state": WORDS[found.case.state][0], "form": form}
    return render(request, "casework/traced.html", words, status=422 if form.errors else 200)


@require_POST
@staff_only("take-out", again=True)
def take_out(request: HttpRequest, identity: UUID) -> HttpResponse:
    """Take out whom one found; the code of their own application, said this one time."""
    people = Member.objects.filter(live=True, left_at=None).select_related("case__key", "key")
    found, form = get_object_or_404(people, pk=identity), ContactPage(request.POST)
    if not form.is_valid():
        return _found(request, found, form)
    own, code = tracing.take_out(found, Contact(**form.cleaned_data), staff_of(request))
    return render(request, "casework/taken-out.html", {"case": own, "code": code})
