"""Networks written by hand, by name, as the kernel's arrays: for the tests and the probe.

sketch = Sketch()
sketch.pool("crew", 3)
sketch.station("desk", k.DESK, pool="crew", time=quantiles.exponential(HOUR), to={"out": 1.0})
sketch.station("out", k.SINK)
case = sketch.case(arrivals, hours=240)
out = case.run()
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cauce.keys import key as fold
from cauce.keys import streams
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles
from cauce.model.kernel.simulate import simulate

HOUR = k.TICKS_PER_HOUR
WHOLE = 2**32 - 1
NO_LIMIT = 2**31 - 1


def shares(ways: dict[int, float]) -> tuple[list[int], list[int]]:
    """(cumulative thresholds, targets) of a row of shares."""
    cum = np.cumsum(list(ways.values()))
    thresholds = [round(c / cum[-1] * WHOLE) for c in cum]
    thresholds[-1] = WHOLE
    return thresholds, list(ways)


@dataclass
class Case:
    """All that the kernel (or the oracle) is given."""

    network: k.Network
    calendar: k.Calendar
    tables: k.Tables
    parties: k.Parties
    limits: np.ndarray
    day_of_hour: np.ndarray
    horizon: int
    draw_key: int

    def outputs(self, *, person_table: bool = True, trace: bool = False) -> k.Outputs:
        hours = self.day_of_hour.size - 1
        return k.outputs(
            self.network,
            self.calendar,
            self.parties,
            days=int(self.day_of_hour.max()) + 1,
            hours=hours,
            limits=self.limits.size,
            groups=int(self.network.group.max()) + 1,
            person_table=person_table,
            trace=trace,
        )

    def run(self, *, person_table: bool = True, traced: int = -1, out: k.Outputs | None = None) -> k.Outputs:
        """The kernel's outputs."""
        out = out or self.outputs(person_table=person_table, trace=traced >= 0)
        assert simulate(*self.arguments(traced), out) == k.DONE
        return out

    def arguments(self, traced: int = -1) -> tuple[Any, ...]:
        return (
            self.network,
            self.calendar,
            self.tables,
            self.parties,
            self.limits,
            self.day_of_hour,
            self.horizon,
            np.uint64(self.draw_key),
            traced,
        )


