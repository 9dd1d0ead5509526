"""What packages are worth: runs of their books on common draws, and gains over no deal.

The simulator runs each different book once a draw and once for each way the courts may go; packages that do the
same to people share it.  Levels that only meet a condition change no run of their own.

    Payoffs    books, runs, and the gains of packages over no deal, by party, draw and sample of weights
    Part       one part of a party's gain: so many times what one is worth to it
    Task       one draw of all books that miss it; it can be sent to another process
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals import response
from cauce.arrivals.priors import Priors
from cauce.border import Border, Named
from cauce.decisions import stops
from cauce.decisions.bargaining import triangular_below
from cauce.decisions.table import HardCondition, Level, Lever, Package, Table, changes
from cauce.documents import Ranged
from cauce.keys import generator, triangulars
from cauce.keys import key as fold
from cauce.model.simulate import simulate
from cauce.policy.rulebook import Amendment, Rulebook
from cauce.policy.scenario import Change, Scenario
from cauce.runs.crowd import Census
from cauce.runs.executors import Workers
from cauce.runs.store import Store
from cauce.runs.study import Study

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
Progress = Callable[[int, int], None]
SAMPLES = 200  # of the weights; they cost nothing beside a run
CANDIDATES = 2**17  # weights drawn from the ranges, of which the first or those that explain the record are used


@dataclass(frozen=True)
class Task:
    """Simulates the books that miss a draw and keeps their blocks, shape (way, outcome, day)."""

    study: Study
    books: dict[str, Rulebook]
    stores: dict[str, Store]
    missing: dict[int, list[str]]

    def __call__(self, draw: int) -> dict[str, Float]:
        people, drawn, found = self.study.crowd(draw), self.study.drawn(draw), {}
        for name in self.missing[draw]:
            runs = []
            for _, way in self.books[name].branches():
                prepared = self.study.prepare(way, draw, people, drawn)
                runs.append(simulate(prepared.assembled, prepared.parties, self.study.people_key(draw)).daily)
            found[name] = np.stack(runs)
            self.stores[name].write(draw, found[name])
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent are the documents and tables; what was worked out from them is worked out again there."""
        study = replace(self.study, border=replace(self.study.border))
        return Task, (study, self.books, self.stores, self.missing)


@dataclass(frozen=True)
class Part:
    """One part of a party's gain over no deal: so many times what one is worth to it."""

    name: str
    """Of the uniform that says where in its range the worth lies."""
    said: Named
    worth: Ranged
    times: float
    """How many over the horizon, below zero where they are a loss."""


