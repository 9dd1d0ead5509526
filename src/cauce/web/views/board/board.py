"""The board of a shift: who is inside by site and stage, who passes 72 hours, and what goes out of it as a table."""

from __future__ import annotations

import csv
from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import formset_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cauce.errors import RequestError
from cauce.web.domain import census, clock, custody, releases, restamps, roles, rules
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.interfaces.desk import staff_of, staff_only
from cauce.web.interfaces.middleware import minutes_left
from cauce.web.models import Held, Restamp, Site
from cauce.web.views.board import outlook
from cauce.web.views.board.forms import FilterForm, IntakeForm, PersonForm, attempt

GAPS_SINCE = timedelta(days=7)
MOST_IN_A_PARTY = 12
CLOSING = 3  # minutes ahead of its end, and so at least two of warning, in which an open board says so (WCAG 2.2.1)


def sites(request: HttpRequest) -> QuerySet[Site]:
    """The sites of who is asking."""
    return staff_of(request).sites.all()


def _chosen(request: HttpRequest) -> tuple[FilterForm, census.Filter]:
    form = FilterForm(list(sites(request).filter(kind="centre").order_by("name")), request.GET or None)
    return form, census.Filter(**form.cleaned_data) if form.is_valid() else census.Filter()


@require_GET
@staff_only("read-board")
def board(request: HttpRequest) -> HttpResponse:
    """The whole board with its list."""
    form, chosen = _chosen(request)
    try:
        page = census.people(sites(request), chosen, request.GET.get("after", ""))
    except RequestError:
        raise Http404 from None
    query = request.GET.copy()
    for word in ("after", "paused"):
        query.pop(word, None)
    words = {
        "form": form, "page": page, "fan": (fan := outlook.last()), "query": query.urlencode(),
        "paused": "paused" in request.GET, "board": census.board(sites(request), chosen),
        "fan_days": (clock.now() - fan.made_at).days if fan else 0, "zone": rules.border().card.timezone,
        "waiting": restamps.pending(sites(request)).count(), "first": not request.GET.get("after"),
    }  # fmt: skip
    return render(request, "board/board.html", words)


@require_GET
@staff_only("read-board")
def live(request: HttpRequest) -> HttpResponse:
    """What changes by itself on the board; before it closes, a word in time."""
    _form, chosen = _chosen(request)
    words = {
        "board": census.board(sites(request), chosen), "query": request.GET.urlencode(),
        "closing": minutes_left(request) < CLOSING,
    }  # fmt: skip
    return render(request, "board/live.html", words)


@staff_only("intake")
def intake(request: HttpRequest) -> HttpResponse:
    """Take a party in."""
    given = request.GET.get("people", "1")
    people = min(max(int(given), 1), MOST_IN_A_PARTY) if given.isascii() and given.isdigit() else 1
    rows = formset_factory(PersonForm, extra=people, max_num=people, absolute_max=people)
    data = request.POST if request.method == "POST" else None
    form, each = IntakeForm(request, data), rows(data, prefix="person")
    for row in each.forms:
        row.empty_permitted = False
    taken: list[Held] = []
    before: list[Held] = []

    def take(given: dict[str, Any]) -> None:
        party = [
            custody.Person(
                row.cleaned_data["name"], row.cleaned_data["born"].isoformat(), row.cleaned_data["nationality"],
                given["demographic"], given["language"],
            )
            for row in each.forms
        ]  # fmt: skip
        taken.extend(
            custody.take_in(
                staff_of(request), given["site"], party, first_custody_at=given["first_custody_at"], kin=given["kin"],
                **{name: given[name] for name in ("sure", "anew", "in_doubt")},
            )
        )  # fmt: skip
        before.extend(one for one in taken if one.first_custody_at < (given["first_custody_at"] or one.entered_at))

    if data is not None and each.is_valid() and attempt(form, take):
        went_on = _("Taken in. They were here before: the clock goes on from their earlier first custody.")
        messages.success(request, went_on if before else _("Taken in."))
        return redirect("board-person", taken[0].reference)
    wrong = data is not None and bool(form.errors or any(each.errors))
    words = {"form": form, "rows": each, "people": people, "wrong": wrong, "most": MOST_IN_A_PARTY}
    return render(request, "board/intake.html", words, status=422 if wrong else 200)


@require_GET
@staff_only("read-board")
def times(request: HttpRequest) -> HttpResponse:
    """Times that wait for a second person, each with what whoever looks may do about it."""
    staff = staff_of(request)
    agrees = set(roles.sites(staff, "second-time").values_list("pk", flat=True))
    rows = [
        (stamp, theirs := stamp.proposed_by == roles.name(staff), not theirs and stamp.held.site_id in agrees)
        for stamp in restamps.pending(sites(request))[:200]
    ]
    return render(request, "board/times.html", {"rows": rows})


@require_POST
@staff_only("correct-time")
def second(request: HttpRequest, number: int) -> HttpResponse:
    """Agree to another time, as a second person; or drop it, also by who asked."""
    stamp = get_object_or_404(Restamp.objects.select_related("held__site"), pk=number)
    drops = "withdraw" in request.POST
    try:
        (restamps.withdraw if drops else restamps.approve)(staff_of(request), stamp)
    except NotFound:
        raise
    except Refused as fault:
        messages.warning(request, str(fault))
    else:
        messages.success(request, _("It was withdrawn.") if drops else _("Agreed."))
    return redirect("board-times")


@require_GET
@staff_only("read-board")
def gaps(request: HttpRequest) -> HttpResponse:
    """Where the record does not hold together."""
    since = clock.now() - GAPS_SINCE
    found = custody.gaps(sites(request).filter(kind="centre"), since)
    return render(request, "board/gaps.html", {"gaps": list(islice(found, 500))})


@require_GET
@staff_only("read-missing")
def missing(request: HttpRequest) -> HttpResponse:
    """Who left with something missing."""
    counted, newest = releases.incomplete(staff_of(request), sites(request))
    return render(request, "board/missing.html", {"missing": newest, "counted": counted})


@require_GET
@staff_only("export-census", taken=True)
def exact(request: HttpRequest) -> HttpResponse:
    """The exact census, for the outlook; it is for inside use."""
    return _csv("census.csv", census.taken(staff_of(request)))


@require_GET
@staff_only("export-lane", taken=True)
def lane(request: HttpRequest) -> HttpResponse:
    """The pathway's queue by where persons stand."""
    return _csv("lane.csv", census.lane_taken(staff_of(request)))


@require_GET
@staff_only("read-board", "export-lane")
def published(request: HttpRequest) -> HttpResponse:
    """What may leave the house: rounded, small counts hidden."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="published.csv"'
    writer = csv.writer(response)
    writer.writerow(["site", "demographic", "persons", "over_72h"])
    writer.writerows([p.site, p.demographic, p.persons, p.over] for p in census.published())
    return response


def _csv(name: str, text: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
