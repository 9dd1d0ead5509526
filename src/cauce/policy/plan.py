"""A plan: which vehicle leaves when, who is sent to it, how many agents; a frozen document the simulator executes.

A plan amends a border for its days and nothing else: `Plan.routes` gives rows of the border's timetable, `Plan.sites`
rows of its places; its shares and crews amend the network.  Whoever reads the border sees it.
`Numbers` is the document of what plans weigh and may order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Self

from pydantic import model_validator

from cauce.border import Border, Row
from cauce.documents import Document, Pairs, Ranged, load
from cauce.errors import RequestError
from cauce.terms import Demographic


class Weights(Document):
    """What one unit of each harm weighs; a person-hour past the limit is one."""

    over_72h: Ranged
    over_capacity: Ranged
    idle_capacity: Ranged
    night_unsheltered: Ranged
    dollar: Ranged


class Numbers(Document):
    """What a border's plans weigh and may order: `plans/plan.yaml`."""

    weights: Weights
    lead_hours: Pairs[Ranged]
    cancelled: Pairs[Ranged]
    """Mode -> share of ordered vehicles that do not leave."""
    most_a_day: Pairs[Ranged]
    most_per_departure: Ranged
    recorded_moves: Ranged
    bookable_share: Ranged
    same_day_share: Ranged
    agents_used: Ranged
    agent_hour_usd: Ranged
    bed_night_usd: Ranged
    release_usd: Ranged
    receiver_minutes: Ranged
    receiver_agents: Ranged
    elsewhere_hours: Pairs[Ranged]
    """Stream -> how long those who are moved stay where they are taken, in the mean."""
    elsewhere_cv: str
    """Parameter of the network: the spread of these stays over their mean."""
    streams: Pairs[tuple[str, ...]]
    """Of those who may be moved: stream -> pathways."""
    kept: Pairs[tuple[str, ...]] = ()
    """Pathway -> nationalities who stay."""
    streams_source: str
    agents: str
    released: str
    sheltered: tuple[str, ...]
    shelter_stay: str
    direct: str
    detained_wait: tuple[str, str]
    outcomes: Pairs[str]

    @model_validator(mode="after")
    def _each_mode_whole(self) -> Self:
        for mode, _ in self.lead_hours:
            if mode not in dict(self.cancelled):
                raise ValueError(f"{mode!r} has a lead time and is not in `cancelled`")
        return self

    @classmethod
    def read(cls, border: Border) -> Numbers:
        """The numbers of a border.

        Raises
        ------
        RequestError
            The border has none.
        """
        path = border.root / "plans" / "plan.yaml"
        if not path.is_file():
            raise RequestError(f"border {border.card.id!r} has no numbers for plans", mend="add plans/plan.yaml")
        return load(cls, path)


class Stay(Document):
    """How long a stream stays where it came: names of a network's parameters (mean, spread)."""

    stream: str
    sectors: tuple[str, ...] = ()
    """None: all others."""
    usual: tuple[str, str] | None = None
    """None: who is not let go on the same day is on the next."""
    crowded: tuple[str, str] | None = None


class Whole(Document):
    """What plans of the whole border add to `Numbers`: `plans/border.yaml`."""

    scenario: str
    most_a_day: Pairs[Ranged]
    stays: tuple[Stay, ...]

    @classmethod
    def read(cls, border: Border) -> Whole:
        """The numbers of a whole border.

        Raises
        ------
        RequestError
            The border has none.
        """
        path = border.root / "plans" / "border.yaml"
        if not path.is_file():
            raise RequestError(
                f"border {border.card.id!r} has no numbers for plans of the whole border",
                mend=f"add plans/border.yaml, or plan for {border.card.focus_sector}",
            )
        return load(cls, path)

    def stay(self, stream: str, sector: str) -> Stay:
        """How long a stream stays in a sector."""
        for stay in self.stays:
            if stay.stream == stream and (sector in stay.sectors or not stay.sectors):
                return stay
        raise RequestError(
            f"plans/border.yaml does not say how long {stream!r} stays in {sector}", mend="add it to its `stays`"
        )


class Order(Document):
    """So many vehicles of a route at an hour of a day, and for whom."""

    route: str
    day: date
    hour: str
    vehicles: int
    seats: int
    to: str
    mode: str
    booked: bool
    """Ordered before the plan began."""
    cancelled: float | None = None
    """Chance that it does not leave; None: as the timetable's departure."""
    whom: tuple[tuple[Demographic, int], ...] = ()
    """Expected persons by group, families together."""

    @model_validator(mode="after")
    def _no_child_alone(self) -> Self:
        if any(group == Demographic.UNACCOMPANIED_CHILD for group, _ in self.whom):
            raise ValueError("an unaccompanied child does not travel with unrelated adults")
        return self


class Plan(Document):
    """Vehicles for some days in one place or between all sectors, whom each step sends to them, crews and openings."""

    id: str
    start: date
    days: int
    orders: tuple[Order, ...]
    shares: Pairs[Pairs[float]]
    """Step that sends to the line for a vehicle -> stream -> share of those who may be moved."""
    agents: Pairs[float] = ()
    """Crew parameter -> factor on it."""
    opens: Pairs[date] = ()
    """Site -> the day on which it opens."""
    source: str

    def routes(self, rows: Iterable[Row], stations: Collection[str]) -> tuple[Row, ...]:
        """The border's timetable with what leaves these stations as ordered, all else as it was.

        One row an order: the same name as the route's, so that the same luck cancels the same departure.  Whether a
        vehicle leaves was decided when it was ordered, or left standing where it was booked: no least load holds it.
        """
        kept, known = [], {}
        for row in rows:
            known[row["route"]] = row
            if row["station"] not in stations:
                kept.append(row)
        ordered = []
        for order in self.orders:
            row = known[order.route]
            cells = {
                **row, "times": order.hour, "opens": f"{order.day}", "closes": f"{order.day + timedelta(days=1)}",
                "minimum_load": "1",
            }  # fmt: skip
            if order.cancelled is not None:
                cells["cancelled"] = f"{order.cancelled:g}"
            ordered += [Row(cells, row.file, row.line)] * order.vehicles
        return (*ordered, *kept)

    def sites(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """The border's places, some opening on another day."""
        opens: Mapping[str, date] = dict(self.opens)
        return tuple(
            Row({**row, "opens": f"{opens[row['site']]}"}, row.file, row.line) if row["site"] in opens else row
            for row in rows
        )
