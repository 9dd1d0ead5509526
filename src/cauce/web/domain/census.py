"""Who is inside, counted: the board of a shift, the exact census that starts an outlook, what may be published.

One count of the database serves all three.  The exact census is internal; what is published hides small counts.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet, Sum

from cauce.errors import RequestError
from cauce.policy.programme import State
from cauce.terms import ROUNDED, SMALL_CELL, SMALL_CELL_OF_CHILDREN, Demographic
from cauce.web.domain import audit, clock, roles, rules
from cauce.web.domain.custody import LIMIT
from cauce.web.models import Boarding, Case, Held, Kinship, Site, Staff, Window

HOUR = timedelta(hours=1)
BAND = 12
"""[h] how finely the census keeps the time held, as the simulator's own census does."""
CLOSE = (12, 24)
"""[h] how far ahead the board looks for who passes the limit."""
PAGE = 50

# --- the board --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """What somebody wants to see; empty is everything."""

    site: str = ""
    stage: str = ""
    demographic: str = ""
    clock: str = ""

    def of(self, sites: QuerySet[Site], now: datetime) -> QuerySet[Held]:
        """The people inside that it lets through."""
        found = Held.objects.filter(site__in=sites, left_at=None)
        given = {"site__code": self.site, "stage": self.stage, "demographic": self.demographic}
        found = found.filter(**{name: value for name, value in given.items() if value})
        return found.filter(_clocked(self.clock, now)) if self.clock in CLOCKS else found


CLOCKS = ("over", "12", "24")


def _clocked(name: str, now: datetime) -> Q:
    """Over the limit, or passing it within so many hours."""
    over = Q(first_custody_at__lte=now - LIMIT)
    if name == "over":
        return over
    return ~over & Q(first_custody_at__lte=now - LIMIT + int(name) * HOUR)


@dataclass(frozen=True)
class Cell:
    """People of one kind at one site and stage."""

    site: str
    stage: str
    demographic: str
    persons: int
    over: int
    in12: int
    in24: int
    first: datetime


@dataclass(frozen=True)
class Place:
    """A site with its people beside what it is rated for."""

    site: Site
    cells: tuple[Cell, ...]

    @property
    def persons(self) -> int:
        return sum(cell.persons for cell in self.cells)

    @property
    def over(self) -> int:
        return sum(cell.over for cell in self.cells)

    @property
    def rows(self) -> list[tuple[str, list[Cell]]]:
        """Cells by stage, in the order of stages."""
        stages = {stage: [c for c in self.cells if c.stage == stage] for stage in Held.INSIDE}
        return [(stage, cells) for stage, cells in stages.items() if cells]


@dataclass(frozen=True)
class Blocked:
    """People who pass the limit soon, by what they wait for; "" is nothing that anybody wrote down."""

    by: str
    over: int
    in12: int
    in24: int


@dataclass(frozen=True)
class Board:
    """The board of an instant."""

    at: datetime
    places: tuple[Place, ...]
    blocked: tuple[Blocked, ...]

    @property
    def zone(self) -> str:
        """Where its clock stands: that of the first of its centres, or of the border without any."""
        return self.places[0].site.zone if self.places else rules.border().card.timezone

    @property
    def persons(self) -> int:
        return sum(place.persons for place in self.places)

    @property
    def over(self) -> int:
        return sum(one.over for one in self.blocked)

    @property
    def in12(self) -> int:
        return sum(one.in12 for one in self.blocked)

    @property
    def in24(self) -> int:
        return sum(one.in24 for one in self.blocked)


def board(sites: QuerySet[Site], chosen: Filter | None = None) -> Board:
    """Census by site, stage and kind, and who passes the limit within 12 and within 24 hours: two queries."""
    now = clock.now()
    found = (chosen or Filter()).of(sites, now)
    marks = {
        "over": Count("pk", filter=_clocked("over", now)), "in12": Count("pk", filter=_clocked("12", now)),
        "in24": Count("pk", filter=_clocked("24", now)),
    }  # fmt: skip
    counted = found.values("site__code", "stage", "demographic").annotate(
        persons=Count("pk"), first=Min("first_custody_at"), **marks
    )
    cells = [Cell(site=row.pop("site__code"), **row) for row in counted.order_by("site__code", "stage", "demographic")]
    centres = sites.filter(kind="centre").order_by("name", "pk")
    places = tuple(Place(site, tuple(c for c in cells if c.site == site.code)) for site in centres)
    blocked = found.filter(_clocked("over", now) | _clocked("24", now)).values("blocked_by").annotate(**marks)
    said = tuple(
        Blocked(row["blocked_by"], row["over"], row["in12"], row["in24"]) for row in blocked.order_by("blocked_by")
    )
    return Board(now, places, said)


@dataclass(frozen=True)
class Held72:
    """Somebody on the list, with the clock: `near` within 12 hours of the limit, `over` past it; and their bus."""

    held: Held
    hours: int
    mark: str
    kin_apart: bool
    seat: str


