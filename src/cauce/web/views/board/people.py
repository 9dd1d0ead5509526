"""One person of the board: where they stand, what comes next, what they take along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cauce.terms import Demographic
from cauce.web.domain import (
    census,
    clock,
    custody,
    departures,
    manifests,
    releases,
    restamps,
    retention,
    roles,
    shelters,
)
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.interfaces import stages
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.interfaces.fields import version
from cauce.web.models import Held, Manifest, Movement, Release
from cauce.web.views.board.forms import BlockForm, HandoverForm, HoldForm, ReleaseForm, TimeForm, UndoForm, attempt


def held_of(request: HttpRequest, reference: str) -> Held:
    """Somebody at a site of who is asking; for anybody else there is nobody."""
    held = custody.find(reference)
    roles.require(staff_of(request), "read-board", held.site)
    return held


def _page(request: HttpRequest, held: Held, status: int = 200, **forms: Any) -> HttpResponse:
    release = Release.objects.filter(held=held).select_related("shelter").first()
    hours, mark = census.clocked(held, clock.now())
    child = held.demographic == Demographic.UNACCOMPANIED_CHILD
    bed, told = shelters.bed_of(held), custody.told(staff_of(request), held)
    words = {
        "held": held, "told": told, "born": told.get("born") and date.fromisoformat(told["born"]),
        "hours": hours, "mark": mark,
        "following": custody.NEXT.get(held.stage, ()) if held.left_at is None else (),
        "party": Held.objects.filter(party=held.party).exclude(pk=held.pk).order_by("pk"),
        "kin": custody.relatives([held.party]).order_by("pk"), "child": child, "bed": bed,
        "movements": _moves(held),
        "release": release, "missing": releases.missing(release) if release else (),
        "seat": held.boardings.filter(live=True).select_related("manifest").first(),
        "may_leave": releases.may_go(held, clock.now()),
        "receiver": releases.told(held, release, "receiver") if release else "",
        "fills_in": held.stage == "released" and release is not None and release.done_at is not None
        and release.done_at > clock.now() - retention.kept("release"),
        "undoable": held.left_at is not None and held.left_at >= clock.now() - restamps.UNDONE_WITHIN,
        "block_form": BlockForm(
            initial={"by": held.blocked_by, "way_out": held.way_out, "version": held.version}, prefix="block"
        ),
        "time_form": TimeForm(custody.NEXT.get(held.stage, ()), held.site.zone, prefix="time"),
        "release_form": ReleaseForm(initial=_initial(held, release, bed), prefix="release"),
        "handover_form": HandoverForm(held.site.zone, initial={"version": held.version}, prefix="handover"),
        "undo_form": UndoForm(prefix="undo"),
        "hold_form": HoldForm(prefix="hold"),
        **forms,
    }  # fmt: skip
    return render(request, "board/person.html", words, status=status)


def _moves(held: Held) -> list[tuple[Movement, str]]:
    """What happened to somebody, each with why: the bus or flight they left on, or a reason of the list."""
    numbers = {f"manifest:{one.pk}": one.number for one in Manifest.objects.filter(boardings__held=held)}
    moves = held.movements.select_related("site").order_by("recorded_at", "pk")
    return [(move, numbers.get(move.reason) or stages.called(move.reason)) for move in moves]


def _initial(held: Held, release: Release | None, bed: shelters.Bed | None) -> dict[str, Any]:
    kept = {} if release is None else vars(releases.written(held, release))
    shelter = kept.get("shelter") or (bed.site if bed and held.left_at is None else None)
    return {**kept, "shelter": shelter and shelter.code, "version": held.version}


@require_GET
@staff_only("read-board")
def person(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything that custody staff need of one person."""
    return _page(request, held_of(request, reference))


def _done(request: HttpRequest, held: Held, work: Callable[[], object], words: str) -> HttpResponse:
    """A button: do it, or say why not, and show the person again."""
    try:
        work()
    except NotFound:
        raise
    except Refused as fault:
        messages.warning(request, str(fault))
    else:
        messages.success(request, words)
    return redirect("board-person", held.reference)


def _sent(
    request: HttpRequest, held: Held, name: str, form: Any, work: Callable[[dict[str, Any]], object], words: str
) -> HttpResponse:
    """A form: do what it says, or show the person again with what must be corrected."""
    if attempt(form, work):
        messages.success(request, words)
        return redirect("board-person", held.reference)
    return _page(request, held, 422, form=form, **{name: form})


@require_POST
@staff_only("move")
def move(request: HttpRequest, reference: str) -> HttpResponse:
    """On to a stage."""
    held, stage = held_of(request, reference), request.POST.get("stage", "")
    return _done(request, held, lambda: custody.move(staff_of(request), held, stage, version(request)), _("Moved."))