@dataclass
class Payoffs:
    """Runs of books on common draws, and what packages gain each party over no deal."""

    table: Table
    study: Study
    ground: Rulebook
    """The book without a deal, conditions asked for at what the party would settle for."""
    store_root: Path
    workers: Workers
    seed: int | None = None
    """As asked for; None is that of each scenario."""
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
        if table.no_deal.priors_of is not None:
            study = replace(study, priors=Priors.read(border.root / "arrivals.yaml").known_on(table.no_deal.priors_of))
        base = changes(scenario, table.no_deal.choices)
        ground = study.book.amend(*(c.amendment() for c in base)).at_reservation()
        return cls(table, study, ground, store, workers, seed)

    def longer(self, days: int) -> Payoffs:
        """The same ground, luck and weights over so many days of the deal, if those are more."""
        if days <= self.days:
            return self
        if days not in self._longer:
            scenario = self.study.scenario.with_changes(days=self.first_day + days)
            found = replace(self, study=replace(self.study, scenario=scenario), _blocks={}, _books={})
            for party, kept in self._kept.items():
                found.keep(party, kept)
            self._longer[days] = found
        return self._longer[days]

    @cached_property
    def _longer(self) -> dict[int, Payoffs]:
        return {}

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
        asked = (package.levels, relaxed)
        if asked not in self._answered:
            self._answered[asked] = self._book(package, relaxed)
        return self._answered[asked]

    @cached_property
    def _answered(self) -> dict[tuple[tuple[int, ...], frozenset[str]], Rulebook]:
        return {}

    def _book(self, package: Package, relaxed: frozenset[str]) -> Rulebook:
        found = [c for level in package.chosen for c in level.amend]
        amended = self.ground.amend(
            *(c.amendment() for c in found), *self._relaxing(c for c in self.table.conditions if c.requires in relaxed)
        )
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

    def _relaxing(self, asked: Iterable[HardCondition]) -> list[Amendment]:
        """Amendments that no longer ask for these conditions."""
        out: dict[str, set[str]] = {}
        for c in asked:
            if c.measure is not None and c.waits_for is not None:
                out.setdefault(c.measure, set()).add(c.waits_for)
        made = []
        for name, dropped in out.items():
            condition = self.ground.measure(name).condition
            assert condition is not None  # the table was checked
            kept = tuple(r for r in condition.requires if r not in dropped)
            fields = {"condition": {**condition.model_dump(), "requires": kept}}
            made.append(Amendment.of(name, f"what if: relaxed ({self.table.source})", **fields))
        return made

    def stopped(self, package: Package, ends: dict[str, int]) -> Rulebook:
        """The book in which each party's levers end some days after the beginning, and what was there is back.

        Conditions on what the package gives are no longer asked for: the answer to a stop comes on the day given.
        """
        book = self.ground
        for lever, level in zip(self.table.levers, package.chosen, strict=True):
            for change in level.amend:
                amendment = change.amendment()
                if lever.party in ends:
                    end = self.table.begins + timedelta(days=ends[lever.party])
                    given, ground = book.amend(amendment).measure(change.measure), self.ground.measure(change.measure)
                    # offered under a condition that nobody meets: without a deal it is not in force
                    unmet = bool(self.ground.unmet(ground, self.ground.local(end)))
                    amendment = stops.ended(amendment, given, ground, f"{end}", bare=unmet)
                book = book.amend(amendment)
        return book.amend(*self._relaxing(c for c in self.table.conditions if package.given(c.lever)))

    def run(self, books: Iterable[Rulebook], draws: int) -> None:
        """Simulate books on draws 0 .. draws-1, those that are not in memory or in the store."""
        every = {self._name(book): book for book in books}
        wanted = {n: b for n, b in every.items() if any((n, d) not in self._blocks for d in range(draws))}
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

        task = Task(self.study, wanted, stores, missing)
        for done, (draw, blocks) in enumerate(self.workers.map(task, sorted(missing)), 1):
            for name, block in blocks.items():
                self._blocks[name, draw] = block.astype(np.float32)
            if self.progress is not None:
                self.progress(done, len(missing))

    def _name(self, book: Rulebook) -> str:
        """Hash of a book; worked out once, and the book is kept so that its place in memory stays its own."""
        if id(book) not in self._names:
            self._names[id(book)] = book.sha256(), book
        return self._names[id(book)][0]

    @cached_property
    def _names(self) -> dict[int, tuple[str, Rulebook]]:
        return {}

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
        name = self._name(book)
        blocks = np.stack([self._blocks[name, d] for d in range(draws)], axis=1)
        return blocks[..., self.first_day :].astype(np.float64)

    def totals(self, book: Rulebook, draws: int) -> Float:
        """Outcomes summed over the days of the deal, shape (way, draw, outcome)."""
        key = (self._name(book), draws)
        if key not in self._summed:
            self._summed[key] = self.seen(book, draws).sum(axis=3)
        return self._summed[key]

    @cached_property
    def _summed(self) -> dict[tuple[str, int], Float]:
        return {}

    @cached_property
    def weights(self) -> Float:
        """Sampled worth of one more of each outcome, shape (party, sample, outcome) [usd]."""
        found = np.zeros((len(self.table.parties), SAMPLES, len(self.outcomes)))
        for p, party in enumerate(self.table.parties):
            for w in party.weights:
                found[p, :, self.outcomes[w.outcome]] += w.sign * self.worth(f"{party.id}/{w.outcome}", w.weight)
        return found

    def candidates(self, name: str) -> Float:
        """Where in its range each candidate lies, shape (candidate,); `name` is of a weight or of a lever's worth.

        One uniform a lever: who finds one level dear finds all of them dear.
        """
        if name not in self._drawn:
            kind = "direct" if name.count("/") == 2 else "weights"
            self._drawn[name] = generator(kind, fold(self.study.seed, "weights"), name).random(CANDIDATES)
        return self._drawn[name]

    def keep(self, party: str, candidates: NDArray[np.intp]) -> None:
        """Use these candidates for a party's weights; before any payoff has been asked for."""
        self._kept[party] = candidates

    def worth(self, name: str, held: Ranged) -> Float:
        """What one is worth in each sample that is used, shape (sample,) [usd]; `name` is that of its uniform."""
        kept = self._kept.get(name.partition("/")[0], np.arange(SAMPLES))
        return triangulars(held.low, held.value, held.high, self.candidates(name)[kept])

    def judged(self, name: str, held: Ranged) -> Float:
        """What one is worth to each candidate, shape (candidate,) [usd]: a triangle over the range."""
        return triangulars(held.low, held.value, held.high, self.candidates(name))

    @cached_property
    def _drawn(self) -> dict[str, Float]:
        return {}

    @cached_property
    def _kept(self) -> dict[str, NDArray[np.intp]]:
        return {}

    def parts(self, party: str, package: Package, draws: int, judged: Table | None = None) -> list[Part]:
        """The parts of a party's mean gain; conditions that the package does not meet are waived.

        With `judged`, what they are worth is what that table says, wherever it says it.
        """
        book, judged = self.book(package, package.waived), judged or self.table
        with_deal, without = (np.tensordot(self.ways, self.totals(b, draws), axes=1) for b in (book, self.ground))
        change, found = (with_deal - without).mean(axis=0), list[Part]()
        for w in judged.party(party).weights:
            o = self.outcomes[w.outcome]
            times = w.sign * float(change[o])
            found.append(Part(f"{party}/{w.outcome}", self.study.outcomes[o].name, w.weight, times))
        for lever, level in zip(self.table.levers, package.chosen, strict=True):
            seen = judged.level(lever.id, level.id) or level
            for sign, side in ((-1.0, seen.pays), (1.0, seen.gains)):
                worth = dict(side).get(party)
                if worth is not None:
                    found.append(Part(f"{party}/{lever.id}/{sign}", lever.name, worth, sign * self.days))
        return found

    def direct(self, lever: Lever, level: Level) -> Float:
        """What a level is worth beside its outcomes, shape (party, sample) [usd a day]."""
        found = np.zeros((len(self.table.parties), SAMPLES))
        for p, party in enumerate(self.table.parties):
            for sign, side in ((-1.0, level.pays), (1.0, level.gains)):
                worth = dict(side).get(party.id)
                if worth is not None:
                    found[p] += sign * self.worth(f"{party.id}/{lever.id}/{sign}", worth)
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
        name = self._name(book)
        if (name, draws) not in self._valued:
            total = self.totals(book, draws) - self.totals(self.ground, draws)
            self._valued[name, draws] = np.einsum("wdo,pso->wpds", total, self.weights, optimize=True)
        return self._valued[name, draws]

    @cached_property
    def _valued(self) -> dict[tuple[str, int], Float]:
        return {}

    def expected(self, gains: Float) -> Float:
        """Over the ways of the courts, shape (party, draw, sample)."""
        return np.asarray(np.tensordot(self.ways, gains, axes=1))

    def floors(self, package: Package, draws: int, relaxed: frozenset[str] = frozenset()) -> Bool:
        """Whether each floor holds in each draw, shape (floor, draw)."""
        book, held = self.book(package, relaxed), np.zeros((len(self.table.people.floors), draws), np.bool_)
        with_deal, without = (np.tensordot(self.ways, self.totals(b, draws), axes=1) for b in (book, self.ground))
        for n, floor in enumerate(self.table.people.floors):
            o = self.outcomes[floor.outcome]
            held[n] = with_deal[:, o] <= floor.at_most.value * without[:, o] + 0.5
        return held

    def settles(self, package: Package) -> float | None:
        """Probability that the one who asks would settle for these levels, conditions taken as independent.

        None where nothing is asked of the package.
        """
        end = self.study.book.local(self.study.clock.end)
        amended = self.ground.amend(*(c.amendment() for level in package.chosen for c in level.amend))
        chances = [
            triangular_below(term.level.value, held.low, held.value, held.high)
            for name in {c.measure for c in self.table.conditions if c.measure is not None and package.given(c.lever)}
            for term in amended.terms(amended.measure(name), end)
            if (held := term.lever.value("reservation", end)) is not None and term.level is not None
        ]
        return float(np.prod(chances)) if chances else None

    def lane_share(self, draws: int) -> Float:
        """For each draw, how much of the response is the lane's rather than the return's: the ridge."""
        taken = [response.drawn(self.study.priors, fold(self.study.seed, d, "response")) for d in range(draws)]
        return np.array([t["lane_effect"] / max(t["lane_effect"] + t["return_effect"], 1e-9) for t in taken])