@dataclass(frozen=True)
class Page:
    """People, longest held first; `after` begins the next page, "" on the last one."""

    people: tuple[Held72, ...]
    after: str = ""


def people(sites: QuerySet[Site], chosen: Filter, after: str = "", size: int = PAGE) -> Page:
    """One page of the list, by its key and not by its number.

    Raises
    ------
    RequestError
        `after` is no key of a page.
    """
    now = clock.now()
    found = chosen.of(sites, now).select_related("site").defer("told").order_by("first_custody_at", "pk")
    if after:
        when, who = _unkeyed(after)
        found = found.filter(Q(first_custody_at__gt=when) | Q(first_custody_at=when, pk__gt=who))
    some = list(found[: size + 1])
    last = some[size - 1] if len(some) > size else None
    apart = _apart(some[:size])
    seated = Boarding.objects.filter(held__in=some[:size], live=True)
    seats = dict(seated.values_list("held_id", "manifest__number"))
    shown = tuple(Held72(held, *clocked(held, now), held.pk in apart, seats.get(held.pk, "")) for held in some[:size])
    return Page(shown, "" if last is None else _keyed(last))


def clocked(held: Held, now: datetime) -> tuple[int, str]:
    """Whole hours since the first custody, and their mark: "", `near`, `over`."""
    until = (held.left_at or now) - held.first_custody_at
    mark = "over" if until >= LIMIT else "near" if until >= LIMIT - CLOSE[0] * HOUR else ""
    return until // HOUR, mark


def _apart(people: Sequence[Held]) -> set[UUID]:
    """Those whose relatives are inside under another party: processed apart, which somebody should look at."""
    mine = {held.party for held in people}
    pairs = list(Kinship.objects.filter(Q(party__in=mine) | Q(other__in=mine)).values_list("party", "other"))
    near = {name for pair in pairs for name in pair}
    inside = set(Held.objects.filter(party__in=near, left_at=None).values_list("party", flat=True))
    apart = {name for pair in pairs for name, other in (pair, pair[::-1]) if other in inside}
    return {held.pk for held in people if held.party in apart}


def _keyed(held: Held) -> str:
    return base64.urlsafe_b64encode(f"{held.first_custody_at.isoformat()}|{held.pk}".encode()).decode()


def _unkeyed(key: str) -> tuple[datetime, UUID]:
    try:
        when, who = base64.urlsafe_b64decode(key.encode()).decode().split("|")
        return datetime.fromisoformat(when), UUID(who)
    except (ValueError, binascii.Error):
        raise RequestError("this is no page of the list", mend="begin with its first page") from None


# --- the census that starts an outlook --------------------------------------------------------------------

COLUMNS = ("station", "nationality", "demographic", "hours_held", "persons")


