"""The test of the article: what an offer would do, forecast from a day before anybody had decided.

`run` scores every way of forecasting the border's tested event (`test` in its file) in two vintages of the
data, and beside it the further events: with earlier events only, and, labelled, leaving one event out.  It is
a hindcast: the form of the model was chosen by people who knew what came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals import events as room
from cauce.arrivals import scores
from cauce.arrivals.events import Event, Trial
from cauce.arrivals.panel import Panel
from cauce.arrivals.walks import WalkPool
from cauce.border import Border, Named
from cauce.data import cards, observe
from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.runs import hindcasts
from cauce.runs.hindcasts import NO_RESPONSE, Day, Forecasts, Ground
from cauce.runs.words import name_of, named, say
from cauce.terms import Language

Float = NDArray[np.float64]
ALL, OTHERS, PORTS = "all", "others", "ports"
WEEKS = 4  # [week] before, whose mean a week is held against
MONTHS_SCORED = 4  # [month] of a further event, as many as of the article's
INTERVAL = (10, 50, 90)  # [percent]


@dataclass(frozen=True)
class Score:
    """One way of forecasting one cell: CRPS of log1p in the mean over months, energy score of the path on log1p."""

    crps: float
    energy: float
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    persons: tuple[float, ...]
    """Medians of new attempts by persons behind the encounters."""
    came: tuple[float, ...]

    @property
    def missed(self) -> int:
        """Months that came outside the 80% interval."""
        return sum(not low <= c <= high for low, c, high in zip(self.low, self.came, self.high, strict=True))


@dataclass(frozen=True)
class Vintage:
    """All ways and cells of one vintage."""

    newest: date
    """Newest month counted."""
    as_of: date
    months: tuple[date, ...]
    scored: tuple[str, ...]
    cells: dict[str, dict[str, Score]]  # way -> cell
    joint: dict[str, float]
    """Energy score of all scored cells and months as one vector."""
    known: tuple[tuple[str, float], ...]
    ports: Score | None = None

    def mean(self, way: str, of: str) -> float:
        """Mean of a score over the scored cells."""
        return float(np.mean([getattr(self.cells[way][c], of) for c in self.scored]))


@dataclass(frozen=True)
class Further:
    """One further event, in one mode."""

    event: str
    mode: str
    as_of: date
    newest: date
    crps: dict[str, float]
    energy: dict[str, float]
    note: Named | None = None


@dataclass(frozen=True)
class Slowdown:
    """How much fewer were met in the last whole week before the announcement than in the weeks before it."""

    week: date
    met: float
    before: float

    @property
    def change(self) -> float:
        return self.met / self.before - 1


@dataclass(frozen=True)
class Article:
    """The whole test."""

    event: Event
    vintages: tuple[Vintage, ...]
    further: tuple[Further, ...]
    slowdown: Slowdown | None
    seed: int
    draws: int
    names: dict[str, Named] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Everything, with what it is said to be."""
        return {
            "what": say("article", Language.ENGLISH),
            "event": self.event.id,
            "seed": self.seed,
            "draws": self.draws,
            "slowdown": None if self.slowdown is None else {**vars(self.slowdown), "change": self.slowdown.change},
            "vintages": [
                {
                    **{k: v for k, v in vars(vintage).items() if k not in {"cells", "ports"}},
                    "cells": {w: {c: vars(s) for c, s in row.items()} for w, row in vintage.cells.items()},
                    "ports": None if vintage.ports is None else vars(vintage.ports),
                }
                for vintage in self.vintages
            ],
            "further": [{**vars(f), "note": f.note.en if f.note else ""} for f in self.further],
        }

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The tables for a terminal, and plainly what they are."""
        told = [say("article_head", language, event=self.event.name.text(language), says=say("article", language))]
        for vintage in self.vintages:
            ways = {way: _way(way, self.event, language) for way in vintage.cells}
            told += ["", *_table(vintage, ways, language), *_paths(vintage, language)]
            told += [*_beside(vintage, ways, language), *_verdict(vintage, ways, language)]
        told += ["", *_further(self.further, self.names, language)]
        if self.slowdown is not None:
            slow = {**vars(self.slowdown), "change": self.slowdown.change, "weeks": WEEKS}
            told += ["", say("slowdown", language, announced=self.event.announced, **slow)]
        return "\n".join(told)


def run(border: Border, *, draws: int = 500, seed: int = 1) -> Article:
    """Forecast and score the border's tested event, and the further ones.

    Raises
    ------
    RequestError
        The border has no tested event, or too few draws are asked for.
    """
    if draws < 2:
        raise RequestError(f"{draws} draws are too few to score", mend="give at least 2")
    events = room.read(border)
    tested = next((e for e in events if e.test is not None), None)
    if tested is None or tested.test is None:
        raise RequestError("this border has no tested event", mend="give one of its events/*.yaml a `test`")
    seen = _seen(border)
    found = []
    for counted in vintages(border, tested.test.as_of):
        told, ground = forecast(border, tested, events, counted, draws=draws, seed=seed)
        found.append(_scored(border, ground, told, tested, seen, draws, seed))
    return Article(
        event=tested,
        vintages=tuple(found),
        further=tuple(
            f for e in events if e.nationalities for f in _further_of(border, e, events, tested.test, seen, draws, seed)
        ),
        slowdown=_slowdown(border, tested.announced),
        seed=seed,
        draws=draws,
        names={e.id: e.name for e in events},
    )


def vintages(border: Border, as_of: date) -> tuple[date, date]:
    """Two days of counts: as published on the day, and when the month of the day itself was out."""
    lag = cards.find(border.card.publication).lag_days
    end = (as_of.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return as_of, end + timedelta(days=lag)


def forecast(
    border: Border, event: Event, events: tuple[Event, ...], counted: date, *, draws: int, seed: int
) -> tuple[Forecasts, Ground]:
    """The tested event's forecasts in one vintage, from what was known and nothing later."""
    assert event.test is not None
    test = event.test
    day = Day(test.as_of, counted, test.as_of, f"{test.as_of:%Y-%m}")
    ground = Ground.of(border, event, day)
    return hindcasts.forecasts(ground, event, events, _ahead(test.from_, test.months - 1), draws, seed), ground


