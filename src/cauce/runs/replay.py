"""The model run on the record: who would be inside on a morning, from the month before it.

`census` starts empty, lets the recorded month's people come (persons, so that the kernel makes the repeats),
and counts who is inside at the end, by station, class and hours held, in the middle one of some draws.  It is
what an operator would read off the board that morning; it uses the month's record, which CBP publishes later,
for nothing else.

`Replay` lets the recorded encounters of some months come, day by day, and lets the rules decide what becomes
of them.  Recorded are: how many come, of whom, on which days by the nationwide weeks, which share of them is
expelled, and which share of the rest was released border-wide before the test (published later); flights, lines,
gates and stays are the model's.  Repeats are already in the record, so nobody tries again.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

import cauce
from cauce.arrivals import timing
from cauce.arrivals.priors import Prior, Priors
from cauce.border import Border, Row
from cauce.data import observe
from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.model import timetable
from cauce.model.clock import NOON, TICKS_PER_HOUR, Clock
from cauce.model.network import Assembled, Drawn, Layout, Regimes, assemble
from cauce.model.people import Outputs, Parties
from cauce.model.process import REST
from cauce.model.routing import Rules
from cauce.model.simulate import Run, simulate
from cauce.policy.rulebook import Rulebook
from cauce.policy.scenario import Scenario
from cauce.runs import bridge, crowd, recorded
from cauce.runs.free import Chosen
from cauce.runs.points import Point, of_role
from cauce.terms import Authority, Demographic

HOURS_A_BAND = 12  # [h] how finely the census keeps the time held
CENSUS_DRAWS = 9  # of a month's days: one draw alone may end in a crowd that the month as a whole does not show


def census(border: Border, morning: datetime, book: Rulebook | None = None) -> pl.DataFrame:
    """Who is inside after a month of recorded arrivals: of some draws the one with the middle custody.

    Parameters
    ----------
    morning : datetime
        Of the first day of the month after.
    book : Rulebook, optional
        The rules under which they came; else those known on the morning.

    Returns
    -------
    DataFrame
        station, nationality, demographic, hours_held, persons.
    """
    zone = ZoneInfo(border.card.timezone)
    first = (morning.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    clock = Clock(
        datetime(first.year, first.month, first.day, morning.hour, tzinfo=zone), (morning.date() - first).days
    )
    book = Rulebook.read(border).known_on(morning.date()) if book is None else book
    table = observe.read_reference(border.reference(border.card.encounters)).filter(pl.col("month") <= first)
    codes = tuple(c for c in border.nationalities if c in set(table["nationality"].to_list()))
    layout = Layout.of(border, book, codes)
    priors = Priors.read(border.root / "arrivals.yaml")
    people = np.rint(crowd.persons(table, layout)[-1:]).astype(np.int64)
    regimes = Regimes.of(layout, book, clock)
    drawn = Drawn.of(layout, clock, timetable.Trips.of(layout, clock), None)
    case = assemble(layout, book, regimes, clock, drawn)
    held = {s.id for s in layout.documents if s.site == layout.process.custody}
    found = sorted(
        (_after(case, book, people, priors, fold(seed, "replay")) for seed in range(1, CENSUS_DRAWS + 1)),
        key=lambda table: int(table.filter(pl.col("station").is_in(held))["persons"].sum()),
    )
    return found[CENSUS_DRAWS // 2]


def _after(case: Assembled, book: Rulebook, people: NDArray[np.int64], priors: Priors, key: int) -> pl.DataFrame:
    """Who is inside after one draw of a month's days."""
    layout, clock = case.layout, case.clock
    days = timing.daily(people, np.array([clock.days]), priors, key)
    families = np.array([d == Demographic.FAMILY for _, d in layout.classes])
    came = timing.parties(np.vstack([days, days[-1:]]), families, priors, key, people[0] / people.sum())
    lawful = crowd.lane(layout, book, clock, key, crowd.open_days(layout, book, clock))
    ready = crowd.prepare(case, came, ~came.growth, lawful, crowd.Census(()).parties(layout, key))
    return inside(layout, ready.parties, simulate(case, ready.parties, key, person_table=True).out)


