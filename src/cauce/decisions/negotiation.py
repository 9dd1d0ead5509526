"""A negotiation played through: every package of a table on the same draws, valued against no deal.

By successive halving the packages that give one side least are dropped as draws are added; finished runs stay in
the store, so that a second look costs nothing.

    negotiate      table in, Negotiation out
    Negotiation    zone, front, solutions, and what each condition, promise and delay is worth
    Deal, Stop, Refusal    a deal of the record; one side that stops on a day; a level that a side would refuse
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border
from cauce.decisions import bargaining
from cauce.decisions.inference import Inference, explain
from cauce.decisions.payoffs import Part, Payoffs, Progress
from cauce.decisions.table import Hearing, Level, Lever, Package, Party, Ratification, Struck, Table, levels_of
from cauce.errors import RequestError
from cauce.runs.executors import Workers

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
FIRST_RUNG = 2  # [draw] before the first halving
MONTH = 30  # [d] from one look at whether a side gains by stopping to the next
LOOKS = 3  # of these, at most


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


@dataclass(frozen=True)
class Stop:
    """One party says on a day of the deal that it stops, and the other answers once its levers have ended."""

    day: int
    ends: dict[str, int]
    """By party, the day of the deal on which its levers end."""
    by_day: Float
    """Change of gains against both keeping the deal, mean over draws and weights, shape (party, day) [usd a day]."""
    total: Float
    """The same over the days for which it is weighed, shape (party, draw, sample) [usd]."""
    own: int
    """Place of the one who stops among the parties."""

    @property
    def share(self) -> float:
        """Share of draws and weights in which the one who stops gains by it."""
        return float((self.total[self.own] > 0).mean())


@dataclass(frozen=True)
class Slope:
    """What one more of a lever changes, on the mean between two of its amounts."""

    low: float
    high: float
    change: Float
    """Of gains, shape (party, sample) [usd]."""


@dataclass(frozen=True)
class Refusal:
    """A level that some party would refuse whatever else is given."""

    lever: Lever
    level: Level
    best: Float
    """Each party's best probability of gain with it, shape (party,)."""
    why: tuple[tuple[Party, Part, float], ...]
    """Of each that refuses, what weighs most against it in its best package: the part, and its mean [usd]."""