def _seen(border: Border) -> dict[tuple[date, str], float]:
    """What came, by month and nationality; read for scores only."""
    summed = hindcasts.table(border).group_by("month", "nationality").agg(pl.col("encounters").sum())
    return {(month, nationality): float(count) for month, nationality, count in summed.iter_rows()}


def _scored(
    border: Border,
    ground: Ground,
    told: Forecasts,
    event: Event,
    seen: dict[tuple[date, str], float],
    draws: int,
    seed: int,
) -> Vintage:
    assert event.test is not None
    test = event.test
    months = tuple(_ahead(test.from_, m) for m in range(test.months))
    groups: dict[str, tuple[str, ...]] = {c: (c,) for c in (*test.cells, *event.beside)}
    rest = tuple(n for n in told.nationalities if n not in groups)
    groups = {**groups, OTHERS: rest, ALL: told.nationalities}
    scored = (*test.cells, ALL)
    cells: dict[str, dict[str, Score]] = {}
    joint = {}
    for way in told.paths:
        cells[way] = {cell: _score(told, way, group, months, seen) for cell, group in groups.items()}
        drawn = [_path(told, told.paths[way], groups[cell], months) for cell in scored]
        joint[way] = scores.energy(
            np.log1p(np.concatenate(drawn, axis=1)), np.log1p([c for cell in scored for c in cells[way][cell].came])
        )
    ports = _ports(border, ground, months, draws, seed)
    return Vintage(ground.months[-1], test.as_of, months, scored, cells, joint, told.known, ports)


def _path(told: Forecasts, paths: Float, group: tuple[str, ...], months: tuple[date, ...]) -> Float:
    """Paths of a group of nationalities, shape (draw, month)."""
    columns = [told.nationalities.index(n) for n in group]
    rows = [told.months.index(m) for m in months]
    return np.asarray(paths[:, rows][:, :, columns].sum(axis=2))


def _score(
    told: Forecasts, way: str, group: tuple[str, ...], months: tuple[date, ...], seen: dict[tuple[date, str], float]
) -> Score:
    came = np.array([sum(seen.get((m, n), 0.0) for n in group) for m in months])
    persons = np.median(_path(told, told.persons[way], group, months), axis=0)
    return _score_of(_path(told, told.paths[way], group, months), came, persons)


def _score_of(drawn: Float, came: Float, persons: Float) -> Score:
    low, median, high = np.percentile(drawn, INTERVAL, axis=0)
    logs, truth = np.log1p(drawn), np.log1p(came)
    columns = (tuple(float(x) for x in column) for column in (median, low, high, persons, came))
    return Score(float(scores.crps(logs, truth).mean()), scores.energy(logs, truth), *columns)


