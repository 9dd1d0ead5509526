"""Documents and tables become arrays: the only place where names become indices.

`Layout` holds what is the same for every draw and every case of a scenario: the order of stations, sites,
classes and stages.  `assemble` fills the arrays for one rulebook and one draw of the parameters.  A quota
station of the document becomes one kernel station for each rule that has a cap; people are routed to the
one whose rule concerns them on that day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Row
from cauce.errors import DocumentError
from cauce.keys import key as fold
from cauce.keys import uniforms
from cauce.model.clock import TICKS_PER_HOUR, Clock
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles
from cauce.model.process import REST, Process, Quantity, Station
from cauce.policy.rulebook import Rulebook, pathway_shares
from cauce.terms import Demographic

KIND = {
    "delay": k.DELAY,
    "beds": k.DELAY,
    "desk": k.DESK,
    "slots": k.BATCH,
    "departure": k.BATCH,
    "quota": k.QUOTA,
    "exit": k.SINK,
}
NO_LIMIT = 2**31 - 1
ONE = 1024  # fixed point of shares of a service time, as the kernel reads them
WHOLE = 2**32 - 1  # a cumulative probability of one, as the kernel reads it


@dataclass(frozen=True)
class Departure:
    """One calendar row that carries people: what, when, how."""

    route: str
    station: str
    mode: str
    day: int
"""Day is the report day."""


@dataclass(frozen=True)
class Layout:
    """Names and their indices."""

    border: Border
    process: Process
    nationalities: tuple[str, ...]
    capped: tuple[tuple[str, str], ...]
    """(quota station of the document, measure) for each rule with a cap, in the book's order."""

    @cached_property
    def classes(self) -> tuple[tuple[str, Demographic], ...]:
        return tuple((n, d) for n in self.nationalities for d in Demographic)

    @cached_property
    def stations(self) -> tuple[str, ...]:
        """Kernel stations: those of the document, then one for each capped rule."""
        plain = tuple(s.id for s in self.process.stations if s.kind != "quota")
        return plain + tuple(f"{station}@{measure}" for station, measure in self.capped)

    @cached_property
    def documents(self) -> tuple[Station, ...]:
        """The document behind each kernel station."""
        by_name = {s.id: s for s in self.process.stations}
        return tuple(by_name[name.partition("@")[0]] for name in self.stations)

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.stations)}

    @cached_property
    def sites(self) -> tuple[str, ...]:
        return tuple(row["site"] for row in self.border.sites)

    @cached_property
    def site_index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.sites)}

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Census stages: those of the stations, then one for the door of each site that makes people wait."""
        named = tuple(dict.fromkeys(s.stage for s in self.documents))
        return named + tuple(f"door:{row['site']}" for row in self.border.sites if row["rule"] == "hold")

    @cached_property
    def stage_index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.stages)}

    @cached_property
    def pools(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.process.pools)

    @classmethod
    def of(cls, border: Border, book: Rulebook, nationalities: tuple[str, ...]) -> Layout:
        """The layout of a border under a book (any amendment of which has the same layout)."""
        process = Process.read(border)
        capped = tuple(
            (station.id, measure.id)
            for station in process.stations
            if station.kind == "quota"
            for measure in book.measures
            if measure.kind == QUOTA_OF[station.quota or ""]
        )
        return cls(border, process, nationalities, capped)


QUOTA_OF = {"return-agreements": "return-agreement", "programmes": "programme"}
"""Which kind of measure fills which kind of quota station."""


@dataclass(frozen=True)
class Assembled:
    """One case and one draw, ready for the kernel."""

    layout: Layout
    clock: Clock
    parameters: Mapping[str, float]
    network: k.Network
    calendar: k.Calendar
    tables: k.Tables
    departures: Mapping[int, Departure]
    """Calendar row -> what departed."""


def assemble(layout: Layout, book: Rulebook, clock: Clock, key: int | None) -> Assembled:
    """Fill the kernel's arrays for one rulebook and one draw of the parameters (`key`; None: as stated)."""
    parameters = layout.process.drawn(key)
    regimes = _regimes(book, clock)
    tables = _Tables()
    routing = _Routing(layout, parameters, book, regimes)
    network = _network(layout, parameters, book, clock, tables, routing)
    calendar, departures = _calendar(layout, parameters, book, clock, regimes, key)
    return Assembled(layout, clock, parameters, network, calendar, tables.arrays(), departures)


def _regimes(book: Rulebook, clock: Clock) -> tuple[datetime, ...]:
    """The start, then every instant within the horizon at which anything in the book changes."""
    inside = [t for t in book.change_points(clock.origin, clock.end) if clock.origin < t < clock.end]
    return (clock.origin, *inside)


class _Tables:
    """Quantile tables, one for each different spread of times."""

    def __init__(self) -> None:
        self._index: dict[tuple[float, float], int] = {}
        self._rows: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def lognormal(self, hours: float, cv: float) -> int:
        wanted = (hours, cv)
        if wanted not in self._index:
            self._index[wanted] = len(self._rows)
            self._rows.append(quantiles.lognormal(hours * TICKS_PER_HOUR, cv))
        return self._index[wanted]

    def arrays(self) -> k.Tables:
        rows = self._rows or [quantiles.constant(0)]
        return k.Tables(
            body=np.stack([body for body, _ in rows]), tail=np.stack([tail for _, tail in rows])
        )
