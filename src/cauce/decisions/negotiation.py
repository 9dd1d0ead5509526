"""A negotiation played through: every package of a table on the same draws, valued against no deal.

The simulator runs each different book once a draw and once for each way the courts may go; packages that do the
same to people share it.  Levels that only meet a condition change no run of their own.  By successive halving
the packages that give one side least are dropped as draws are added; finished runs stay in the store.

    negotiate      table in, Negotiation out
    Payoffs        runs and the gains of packages over no deal, shape (draw, sample of weights)
    Negotiation    zone, front, solutions, and what each condition, promise and delay is worth
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals import response
from cauce.border import Border
from cauce.decisions import bargaining
from cauce.decisions.table import Level, Lever, Package, Ratification, Table, changes
from cauce.errors import RequestError
from cauce.keys import generator
from cauce.keys import key as fold
from cauce.model.simulate import simulate
from cauce.policy.rulebook import Amendment, Rulebook
from cauce.policy.scenario import Change, Scenario
from cauce.runs.crowd import Census
from cauce.runs.executors import Workers
from cauce.runs.store import Store
from cauce.runs.study import Study

Float = NDArray[np.float64]
Progress = Callable[[int, int], None]
SAMPLES = 200  # of the weights; they cost nothing beside a run
FIRST_RUNG = 2  # [draw] before the first halving


@dataclass
class Payoffs:
    """Runs of books on common draws, and what packages gain each party over no deal."""

    table: Table
    study: Study
    ground: Rulebook
    """The book without a deal, conditions asked for at what the party would settle for."""
    store_root: Path
    workers: Workers
    progress: Progress | None = None
    _blocks: dict[tuple[str, int], NDArray[np.float32]] = field(default_factory=dict)
    _books: dict[tuple[object, ...], Rulebook] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, border: Border, seed: int | None, store: Path, workers: Workers) -> Payoffs:
        """Everything on the ground that the table names."""
        scenario = Scenario.read(border, table.no_deal.scenario)
        census = Census.read(border.root / "scenarios" / scenario.census, border)
        study = Study.make(border, scenario, census, seed)
        offered = scenario.offered | {c.measure for x in table.levers for k in x.levels for c in k.amend}
        study = replace(study, book=Rulebook.read(border).known_on(scenario.as_of, offered))
        base = changes(scenario, table.no_deal.choices)
        return cls(table, study, study.book.amend(*(c.amendment() for c in base)).at_reservation(), store, workers)

    @cached_property
    def ways(self) -> Float:
        """Probability of each way the courts may go; no lever touches them."""
        return np.array([chance for chance, _ in self.ground.branches()])

    @cached_property
    def first_day(self) -> int:
        return (self.table.begins - self.study.clock.dates[0]).days

    @cached_property
    def days(self) -> int:
        """Days of the deal within the horizon."""
        return self.study.clock.days - self.first_day

    @cached_property
    def outcomes(self) -> dict[str, int]:
        return {o.id: n for n, o in enumerate(self.study.outcomes)}

    def book(self, package: Package, relaxed: frozenset[str] = frozenset()) -> Rulebook:
        """The book of a package; conditions on the `relaxed` levers are no longer asked for.

        Packages under which the same is in force for people get the very same book.
        """
        found = [c for level in package.chosen for c in level.amend]
        amended = self.ground.amend(*(c.amendment() for c in found), *self._relaxing(found, relaxed))
        end = amended.local(self.study.clock.end)
        waiting = [m for m in amended.measures if m.condition is not None and m.in_force]
        met = tuple(m.id for m in waiting if not amended.unmet(m, end))
        shared = tuple(
            n if any(self._touches(c) for k in lever.levels for c in k.amend) else 0
            for lever, n in zip(self.table.levers, package.levels, strict=True)
        )
        return self._books.setdefault((shared, met), amended)

    def _touches(self, change: Change) -> bool:
        """Whether a change reaches people other than through a condition."""
        fields = {name for name, _ in change.set_}
        return self.ground.measure(change.measure).kind != "lever" and fields != {"condition"}

    def _relaxing(self, found: Iterable[Change], relaxed: frozenset[str]) -> list[Amendment]:
        """Amendments that take the relaxed levers out of the conditions."""
        out: dict[str, set[str]] = {}
        for c in self.table.conditions:
            if c.requires in relaxed and c.measure is not None and c.waits_for is not None:
                out.setdefault(c.measure, set()).add(c.waits_for)
        made = []
        for name, dropped in out.items():
            condition = self.ground.measure(name).condition
            assert condition is not None  # the table was checked
            kept = tuple(r for r in condition.requires if r not in dropped)
            fields = {"condition": {**condition.model_dump(), "requires": kept}}
            made.append(Amendment.of(name, f"what if: relaxed ({self.table.source})", **fields))
        return made

    def stopped(self, package: Package, stops: dict[str, int]) -> Rulebook:
        """The book in which each party's levers end some days after the beginning."""
        found = []
        for lever, level in zip(self.table.levers, package.chosen, strict=True):
            for change in level.amend:
                amendment = change.amendment()
                if lever.party in stops and self._touches_force(change):
                    until = f"{self.table.begins + timedelta(days=stops[lever.party])}"
                    fields = dict(amendment.set_)
                    fields["in_force"] = [{"until": until, **span} for span in fields["in_force"]]
                    amendment = Amendment.of(change.measure, change.source, **fields)
                found.append(amendment)
        return self.ground.amend(*found)

    @staticmethod
    def _touches_force(change: Change) -> bool:
        return any(name == "in_force" for name, _ in change.set_)

    def run(self, books: Iterable[Rulebook], draws: int) -> None:
        """Simulate books on draws 0 .. draws-1, those that are not in memory or in the store."""
        wanted = {book.sha256(): book for book in books}
        stores = {name: Store.open(self.store_root, self._key(name)) for name in wanted}
        missing: dict[int, list[str]] = {}
        for name, store in stores.items():
            for draw in range(draws):
                if (name, draw) not in self._blocks:
                    kept = store.read(draw)
                    if kept is None:
                        missing.setdefault(draw, []).append(name)
                    else:
                        self._blocks[name, draw] = kept.astype(np.float32)

        def task(draw: int) -> None:
            people, drawn = self.study.crowd(draw), self.study.drawn(draw)
            for name in missing[draw]:
                runs = []
                for _, way in wanted[name].branches():
                    prepared = self.study.prepare(way, draw, people, drawn)
                    runs.append(simulate(prepared.assembled, prepared.parties, self.study.people_key(draw)).daily)
                stores[name].write(draw, np.stack(runs))
                self._blocks[name, draw] = np.stack(runs).astype(np.float32)

        for done, _ in enumerate(self.workers.map(task, sorted(missing)), 1):
            if self.progress is not None:
                self.progress(done, len(missing))

    def _key(self, book: str) -> str:
        return hashlib.sha256(f"{self._ground_key}\n{book}".encode()).hexdigest()

    @cached_property
    def _ground_key(self) -> str:
        return self.study.sha256()

    def daily(self, book: Rulebook, draws: int) -> Float:
        """Difference to no deal from the deal's first day on, shape (way, draw, outcome, day)."""
        return self.seen(book, draws) - self.seen(self.ground, draws)

    def seen(self, book: Rulebook, draws: int) -> Float:
        """Outcomes from the deal's first day on, shape (way, draw, outcome, day)."""
        self.run([book], draws)
        name = book.sha256()
        blocks = np.stack([self._blocks[name, d] for d in range(draws)], axis=1)
        return blocks[..., self.first_day :].astype(np.float64)

    @cached_property
    def weights(self) -> Float:
        """Sampled worth of one more of each outcome, shape (party, sample, outcome) [usd]."""
        found = np.zeros((len(self.table.parties), SAMPLES, len(self.outcomes)))
        for p, party in enumerate(self.table.parties):
            for w in party.weights:
                rng = generator("weights", fold(self.study.seed, "weights"), f"{party.id}/{w.outcome}")
                worth = w.weight.low + (w.weight.high - w.weight.low) * rng.random(SAMPLES)
                found[p, :, self.outcomes[w.outcome]] += w.sign * worth
        return found

    def direct(self, lever: Lever, level: Level) -> Float:
        """What a level is worth beside its outcomes, shape (party, sample) [usd a day]."""
        found = np.zeros((len(self.table.parties), SAMPLES))
        for p, party in enumerate(self.table.parties):
            for sign, side in ((-1.0, level.pays), (1.0, level.gains)):
                worth = dict(side).get(party.id)
                if worth is not None:
                    # one uniform a lever: who finds one level dear finds all of them dear
                    rng = generator("direct", fold(self.study.seed, "weights"), f"{party.id}/{lever.id}/{sign}")
                    found[p] += sign * (worth.low + (worth.high - worth.low) * rng.random(SAMPLES))
        return found

    def promised(self, package: Package, stops: dict[str, int] | None = None) -> Float:
        """Direct worth by day, shape (party, sample, day); a stopped party's levers end some days after the first."""
        found = np.zeros((len(self.table.parties), SAMPLES, self.days))
        for lever, level in zip(self.table.levers, package.chosen, strict=True):
            last = (stops or {}).get(lever.party, self.days)
            found[:, :, :last] += self.direct(lever, level)[:, :, None]
        return found

    def gains(self, package: Package, draws: int, relaxed: frozenset[str] = frozenset()) -> Float:
        """Gain of each party over no deal, shape (way, party, draw, sample) [usd over the horizon]."""
        change = self._change(self.book(package, relaxed), draws)
        direct = sum(self.direct(x, k) for x, k in zip(self.table.levers, package.chosen, strict=True))
        return change + np.asarray(direct)[None, :, None, :] * self.days

    def _change(self, book: Rulebook, draws: int) -> Float:
        name = book.sha256()
        if (name, draws) not in self._valued:
            total = self.daily(book, draws).sum(axis=3)
            self._valued[name, draws] = np.einsum("wdo,pso->wpds", total, self.weights, optimize=True)
        return self._valued[name, draws]

    @cached_property
    def _valued(self) -> dict[tuple[str, int], Float]:
        return {}

    def expected(self, gains: Float) -> Float:
        """Over the ways of the courts, shape (party, draw, sample)."""
        return np.asarray(np.tensordot(self.ways, gains, axes=1))

    def by_day(self, book: Rulebook, promised: Float, draws: int) -> Float:
        """Mean gain by day over ways and draws, shape (party, sample, day)."""
        change = np.tensordot(self.ways, self.daily(book, draws), axes=1).mean(axis=0)
        return np.asarray(np.einsum("ot,pso->pst", change, self.weights)) + promised

    def floors(self, package: Package, draws: int, relaxed: frozenset[str] = frozenset()) -> Float:
        """Share of the draws in which each floor holds, shape (floor,)."""
        book, held = self.book(package, relaxed), []
        with_deal, without = (
            np.tensordot(self.ways, self.seen(b, draws).sum(axis=3), axes=1) for b in (book, self.ground)
        )
        for floor in self.table.people.floors:
            o = self.outcomes[floor.outcome]
            held.append(float((with_deal[:, o] <= floor.at_most.value * without[:, o] + 0.5).mean()))
        return np.array(held)

    def settles(self, package: Package) -> float:
        """Probability that the one who asks would settle for these levels, conditions taken as independent."""
        end = self.study.book.local(self.study.clock.end)
        amended = self.ground.amend(*(c.amendment() for level in package.chosen for c in level.amend))
        chance = 1.0
        for name in {c.measure for c in self.table.conditions if c.measure is not None and package.given(c.lever)}:
            for term in amended.terms(amended.measure(name), end):
                held = term.lever.value("reservation", end)
                if held is not None and term.level is not None:
                    chance *= triangular_below(term.level.value, held.low, held.value, held.high)
        return chance

    def lane_share(self, draws: int) -> Float:
        """For each draw, how much of the response is the lane's rather than the return's: the ridge."""
        taken = [response.drawn(self.study.priors, fold(self.study.seed, d, "response")) for d in range(draws)]
        return np.array([t["lane_effect"] / max(t["lane_effect"] + t["return_effect"], 1e-9) for t in taken])


