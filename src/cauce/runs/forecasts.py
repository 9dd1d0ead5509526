"""A forecast as of a day: coherent count paths of the border's corridors, from what was published by then.

A draw is one path of all corridors together, so any sum of its corridors is a draw of that sum: the total's
interval comes from the paths' totals, never from adding intervals.  Persons stand beside encounters where the
record says who was expelled: the newest month's persons to an encounter of each nationality, held.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals import assumptions
from cauce.arrivals.assumptions import Assumptions
from cauce.arrivals.effects import NONE, Effects
from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.walks import Counts, WalkPool
from cauce.border import Border, Named
from cauce.data import cards, observe
from cauce.errors import OutputError, RequestError, nearest
from cauce.keys import key as fold
from cauce.model.network import Layout
from cauce.policy.rulebook import Rulebook
from cauce.runs import crowd, hindcasts
from cauce.runs.scoreboard import CORRIDOR, store_key
from cauce.runs.words import hashed, name_of, named, say
from cauce.terms import Language

Float = NDArray[np.float64]
TABLE = "sector_encounters.csv"
INTERVAL = (10, 50, 90)  # [percent]
LARGEST = 5  # corridors in the table and in the early warning
TAIL = 0.9  # quantile of a corridor's own past above which a month warns, as in the scoreboard
WALKED = ("small_corridor", "large_corridor", "spread_half_life", "spread_shrinkage", "season_bound", "route_floor")
"""Numbers of the count model, which its grids came with."""
LEAST, MOST = 13, 60  # [month] a fit wants more than a year; nobody is served by more than five ahead


@dataclass(frozen=True)
class Line:
    """One series: month by month, median and 80% interval of encounters, and the median of persons."""

    name: str
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    persons: tuple[float, ...] | None
    """New attempts by persons; None where the record does not say who was expelled."""


@dataclass(frozen=True)
class Alarm:
    """The chance that a corridor's next month exceeds the q90 of its past."""

    corridor: str
    chance: float
    threshold: float


