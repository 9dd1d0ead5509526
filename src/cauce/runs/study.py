"""A study: all that is the same for every draw, and the simulation of one draw.

The forecast, the response and the simulator meet here: persons behind the published encounters, a baseline
in draws, exposures of every case to the rules, the crowd of a draw, and the kernel.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

import cauce
from cauce.arrivals import effects as effects_room
from cauce.arrivals import response, timing
from cauce.arrivals.effects import NONE, Effects, Faced, Ground
from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.walks import Pool, WalkPool
from cauce.border import Border, Named
from cauce.data import cards, observe
from cauce.documents import Ranged
from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.model import timetable
from cauce.model.clock import Clock
from cauce.model.network import Drawn, Layout, Regimes, assemble
from cauce.model.process import within
from cauce.model.simulate import Run, simulate
from cauce.policy.protection import flags
from cauce.policy.rulebook import Rulebook
from cauce.policy.scenario import LONGEST, Case, Scenario
from cauce.runs import crowd as crowd_room
from cauce.runs.drivers import drivers
from cauce.runs.exposed import faced
from cauce.runs.results import (
    Accord,
    Axis,
    Dispute,
    Driver,
    Outcome,
    Provenance,
    Result,
)
from cauce.terms import SMALL_CELL, SMALL_CELL_OF_CHILDREN, Demographic

NAMED_SHARE = 0.005  # nationalities below half a percent of the last year are counted together
OTHERS = "OTH"


@dataclass(frozen=True)
class Study:
    """Scenario, books, layout, history; `simulate` runs one draw of every case."""

    border: Border
    scenario: Scenario
    seed: int
    book: Rulebook
    history: pl.DataFrame
    priors: Priors
    warm: crowd_room.Census
    sectors: pl.DataFrame | None = None
    """Published encounters by month, sector and nationality, when people come to several."""
    effects: Effects = NONE

    @classmethod
    def of(cls, border: Border, name: str, *, seed: int | None = None, effects: Path | None = None) -> Study:
        """Read a scenario and everything it stands on, as known on its day; with `effects`, measured effects too.

        Raises
        ------
        DataError
            An effect that looks ahead of the scenario's day, or is not right.
        """
        scenario = Scenario.read(border, name)
        folder = border.root / "scenarios"
        study = cls.make(border, scenario, crowd_room.Census.read(folder / scenario.census, border), seed)
        return study if effects is None else study.taking_up(effects)

    def taking_up(self, path: Path) -> Study:
        """The same study with measured effects in place of the priors of the response."""
        return replace(self, effects=Effects.read(path, self.border, self.book, self.newest, self.scenario.as_of))

    @classmethod
    def from_census(
        cls, border: Border, path: Path, *, days: int, start: str | None, seed: int, effects: Path | None = None
    ) -> Study:
        """A look ahead from a census, under the rules in force, without any axis.

        Raises
        ------
        RequestError
            A number of days below one or beyond the longest run, or a start that does not exist.
        """
        if not 1 <= days <= LONGEST:
            cause = f"{days} days are none, or more than a run takes"
            raise RequestError(cause, mend=f"give a whole number from 1 to {LONGEST}")
        shipped = Scenario.read(border, border.card.scenario)
        begin = start or shipped.start
        try:
            day = datetime.fromisoformat(begin).date()
        except ValueError:
            mend = "write it as YYYY-MM-DDTHH:MM"
            raise RequestError(f"start {begin!r} is not a time that exists", mend=mend) from None
        name = Named(en=f"Outlook of {days} days from {day}", es=f"Perspectiva de {days} días desde {day}")
        question = Named(
            en=f"What happens in the next {days} days if the rules stay as they are known on {day}?",
            es=f"¿Qué pasa en los próximos {days} días si las reglas siguen como se conocen el {day}?",
        )
        scenario = Scenario(
            id="outlook", name=name, question=question, start=begin, days=days, as_of=day, draws=shipped.draws,
            seed=seed, census=str(path), observed=shipped.observed, source=f"census {path.name}",
        )  # fmt: skip
        study = cls.make(border, scenario, crowd_room.Census.read(path, border), seed)
        return study if effects is None else study.taking_up(effects)

    @classmethod
    def make(cls, border: Border, scenario: Scenario, census: crowd_room.Census, seed: int | None) -> Study:
        priors = Priors.read(border.root / "arrivals.yaml").known_on(f"{scenario.as_of:%Y-%m}")
        card = cards.find(border.card.publication)

        def published(name: str) -> pl.DataFrame:
            return observe.published_by(observe.read_reference(border.reference(name)), scenario.as_of, card)

        return cls(
            border=within(border, scenario.network),
            scenario=scenario,
            seed=scenario.seed if seed is None else seed,
            book=Rulebook.read(border).known_on(scenario.as_of, scenario.offered),
            history=published(scenario.encounters or border.card.encounters),
            priors=priors,
            warm=census,
            sectors=None if scenario.sectors is None else published(scenario.sectors),
        )

    def measured(self) -> tuple[Named, ...]:
        """What was measured and took the place of a prior, for a reader."""
        return self.effects.notes(self.border, self.book)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        return self.scenario.cases()

    @cached_property
    def books(self) -> tuple[Rulebook, ...]:
        """The book of each case, uncertain ends still open."""
        return tuple(self.book.amend(*(c.amendment() for c in case.amend)) for case in self.cases)

    @cached_property
    def clock(self) -> Clock:
        zone = ZoneInfo(self.border.card.timezone)
        return Clock(datetime.fromisoformat(self.scenario.start).replace(tzinfo=zone), self.scenario.days)

    @cached_property
    def layout(self) -> Layout:
        last = self.history.filter(pl.col("month") > self.newest - timedelta(days=360))
        totals = last.group_by("nationality").agg(pl.col("encounters").sum())
        named = totals.filter(pl.col("encounters") >= NAMED_SHARE * float(totals["encounters"].sum()))["nationality"]
        codes = tuple(c for c in self.border.nationalities if c in set(named.to_list()) | {OTHERS})
        return Layout.of(self.border, self.book, codes)

    @cached_property
    def newest(self) -> date:
        """Newest published month."""
        newest = self.history["month"].max()
        assert isinstance(newest, date)
        return newest

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(
            Outcome(
                o.id, o.name, o.unit, o.kind, o.group, o.protection, o.gives, o.gets,
                rated=self._capacity("rated", o.site), surge=self._capacity("surge", o.site),
                small_cell=SMALL_CELL_OF_CHILDREN if Demographic.UNACCOMPANIED_CHILD in o.demographics else SMALL_CELL,
                realised=None if o.realised is None else (o.realised.by, o.realised.of),
            )
            for o in self.layout.process.outcomes
        )  # fmt: skip

    def _capacity(self, column: str, sites: tuple[str, ...]) -> float | None:
        """What the sites of a stock are rated for, or hold in a surge, where the table says so of each."""
        cells = [dict(row).get(column, "") for row in self.border.sites if row["site"] in sites]
        return sum(float(cell) for cell in cells) if cells and all(cells) else None

    @cached_property
    def persons(self) -> NDArray[np.float64]:
        """New attempts by persons, shape (month, corridor), oldest first."""
        return crowd_room.persons(self.history, self.layout)

    @cached_property
    def forecaster(self) -> Pool:
        months = sorted(self.history["month"].unique().to_list())
        corridors = tuple((demographic.value, nationality) for nationality, demographic in self.layout.classes)
        return WalkPool(self.priors).fit(Panel(tuple(months), corridors, self.persons, self.effects.used))

    @cached_property
    def _seen(self) -> tuple[datetime, ...]:
        """Noon of every day of the newest published month."""
        return self._exposed[: calendar.monthrange(self.newest.year, self.newest.month)[1]]

    @cached_property
    def _ground(self) -> Ground:
        """What the effects taken up are set against: the day on which they were measured last, and the newest day."""
        measured = []
        for number, bundle in enumerate(self.effects.measured):
            last = bundle.last + timedelta(days=calendar.monthrange(bundle.last.year, bundle.last.month)[1] - 1)
            then = faced(self.layout.classes, self.book, (self.clock.at(last, 12),), self.effects)
            measured.append(then.bundles[number])
        return Ground(tuple(measured), faced(self.layout.classes, self.book, self._seen[-1:], self.effects).bundles)

    @cached_property
    def _standing(self) -> response.Exposures:
        """What people faced on average in the newest published month: what the baseline goes on from."""
        then = faced(self.layout.classes, self.book, self._seen, self.effects).apart
        days = len(self._exposed)
        mean = (then.returned.mean(axis=1, keepdims=True), then.places.mean(axis=1, keepdims=True))
        return response.Exposures(*(np.repeat(column, days, axis=1) for column in mean))

    @cached_property
    def _exposed(self) -> tuple[datetime, ...]:
        """Noon of every day from the newest published month to the end of the horizon."""
        days = (self.clock.dates[-1] - self.newest).days + 2
        return tuple(self.clock.at(self.newest + timedelta(days=d), 12) for d in range(days))

    def crowd(self, draw: int) -> timing.Parties:
        """The dominating crowd of a draw: the same for every case."""
        key = fold(self.seed, draw, "arrivals")
        months = crowd_room.months(self.newest, self.clock)
        nowcast, seen = None, self.scenario.observed
        first = (self.newest + timedelta(days=32)).replace(day=1)  # of the months not published yet
        if seen is not None and seen.known(first, self.scenario.as_of):
            # the level seen counts encounters; the walk counts persons
            share = self.persons[-1].sum() / crowd_room.encounters(self.history, self.layout)[-1].sum()
            nowcast = (seen.persons_per_day * months.length[0] * share, seen.relative_sd)
        path = self.forecaster.path(len(months.length), fold(self.seed, "baseline"), draw, nowcast)
        days = timing.daily(path, months.length, self.priors, key)[months.skip :][: len(self.clock.dates) + 1]
        families = np.array([d == Demographic.FAMILY for _, d in self.layout.classes])
        weights = self.persons[-1] / self.persons[-1].sum()
        return timing.parties(days, families, self.priors, key, weights)

    @cached_property
    def _trips(self) -> timetable.Trips:
        return timetable.Trips.of(self.layout, self.clock)

    @cached_property
    def quantities(self) -> dict[str, Ranged]:
        """The judged numbers that a draw takes once, by name: parameters of the network, priors of the response."""
        parameters = dict(self.layout.process.parameters)
        return {**parameters, **{n: self.priors[n] for n in self._response(0) if n not in parameters}}

    def taken(self, draw: int) -> dict[str, float]:
        """What a draw takes of them."""
        return {**self.layout.process.drawn(fold(self.seed, draw, "parameters")), **self._response(draw)}

    def drawn(self, draw: int, chosen: Mapping[str, float] | None = None) -> Drawn:
        """Parameters, crews and vehicles of a draw: no rule changes them."""
        known = dict(self.layout.process.parameters)
        mine = {name: value for name, value in (chosen or {}).items() if name in known}
        return Drawn.of(self.layout, self.clock, self._trips, fold(self.seed, draw, "parameters"), mine)

    def people_key(self, draw: int) -> int:
        """Key of everybody's luck in a draw."""
        return fold(self.seed, draw, "people")

    def decided(self, case: int, draw: int) -> Rulebook:
        """The book of a case as the courts of a draw decide."""
        return self.books[case].resolve(fold(self.seed, draw, "courts"))

    @cached_property
    def _ruled(self) -> dict[str, tuple[Regimes, Faced, dict[str, NDArray[np.bool_]]]]:
        return {}

    def _rules(self, book: Rulebook, name: str) -> tuple[Regimes, Faced, dict[str, NDArray[np.bool_]]]:
        """What a book says over the horizon; worked out once for each different book."""
        if name not in self._ruled:
            exposed = faced(self.layout.classes, book, self._exposed, self.effects)
            opened = crowd_room.open_days(self.layout, book, self.clock)
            self._ruled[name] = Regimes.of(self.layout, book, self.clock), exposed, opened
        return self._ruled[name]

    def prepare(
        self,
        book: Rulebook,
        draw: int,
        people: timing.Parties,
        drawn: Drawn,
        chosen: Mapping[str, float] | None = None,
    ) -> crowd_room.Prepared:
        """Everything the kernel wants for one decided book and draw."""
        regimes, exposed, opened = self._rules(book, book.sha256())
        chance = self._answer(exposed, self.priors.choosing(chosen), fold(self.seed, draw, "response"))
        chance = chance[:, (self.clock.start.date() - self.newest).days :]
        assembled = assemble(self.layout, book, regimes, self.clock, drawn)
        lane = crowd_room.lane(self.layout, book, self.clock, fold(self.seed, draw, "lane"), opened)
        return crowd_room.prepare(assembled, people, timing.select(people, chance), lane, self._inside, self.gates)

    def _answer(self, exposed: Faced, priors: Priors, key: int) -> NDArray[np.float64]:
        """Multiplier of new attempts, shape (class, day): of the priors, and of the effects taken up."""
        chance = response.multipliers(self._standing, exposed.apart, priors, key)
        if not self.effects.measured:
            return chance
        month = np.array([day.year * 12 + day.month for day in self._exposed])
        who = [nationality for nationality, _ in self.layout.classes]
        return chance * effects_room.multipliers(self.effects, self._ground, exposed, who, month, priors, key)

    @cached_property
    def gates(self) -> crowd_room.Gates:
        """Where people enter."""
        return crowd_room.Gates.of(self.layout, self.sectors)

    @cached_property
    def _inside(self) -> crowd_room.Parties:
        """Who is inside at the start; the draw's key gives them another luck in each draw."""
        return self.warm.parties(self.layout, fold(self.seed, "census"))

    def run(self, case: int, draw: int, *, trace: int = -1, person_table: bool = False) -> Run:
        """One case of one draw, optionally with one party's path."""
        prepared = self.prepare(self.decided(case, draw), draw, self.crowd(draw), self.drawn(draw))
        return simulate(
            prepared.assembled,
            prepared.parties,
            self.people_key(draw),
            trace=trace,
            person_table=person_table,
        )

    def simulate(self, draw: int, chosen: Mapping[str, float] | None = None) -> NDArray[np.float64]:
        """Every case of one draw, shape (case, outcome, day); equal books are simulated once.

        Judged numbers that are `chosen` take that value; all else has the luck of the draw.
        """
        people, drawn = self.crowd(draw), self.drawn(draw, chosen)
        done: dict[str, NDArray[np.float64]] = {}
        blocks = []
        for case in range(len(self.cases)):
            book = self.decided(case, draw)
            name = book.sha256()
            if name not in done:
                prepared = self.prepare(book, draw, people, drawn, chosen)
                done[name] = simulate(prepared.assembled, prepared.parties, self.people_key(draw)).daily
            blocks.append(done[name])
        return np.stack(blocks)

    def hashes(self) -> dict[str, str]:
        """Hash of every document and table the result is made from."""
        texts = {
            "scenario": self.scenario.canonical(),
            "rulebook": self.book.canonical(),
            "network": self.layout.process.canonical(),
            "priors": self.priors.canonical(),
            "history": self.history.write_csv(),
            "census": self.warm.canonical(),
            "sectors": "" if self.sectors is None else self.sectors.write_csv(),
            "sites": "|".join(str(dict(row)) for row in self.border.sites),
            "routes": "|".join(str(dict(row)) for row in self.border.routes),
        }
        found = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        return found if not self.effects.sha256 else {**found, "effects": self.effects.sha256}

    def sha256(self) -> str:
        """Hash of all inputs but the number of draws, and of the program: the name of the store."""
        parts = [cauce.__version__, _code(), str(self.seed), *(f"{k}={v}" for k, v in sorted(self.hashes().items()))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def result(self, daily: NDArray[np.float64]) -> Result:
        """Label the numbers, shape (case, draw, outcome, day)."""
        result = Result(
            id=self.scenario.id,
            name=self.scenario.name,
            question=self.scenario.question,
            cases=tuple((case.id, case.name) for case in self.cases),
            outcomes=self.outcomes,
            days=self.clock.dates,
            daily=daily,
            provenance=Provenance(
                hashes=self.hashes(),
                seed=self.seed,
                draws=daily.shape[1],
                version=cauce.__version__,
                data_through=f"{self.newest:%Y-%m}",
                border=self.border.card.id,
            ),
            sides=self.layout.process.sides,
            notes=(*self.scenario.later, *self.layout.process.doubtful, *self.measured()),
            axes=tuple(Axis(a.id, a.name, tuple((c.id, c.name) for c in a.choices)) for a in self.scenario.axes),
            disputes=self._disputed(),
            flags=self._flagged(),
            accords=self._accords(),
        )
        return replace(result, drivers=self._drivers(result))

    def _drivers(self, result: Result) -> tuple[Driver, ...]:
        """The ranges that the key outcomes follow most."""
        taken = [self.taken(draw) for draw in range(result.provenance.draws)]
        key = [o for o in result.outcomes if o.protection or o.rated is not None]
        return drivers(key, {o.id: result.total(o.id) for o in key}, self.quantities, taken)

    def _response(self, draw: int) -> dict[str, float]:
        return response.drawn(self.priors, fold(self.seed, draw, "response"))

    def _accords(self) -> tuple[Accord, ...]:
        """Measures with conditions, and which of them are unmet at the end of each case."""
        found = []
        end = self.book.local(self.clock.end)
        for measure in self.book.measures:
            if measure.condition is None or not any(book.measure(measure.id).in_force for book in self.books):
                continue
            required = measure.condition.requires
            unmet = (book.unmet(book.measure(measure.id), end) for book in self.books)
            binding = tuple(tuple(required.index(name) for name in names) for names in unmet)
            found.append(Accord(measure.name, tuple(self.book.measure(r).name for r in required), binding))
        return tuple(found)

    def _disputed(self) -> tuple[Dispute, ...]:
        """Contested measures that are in force on some day of some case."""
        start, end = self.clock.origin, self.clock.end
        ways = [way for book in self.books for _, way in book.branches()]
        used = {m.id for way in ways for when in (start, *way.change_points(start, end)) for m in way.at(when)}
        return tuple(
            Dispute(m.name, m.contested.for_, m.contested.against, m.contested.harm)
            for m in self.book.measures
            if m.contested is not None and m.id in used
        )

    def _flagged(self) -> tuple[Named, ...]:
        """Breaches of protections, with the cases in which they occur."""
        cases: dict[Named, list[str]] = {}
        for case, book in zip(self.cases, self.books, strict=True):
            for _, way in book.branches():
                for flag in flags(way, self.clock.origin, self.clock.end):
                    cases.setdefault(flag.says(), []).append(case.id)
        return tuple(
            Named(en=f"{says.en} [{', '.join(dict.fromkeys(ids))}]", es=f"{says.es} [{', '.join(dict.fromkeys(ids))}]")
            for says, ids in cases.items()
        )


@cache
def _code() -> str:
    """Hash of the program, so that no draw of another one is taken for this one's."""
    digest = hashlib.sha256()
    for path in sorted(Path(cauce.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