def _ports(border: Border, ground: Ground, months: tuple[date, ...], draws: int, seed: int) -> Score | None:
    """People at ports of entry: the count model alone, for nothing in the response speaks of ports."""
    name = "ports_monthly.csv"
    if not (border.root / "reference" / name).is_file():
        return None
    table = observe.read_reference(border.reference(name))
    known = observe.published_by(table, ground.day.counted, cards.find("cbp_ports"))
    panel = Panel.of(known.with_columns(pl.lit(ALL).alias("nationality")).rename({"persons": "encounters"}))
    ahead = ground.ahead(months[-1])
    drawn = WalkPool(ground.priors).fit(panel).draw(len(ahead), draws, fold(seed, PORTS)).sum(axis=2)
    path = drawn[:, [ahead.index(m) for m in months]].astype(np.float64)
    came = np.array([float(table.filter(pl.col("month") == m)["persons"].sum()) for m in months])
    return _score_of(path, came, np.median(path, axis=0))


def _further_of(
    border: Border,
    event: Event,
    events: tuple[Event, ...],
    article: Trial,
    seen: dict[tuple[date, str], float],
    draws: int,
    seed: int,
) -> list[Further]:
    """One event with earlier events only, and leaving it out of all others."""
    rows = []
    first = event.begins.replace(day=1)
    months = tuple(_ahead(first, m) for m in range(MONTHS_SCORED))
    for mode in (EARLIER, LEFT_OUT):
        ever = mode == LEFT_OUT
        book = max(event.announced, event.numbers_known or event.announced) if ever else event.announced
        # no older numbers of the count model exist than the article's
        priors = max(f"{book:%Y-%m}", f"{article.as_of:%Y-%m}")
        day = Day(event.announced, event.announced, book, priors)
        ground = Ground.of(border, event, day, event if ever else None)
        told = hindcasts.forecasts(ground, event, events, months[-1], draws, seed, ever=ever)
        crps: dict[str, list[float]] = {}
        energy: dict[str, list[float]] = {}
        for way in told.paths:
            name = way.partition(":")[0]
            if name in crps:
                continue  # the first case stands for the others
            cells = [_score(told, way, (n,), months, seen) for n in event.nationalities]
            crps[name], energy[name] = [c.crps for c in cells], [c.energy for c in cells]
        ours = any(way.startswith(OURS) for way in told.paths)
        note = None if ours else named("no_term" if event.kind != "return-and-lane" else "not_known")
        sharp, path = ({way: float(np.mean(cells)) for way, cells in found.items()} for found in (crps, energy))
        rows.append(Further(event.id, mode, event.announced, ground.months[-1], sharp, path, note))
    return rows


EARLIER, LEFT_OUT = "earlier events only", "one event left out"
OURS = "our response"


def _slowdown(border: Border, announced: date) -> Slowdown | None:
    """From the weekly record, where the border ships one."""
    name = "weekly_nationwide.csv"
    if not (border.root / "reference" / name).is_file():
        return None
    whole = observe.read_reference(border.reference(name)).filter(pl.col("week") + timedelta(days=7) <= announced)
    met = whole.sort("week").tail(WEEKS + 1)
    if met.height <= WEEKS:
        return None
    counts = met["encounters"].to_list()
    return Slowdown(met["week"].to_list()[-1], float(counts[-1]), float(np.mean(counts[:-1])))


def _ahead(month: date, months: int) -> date:
    """The first of the month so many months later."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _way(way: str, event: Event, language: Language) -> str:
    """The name of a way of forecasting, and of its case."""
    name, _, case = way.partition(": ")
    cases = {c.name.en: c.name.text(language) for c in event.cases}
    return ": ".join([name_of(name, language), *([cases[case]] if case else [])])


def _table(vintage: Vintage, ways: dict[str, str], language: Language) -> list[str]:
    months, wide = [f"{m:%Y-%m}" for m in vintage.months], max(44, *map(len, ways.values()))
    head = ("cells_mean", "cells_energy", "cells_joint", "cells_missed")
    mean, energy, joint, missing = (say(word, language) for word in head)
    told = [
        say("vintage", language, day=vintage.as_of, newest=f"{vintage.newest:%Y-%m}", first=months[0], last=months[-1],
            known=", ".join(f"{name} -{fall:.2f}" for name, fall in vintage.known)),
        f"  {say('cells_head', language):{wide}} "
        + "".join(f"{name_of(c, language):>7}" for c in vintage.scored)
        + f"{mean:>8}{energy:>8}{joint:>8}  {missing}",
    ]  # fmt: skip
    for way, row in vintage.cells.items():
        missed = sum(row[c].missed for c in vintage.scored)
        told.append(
            f"  {ways[way]:{wide}} "
            + "".join(f"{row[c].crps:7.2f}" for c in vintage.scored)
            + f"{vintage.mean(way, 'crps'):8.2f}{vintage.mean(way, 'energy'):8.2f}{vintage.joint[way]:8.2f}"
            + f"  {missed}/{len(vintage.scored) * len(vintage.months)}"
        )
    return told


def _paths(vintage: Vintage, language: Language) -> list[str]:
    """Medians, 80% intervals and what came, of the count model and of the response's headline."""
    told = [say("paths_head", language)]
    shown = [w for w in vintage.cells if w == NO_RESPONSE] + [w for w in vintage.cells if w.startswith(OURS)][:1]
    for cell in vintage.scored:
        for way in shown:
            s = vintage.cells[way][cell]
            for n in (0, len(vintage.months) - 1):
                hit = say("inside" if s.low[n] <= s.came[n] <= s.high[n] else "miss", language)
                told.append(
                    say("path", language, cell=name_of(cell, language), month=f"{vintage.months[n]:%Y-%m}", hit=hit,
                        way=name_of(way.partition(":")[0], language), median=s.median[n], low=s.low[n], high=s.high[n],
                        persons=s.persons[n], came=s.came[n])
                )  # fmt: skip
    return told