@dataclass
class Sketch:
    """Collects stations, sites, pools, quotas and calendar rows by name."""

    classes: int = 1
    groups: tuple[int, ...] = ()
    _stations: dict[str, dict[str, Any]] = field(default_factory=dict)
    _sites: dict[str, dict[str, Any]] = field(default_factory=dict)
    _pools: dict[str, int] = field(default_factory=dict)
    _quotas: list[str] = field(default_factory=list)
    _fleets: list[tuple[str, str, int, int, int, int, int]] = field(default_factory=list)
    _calendar: list[tuple[float, int, Any, int, int, Any]] = field(default_factory=list)
    regimes: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """Stations in the order of their numbers."""
        return tuple(self._stations)

    @property
    def quotas(self) -> tuple[str, ...]:
        """Caps in the order of their numbers."""
        return tuple(self._quotas)

    def station(
        self,
        name: str,
        kind: int,
        *,
        to: Any = None,
        pressed: Any = None,
        time: Any = None,
        site: str | int = k.NONE,
        stage: int = 0,
        pool: str | None = None,
        quota: str | None = None,
        denied: str | None = None,
        priority: tuple[int, ...] = (),
        per_member: int = 0,
        attempt: int = 0,
        press: tuple[str, int] | None = None,
        patience: Any = None,
        gives_up: str | None = None,
    ) -> None:
        """`to` is {station: share}, or a list of such by class, or a list of those by regime."""
        self._stations[name] = {
            "kind": kind,
            "to": to,
            "pressed": pressed,
            "time": time,
            "site": site,
            "stage": stage,
            "pool": pool,
            "quota": quota,
            "denied": denied,
            "priority": priority or (0,) * self.classes,
            "per_member": per_member,
            "attempt": attempt,
            "press": press,
            "patience": patience,
            "gives_up": gives_up,
        }
        if quota is not None and quota not in self._quotas:
            self._quotas.append(quota)

    def site(
        self,
        name: str,
        *,
        room: int = NO_LIMIT,
        rule: int = k.HOLD,
        otherwise: str | None = None,
        clock: bool = True,
        door_stage: int = 0,
    ) -> None:
        site = {"room": room, "rule": rule, "otherwise": otherwise, "clock": clock, "door_stage": door_stage}
        self._sites[name] = site

    def pool(self, name: str, servers: int) -> None:
        self._pools[name] = servers

    def fleet(
        self,
        station: str,
        to: str,
        *,
        seats: int,
        least: int = 1,
        hold: float = 0.0,
        vehicles: int = 1,
        away: float = 1,
    ) -> None:
        """Vehicles that leave by a rule; `hold` and `away` in hours."""
        self._fleets.append((station, to, seats, least, round(hold * HOUR), vehicles, round(away * HOUR)))

    def at(self, hour: float, what: int, a: str | int, b: int = 0, c: int = 0, d: str | int = 0) -> None:
        """A calendar row; `a` is a station, site, pool or quota by name, or a regime's number."""
        self._calendar.append((hour, what, a, b, c, d))

    def _rows(self, ways: Any) -> list[list[dict[str, float]]]:
        """By regime and class."""
        by_regime = ways if isinstance(ways, list) and isinstance(ways[0], list) else [ways] * self.regimes
        return [w if isinstance(w, list) else [w] * self.classes for w in by_regime]

    def network(self) -> tuple[k.Network, k.Tables]:
        index = {name: i for i, name in enumerate(self._stations)}
        places = {k.NONE: k.NONE, k.KEEP: k.KEEP, **{name: i for i, name in enumerate(self._sites)}}
        crews = {None: -1, **{name: i for i, name in enumerate(self._pools)}}
        caps = {None: -1, **{name: i for i, name in enumerate(self._quotas)}}
        st, si = list(self._stations.values()), list(self._sites.values())
        size = (len(st), self.classes)
        service, known, tables = np.full(size, -1, np.int32), {}, []
        patience = np.full(size, -1, np.int32)
        row = np.full((self.regimes, 2, *size), -1, np.int32)
        rows: list[tuple[list[int], list[int]]] = []
        for s, one in enumerate(st):
            for what, into in (("time", service), ("patience", patience)):
                times = one[what] if isinstance(one[what], list) else [one[what]] * self.classes
                for c, time in enumerate(times):
                    if time is not None:
                        if id(time) not in known:
                            known[id(time)] = len(tables)
                            tables.append(time)
                        into[s, c] = known[id(time)]
            if one["to"] is None:
                continue
            for layer, ways in enumerate((one["to"], one["pressed"] or one["to"])):
                for r, by_class in enumerate(self._rows(ways)):
                    for c, way in enumerate(by_class):
                        row[r, layer, s, c] = len(rows)
                        rows.append(shares({index[name]: share for name, share in way.items()}))
        tables = tables or [quantiles.constant(0)]
        network = k.Network(
            kind=np.array([o["kind"] for o in st], np.int8),
            site=np.array([places[o["site"]] for o in st], np.int16),
            stage=np.array([o["stage"] for o in st], np.int16),
            pool=np.array([crews[o["pool"]] for o in st], np.int16),
            service=service,
            per_member=np.array([o["per_member"] for o in st], np.int32),
            priority=np.array([o["priority"] for o in st], np.int8),
            route_row=row,
            row_start=np.cumsum([0, *(len(to) for _, to in rows)]).astype(np.int32),
            row_cum=np.array([c for cum, _ in rows for c in cum], np.uint32),
            row_to=np.array([t for _, to in rows for t in to], np.int16),
            press_site=np.array([places[o["press"][0]] if o["press"] else -1 for o in st], np.int16),
            press_at=np.array([o["press"][1] if o["press"] else 0 for o in st], np.int32),
            attempt=np.array([o["attempt"] for o in st], np.int8),
            luck=streams(fold("luck"), np.arange(len(st))),
            patience=patience,
            gives_up=np.array([index[o["gives_up"]] if o["gives_up"] else -1 for o in st], np.int16),
            quota=np.array([caps[o["quota"]] for o in st], np.int16),
            quota_else=np.array([index[o["denied"]] if o["denied"] else -1 for o in st], np.int16),
            site_capacity=np.array([o["room"] for o in si], np.int32),
            site_rule=np.array([o["rule"] for o in si], np.int8),
            site_else=np.array([index[o["otherwise"]] if o["otherwise"] else -1 for o in si], np.int16),
            site_clock=np.array([o["clock"] for o in si], np.int8),
            door_stage=np.array([o["door_stage"] for o in si], np.int16),
            pool_servers=np.array(list(self._pools.values()), np.int32),
            group=np.array(self.groups or (0,) * self.classes, np.int8),
            fleet=self._fleet(index),
        )
        body, tail = np.stack([t[0] for t in tables]), np.stack([t[1] for t in tables])
        return network, k.Tables(body, tail)

    def _fleet(self, index: dict[str, int]) -> k.Fleet:
        rows = sorted(((index[a], index[b], *rest) for a, b, *rest in self._fleets), key=lambda row: row[0])
        columns = zip(*rows, strict=True) if rows else [()] * 7
        return k.Fleet(*(np.array(c, like.dtype) for c, like in zip(columns, k.no_fleet(), strict=True)))

    def calendar(self) -> k.Calendar:
        stations, sites, pools = (list(x) for x in (self._stations, self._sites, self._pools))
        order = {k.SHIFT: pools, k.BATCH: stations, k.QUOTA: self._quotas, k.CAPACITY: sites}
        rows = sorted(self._calendar, key=lambda row: row[0])
        a = [order[what].index(a) if what in order else a for _, what, a, *_ in rows]
        d = [stations.index(row[5]) if isinstance(row[5], str) else row[5] for row in rows]
        return k.Calendar(
            tick=np.array([round(row[0] * HOUR) for row in rows], np.int64),
            what=np.array([row[1] for row in rows], np.int8),
            a=np.array(a, np.int32),
            b=np.array([row[3] for row in rows], np.int32),
            c=np.array([row[4] for row in rows], np.int32),
            d=np.array(d, np.int32),
        )

    def parties(
        self, hours: Any, station: str, *, cls: Any = 0, size: Any = 1, held: Any = -1, seed: int = 1
    ) -> k.Parties:
        """Parties at these hours, all at one station; sort by time before."""
        tick = np.rint(np.asarray(hours, float) * HOUR).astype(np.int64)
        at = np.full(tick.size, list(self._stations).index(station), np.int16)
        filled = [np.broadcast_to(np.asarray(x, t), tick.shape).copy() for x, t in ((cls, np.int16), (size, np.int16))]
        held_ticks = np.broadcast_to(np.asarray(held, np.int64), tick.shape).copy()
        return k.Parties(tick, at, *filled, streams(seed, np.arange(tick.size)), held_ticks)

    def case(
        self, parties: k.Parties, hours: int, *, limits: tuple[int, ...] = (24, 48, 72, 96), draw_key: int = 7
    ) -> Case:
        network, tables = self.network()
        days = (np.arange(hours + 1) // 24).astype(np.int16)
        ticks = np.array(limits, np.int64) * HOUR
        return Case(network, self.calendar(), tables, parties, ticks, days, hours * HOUR, draw_key)
