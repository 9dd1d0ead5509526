"""Who somebody of the board is: corrected, joined by a newborn or another of the family, related to others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cauce.web.domain import custody, identities
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.views.board.forms import CorrectForm, PersonForm, RelateForm, attempt
from cauce.web.views.board.people import held_of


@staff_only("correct-person")
def who(request: HttpRequest, reference: str) -> HttpResponse:
    """Three forms: what was written wrongly, who joins them, whose relatives they are."""
    held, staff = held_of(request, reference), staff_of(request)
    posted = request.POST.get("form") if request.method == "POST" else None
    told = custody.told(staff, held)
    names = ("nationality", "language", "demographic", "version")
    initial = {**told, **{name: getattr(held, name) for name in names}}
    forms: dict[str, Any] = {
        "correct": CorrectForm(request.POST if posted == "correct" else None, prefix="correct", initial=initial),
        "join": PersonForm(request.POST if posted == "join" else None, prefix="join"),
        "relate": RelateForm(request.POST if posted == "relate" else None, prefix="relate"),
    }
    said = [_("Written down.")]

    def correct(given: dict[str, Any]) -> None:
        person = _person(given, given["language"], given["demographic"])
        more = {"reason": given["reason"], "in_doubt": given["in_doubt"]}
        if identities.correct(staff, held, person, given["version"], **more) is not None:
            said.append(_("A second person must agree."))

    def join(given: dict[str, Any]) -> None:
        identities.join(staff, held, _person(given, held.language, held.demographic))

    def relate(given: dict[str, Any]) -> None:
        try:
            identities.relate(staff, held, given["reference"])
        except NotFound as fault:
            forms["relate"].add_error("reference", str(fault))

    work = {"correct": correct, "join": join, "relate": relate}
    if posted in work and attempt(forms[posted], work[posted]) and forms[posted].is_valid():
        messages.success(request, " ".join(said))
        return redirect("board-person", held.reference)
    words = {"held": held, "form": forms[posted if posted in work else "correct"]}
    words |= {f"{name}_form": form for name, form in forms.items()}
    return render(request, "board/who.html", words, status=422 if posted else 200)


def _person(given: dict[str, Any], language: str, demographic: str) -> custody.Person:
    born = given["born"].isoformat()
    return custody.Person(given["name"], born, given["nationality"], demographic, language)