def triangular_below(x: float, low: float, mode: float, high: float) -> float:
    """Probability that a triangular number is at most x.

    Examples
    --------
    >>> triangular_below(0.5, 0.0, 0.5, 1.0), triangular_below(1.0, 0.2, 0.5, 1.0)
    (0.5, 1.0)
    """
    if x >= high:
        return 1.0
    if x < low:
        return 0.0
    if x <= mode:
        return (x - low) ** 2 / ((high - low) * (mode - low)) if mode > low else 0.0
    return 1 - (high - x) ** 2 / ((high - low) * (high - mode))


@dataclass
class Negotiation:
    """What came of a table: the packages still in play after all draws, and what follows from them."""

    payoffs: Payoffs
    draws: int
    packages: tuple[Package, ...]
    tried: int

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

    def _path(self, stops: dict[str, int]) -> Float:
        name = tuple(sorted(stops.items()))
        if name not in self._paths:
            book = self.payoffs.stopped(self.offer, stops) if stops else self.payoffs.book(self.offer)
            self._paths[name] = self.payoffs.by_day(book, self.payoffs.promised(self.offer, stops), self.draws)
        return self._paths[name]

    @cached_property
    def _paths(self) -> dict[tuple[tuple[str, int], ...], Float]:
        return {}

    def risks(self) -> tuple[Ratification, ...]:
        """Those who can stop a lever that the offer gives."""
        return tuple(r for r in self.table.ratification if self.offer.given(r.lever))

    def ratified(self, end: str = "value") -> tuple[float, Float]:
        """(probability that the deal survives, mean gain by party), at the middle or an end of the ranges.

        Blocked, the deal reverts on the day of the ruling; the first to rule decides.
        """
        path = self._path({}).mean(axis=1)
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


