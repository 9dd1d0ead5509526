"""A plan: which vehicle leaves when, who is booked, how many agents; a frozen document the simulator executes.

A plan amends a border for its days and nothing else: `Plan.routes` gives rows of the border's timetable, `Plan.sites`
rows of its places, `Plan.process` the network with the plan's booking and crews.  Whoever reads the border sees it.
`Numbers` is the document of what plans weigh and may order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    most_a_day: Pairs[Ranged]
    most_per_departure: Ranged
    recorded_moves: Ranged
    bookable_share: Ranged
    same_day_share: Ranged
    agents_used: Ranged
    agent_hour_usd: Ranged
    bed_night_usd: Ranged
    receiver_minutes: Ranged
    receiver_agents: Ranged
    bookable: str
    agents: str
    released: str
    sheltered: tuple[str, ...]
    shelter_stay: str
    direct: str
    detained: tuple[str, ...]
    detained_wait: tuple[str, str]
    outcomes: Pairs[str]

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
    whom: tuple[tuple[Demographic, int], ...] = ()
    """Expected persons by group, families together."""

    @model_validator(mode="after")
    def _no_child_alone(self) -> Self:
        if any(group == Demographic.UNACCOMPANIED_CHILD for group, _ in self.whom):
            raise ValueError("an unaccompanied child does not travel with unrelated adults")
        return self


class Booking(Document):
    """Of whom a share is sent to the line for a vehicle."""

    share: float
    pathways: tuple[str, ...]
    demographics: tuple[Demographic, ...]


class Plan(Document):
    """Orders, booking, crews and openings for some days."""

    id: str
    start: date
    days: int
    orders: tuple[Order, ...]
    booking: Booking
    agents: Pairs[float] = ()
    """Crew parameter -> factor on it."""
    opens: Pairs[date] = ()
    """Site -> the day on which it opens."""
    source: str

    def routes(self, rows: Iterable[Row], station: str) -> tuple[Row, ...]:
        """The border's timetable with what leaves `station` as ordered, all else as it was.

        One row an order: the same name as the route's, so that the same luck cancels the same departure.
        """
        kept, known = [], {}
        for row in rows:
            known[row["route"]] = row
            if row["station"] != station:
                kept.append(row)
        ordered = []
        for order in self.orders:
            row = known[order.route]
            cells = {
                **row, "times": order.hour, "opens": f"{order.day}", "closes": f"{order.day + timedelta(days=1)}",
            }  # fmt: skip
            ordered += [Row(cells, row.file, row.line)] * order.vehicles
        return (*ordered, *kept)

    def sites(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """The border's places, some opening on another day."""
        opens: Mapping[str, date] = dict(self.opens)
        return tuple(
            Row({**row, "opens": f"{opens[row['site']]}"}, row.file, row.line) if row["site"] in opens else row
            for row in rows
        )
