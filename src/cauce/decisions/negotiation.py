"""A negotiation played through: every package of a table on the same draws, valued against no deal.

By successive halving the packages that give one side least are dropped as draws are added; finished runs stay in
the store, so that a second look costs nothing.

    negotiate      table in, Negotiation out
    Negotiation    zone, front, solutions, and what each condition, promise and delay is worth
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border
from cauce.decisions import bargaining
from cauce.decisions.inference import Inference, explain
from cauce.decisions.payoffs import Payoffs, Progress
from cauce.decisions.table import Level, Lever, Package, Ratification, Struck, Table, levels_of
from cauce.errors import RequestError
from cauce.runs.executors import Workers

Float = NDArray[np.float64]
FIRST_RUNG = 2  # [draw] before the first halving


@dataclass(frozen=True)
class Deal:
    """A deal of the record, as a table sees it."""

    struck: Struck
    package: Package
    gains: Float
    """Over no deal, shape (party, draw, sample) [usd]."""
    unbeaten: bool
    """Whether no package is better for one and no worse for the other."""
    shortfall: float
    """What some package would give each beside, at least [usd]; 0 on the front."""
    humane: bool
    """Whether every floor holds in at least half of the draws."""

    @property
    def means(self) -> Float:
        return np.asarray(self.gains.mean(axis=(1, 2)))

    @property
    def chance(self) -> float:
        """P(both gain)."""
        return float((self.gains > 0).all(axis=0).mean())

    @property
    def within(self) -> bool:
        """Inside the zone of agreement: both gain, on the mean and more often than not."""
        return self.chance >= 0.5 and bool((self.means > 0).all())


@dataclass
class Negotiation:
    """What came of a table: the packages still in play after all draws, and what follows from them."""

    payoffs: Payoffs
    draws: int
    packages: tuple[Package, ...]
    chances: dict[tuple[int, ...], Float]
    """For every package tried, P(gain) by party, at the last draw that it saw."""
    inference: Inference | None = None

    @property
    def tried(self) -> int:
        return len(self.chances)

    @property
    def table(self) -> Table:
        return self.payoffs.table

    @cached_property
    def spread(self) -> Float:
        """Gains by package, party, draw and sample of weights [usd]."""
        return np.stack([self.payoffs.expected(self.payoffs.gains(p, self.draws)) for p in self.packages])

    @cached_property
    def means(self) -> Float:
        """Mean gains, shape (package, party)."""
        return np.asarray(self.spread.mean(axis=(2, 3)))

    def totals(self, package: Package | None) -> Float:
        """Outcomes of a package, or without a deal, a day: mean over the ways of the courts, shape (draw, outcome)."""
        book = self.payoffs.ground if package is None else self.payoffs.book(package)
        seen = np.tensordot(self.payoffs.ways, self.payoffs.seen(book, self.draws).mean(axis=3), axes=1)
        return np.asarray(seen)

    @cached_property
    def zone(self) -> Float:
        """Probability that both prefer the package to no deal."""
        return np.asarray((self.spread > 0).all(axis=1).mean(axis=(1, 2)))

    @cached_property
    def humane(self) -> NDArray[np.bool_]:
        """Packages whose floors hold in at least half of the draws."""
        return np.array([(self.payoffs.floors(p, self.draws) >= 0.5).all() for p in self.packages])

    @cached_property
    def front(self) -> NDArray[np.bool_]:
        return bargaining.front(self.means)

    @cached_property
    def nash(self) -> int | None:
        """The package of Nash among those that keep the floors."""
        return self._solved(bargaining.best_package)

    @cached_property
    def fair(self) -> int | None:
        """The package of Kalai and Smorodinsky among those that keep the floors."""
        return self._solved(bargaining.equal_share_package)

    def _solved(self, concept: Callable[[Float], int | None]) -> int | None:
        places = np.flatnonzero(self.humane)
        found = None if not places.size else concept(self.means[places])
        return None if found is None else int(places[found])

    @property
    def offered(self) -> int:
        """The package that the sheet puts forward: Nash's, or the one most likely to suit both."""
        return self.nash if self.nash is not None else int(self.zone.argmax())

    @cached_property
    def unfloored(self) -> int:
        """Nash's package if nobody asked what it does to people on the move."""
        best = bargaining.best_package(self.means)
        return self.offered if best is None else best

    @cached_property
    def traded(self) -> int:
        """The package on which conditions, rates and defection are worked out: one in which something is traded.

        It is the offer, unless the offer asks for nothing that somebody made conditional.
        """
        given = any(self.packages[self.offered].given(c.lever) for c in self.table.conditions)
        return self.offered if given else self.unfloored

    @property
    def offer(self) -> Package:
        return self.packages[self.traded]

    def relaxed(self) -> list[tuple[str, Float]]:
        """For each condition on the offer: the levers' names, and what dropping it changes, (party, draw, sample)."""
        found, kept = [], self.spread[self.traded]
        for c in self.table.conditions:
            if self.offer.given(c.lever) and c.measure is not None:
                package = self.offer.with_level(c.requires, 0)
                gains = self.payoffs.expected(self.payoffs.gains(package, self.draws, frozenset([c.requires])))
                found.append((c.requires, gains - kept))
        return found

    def slope(self, lever: str) -> tuple[float, Float] | None:
        """(step of the lever, change of gains (party, sample)) between its ends around the offer."""
        count = len(self.table.lever(lever).levels)
        near = [p for n in range(count) if (p := self.offer.with_level(lever, n)).kept()]
        if len(near) < 2:
            return None
        low, high = near[0], near[-1]
        both = [self.payoffs.expected(self.payoffs.gains(p, self.draws)).mean(axis=1) for p in (low, high)]
        return high.amount(lever) - low.amount(lever), both[1] - both[0]

    def defection(self) -> dict[str, tuple[Float, Float]]:
        """For each party that stops on the day: change of gains by day (party, sample, day), and its summed mean."""
        found = {}
        keep = self._path({})
        for p, party in enumerate(self.table.parties):
            other = self.table.parties[1 - p].id
            stops = {party.id: self.table.defection_day, other: self.table.defection_day + self.table.snap_back_days}
            change = self._path(stops) - keep
            found[party.id] = (change, change.sum(axis=2).mean(axis=1))
        return found

    def game(self) -> tuple[Float, Float]:
        """Keep or stop, for each: change of gains against both keeping; rows the first party, columns the second."""
        first, second = (p.id for p in self.table.parties)
        day, keep, tables = self.table.defection_day, self._path({}), np.zeros((2, 2, 2))
        late = day + self.table.snap_back_days
        for cell, stops in {
            (1, 0): {first: day, second: late}, (0, 1): {first: late, second: day}, (1, 1): {first: day, second: day},
        }.items():  # fmt: skip
            tables[(slice(None), *cell)] = (self._path(stops) - keep).sum(axis=2).mean(axis=1)
        return tables[0], tables[1]

    @cached_property
    def followed(self) -> Payoffs:
        """The payoffs over the days for which a stop is followed."""
        return self.payoffs.longer(self.table.stop_followed_days or 0)

    def _path(self, stops: dict[str, int]) -> Float:
        name = tuple(sorted(stops.items()))
        if name not in self._paths:
            self._paths[name] = self._followed(self.followed, stops)
        return self._paths[name]

    def _followed(self, payoffs: Payoffs, stops: dict[str, int]) -> Float:
        """Mean gain by day where parties said on a day that they stop, shape (party, sample, day)."""
        ends = self.offer.ends(stops)
        book = payoffs.stopped(self.offer, ends) if stops else payoffs.book(self.offer)
        return payoffs.by_day(book, payoffs.promised(self.offer, ends), self.draws)

    @cached_property
    def _paths(self) -> dict[tuple[tuple[str, int], ...], Float]:
        return {}

    def refused(self) -> list[tuple[Lever, Level, Float]]:
        """Levels that some party would refuse whatever else is given, with its best chance of gain by party."""
        found = []
        for n, lever in enumerate(self.table.levers):
            for k, level in enumerate(lever.levels):
                seen = [chance for levels, chance in self.chances.items() if levels[n] == k]
                if seen and (best := np.max(seen, axis=0)).min() < 0.5:
                    found.append((lever, level, best))
        return found

    def struck(self) -> list[Deal]:
        """The deals that were struck, conditions that they did not meet waived."""
        found = []
        for deal in self.table.struck:
            package = levels_of(self.table, deal.levels)
            gains = self.payoffs.expected(self.payoffs.gains(package, self.draws, package.waived))
            held = self.payoffs.floors(package, self.draws, package.waived)
            mean = gains.mean(axis=(1, 2))
            beaten = bool(((self.means >= mean).all(axis=1) & (self.means > mean).any(axis=1)).any())
            short = float(max((self.means - mean).min(axis=1).max(), 0.0))
            found.append(Deal(deal, package, gains, not beaten, short, bool((held >= 0.5).all())))
        return found

    def risks(self) -> tuple[Ratification, ...]:
        """Those who can stop a lever that the offer gives."""
        return tuple(r for r in self.table.ratification if self.offer.given(r.lever))

    def ratified(self, end: str = "value") -> tuple[float, Float]:
        """(probability that the deal survives, mean gain by party), at the middle or an end of the ranges.

        Blocked, the deal reverts on the day of the ruling; the first to rule decides.
        """
        path = self._followed(self.payoffs, {}).mean(axis=1)
        alive, gain = 1.0, np.zeros(len(self.table.parties))
        for risk in sorted(self.risks(), key=lambda r: r.delay_days):
            block = float(getattr(risk.block, end))
            gain += alive * block * path[:, : risk.delay_days].sum(axis=1)
            alive *= 1 - block
        return alive, gain + alive * path.sum(axis=1)

    def waiting(self) -> tuple[Float, Float]:
        """(what knowing the court is worth to each, what each day of delay costs each) [usd]."""
        by_way = np.stack([self.payoffs.gains(p, self.draws).mean(axis=(2, 3)) for p in self.packages])
        now, known = self.means[self.traded], np.zeros(len(self.table.parties))
        places = np.flatnonzero(self.humane) if self.traded == self.offered else np.arange(len(self.packages))
        for way, chance in enumerate(self.payoffs.ways):
            best = bargaining.best_package(by_way[places, way]) if places.size else None
            # with nothing for both on this way, there is no deal and nobody gains
            known += chance * (by_way[places[best], way] if best is not None else 0.0)
        return known - now, now / self.payoffs.days

    def ridge(self) -> tuple[Float, tuple[Package | None, Package | None]]:
        """The offer's mean gains where the return did more and where the lane did, and Nash's package on each."""
        lane = self.payoffs.lane_share(self.draws)
        half = lane > np.median(lane)
        means = np.stack([self.spread[:, :, side].mean(axis=(2, 3)) for side in (~half, half)])
        best = [bargaining.best_package(m) for m in means]
        first, second = (None if b is None else self.packages[b] for b in best)
        return means[:, self.traded], (first, second)