def negotiate(
    table: Table, border: Border, *, quick: bool, draws: int | None, seed: int | None, store: Path, workers: Workers,
    progress: Progress | None = None,
) -> Negotiation:  # fmt: skip
    """Play a table through, halving the packages as draws are added.

    Raises
    ------
    RequestError
        Fewer than two draws: nothing could be said of what nobody can measure.
    """
    effort = table.quick if quick else table.full
    draws, packages = effort.draws if draws is None else draws, effort.packages
    if draws < 2:
        raise RequestError(f"draws is {draws}", mend="give a whole number from 2 up")
    payoffs = Payoffs.of(table, border, seed, store, workers)
    payoffs.progress = progress
    alive = table.packages()
    if len(alive) > packages:  # evenly over the document's order, which varies the last lever fastest
        alive = tuple(alive[n] for n in np.unique(np.linspace(0, len(alive) - 1, packages).astype(int)))
    tried, rung = len(alive), min(FIRST_RUNG, draws)
    while True:
        payoffs.run([payoffs.ground, *(payoffs.book(p) for p in alive)], rung)
        if rung == draws:
            return Negotiation(payoffs, draws, alive, tried)
        means = np.stack([payoffs.expected(payoffs.gains(p, rung)).mean(axis=(1, 2)) for p in alive])
        # what gives its worse side most, in units of the spread; whoever is on the front stays
        worse = (means / np.maximum(means.std(axis=0), 1e-9)).min(axis=1)
        kept = (worse >= np.median(worse)) | bargaining.front(means)
        alive = tuple(p for p, k in zip(alive, kept, strict=True) if k)
        rung = min(2 * rung, draws)