def census_file(border: Border, morning: datetime, ground: Scenario | None = None) -> str:
    """The census of a morning as the CSV that scenarios name, with its provenance; under the rules of a `ground`."""
    book, under = None, ""
    if ground is not None:
        known = Rulebook.read(border).known_on(ground.as_of, ground.offered)
        book = known.amend(*(change.amendment() for change in ground.cases()[0].amend))
        under = f", under the rules of {ground.id}"
    return (
        f"# Who is inside on {morning:%Y-%m-%d} at {morning:%H:%M}: cauce.runs.replay.census on the recorded"
        f" month before{under}, from empty on its first day; of {CENSUS_DRAWS} draws the one with the middle custody.\n"
        "# Computed, not observed: a model's state that stands in for the board of that morning.\n"
        + census(border, morning, book).write_csv()
    )


def inside(layout: Layout, parties: Parties, out: Outputs) -> pl.DataFrame:
    """Who a run with a person table leaves inside: station, nationality, demographic, hours_held, persons."""
    there = (out.exit_tick < 0) & (out.last_station >= 0)
    station, cls = out.last_station[there], parties.cls[there]
    band = out.custody_ticks[there] // (HOURS_A_BAND * TICKS_PER_HOUR) * HOURS_A_BAND
    clocked = np.array([s.site == layout.process.custody for s in layout.documents])[station]
    frame = pl.DataFrame(
        {
            "station": [layout.stations[s] for s in station],
            "nationality": [layout.classes[c][0] for c in cls],
            "demographic": [layout.classes[c][1].value for c in cls],
            "hours_held": np.where(clocked, band, 0),
            "persons": parties.size[there],
        }
    )
    keys = ["station", "nationality", "demographic", "hours_held"]
    return frame.group_by(keys).agg(pl.col("persons").cast(pl.Int64).sum()).sort(keys)


ENCOUNTER_FIGURES = "encounters"  # the outcome of which dated daily figures shape the days
MORNING_OF_START = 6  # [h local] report days run from six to six