@dataclass(frozen=True)
class Asked:
    """How a table is to be played: how much is simulated, with which luck, where runs are kept, and by whom."""

    quick: bool
    draws: int | None
    seed: int | None
    store: Path
    workers: Workers
    progress: Progress | None = None


def negotiate(table: Table, border: Border, asked: Asked, *, score: bool = True) -> Negotiation:
    """Play a table through, halving the packages as draws are added; the record of decisions is scored on request.

    Raises
    ------
    RequestError
        Fewer than two draws: nothing could be said of what nobody can measure.
    """
    effort = table.quick if asked.quick else table.full
    draws, packages = effort.draws if asked.draws is None else asked.draws, effort.packages
    if draws < 2:
        raise RequestError(f"draws is {draws}", mend="give a whole number from 2 up")
    payoffs = Payoffs.of(table, border, asked.seed, asked.store, asked.workers)
    payoffs.progress = asked.progress
    inference = explain(payoffs, border, draws, score=score)
    alive = table.packages()
    if len(alive) > packages:  # evenly over the document's order, which varies the last lever fastest
        alive = tuple(alive[n] for n in np.unique(np.linspace(0, len(alive) - 1, packages).astype(int)))
    rung = min(FIRST_RUNG, draws)
    chances: dict[tuple[int, ...], Float] = {}
    while True:
        payoffs.run([payoffs.ground, *(payoffs.book(p) for p in alive)], rung)
        gains = [payoffs.expected(payoffs.gains(p, rung)) for p in alive]
        chances |= {p.levels: (g > 0).mean(axis=(1, 2)) for p, g in zip(alive, gains, strict=True)}
        if rung == draws:
            return Negotiation(payoffs, draws, alive, chances, inference)
        means = np.stack([g.mean(axis=(1, 2)) for g in gains])
        # what gives its worse side most, in units of the spread; whoever is on the front stays
        worse = (means / np.maximum(means.std(axis=0), 1e-9)).min(axis=1)
        kept = (worse >= np.median(worse)) | bargaining.front(means)
        alive = tuple(p for p, k in zip(alive, kept, strict=True) if k)
        rung = min(2 * rung, draws)