@require_POST
@staff_only("hand-over")
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Back across the border, or to an agency that is not on the board; at another time, or a child alone, by two."""
    held, staff = held_of(request, reference), staff_of(request)
    form = HandoverForm(held.site.zone, request.POST, prefix="handover")
    asks: list[bool] = []

    def leave(given: dict[str, Any]) -> None:
        names = ("way", "receiver", *(f"{name}_given" for name in releases.THINGS))
        handover = departures.Handover(**{name: given[name] for name in names})
        at, sure, seen = given["at"], given["sure"], given["version"]
        if at is None and not departures.by_two(held, handover.way):
            departures.leave(staff, held, handover, seen, together=given["together"], sure=sure)
        else:
            restamps.propose_leaving(staff, held, handover, seen, at=at, reason=given["reason"], sure=sure)
            asks.append(True)

    if attempt(form, leave):
        messages.success(request, _("A second person must agree.") if asks else _("They were handed over."))
        return redirect("board-person", held.reference)
    return _page(request, held, 422, form=form, handover_form=form)


@require_POST
@staff_only("correct-time")
def undo(request: HttpRequest, reference: str) -> HttpResponse:
    """Somebody has not left, for a second person to agree to."""
    held = held_of(request, reference)
    form = UndoForm(request.POST, prefix="undo")

    def ask(given: dict[str, Any]) -> None:
        restamps.propose_undo(staff_of(request), held, reason=given["reason"])

    return _sent(request, held, "undo_form", form, ask, _("A second person must agree."))


@require_POST
@staff_only("move")
def block(request: HttpRequest, reference: str) -> HttpResponse:
    """What somebody waits for."""
    held = held_of(request, reference)
    form = BlockForm(request.POST, prefix="block")

    def write(given: dict[str, Any]) -> None:
        custody.block(staff_of(request), held, **given)

    return _sent(request, held, "block_form", form, write, _("Written down."))


@require_POST
@staff_only("correct-time")
def time(request: HttpRequest, reference: str) -> HttpResponse:
    """Another time, for a second person to agree to."""
    held = held_of(request, reference)
    form = TimeForm(custody.NEXT.get(held.stage, ()), held.site.zone, request.POST, prefix="time")

    def propose(given: dict[str, Any]) -> None:
        restamps.propose(staff_of(request), held, what=given["what"], at=given["at"], reason=given["reason"])

    return _sent(request, held, "time_form", form, propose, _("A second person must agree to this time."))


@require_POST
@staff_only("confirm-release")
def prepare(request: HttpRequest, reference: str) -> HttpResponse:
    """What somebody takes along."""
    held = held_of(request, reference)
    form = ReleaseForm(request.POST, prefix="release")

    def keep(given: dict[str, Any]) -> None:
        seen = given.pop("version")
        releases.prepare(staff_of(request), held, releases.Package(**given), seen)

    return _sent(request, held, "release_form", form, keep, _("The package is written down."))


@require_POST
@staff_only("confirm-release")
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Let somebody go, with their party."""
    held, sure = held_of(request, reference), "sure" in request.POST
    staff = staff_of(request)
    return _done(
        request, held, lambda: releases.confirm(staff, held, version(request), sure=sure), _("They are free to go.")
    )


@require_GET
@staff_only("confirm-release")
def leaflet(request: HttpRequest, reference: str) -> HttpResponse:
    """The page that the person takes along, for print, in the language that they read."""
    held = held_of(request, reference)
    release = Release.objects.filter(held=held).select_related("shelter").first()
    if release is None:
        raise Refused(_("this release is not prepared"), mend=_("fill in the package first"))
    words = {"held": held, "told": custody.told(staff_of(request), held), **releases.leaflet(held, release)}
    with translation.override(held.language):
        page = render(request, "board/leaflet.html", words)
    page.headers["Content-Language"] = held.language
    return page


@require_POST
@staff_only("confirm-release")
def hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Beds for the party tonight, or given back."""
    held, staff = held_of(request, reference), staff_of(request)
    if "give-back" in request.POST:
        return _done(request, held, lambda: shelters.give_back(staff, held), _("The beds are free again."))
    form = HoldForm(request.POST, prefix="hold")

    def keep(given: dict[str, Any]) -> None:
        night = shelters.night_of(given["shelter"])
        shelters.hold(staff, held, given["shelter"], kind=given["kind"], night=night)

    return _sent(request, held, "hold_form", form, keep, _("The beds are held."))


@require_POST
@staff_only("board-manifest")
def consent(request: HttpRequest, reference: str) -> HttpResponse:
    """What somebody says of going onward."""
    held, yes = held_of(request, reference), request.POST.get("answer") == "yes"
    return _done(request, held, lambda: manifests.consent(staff_of(request), held, yes=yes), _("Written down."))


@require_POST
@staff_only("board-manifest")
def off(request: HttpRequest, reference: str) -> HttpResponse:
    """Off the manifest, with the party."""
    held = held_of(request, reference)
    seat = Manifest.objects.filter(boardings__held=held, boardings__live=True).first()
    if seat is None:
        return redirect("board-person", held.reference)
    return _done(request, held, lambda: manifests.leave(staff_of(request), seat, held), _("The seats are free again."))
