"""Networks drawn at random with a key: every kind of station, site, rule and calendar row, in any order.

Nothing about them is sensible; they only keep the two promises the kernel asks for.  Steps that take no time
lead to stations of a higher number, and whoever is turned away by a site or a cap goes to a step that takes
time, so nobody goes round in circles within an instant.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from networks import HOUR, NO_LIMIT, Case, Sketch

from cauce.keys import generator
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles

HOURS = 96
SITES = ("camp", "hall", "ward", "annex", "meadow")
POOLS = ("crew", "nurses")
CAPS = ("places", "bridge")
REGIMES, CLASSES = 2, 3
LINES = (k.DESK, k.BATCH, k.QUOTA)  # kinds where people stand in line


class Drawing:
    """One drawn case; `whole` networks do everything on whole hours, so that many things share an instant."""

    def __init__(self, seed: int) -> None:
        self.rng = generator("drawn network", seed)
        self.seed = seed
        self.whole = bool(self.rng.random() < 0.25)
        self.sketch = Sketch(classes=CLASSES, groups=(0, 1, 0), regimes=REGIMES)
        self.names = [f"s{i}" for i in range(int(self.rng.integers(6, 16)))]
        self.kinds = [self.some(k.DELAY, k.DELAY, k.DESK, k.BATCH, k.QUOTA) for _ in self.names]
        self.patient = self.chance(0.5)
        self.instant = [kind == k.QUOTA or (kind == k.DELAY and self.chance(0.2)) for kind in self.kinds]

    def some(self, *values: Any) -> Any:
        return values[self.rng.integers(len(values))]

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def upto(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def time(self) -> Any:
        mean = float(self.rng.uniform(0.3, 10))
        if self.whole:
            return quantiles.constant(max(1, round(mean)) * HOUR)
        exponential, lognormal = quantiles.exponential(mean * HOUR), quantiles.lognormal(mean * HOUR, 0.7)
        return self.some(exponential, lognormal, quantiles.constant(mean * HOUR))

    def hours(self, low: float, high: float) -> float:
        drawn = float(self.rng.uniform(low, high))
        return float(np.ceil(drawn)) if self.whole else drawn

    def ways(self, names: list[str]) -> Any:
        """A certain way, shares for all, or shares by regime and class."""
        if self.chance(0.4):
            return {str(self.rng.choice(names)): 1.0}

        def one() -> dict[str, float]:
            chosen = self.rng.choice(names, size=min(len(names), self.upto(1, 5)), replace=False)
            return {str(name): float(self.rng.random()) + 0.01 for name in chosen}

        return one() if self.chance(0.3) else [[one() for _ in range(CLASSES)] for _ in range(REGIMES)]

    def sites(self) -> None:
        for stage, name in enumerate(SITES):
            room = NO_LIMIT if name == "meadow" else self.some(NO_LIMIT, 6, 15, 30)
            rule = self.some(k.HOLD, k.DIVERT)
            clock = self.chance(0.6)
            self.sketch.site(name, room=room, rule=rule, otherwise="street", clock=clock, door_stage=stage)
        for name in POOLS:
            self.sketch.pool(name, self.upto(1, 5))

    def stations(self) -> None:
        ends = ["out", "home", "street"]
        for number, (name, kind) in enumerate(zip(self.names, self.kinds, strict=True)):
            instant = self.instant[number]
            after = self.names[number + 1 :] if instant else self.names
            times = [None if instant and kind == k.DELAY else self.time() for _ in range(CLASSES)]
            self.sketch.station(
                name,
                kind,
                time=None if kind in (k.BATCH, k.QUOTA) else times,
                to=None if kind == k.BATCH else self.ways([*after, *ends]),
                pressed=None if kind == k.BATCH or self.chance(0.5) else self.ways([*after, *ends]),
                press=(self.some(*SITES[:4]), self.upto(1, 20)) if self.chance(0.3) else None,
                site=self.some(k.KEEP, k.NONE, *SITES, *SITES),
                stage=5 + self.upto(0, 5),
                pool=self.some(*POOLS) if kind == k.DESK else None,
                quota=self.some(*CAPS) if kind == k.QUOTA else None,
                denied=self.some(None, "street", "home") if kind == k.QUOTA else None,
                priority=tuple(self.upto(0, 4) for _ in range(CLASSES)),
                per_member=self.some(0, 1024 if self.whole else 300),
                attempt=self.upto(0, 2),
                patience=self.time()
                if kind in (k.DESK, k.BATCH, k.QUOTA) and self.patient and self.chance(0.6)
                else None,
                gives_up=self.some("street", "home", "out", "rest"),
            )
            if kind == k.BATCH and self.chance(0.7):
                self.fleets(name)
        self.sketch.station("street", k.DELAY, time=self.time(), to={"s0": 1, "out": 2}, stage=10, site=k.NONE)
        surely = {"time": self.time(), "to": {"out": 1}, "stage": 11}
        self.sketch.station("home", k.DELAY, site=self.some(k.KEEP, k.NONE), **surely)
        self.sketch.station("rest", k.DELAY, site="meadow", **surely)
        self.sketch.station("out", k.SINK, attempt=self.upto(0, 2))

    def fleets(self, name: str) -> None:
        """Vehicles of every rule: full, first boarded or saturated for a time, with and without room to go to."""
        for _ in range(self.upto(1, 3)):
            seats = self.upto(1, 12)
            self.sketch.fleet(
                name,
                self.some("out", "home", "rest", "street", *self.names),
                seats=seats,
                least=self.some(1, seats, self.upto(1, seats + 1)),
                hold=self.some(0, 1, self.hours(0, 20)),
                vehicles=self.upto(1, 4),
                away=self.some(1, 4, self.hours(0.1, 30)),
            )

    def calendar(self) -> None:
        batches = [name for name, kind in zip(self.names, self.kinds, strict=True) if kind == k.BATCH]
        goals = [*self.names, "out", "home", "rest", "street"]
        for _ in range(self.upto(20, 80)):
            hour = self.rng.uniform(0, HOURS)
            hour = float(np.floor(hour)) if self.whole or self.chance(0.3) else float(hour)
            what = self.some(k.SHIFT, k.QUOTA, k.REGIME, k.CAPACITY, k.BATCH, k.BATCH)
            if what == k.SHIFT:
                self.sketch.at(hour, what, self.some(*POOLS), self.upto(0, 6))
            elif what == k.QUOTA and self.sketch.quotas:
                self.sketch.at(hour, what, self.some(*self.sketch.quotas), self.upto(0, 12), self.upto(0, 2))
            elif what == k.REGIME:
                self.sketch.at(hour, what, self.upto(0, REGIMES))
            elif what == k.CAPACITY:
                self.sketch.at(hour, what, self.some(*SITES[:4]), self.upto(0, 40))
            elif what == k.BATCH and batches:
                least = self.some(0, 0, 4)
                self.sketch.at(hour, what, self.some(*batches), self.upto(0, 20), least, self.some(*goals))

    def case(self) -> Case:
        self.sites()
        self.stations()
        self.calendar()
        rng, n, inside = self.rng, self.upto(20, 250), self.upto(0, 20)
        hours = np.sort(rng.uniform(0, HOURS * 1.02, n))
        hours = np.floor(hours) if self.whole else hours
        held = np.where(rng.random(inside) < 0.5, 0, rng.integers(0, 200 * HOUR, inside))
        parties = self.sketch.parties(
            np.concatenate([np.zeros(inside), hours]),
            "s0",
            cls=rng.integers(0, CLASSES, inside + n),
            size=rng.choice([1, 1, 1, 2, 3, 5], inside + n),
            held=np.concatenate([held, np.full(n, -1)]),
            seed=self.seed,
        )
        start = rng.integers(0, len(self.names) + 3, inside + n).astype(np.int16)
        start[rng.random(start.size) < 0.4] = 0
        return self.sketch.case(parties._replace(station=start), HOURS, draw_key=self.seed * 7919 + 1)


def drawn_case(seed: int) -> Case:
    """The case with this key."""
    return Drawing(seed).case()