@dataclass
class Negotiation:
    """What came of a table: the packages still in play after all draws, and what follows from them."""

    payoffs: Payoffs
    draws: int
    packages: tuple[Package, ...]
    chances: dict[tuple[int, ...], Float]
    """For every package tried, P(gain) by party, at the last draw that it saw."""
    inference: Inference | None = None
    side: Bool | None = None
    """Which draws count, shape (draw,); all without it."""
    held: int | None = None
    """The package on which everything is worked out, where it is not this one's own exchange."""

    @property
    def tried(self) -> int:
        return len(self.chances)

    @cached_property
    def possible(self) -> int:
        """How many packages keep the conditions; where they are too many not all are tried."""
        return len(self.table.packages())

    @property
    def table(self) -> Table:
        return self.payoffs.table

    @cached_property
    def counted(self) -> NDArray[np.intp]:
        """The draws that count."""
        return np.arange(self.draws) if self.side is None else np.flatnonzero(self.side)

    @cached_property
    def halves(self) -> tuple[Negotiation, Negotiation] | None:
        """The same where the return did more and where the lane did, on this one's exchange; None if all are alike."""
        lane = self.payoffs.lane_share(self.draws)
        more = lane > np.median(lane)
        if not more.any():
            return None
        return replace(self, side=~more, held=self.traded), replace(self, side=more, held=self.traded)

    def gains(self, package: Package, relaxed: frozenset[str] = frozenset()) -> Float:
        """Over no deal, mean over the ways of the courts, shape (party, draw, sample) [usd]."""
        return self.payoffs.expected(self.payoffs.gains(package, self.draws, relaxed))[:, self.counted]

    def floors(self, package: Package, relaxed: frozenset[str] = frozenset()) -> Float:
        """Share of the draws in which each floor holds, shape (floor,)."""
        return np.asarray(self.payoffs.floors(package, self.draws, relaxed)[:, self.counted].mean(axis=1))

    @cached_property
    def spread(self) -> Float:
        """Gains by package, party, draw and sample of weights [usd]."""
        return np.stack([self.gains(p) for p in self.packages])

    @cached_property
    def means(self) -> Float:
        """Mean gains, shape (package, party)."""
        return np.asarray(self.spread.mean(axis=(2, 3)))

    def totals(self, package: Package | None) -> Float:
        """Outcomes of a package, or without a deal, a day: mean over the ways of the courts, shape (draw, outcome)."""
        book = self.payoffs.ground if package is None else self.payoffs.book(package)
        seen = np.tensordot(self.payoffs.ways, self.payoffs.seen(book, self.draws).mean(axis=3), axes=1)
        return np.asarray(seen[self.counted])

    @cached_property
    def likely(self) -> Float:
        """P(gain) of each, shape (package, party)."""
        return np.asarray((self.spread > 0).mean(axis=(2, 3)))

    @cached_property
    def zone(self) -> Float:
        """Probability that both prefer the package to no deal."""
        return np.asarray((self.spread > 0).all(axis=1).mean(axis=(1, 2)))

    @cached_property
    def humane(self) -> Bool:
        """Packages whose floors hold in at least half of the draws."""
        return np.array([(self.floors(p) >= 0.5).all() for p in self.packages])

    @cached_property
    def front(self) -> Bool:
        return bargaining.front(self.means)

    @cached_property
    def nash(self) -> int | None:
        """The package of Nash among those that keep the floors."""
        return self._best(self.humane)

    def _best(self, among: Bool) -> int | None:
        """Nash's package among some."""
        places = np.flatnonzero(among)
        found = bargaining.best_package(self.means[places]) if places.size else None
        return None if found is None else int(places[found])

    @property
    def offered(self) -> int:
        """The package that the sheet puts forward: Nash's, or the one most likely to suit both."""
        return self.nash if self.nash is not None else int(self.zone.argmax())

    @cached_property
    def trading(self) -> Bool:
        """Packages in which something is given in exchange."""
        return np.array([p.trades for p in self.packages])

    @cached_property
    def exchange(self) -> int:
        """Nash's package among those that trade: within the floors, else without them, else the likeliest of them.

        Where none trades it is the offer.
        """
        for among in (self.trading & self.humane, self.trading):
            if (best := self._best(among)) is not None:
                return best
        places = np.flatnonzero(self.trading)
        return int(places[self.zone[places].argmax()]) if places.size else self.offered

    @property
    def traded(self) -> int:
        """The package on which conditions, rates and defection are worked out."""
        return self.exchange if self.held is None else self.held

    @property
    def offer(self) -> Package:
        return self.packages[self.traded]

    def relaxed(self) -> list[tuple[str, Float]]:
        """For each condition on the exchange: the lever, and what dropping it changes, (party, draw, sample)."""
        found, kept = [], self.spread[self.traded]
        for c in self.table.conditions:
            if self.offer.given(c.lever) and c.measure is not None:
                package = self.offer.with_level(c.requires, 0)
                found.append((c.requires, self.gains(package, frozenset([c.requires])) - kept))
        return found

    def slope(self, lever: str) -> Slope | None:
        """What a lever changes between the ends of what the conditions let it be around the exchange."""
        count = len(self.table.lever(lever).levels)
        near = [p for n in range(count) if (p := self.offer.with_level(lever, n)).kept()]
        low, high = near[0].amount(lever), near[-1].amount(lever)
        if low == high:
            return None
        first, last = (self.gains(p).mean(axis=1) for p in (near[0], near[-1]))
        return Slope(low, high, (last - first) / (high - low))

    @cached_property
    def looks(self) -> tuple[int, ...]:
        """Days of a word to stop: each month from the table's day on while a month after the answer is followed too."""
        first, days = self.table.defection_day, self.followed.days
        ends = {d: max(max(self.offer.answered(p.id, d).values()) for p in self.table.parties)
                for d in range(first, days, MONTH)}  # fmt: skip
        return tuple(d for d, end in ends.items() if end + MONTH <= days)[:LOOKS] or (first,)

    @property
    def window(self) -> int:
        """Days over which each stop is weighed, from the word on: as many for each look."""
        return self.followed.days - self.looks[-1]

    def stop(self, party: str, day: int) -> Stop:
        """What it changes that a party says on a day that it stops."""
        ends = self.offer.answered(party, day)
        own = [p.id for p in self.table.parties].index(party)
        return Stop(day, ends, *self._changed(ends, day), own)

    def game(self) -> tuple[Float, Float]:
        """Keep or stop, for each: change of gains against both keeping; rows the first party, columns the second."""
        first, second = (p.id for p in self.table.parties)
        day, tables = self.table.defection_day, np.zeros((2, 2, 2))
        for cell, ends in {
            (1, 0): self.offer.answered(first, day), (0, 1): self.offer.answered(second, day),
            (1, 1): self.offer.ends({first: day, second: day}),
        }.items():  # fmt: skip
            tables[(slice(None), *cell)] = self._changed(ends, day)[1].mean(axis=(1, 2))
        return tables[0], tables[1]

    @property
    def followed(self) -> Payoffs:
        """The payoffs over the days for which a stop is followed."""
        return self.payoffs.longer(self.table.stop_followed_days or 0)

    def _changed(self, ends: dict[str, int], day: int) -> tuple[Float, Float]:
        """Against both keeping: means (party, day), and over the window from a day (party, draw, sample)."""
        (kept, before), (stopped, after) = (self._course(self.followed, e) for e in ({}, ends))
        change, promised, weights = stopped - kept, after - before, self.followed.weights
        seen = slice(day, day + self.window)
        total = np.einsum("do,pso->pds", change[:, :, seen].sum(axis=2), weights, optimize=True)
        return _by_day(change, promised, weights), total + promised[:, :, seen].sum(axis=2)[:, None, :]

    def _course(self, payoffs: Payoffs, ends: dict[str, int]) -> tuple[Float, Float]:
        """The exchange as it runs where parties' levers end on a day, over no deal.

        Its outcomes, shape (draw, outcome, day), and what its levers are worth themselves, (party, sample, day).
        """
        key = (payoffs.days, *sorted(ends.items()))
        if key not in self._courses:
            book = payoffs.stopped(self.offer, ends) if ends else payoffs.book(self.offer)
            change = np.tensordot(payoffs.ways, payoffs.daily(book, self.draws), axes=1)[self.counted]
            self._courses[key] = change, payoffs.promised(self.offer, ends)
        return self._courses[key]

    @cached_property
    def _courses(self) -> dict[tuple[object, ...], tuple[Float, Float]]:
        return {}

    def refused(self) -> list[Refusal]:
        """Levels that some party would refuse whatever else is given."""
        found = []
        for n, lever in enumerate(self.table.levers):
            for k, level in enumerate(lever.levels):
                seen = [(levels, chance) for levels, chance in self.chances.items() if levels[n] == k]
                best = np.max([chance for _, chance in seen], axis=0) if seen else np.ones(len(self.table.parties))
                against = tuple(self._against(p, seen) for p, chance in enumerate(best) if chance < 0.5)
                if against:
                    found.append(Refusal(lever, level, best, against))
        return found

    def _against(self, party: int, seen: list[tuple[tuple[int, ...], Float]]) -> tuple[Party, Part, float]:
        """What weighs most against the best of some packages for a party, on the draws that every package saw."""
        levels, _ = max(seen, key=lambda tried: float(tried[1][party]))
        who = self.table.parties[party]
        parts = self.payoffs.parts(who.id, Package(self.table, levels), min(FIRST_RUNG, self.draws))
        means = [p.times * float(self.payoffs.worth(p.name, p.worth).mean()) for p in parts]
        least = int(np.argmin(means))
        return who, parts[least], means[least]

    def struck(self) -> list[Deal]:
        """The deals that were struck, conditions that they did not meet waived."""
        found = []
        for deal in self.table.struck:
            package = levels_of(self.table, deal.levels)
            gains, held = self.gains(package, package.waived), self.floors(package, package.waived)
            mean = gains.mean(axis=(1, 2))
            beaten = bool(((self.means >= mean).all(axis=1) & (self.means > mean).any(axis=1)).any())
            short = float(max((self.means - mean).min(axis=1).max(), 0.0))
            found.append(Deal(deal, package, gains, not beaten, short, bool((held >= 0.5).all())))
        return found

    def risks(self) -> tuple[Ratification, ...]:
        """Those who can stop a lever that the exchange gives."""
        return tuple(r for r in self.table.ratification if self.offer.given(r.lever))

    def ratified(self, end: str = "value") -> tuple[float, Float]:
        """(probability that the deal survives, mean gain by party), at the middle or an end of the ranges.

        Blocked, the deal reverts on the day of the ruling; the first to rule decides.
        """
        course = _by_day(*self._course(self.payoffs, {}), self.payoffs.weights)
        alive, gain = 1.0, np.zeros(len(self.table.parties))
        for risk in sorted(self.risks(), key=lambda r: r.delay_days):
            block = float(getattr(risk.block, end))
            gain += alive * block * course[:, : risk.delay_days].sum(axis=1)
            alive *= 1 - block
        return alive, gain + alive * course.sum(axis=1)

    def waiting(self) -> tuple[Float, Float]:
        """(what knowing the court is worth to each, what each day of delay costs each) [usd].

        The package chosen once the branch is known is of the kind that is chosen now: one that trades, within the
        floors where the exchange is.
        """
        by_way = np.stack([self.payoffs.gains(p, self.draws)[:, :, self.counted] for p in self.packages])
        by_way = by_way.mean(axis=(3, 4))
        now, known = self.means[self.traded], np.zeros(len(self.table.parties))
        among = self.trading if self.offer.trades else np.ones_like(self.trading)
        places = np.flatnonzero(among & self.humane if self.humane[self.traded] else among)
        for way, chance in enumerate(self.payoffs.ways):
            best = bargaining.best_package(by_way[places, way])
            # with nothing for both on this way, there is no deal and nobody gains
            known += chance * (by_way[places[best], way] if best is not None else 0.0)
        return known - now, now / self.payoffs.days

    def hearings(self) -> list[tuple[Hearing, int, Float]]:
        """For each hearing, days of the deal that waiting for it loses, and what it is worth to each (party,) [usd].

        What knowing the branch is worth is scaled by the chance that the court has decided by then: when it speaks
        is taken to say nothing of how.
        """
        known, day = self.waiting()
        lost = [max((h.day - self.table.begins).days, 0) for h in self.table.no_deal.hearings]
        return [
            (h, n, h.decided.value * known - n * day) for h, n in zip(self.table.no_deal.hearings, lost, strict=True)
        ]

    def solutions(self) -> list[tuple[str, bool, Float]]:
        """(concept, whether within the floors, gains by party [usd]), with lotteries between packages."""
        found = []
        for name, concept in (("Nash", bargaining.nash), ("Kalai–Smorodinsky", bargaining.kalai_smorodinsky)):
            for floored, points in ((True, self.means[self.humane]), (False, self.means)):
                found.append((name, floored, concept(points) if len(points) else np.zeros(2)))
        return found


def _by_day(change: Float, promised: Float, weights: Float) -> Float:
    """Gains a day, mean over draws and weights, shape (party, day)."""
    outcomes = np.einsum("ot,po->pt", change.mean(axis=0), weights.mean(axis=1))
    return np.asarray(outcomes + promised.mean(axis=1))


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
        # what gives its worse side most, in units of the spread; the front stays, also that of those that trade
        worse = (means / np.maximum(means.std(axis=0), 1e-9)).min(axis=1)
        kept = (worse >= np.median(worse)) | bargaining.front(means)
        trading = np.flatnonzero([p.trades for p in alive])
        kept[trading[bargaining.front(means[trading])]] = True
        alive = tuple(p for p, k in zip(alive, kept, strict=True) if k)
        rung = min(2 * rung, draws)