@dataclass(frozen=True)
class Replay:
    """One border's record over some months; `run` simulates one draw of it."""

    border: Border
    book: Rulebook
    layout: Layout
    clock: Clock
    history: pl.DataFrame
    figures: tuple[Point, ...]
    priors: Priors
    seed: int

    @classmethod
    def of(cls, border: Border, first: date, last: date, known: date, points: Sequence[Point], seed: int) -> Replay:
        """Read the record from the month before `first` (so that nobody starts in an empty house) to `last`.

        Parameters
        ----------
        known : date
            Rules and numbers as known on that morning; later than that only what is recorded as an input.
        points : Point
            Of these the inputs shape the days, as far as they lie before `last`.

        Raises
        ------
        RequestError
            The record does not cover the period.
        """
        begin = (first.replace(day=1) - timedelta(days=1)).replace(day=1)
        table = observe.read_reference(border.reference(border.card.encounters))
        months = sorted(table["month"].unique().to_list())
        if last < first or months[0] > begin or months[-1] < last.replace(day=1):
            mend = f"choose days within {months[1]:%Y-%m} and {months[-1]:%Y-%m}"
            raise RequestError(f"the record cannot be replayed from {first} to {last}", mend=mend)
        history = table.filter(pl.col("month").is_between(begin, last.replace(day=1)))
        zone = ZoneInfo(border.card.timezone)
        start = datetime(begin.year, begin.month, begin.day, MORNING_OF_START, tzinfo=zone)
        book = Rulebook.read(border).known_on(known).resolve(fold(seed, "courts"))
        codes = tuple(c for c in border.nationalities if c in set(history["nationality"].to_list()))
        figures = tuple(
            p
            for p in of_role(points, "input")
            if p.measured == ENCOUNTER_FIGURES and p.kind == "flow" and p.last <= last
        )
        return cls(
            border, book, Layout.of(border, book, codes), Clock(start, (last - begin).days + 1), history, figures,
            Priors.read(border.root / "arrivals.yaml").known_on(f"{known - timedelta(days=1):%Y-%m}"), seed,
        )  # fmt: skip

    @cached_property
    def months(self) -> tuple[date, ...]:
        """First days of the recorded months."""
        return tuple(sorted(self.history["month"].unique().to_list()))

    @cached_property
    def recorded(self) -> NDArray[np.int64]:
        """Encounters by (month, corridor)."""
        return np.rint(crowd.encounters(self.history, self.layout)).astype(np.int64)

    @cached_property
    def expelled(self) -> NDArray[np.float64]:
        """Recorded share expelled, shape (month, corridor)."""
        mine = pl.col("authority") == Authority.TITLE_42
        kept = self.history.with_columns(pl.when(mine).then(pl.col("encounters")).otherwise(0).alias("encounters"))
        count = crowd.encounters(kept, self.layout)  # zeros, not fewer rows, so that every month keeps its place
        return np.asarray(count / np.maximum(self.recorded, 1))

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Days of each month."""
        return tuple(calendar.monthrange(m.year, m.month)[1] for m in self.months)

    def days(self, draw: int) -> NDArray[np.int64]:
        """Persons encountered a day, shape (day, corridor); each month sums to the record."""
        key = fold(self.seed, draw, "days")
        level = bridge.shape(
            list(zip(self.months, self.lengths, strict=True)),
            [(p.first, p.last, p.value * p.a_day, p.sd / p.value) for p in self.figures],
            self.expected.sum(axis=1),
            weekly=self.priors["sector_weekly_noise"].value,
            noise=self.priors["daily_noise"].value,
            key=key,
        )
        return bridge.deal(self.recorded, self.lengths, self.expected * level[:, None], key)

    def crowd(self, draw: int) -> timing.Parties:
        """Everybody who came, in one draw of the days; groups set free are in the record already."""
        families = np.array([d == Demographic.FAMILY for _, d in self.layout.classes])
        weights = self.recorded[-1] / max(int(self.recorded[-1].sum()), 1)
        key = fold(self.seed, draw, "arrivals")
        return timing.parties(self.days(draw), families, _Calm(self.priors), key, weights)

    @cached_property
    def _pieces(self) -> _Pieces:
        """The book's regimes cut at the months, and in each the recorded share expelled and who came when."""
        said = Regimes.of(self.layout, self.book, self.clock)
        cuts = [self.clock.at(m) for m in self.months[1:]]
        instants = tuple(sorted({*said.instants, *(c.astimezone(self.clock.origin.tzinfo) for c in cuts)}))
        rules = tuple(said.rules[sum(t <= instant for t in said.instants) - 1] for instant in instants)
        month = np.array([sum(c <= instant for c in cuts) for instant in instants])
        ends = (*instants[1:], self.clock.at(self.months[-1] + timedelta(days=self.lengths[-1])))
        lasts = np.array([(b - a) / timedelta(days=1) for a, b in zip(instants, ends, strict=True)])
        share, came = _parted(self.expelled[month], np.array([r.returned for r in rules]), month, lasts)
        return _Pieces(said, instants, rules, month, share, came)

    @cached_property
    def regimes(self) -> Regimes:
        """The rules by which the replay goes: each class expelled as recorded, no cap turning anybody back."""
        pieces = self._pieces
        told = tuple(self._recorded(r, row) for r, row in zip(pieces.rules, pieces.share, strict=True))
        return Regimes(pieces.instants, told, pieces.said.resets, pieces.said.announced)

    @cached_property
    def expected(self) -> NDArray[np.float64]:
        """Persons a day as the record and the rules say, shape (day, corridor), before any draw.

        A month's days go as the nationwide weeks did; a class that the book begins or ceases to expel within
        the month comes before that day or after it as the count of its expulsions says.
        """
        days = [m + timedelta(days=d) for m, n in zip(self.months, self.lengths, strict=True) for d in range(n)]
        noon = [self.clock.at(day, NOON) for day in days]
        piece = np.array([sum(t <= n for t in self._pieces.instants) - 1 for n in noon])
        month = np.repeat(np.arange(len(self.months)), self.lengths)
        level = self._pieces.came[piece] * recorded.weekly(self.border, self.months[0], len(days))[:, None]
        whole = np.array([level[month == m].sum(axis=0) for m in range(len(self.months))])
        return np.asarray(level * (self.recorded / np.maximum(whole, TINY))[month])

    @cached_property
    def _expulsions(self) -> tuple[str, ...]:
        """Pathways of expulsion, the one by which the book expels most first: the record names none."""
        pathways = {m.pathway for m in self.book.measures if m.kind == "expulsion" and m.pathway}
        weight = dict.fromkeys(sorted(pathways), 0.0)
        for rules in Regimes.of(self.layout, self.book, self.clock).rules:
            for pathway, share in (pair for shares in rules.shares for pair in shares if pair[0] in weight):
                weight[pathway] += share
        return tuple(sorted(weight, key=lambda pathway: -weight[pathway]))

    def _recorded(self, rules: Rules, share: NDArray[np.float64]) -> Rules:
        """The rules with the recorded share expelled, and of the rest the share released that was recorded.

        Within what is released, and within what is not, the book's pathways keep their proportions.
        """
        found = []
        free, released = recorded.freeing(self.border), recorded.released(self.border, self.layout)
        for said, expelled, freed in zip(rules.shares, share, released, strict=True):
            others = [(pathway, s) for pathway, s in said if pathway not in self._expulsions and s > 0]
            part = float(expelled) if others else 1.0
            mine = [(self._expulsions[0], part)] if part > 0 else []
            rest = recorded.parted(others, free, float(freed)) if others and part < 1 else ()
            found.append((*mine, *((pathway, s * (1 - part)) for pathway, s in rest)))
        return Rules(tuple(found), tuple({} for _ in rules.capped), rules.returned)

    @cached_property
    def _trips(self) -> timetable.Trips:
        return timetable.Trips.of(self.layout, self.clock)

    @cached_property
    def _again(self) -> tuple[str, ...]:
        """Parameters that send people back to the encounter: nobody goes there twice, the record has the repeats."""
        gate = self.layout.process.encounter
        return tuple(
            name for s in self.layout.process.stations for b in s.to for target, name in b.to if target == gate
        )

    def drawn(self, draw: int, chosen: Chosen) -> Drawn:
        """Parameters, crews and vehicles of a draw, with some of them chosen."""
        key = fold(self.seed, draw, "parameters")
        parameters = {
            **self.layout.process.drawn(key), **chosen.parameters, **{n: 0.0 for n in self._again if n != REST},
        }  # fmt: skip
        layout, clock = self.layout, self.clock
        crews = (
            *timetable.shifts(layout, parameters, clock),
            *timetable.openings(layout, clock, key),
            *timetable.hearings(layout, parameters, clock),
        )
        fixed = replace(layout, border=_Seated(layout.border.root, tuple(sorted(chosen.seats.items()))))
        return Drawn(key, parameters, timetable.Rows.of(crews), timetable.departures(fixed, self._trips, key))

    def run(self, draw: int, chosen: Chosen) -> tuple[Run, Parties]:
        """Simulate one draw, with its person table: the run, and who came."""
        assembled = assemble(self.layout, self.book, self.regimes, self.clock, self.drawn(draw, chosen))
        came, nobody = self.crowd(draw), crowd.Census(()).parties(self.layout, 0)
        prepared = crowd.prepare(assembled, came, ~came.growth, nobody, nobody)
        run = simulate(assembled, prepared.parties, fold(self.seed, draw, "people"), person_table=True)
        return run, prepared.parties

    def sha256(self, *more: str) -> str:
        """Hash of all that a run stands on, and of the program: the name of a store."""
        parts = [
            cauce.__version__, _code(), str(self.seed), f"{self.clock.start} {self.clock.days}", self.book.canonical(),
            self.layout.process.canonical(), self.priors.canonical(), self.history.write_csv(),
            *(p.canonical() for p in self.figures), *(str(dict(row)) for row in self.border.sites),
            *(str(dict(row)) for row in self.border.routes), *more,
        ]  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class _Calm(Priors):
    """Priors under which no group is set free: the record already holds whoever came."""

    def __init__(self, told: Priors) -> None:
        self._told = told

    def __getitem__(self, name: str) -> Prior:
        return self._told[name]

    def shares(self, name: str) -> NDArray[np.float64]:
        return self._told.shares(name)

    def draw(self, name: str, key: int) -> float:
        return 0.0 if name == "surges_per_year" else self._told.draw(name, key)