def _beside(vintage: Vintage, ways: dict[str, str], language: Language) -> list[str]:
    """Cells that are shown and not scored in the mean."""
    told, months = [], len(vintage.months)
    cells = [c for c in vintage.cells[NO_RESPONSE] if c not in vintage.scored]
    for way in (w for w in vintage.cells if w == NO_RESPONSE or w.startswith(OURS)):
        row = ((name_of(c, language), vintage.cells[way][c]) for c in cells)
        figures = "; ".join(
            say("beside_cell", language, cell=c, crps=s.crps, missed=s.missed, months=months) for c, s in row
        )
        told.append(say("beside", language, way=ways[way], figures=figures))
    if vintage.ports is not None:
        p = vintage.ports
        told.append(
            say("beside_ports", language, month=f"{vintage.months[-1]:%Y-%m}", median=p.median[-1], low=p.low[-1],
                high=p.high[-1], came=p.came[-1], crps=p.crps, missed=p.missed, months=months)
        )  # fmt: skip
    return told


def _verdict(vintage: Vintage, ways: dict[str, str], language: Language) -> list[str]:
    """Our response against each other way, in words."""
    ours = next((w for w in vintage.cells if w.startswith(OURS)), None)
    told = []
    for way in vintage.cells if ours is not None else ():
        if way.startswith(OURS) or ours is None:
            continue
        better = sum(vintage.cells[ours][c].crps < vintage.cells[way][c].crps for c in vintage.scored)
        ratio = vintage.mean(ours, "crps") / vintage.mean(way, "crps")
        word = "verdict_better" if ratio < 1 else "verdict_worse"
        told.append(say(word, language, way=ways[way], ratio=ratio, better=better, of=len(vintage.scored)))
    return told


def _further(further: tuple[Further, ...], names: dict[str, Named], language: Language) -> list[str]:
    ways = {w: name_of(w, language) for f in further for w in f.crps}
    events = {f.event: names[f.event].text(language) if f.event in names else f.event for f in further}
    cell, wide = max(18, 1 + max(map(len, ways.values()))), max(50, *map(len, events.values()))
    told = [say("further", language)]
    for mode in (EARLIER, LEFT_OUT):
        label = "headline" if mode == EARLIER else "no_forecast"
        told.append(say(label, language, mode=name_of(mode, language)))
        told.append(f"    {'':{wide}} {say('counts', language):>7}" + "".join(f"{w:>{cell}}" for w in ways.values()))
        for f in (f for f in further if f.mode == mode):
            row = (f"{f.crps[w]:9.2f} /{f.energy[w]:7.2f}" if w in f.crps else "-" for w in ways)
            note = f.note.text(language) if f.note else ""
            cells = "".join(f"{figures:>{cell}}" for figures in row)
            told.append(f"    {events[f.event]:{wide}} {f.newest:%Y-%m}  {cells}  {note}".rstrip())
        ratios = "".join(f"{_ratio(further, mode, w):>{cell}}" for w in ways)
        told.append(f"    {say('ratio', language):{wide + 8}}{ratios}")
    return told


def _ratio(further: tuple[Further, ...], mode: str, way: str) -> str:
    """Sum of CRPS over that without response, of the events that this way can forecast."""
    mine = [f for f in further if f.mode == mode and way in f.crps]
    if not mine:
        return "-"
    ratio = sum(f.crps[way] for f in mine) / sum(f.crps[NO_RESPONSE] for f in mine)
    return f"{ratio:12.2f} ({len(mine)})  "