def rows(sites: QuerySet[Site] | None = None) -> list[tuple[str, str, str, int, int]]:
    """The exact census of the board in the words of `cauce outlook`, sorted: its columns are `COLUMNS`.

    Hours run from the first custody, in bands of 12.

    Raises
    ------
    RequestError
        The border's table has no station for somebody.
    """
    now = clock.now()
    inside = Held.objects.filter(left_at=None)
    if sites is not None:
        inside = inside.filter(site__in=sites)
    found = inside.values_list(
        "site__code", "stage", "way_out", "blocked_by", "demographic", "nationality", "first_custody_at"
    )
    count: Counter[tuple[str, str, str, int]] = Counter()
    for site, stage, way_out, blocked_by, demographic, nationality, first in found.iterator(chunk_size=5000):
        station = rules.station(site=site, stage=stage, way_out=way_out, blocked_by=blocked_by, demographic=demographic)
        count[station, nationality, demographic, (now - first) // (BAND * HOUR) * BAND] += 1
    return [(*key, persons) for key, persons in sorted(count.items())]


def taken(staff: Staff | None) -> str:
    """The exact census of somebody's sites as a file; that they took it is written down."""
    actor = roles.require(staff, "export-census")
    assert staff is not None
    return _taken(rows(roles.sites(staff, "export-census")), actor)


def taken_by_hand() -> str | None:
    """The same of all sites for whoever works on the machine of the service; None if nobody is inside."""
    found = rows()
    return _taken(found, "command-line") if found else None


def _taken(found: list[tuple[str, str, str, int, int]], actor: str) -> str:
    with transaction.atomic():
        audit.record("census", actor, "census-taken", persons=sum(row[-1] for row in found))
    return as_csv(found)


def as_csv(found: Iterable[Sequence[object]]) -> str:
    """The census as the file that `cauce outlook --census` reads; exact, and so for inside use only."""
    out = io.StringIO()
    at = clock.now().astimezone(ZoneInfo(rules.border().card.timezone))
    out.write(f"# Who is inside on {at:%Y-%m-%d} at {at:%H:%M}: counted on the board. Exact: not to be published.\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([COLUMNS, *found])
    return out.getvalue()


def begins() -> str:
    """The hour at which an outlook from this board starts, as `cauce outlook --start` takes it."""
    return f"{clock.now().astimezone(ZoneInfo(rules.border().card.timezone)):%Y-%m-%dT%H:00}"


# --- what may be published --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """A rounded count of a site; None where it is too small to be shown."""

    site: str
    demographic: str
    persons: int | None
    over: int | None


def published() -> list[Published]:
    """Counts of the sites that may be named, small ones hidden and the others rounded.

    Where one kind is hidden the next smallest of the site is hidden too, so that nobody subtracts.
    """
    found = board(Site.objects.filter(public=True))
    told: list[Published] = []
    for place in found.places:
        by_kind = {
            kind: tuple(map(sum, zip(*((c.persons, c.over) for c in cells), strict=True)))
            for kind, cells in groupby(sorted(place.cells, key=lambda c: c.demographic), key=lambda c: c.demographic)
        }
        hidden = {kind for kind, (persons, _over) in by_kind.items() if persons < _smallest(kind)}
        if len(hidden) == 1 and len(by_kind) > 1:
            hidden.add(min(by_kind.keys() - hidden, key=lambda kind: by_kind[kind][0]))
        for kind, (persons, over) in by_kind.items():
            shown = None if kind in hidden else _rounded(persons)
            told.append(
                Published(
                    place.site.code,
                    kind,
                    shown,
                    _rounded(over) if kind not in hidden and over >= _smallest(kind) else None,
                )
            )
    return told


def _smallest(demographic: str) -> int:
    return SMALL_CELL_OF_CHILDREN if demographic == Demographic.UNACCOMPANIED_CHILD else SMALL_CELL


def _rounded(count: int) -> int:
    return ROUNDED * round(count / ROUNDED)


# --- the pathway's queue for the simulated lane -----------------------------------------------------------

LANE = {
    State.QUEUED: "queued", State.SELECTED: "under-review", State.REVIEW: "under-review",
    State.EVIDENCE: "under-review", State.CONFIRMED: "under-review", State.ACCOUNT: "under-review",
    State.REQUESTED: "under-review", State.WAITING: "waiting-for-the-cap", State.AUTHORISED: "authorised",
    State.EXTENDED: "authorised",
}  # fmt: skip


@dataclass(frozen=True)
class Lane:
    """Persons on the lawful way by where they stand, and places of the cap that are given out."""

    programme: str
    standing: dict[str, int] = field(default_factory=dict)
    used: int = 0


def lane() -> Lane:
    """Where the persons of the served programme stand."""
    programme = rules.programme().id
    by_state = Case.objects.filter(programme=programme).values("state").annotate(persons=Sum("persons"))
    standing: Counter[str] = Counter()
    for row in by_state:
        if (name := LANE.get(State(row["state"]))) is not None:
            standing[name] += row["persons"]
    used = Window.objects.filter(pool=f"programme:{programme}").aggregate(used=Sum("used"))["used"] or 0
    return Lane(programme, dict(sorted(standing.items())), used)


def lane_taken(staff: Staff | None) -> str:
    """The same as a file; that somebody took it is written down."""
    return _lane_taken(roles.require(staff, "export-lane"))


def lane_by_hand() -> str:
    """The same for whoever works on the machine of the service."""
    return _lane_taken("command-line")


def _lane_taken(actor: str) -> str:
    with transaction.atomic():
        audit.record("lane", actor, "lane-taken")
    return lane_csv()


def lane_csv() -> str:
    """The same as a table: a state and its persons, and the places given out."""
    found, out = lane(), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([("state", "persons"), *found.standing.items(), ("used", found.used)])
    return out.getvalue()


def what_if(census: str) -> dict[str, Any]:
    """A scenario in which the programme has given out as many places as its counter here says, for `cauce run`.

    census : file of who is inside, as `as_csv` wrote it.
    """
    found, start = lane(), begins()
    day = start[:10]
    source = f"what if: the counter of the service on {day}"
    given = [{"value": found.used, "low": found.used, "high": found.used, "unit": "person", "source": source}]
    change = {"measure": found.programme, "set": {"values": {"used": given}}, "source": source}
    return {
        "id": f"lane-{day}",
        "name": {"en": f"The lane as it stood on {day}", "es": f"La vía legal como estaba el {day}"},
        "question": {
            "en": "What happens if the programme goes on from the places it has given out?",
            "es": "¿Qué pasa si el programa sigue desde los lugares que ya dio?",
        },
        "start": start, "days": 14, "as_of": day, "draws": 100, "seed": 1, "census": census, "source": source,
        "axes": [
            {
                "id": "lane", "name": {"en": "The lane", "es": "La vía legal"},
                "choices": [
                    {"id": "counted", "name": {"en": "as counted here", "es": "como se contó aquí"}, "amend": [change]},
                    {"id": "assumed", "name": {"en": "as the book assumes", "es": "como supone el libro"}},
                ],
            }
        ],
    }  # fmt: skip