@dataclass(frozen=True)
class _Seated(Border):
    """A border in which some routes have a chosen number of places."""

    seats: tuple[tuple[str, float], ...] = ()

    @cached_property
    def routes(self) -> tuple[Row, ...]:
        chosen = dict(self.seats)
        return tuple(
            Row({**row, "seats": str(chosen[row["route"]]), "seats_low": "", "seats_high": ""}, row.file, row.line)
            if row["route"] in chosen else row
            for row in super().routes
        )  # fmt: skip


@dataclass(frozen=True)
class _Pieces:
    """Periods between changes of rules or months: what the book says, what was recorded."""

    said: Regimes
    instants: tuple[datetime, ...]
    rules: tuple[Rules, ...]
    month: NDArray[np.int64]
    share: NDArray[np.float64]
    """(piece, class) share expelled."""
    came: NDArray[np.float64]
    """(piece, class) persons a day over the month's mean."""


def _parted(
    share: NDArray[np.float64], announced: NDArray[np.float64], month: NDArray[np.int64], lasts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A month's expulsions of a class put on those of its pieces in which the book expels the class at all.

    Where it does so in some pieces and not in others, as many came in the former as the share announced there
    makes of the recorded expulsions, and the rest in the latter: a count and a rule date people.  Where that
    cannot be (more than came), or the book expels in all or none of them, the month is even.

    Shapes (piece, class), but month and lasts [day], (piece,).

    Returns
    -------
    share, came : (piece, class)
        Share expelled, and persons a day over the month's mean.
    """
    found, came = share.copy(), np.ones_like(share)
    for one in np.unique(month):
        mine = month == one
        days, whole, yes = lasts[mine], lasts[mine].sum(), announced[mine] > 0
        opened = days @ yes
        said = (days @ announced[mine]) / np.maximum(opened, TINY)
        part = share[mine][0] / np.maximum(said, TINY)  # of the month's people, those who met the rule
        split = (opened > 0) & (opened < whole) & (part > 0) & (part < 1)
        found[mine] = np.where(split, yes * said, share[mine])
        inside, outside = part * whole / np.maximum(opened, TINY), (1 - part) * whole / np.maximum(whole - opened, TINY)
        came[mine] = np.where(split, np.where(yes, inside, outside), 1.0)
    return found, came


TINY = 1e-9  # no division by zero


def _code() -> str:
    """Hash of the files that decide a replay, so that no draw of another program is taken for this one's."""
    digest = hashlib.sha256()
    root = Path(cauce.__file__).parent
    for room in ("arrivals", "model", "policy"):
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.read_bytes())
    for name in ("bridge", "crowd", "free", "points", "recorded", "replay"):
        digest.update((root / "runs" / f"{name}.py").read_bytes())
    return digest.hexdigest()