@dataclass(frozen=True)
class Forecast:
    """Draws, with what they were made from."""

    as_of: date
    newest: date
    months: tuple[date, ...]
    panel: Panel
    paths: Counts  # (draw, month, corridor) [event]
    ratio: Float | None
    """Persons to an encounter, (corridor,)."""
    sector: str | None
    seed: int
    hashes: dict[str, str]
    note: Named | None = None

    @cached_property
    def largest(self) -> tuple[int, ...]:
        """Corridors with most encounters in the last year known."""
        size = self.panel.counts[-12:].sum(axis=0)
        return tuple(int(c) for c in np.argsort(-size, kind="stable")[:LARGEST])

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The total, then the largest corridors."""
        everything = tuple(range(len(self.panel.corridors)))
        found = [self._line(self.sector or "all", everything)]
        return (*found, *(self._line(self._named(c), (c,)) for c in self.largest))

    def _line(self, name: str, columns: tuple[int, ...]) -> Line:
        chosen = self.paths[:, :, list(columns)]
        low, median, high = (tuple(map(float, p)) for p in np.percentile(chosen.sum(axis=2), INTERVAL, axis=0))
        persons = None
        if self.ratio is not None:
            persons = tuple(map(float, np.median(chosen @ self.ratio[list(columns)], axis=0)))
        return Line(name, median, low, high, persons)

    def _named(self, corridor: int) -> str:
        return " ".join(self.panel.corridors[corridor])

    @cached_property
    def above(self) -> NDArray[np.bool_]:
        """Corridors whose newest month already exceeds that: a warning of them would not be early."""
        counts = self.panel.counts
        return np.asarray(counts[-1] > np.quantile(counts, TAIL, axis=0))

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        """The corridors most likely to exceed the q90 of their past next month, of those that do not yet."""
        threshold = np.quantile(self.panel.counts, TAIL, axis=0)
        chance = (self.paths[:, 0] > threshold).mean(axis=0)
        below = [int(c) for c in np.flatnonzero(~self.above)]
        ranked = sorted(below, key=lambda c: (-chance[c], self.panel.corridors[c]))[:LARGEST]
        return tuple(Alarm(self._named(c), float(chance[c]), float(threshold[c])) for c in ranked)

    def as_json(self) -> dict[str, Any]:
        """The table, the warning, what it was made from; the draws are in the files of `write`."""
        return {
            "as_of": self.as_of,
            "newest_month": f"{self.newest:%Y-%m}",
            "months": [f"{m:%Y-%m}" for m in self.months],
            "sector": self.sector,
            "draws": self.paths.shape[0],
            "seed": self.seed,
            "note": self.note.en if self.note else "",
            "hashes": self.hashes,
            "lines": [vars(line) for line in self.lines],
            "early_warning": [vars(w) for w in self.alarms],
            "already_above": [self._named(int(c)) for c in np.flatnonzero(self.above)],
        }

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The table for a terminal."""
        first, last, newest = (f"{m:%Y-%m}" for m in (self.months[0], self.months[-1], self.newest))
        many = len(self.panel.corridors)
        told = [
            say("forecast_head", language, day=self.as_of, newest=newest, first=first, last=last, corridors=many,
                draws=self.paths.shape[0])
        ]  # fmt: skip
        for number, line in enumerate(self.lines):
            told.append(line.name if number or self.sector else name_of("all", language))
            for n, month in enumerate(self.months):
                persons = "" if line.persons is None else f"  [{line.persons[n]:,.0f}]"
                told.append(
                    f"  {month:%Y-%m} {line.median[n]:10,.0f}  ({line.low[n]:,.0f}-{line.high[n]:,.0f}){persons}"
                )
        if self.ratio is None:
            told.append(say("no_persons", language))
        warned = "; ".join(say("warned", language, **vars(w)) for w in self.alarms)
        told.append(say("warning", language, month=first, warned=warned))
        told.append(say("already", language, month=newest, count=int(self.above.sum()), corridors=many))
        told += [self.note.text(language)] if self.note else []
        return "\n".join([*told, *hashed(self.hashes, language)])

    def draws(self) -> pl.DataFrame:
        """Every draw as rows of draw, month, sector, nationality, encounters; zeros are left out."""
        draw, month, corridor = np.nonzero(self.paths)
        sectors, nationalities = (np.array(names) for names in zip(*self.panel.corridors, strict=True))
        return pl.DataFrame(
            {
                "draw": draw.astype(np.int32),
                "month": pl.Series(np.array(self.months, dtype="datetime64[D]")[month]),
                "sector": sectors[corridor],
                "nationality": nationalities[corridor],
                "encounters": self.paths[draw, month, corridor],
            }
        )

    def table(self) -> pl.DataFrame:
        """The lines as rows of series, month, median, low, high, persons."""
        rows = [
            (line.name, month, line.median[n], line.low[n], line.high[n], line.persons[n] if line.persons else None)
            for line in self.lines
            for n, month in enumerate(self.months)
        ]
        return pl.DataFrame(rows, schema=["series", "month", "median", "low", "high", "persons"], orient="row")

    def write(self, folder: Path) -> tuple[Path, ...]:
        """forecast.csv (the table) and draws.parquet, draws.csv in a folder.

        Raises
        ------
        OutputError
            The folder cannot be written to.
        """
        paths = tuple(folder / name for name in ("forecast.csv", "draws.csv", "draws.parquet"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.table().write_csv(paths[0], float_precision=1)
            draws = self.draws()
            draws.write_csv(paths[1])
            draws.write_parquet(paths[2])
        except OSError as error:
            cause = f"cannot be written ({error.strerror})"
            raise OutputError(cause, mend="name a folder you may write with --out", file=folder) from None
        return paths


def run(
    border: Border,
    *,
    as_of: str | None = None,
    months: int = 6,
    sector: str | None = None,
    draws: int = 1000,
    seed: int = 1,
    effects: Path | None = None,
) -> Forecast:
    """Forecast all corridors, or those of a sector.

    Parameters
    ----------
    as_of : str, optional
        YYYY-MM-DD; without it, the day on which the newest month of the record was out.
    effects : path, optional
        Measured effects: the nationality-months that they saw are no evidence for the fit.  The forecast goes on from
        the newest month, and no effect that it may take up is of a later one.

    Raises
    ------
    DataError
        An effect that looks ahead of the day, or is not right.
    RequestError
        No such day or sector, too few months known by then, a number of months or draws out of range.
    """
    if not 1 <= months <= MOST:
        raise RequestError(f"{months} months are none or too many", mend=f"give 1 to {MOST}")
    if draws < 2:
        raise RequestError(f"{draws} draws give no interval", mend="give at least 2")
    card = cards.find(border.card.publication)
    record = observe.read_reference(border.reference(TABLE))
    day = _day(as_of, record, card.lag_days)
    known = observe.published_by(record, day, card)
    if known["month"].n_unique() < LEAST:
        cause = f"{known['month'].n_unique()} months were known on {day}, too few to fit"
        raise RequestError(cause, mend=f"name a day by which {LEAST} were published")
    panel = Panel.of(_small_together(known, tuple(border.nationalities)[-1]))
    priors, note = _priors(border, day)
    book = Rulebook.read(border).known_on(day)
    taken = NONE if effects is None else Effects.read(effects, border, book, panel.months[-1], day)
    panel = replace(panel, left_out=taken.used)
    paths = WalkPool(priors).fit(panel).draw(months, draws, fold(seed, "forecast"))
    panel, paths = _within(panel, paths, sector)
    first = panel.months[-1]
    return Forecast(
        as_of=day,
        newest=first,
        months=tuple(_ahead(first, n) for n in range(1, months + 1)),
        panel=panel,
        paths=paths,
        ratio=_ratio(border, day, panel, sector),
        sector=sector,
        seed=seed,
        hashes={
            "record": hashlib.sha256(known.write_csv().encode()).hexdigest(),
            "priors": hashlib.sha256(priors.canonical().encode()).hexdigest(),
            "program": store_key(),
            **({"effects": taken.sha256} if taken.sha256 else {}),
        },
        note=note,
    )


def _priors(border: Border, day: date) -> tuple[Priors, Named | None]:
    """The priors known on the day; before the count model had numbers, the first it had, and a note that says so."""
    priors = Priors.read(border.root / "arrivals.yaml")
    first = max(priors[name].known_by for name in WALKED)
    month = f"{day:%Y-%m}"
    if month < first:
        return priors.known_on(first), named("hindcast", month=first)
    return priors.known_on(month), None


def _small_together(known: pl.DataFrame, others: str) -> pl.DataFrame:
    """The record with each sector's small nationalities as others: walks of a few people a month, added up, drift."""
    size = pl.col("encounters").sum().over("sector", "nationality")
    small = pl.when(size > CORRIDOR).then(pl.col("nationality")).otherwise(pl.lit(others))
    return known.with_columns(small.alias("nationality"))


def _day(as_of: str | None, record: pl.DataFrame, lag: int) -> date:
    if as_of is None:
        newest = record["month"].max()
        assert isinstance(newest, date)
        return _ahead(newest, 1) + timedelta(days=lag - 1)
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise RequestError(f"{as_of!r} is not a day that exists", mend="write it as YYYY-MM-DD") from None


def _ahead(month: date, months: int) -> date:
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def response(
    border: Border, *, as_of: str | None = None, effects: Path | None = None, draws: int = 1000, seed: int = 1
) -> Assumptions:
    """What the response assumes: as of a day, or all that the border's priors hold; with effects taken up.

    Raises
    ------
    RequestError
        No such day.
    DataError
        An effect that looks ahead of the day or of the record, or is not right.
    """
    priors, book = Priors.read(border.root / "arrivals.yaml"), Rulebook.read(border)
    if as_of is None and effects is None:
        return assumptions.show(priors, draws=draws, seed=seed)
    card, record = cards.find(border.card.publication), observe.read_reference(border.reference(TABLE))
    day, taken = _day(as_of, record, card.lag_days), NONE
    if as_of is not None:
        priors, book = priors.known_on(f"{day:%Y-%m}"), book.known_on(day)
    if effects is not None:
        newest = observe.published_by(record, day, card)["month"].max()
        assert isinstance(newest, date)
        taken = Effects.read(effects, border, book, newest, day)
    return assumptions.show(priors, draws=draws, seed=seed, effects=taken)


def _within(panel: Panel, paths: Counts, sector: str | None) -> tuple[Panel, Counts]:
    """The corridors of a sector: cut from the paths of all, so that parts and whole are one forecast."""
    if sector is None:
        return panel, paths
    kept = [n for n, (s, _) in enumerate(panel.corridors) if s == sector]
    if not kept:
        known = sorted({s for s, _ in panel.corridors})
        raise RequestError(f"there is no sector {sector!r}", mend=nearest(sector, known))
    corridors = tuple(panel.corridors[n] for n in kept)
    return Panel(panel.months, corridors, panel.counts[:, kept], panel.left_out), paths[:, :, kept]


def _ratio(border: Border, day: date, panel: Panel, sector: str | None) -> Float | None:
    """Persons to an encounter in the newest month, of each corridor's nationality.

    For the focus sector from its own record, for the whole border from the border's; the record of another
    sector does not say who was expelled.
    """
    if sector not in {None, border.card.focus_sector}:
        return None
    name = hindcasts.TABLE if sector is None else border.card.encounters
    if not (border.root / "reference" / name).is_file():
        return None
    card = cards.find(border.card.publication)
    history = observe.published_by(observe.read_reference(border.reference(name)), day, card)
    layout = Layout.of(border, Rulebook.read(border), tuple(border.nationalities))
    met, new = crowd.encounters(history, layout)[-1], crowd.persons(history, layout)[-1]
    found = []
    for _, nationality in panel.corridors:
        mine = [n for n, (code, _) in enumerate(layout.classes) if code == nationality]
        found.append(min(new[mine].sum() / met[mine].sum(), 1.0) if met[mine].sum() else 1.0)
    return np.array(found)
