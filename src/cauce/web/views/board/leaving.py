"""Flights, buses and shelters: what takes people on, and the shelter's own page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cauce.web.domain import clock, custody, manifests, roles, shelters
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.interfaces import origin
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.models import Manifest, ShelterAsk, TurnAway
from cauce.web.views.board.board import sites
from cauce.web.views.board.forms import (
    AnswerForm,
    AskForm,
    HeardForm,
    ManifestForm,
    ReachForm,
    SeatForm,
    TurnedForm,
    attempt,
)
from cauce.web.views.faults import not_found


@staff_only("board-manifest")
def listed(request: HttpRequest) -> HttpResponse:
    """Flights and buses to come, and a new one."""
    form = ManifestForm(request, request.POST if request.method == "POST" else None)

    def make(given: dict[str, Any]) -> None:
        kept = {key: value for key, value in given.items() if key not in ("day", "hour", "site")}
        manifests.open_manifest(staff_of(request), given["site"], **kept)

    if form.is_bound and attempt(form, make):
        messages.success(request, _("The manifest is open."))
        return redirect("board-manifests")
    words = {
        "form": form, "listed": manifests.listed(sites(request)), "onward": manifests.onward(sites(request)),
        "now": clock.now(),
    }  # fmt: skip
    return render(request, "board/manifests.html", words, status=422 if form.errors else 200)


def _manifest(request: HttpRequest, number: int) -> Manifest:
    found = get_object_or_404(Manifest.objects.select_related("from_site", "to_site"), pk=number)
    roles.require(staff_of(request), "board-manifest", found.from_site)
    return found


@staff_only("board-manifest")
def manifest(request: HttpRequest, number: int) -> HttpResponse:
    """Who is on one, for print; and boarding."""
    found = _manifest(request, number)
    form = SeatForm(request.POST if request.method == "POST" else None)

    def seat(given: dict[str, Any]) -> None:
        manifests.board(staff_of(request), found, custody.find(given["reference"]), sure=given["sure"])

    if form.is_bound:
        try:
            if attempt(form, seat):
                return redirect("board-manifest", found.pk)
        except NotFound as fault:
            form.add_error("reference", str(fault))
    passengers = manifests.passengers(found)
    free = found.seats - len(passengers)
    words = {"form": form, "manifest": found, "passengers": passengers, "free": free, "now": clock.now()}
    return render(request, "board/manifest.html", words, status=422 if form.errors else 200)


@require_POST
@staff_only("board-manifest")
def close(request: HttpRequest, number: int) -> HttpResponse:
    """It leaves, or it does not."""
    found = _manifest(request, number)
    work = manifests.depart if "depart" in request.POST else manifests.cancel
    try:
        work(staff_of(request), found)
    except NotFound:
        raise
    except Refused as fault:
        messages.warning(request, str(fault))
    return redirect("board-manifest", found.pk)


@staff_only("read-asks")
def shelter_list(request: HttpRequest) -> HttpResponse:
    """Beds tonight, what was asked and answered, and asking."""
    staff = staff_of(request)
    mine = roles.sites(staff, "read-asks").filter(kind="shelter")
    if request.method == "POST":  # before any look-up: what a form says of phones and questions is for who may ask
        roles.require(staff, "ask-shelter")
    posted = request.POST.get("form") if request.method == "POST" else None
    asking = AskForm(request.POST if posted == "ask" else None, prefix="ask")
    hearing = HeardForm(request.POST if posted == "heard" else None, prefix="heard")
    reaching = ReachForm(request.POST if posted == "reach" else None, prefix="reach")

    def ask(given: dict[str, Any]) -> None:
        shelters.ask(
            staff, given["shelter"], persons=given["persons"], families=given["families"], night=given["night"],
            address=lambda secret: f"{request.scheme}://{origin.public(request)}{reverse('shelter', args=[secret])}",
        )  # fmt: skip

    def reach(given: dict[str, Any]) -> None:
        shelters.reach(staff, given["shelter"], contact=given["contact"], language=given["language"])

    def hear(given: dict[str, Any]) -> None:
        shelters.heard(staff, given["question"] or shelters.by_phone(given["phone"]), given["words"])

    forms = {"ask": (asking, ask), "reach": (reaching, reach), "heard": (hearing, hear)}
    if posted in forms and attempt(*forms[posted]):
        messages.success(request, _("The message is on its way.") if posted == "ask" else _("Written down."))
        return redirect("board-shelters")
    nights = {shelters.night_of(site) for site in mine}
    words = {
        "ask_form": asking, "reach_form": reaching, "heard_form": hearing,
        "form": forms[posted if posted in forms else "ask"][0],
        "beds": [bed for night in sorted(nights) for bed in shelters.beds(mine, night)],
        "asks": ShelterAsk.objects.filter(site__in=mine).select_related("site").order_by("-asked_at", "-pk")[:50],
        "turned": TurnAway.objects.filter(site__in=mine).select_related("site").order_by("-at", "-pk")[:50],
        "may_ask": roles.may(staff, "ask-shelter"),
    }  # fmt: skip
    return render(request, "board/shelters.html", words, status=422 if posted else 200)


def shelter(request: HttpRequest, secret: str) -> HttpResponse:
    """A shelter's own page: what it was asked, its answer, how many come; never who."""
    try:
        asked = shelters.by_link(secret)
    except NotFound:
        return not_found(request)
    posted = request.POST.get("form") if request.method == "POST" else None
    beds = shelters.beds([asked.site], asked.night)
    initial = {"until": asked.until, **({bed.kind: bed.said for bed in beds if bed.said} if asked.answered_at else {})}
    answering = AnswerForm(request.POST if posted == "answer" else None, prefix="answer", initial=initial)
    turning = TurnedForm(request.POST if posted == "turned" else None, prefix="turned")

    def answer(given: dict[str, Any]) -> None:
        shelters.answer(asked, given["said"])

    def turn(given: dict[str, Any]) -> None:
        shelters.turn_away(asked, **given)

    if (posted == "answer" and attempt(answering, answer)) or (posted == "turned" and attempt(turning, turn)):
        messages.success(request, _("Thank you. It is written down."))
        return redirect("shelter", secret)
    words = {
        "asked": asked, "answer_form": answering, "turned_form": turning,
        "form": turning if posted == "turned" else answering, "beds": beds,
        "coming": sum(bed.used for bed in beds),
    }  # fmt: skip
    return render(request, "board/shelter.html", words, status=422 if posted else 200)
