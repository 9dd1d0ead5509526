"""The reference scenario in idiomatic SimPy: one process a person, resources for desks, batches by hand."""

from __future__ import annotations

import math
import random
from collections import deque

import numpy as np
import simpy

from benchmarks import scenario


def _lognormal(rng: random.Random, mean: float, cv: float) -> float:
    sigma2 = math.log(1 + cv * cv)
    return rng.lognormvariate(math.log(mean) - sigma2 / 2, math.sqrt(sigma2))


class Centre:
    """The processing centre; all times in hours."""

    def __init__(self, k: float, seed: int) -> None:
        self.env = simpy.Environment()
        self.rng = random.Random(seed)
        self.intake = simpy.Resource(self.env, round(60 * k))
        self.medical = simpy.Resource(self.env, round(40 * k))
        self.processing = simpy.Resource(self.env, round(150 * k))
        self.lines: dict[str, deque[simpy.Event]] = {"ice": deque(), "flight": deque()}
        self.census = np.zeros((8, 24 * scenario.DAYS + 1), dtype=np.int64)
        self.stage = [0] * 8
        self.exits: dict[tuple[int, int, str], int] = {}
        self.hours: list[float] = []
        self.k = k

    def move(self, old: int, new: int) -> None:
        if old >= 0:
            self.stage[old] -= 1
        if new >= 0:
            self.stage[new] += 1

    def desk(self, resource: simpy.Resource, mean: float, cv: float):
        with resource.request() as turn:
            yield turn
            yield self.env.timeout(_lognormal(self.rng, mean, cv))

    def person(self, cls: int):
        nationality, demographic = divmod(cls, 3)
        self.move(-1, 0)
        yield self.env.timeout(_lognormal(self.rng, 3, 0.5))
        came = self.env.now
        self.move(0, 1)
        yield from self.desk(self.intake, 20 / 60, 0.6)
        self.move(1, 2)
        yield from self.desk(self.medical, 15 / 60, 0.6)
        self.move(2, 3)
        minutes = scenario.PROCESSING_MINUTES[nationality] + scenario.ADDED_MINUTES[demographic]
        yield from self.desk(self.processing, minutes / 60, 0.5)
        shares = scenario.ways(nationality, demographic)
        way = self.rng.choices(list(shares), list(shares.values()))[0]
        stage = {"expulsion": 4, "ice": 5, "flight": 6, "child": 7, "release": -1}[way]
        self.move(3, stage)
        if way in self.lines:
            called = self.env.event()
            self.lines[way].append(called)
            yield called
        elif way != "release":
            yield self.env.timeout(_lognormal(self.rng, 6 if way == "expulsion" else 30, 0.5))
        self.move(stage, -1)
        self.hours.append(self.env.now - came)
        told = (int(self.env.now // 24), cls, way)
        self.exits[told] = self.exits.get(told, 0) + 1

    def arrivals(self, hours: np.ndarray, classes: np.ndarray):
        for hour, cls in zip(hours.tolist(), classes.tolist(), strict=True):
            yield self.env.timeout(hour - self.env.now)
            self.env.process(self.person(cls))

    def batches(self, line: str, times: tuple[int, ...], seats: int):
        for day in range(scenario.DAYS + 1):
            for hour in times:
                if 24 * day + hour > self.env.now:
                    yield self.env.timeout(24 * day + hour - self.env.now)
                    for _ in range(min(seats, len(self.lines[line]))):
                        self.lines[line].popleft().succeed()

    def count(self):
        for hour in range(24 * scenario.DAYS + 1):
            self.census[:, hour] = self.stage
            yield self.env.timeout(1)

    def run(self, hours: np.ndarray, classes: np.ndarray) -> None:
        """Run to the horizon and sum up the hours in custody, as every engine does."""
        self.env.process(self.count())
        self.env.process(self.arrivals(hours, classes))
        self.env.process(self.batches("ice", (0,), round(300 * self.k)))
        self.env.process(self.batches("flight", scenario.FLIGHT_HOURS, round(130 * self.k)))
        self.env.run(until=24 * scenario.DAYS)
        held = np.asarray(self.hours)
        self.summary = (held.mean(), np.quantile(held, 0.95), float((held > 72).mean()))
