"""The backtest, many times: every model at every cutoff, resumable, on any number of workers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

import cauce
from cauce.arrivals import backtest, library
from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.transit import Transit, TransitPool
from cauce.arrivals.walks import YEAR, Bounds, DampedLogWalk, LogWalk, Model, SeasonalNaive, WalkPool
from cauce.border import Border, Named
from cauce.data import cards, observe, registry
from cauce.errors import RequestError
from cauce.runs.executors import workers as make_workers
from cauce.runs.store import Store
from cauce.runs.words import hashed, named, say
from cauce.terms import Language

CORRIDOR = 2000  # [event] a corridor of the scoreboard passed so many in the record: the scoreboard's own rule
FIRST = "2021-03"  # first cutoff: the scoreboard's own rule
QUICK_STEP = 3  # [month] or [week] between the cutoffs of a quick backtest
WEEKLY = "weekly_nationwide.csv"  # reference table of a border that has a record by week
TRANSIT = "transit_monthly.csv"  # reference table of a border that has counts on the way
ON_THE_WAY = ("month", "table", "nationality", "persons")
TRANSIT_READER, ARRIVALS_CARD = "transit", "cbp_encounters"  # whose cards say how late counts come out
WEEKS_A_YEAR = 52  # a season by week comes again after so many
TARGETS = {1: 0.96, 3: 0.93, 6: 0.91}  # ratio on counts that our model must reach: the scoreboard's own rule
GOALS = {1: 0.92, 3: 0.88, 6: 0.85}
COVERAGE = {1: 0.04, 3: 0.06, 6: 0.08}  # how far the 80% coverage may be off

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """The scoreboard, hashes of its inputs, what was left out, and the targets met."""

    board: backtest.Scoreboard
    weekly: backtest.Scoreboard | None
    """The same by week, of one nationwide series; None where there is none."""
    hashes: dict[str, str]
    left_out: tuple[Named, ...]
    seed: int
    draws: int

    def targets(self) -> tuple[tuple[Named, float, float, bool], ...]:
        """(target, figure, bound, met) of our model."""
        found = []
        for line in self.board.lines():
            if line.model != OURS or line.horizon not in TARGETS:
                continue
            h, ratio, cover = line.horizon, line.counts, line.coverage[1]
            found.append((named("target_ratio", months=h), ratio.value, TARGETS[h], ratio.value <= TARGETS[h]))
            found.append((named("target_interval", months=h), ratio.high, 1.0, ratio.high < 1))
            off = abs(cover - 0.8)
            found.append((named("target_coverage", months=h), off, COVERAGE[h], off <= COVERAGE[h]))
            found.append((named("target_goal", months=h), ratio.value, GOALS[h], ratio.value <= GOALS[h]))
        return tuple(found)

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The table, the targets, the hashes."""
        targets = self.targets()
        told = [board.text(language) for board in (self.board, self.weekly) if board is not None]
        told += [absence.text(language) for absence in self.left_out]
        for name, figure, bound, met in targets:
            verdict = "target_met" if met else "target_missed"
            told.append(say(verdict, language, target=name.text(language), figure=figure, bound=bound))
        told += hashed(self.hashes, language)
        told.append(say("targets", language, met=sum(met for *_, met in targets), of=len(targets)))
        return "\n".join(told)

    def as_json(self) -> dict[str, Any]:
        targets = [{"target": n.en, "figure": x, "bound": b, "met": met} for n, x, b, met in self.targets()]
        own = {"hashes": self.hashes, "left_out": [a.en for a in self.left_out], "seed": self.seed, "draws": self.draws}
        weekly = self.weekly.as_json() if self.weekly else None
        return {**self.board.as_json(), "weekly": weekly, **own, "targets": targets}


OURS = "walk-pool"
BETWEEN_PORTS, LAND_BORDER = "border-patrol", "southwest"


def run(
    border: Border,
    *,
    files: Sequence[Path] = (),
    cutoffs: str | None = None,
    quick: bool = False,
    draws: int = 500,
    seed: int = 1,
    workers: int = 2,
    store_root: Path,
    progress: Progress | None = None,
) -> Outcome:
    """Score every model at every cutoff.

    Parameters
    ----------
    files : paths, optional
        Official files of monthly encounters, and beside them weekly ones or transit counts; without any, the
        border's shipped tables.
    cutoffs : str, optional
        `YYYY-MM:YYYY-MM`, the newest month known at the first and last cutoff.
    quick : bool
        Every third month and week as cutoff, and no library models.

    Raises
    ------
    RequestError
        A cutoff that the record does not have, too few draws, a table without sectors.
    DataError
        A file that is not what it says.
    """
    if draws < 2:
        raise RequestError(f"{draws} draws are too few to score", mend="give at least 2")
    monthly, weekly, transit = _tables(border, files)
    panel = Panel.of(monthly, least=CORRIDOR)
    priors = Priors.read(border.root / "arrivals.yaml")
    references, left_out = _references(priors, quick)
    hashes = {"record": _hash(panel), "priors": hashlib.sha256(priors.canonical().encode()).hexdigest()}
    chosen = _cutoffs(panel, cutoffs, QUICK_STEP if quick else 1)
    ours, dropped = _ours(priors, transit)
    left_out = (*left_out, *dropped)
    contests = [_Contest(panel, references, (*references, *ours), chosen, backtest.HORIZONS, "month")]
    if transit is not None:
        hashes["transit"] = hashlib.sha256(transit.write_csv().encode()).hexdigest()
    if weekly is None:
        left_out = (*left_out, named("no_weeks"))
    else:
        contests.append(_by_week(Panel.of_weeks(weekly), priors, cutoffs, quick))
        hashes["weekly record"] = _hash(contests[1].panel)
    name = "|".join([cauce.__version__, store_key(), str(seed), str(draws), *hashes.values()])
    store = Store.open(store_root, hashlib.sha256(name.encode()).hexdigest())
    tasks = [(contest, model, c) for contest in contests for model in contest.models for c in contest.cutoffs]

    def task(number: int) -> NDArray[np.float64]:
        contest, model, cutoff = tasks[number]
        place = _place(f"{contest.unit} {model.name}", cutoff)
        block = store.read(place)
        if block is None:
            block = backtest.score(model, contest.panel, cutoff, draws=draws, seed=seed, horizons=contest.horizons)
            store.write(place, block)
        return block

    blocks: dict[int, NDArray[np.float64]] = {}
    for number, block in make_workers(workers).map(task, range(len(tasks))):
        blocks[number] = block
        if progress is not None:
            progress(len(blocks), len(tasks))
    done = iter(blocks[n] for n in range(len(tasks)))
    boards = [contest.board([next(done) for _ in contest.models for _ in contest.cutoffs]) for contest in contests]
    return Outcome(boards[0], boards[1] if len(boards) > 1 else None, hashes, left_out, seed, draws)


@dataclass(frozen=True)
class _Contest:
    """Models that are scored against each other on one panel."""

    panel: Panel
    references: tuple[Model, ...]
    models: tuple[Model, ...]
    cutoffs: tuple[int, ...]
    horizons: tuple[int, ...]
    unit: str

    def board(self, blocks: Sequence[NDArray[np.float64]]) -> backtest.Scoreboard:
        """The scoreboard, from a block of each model and cutoff."""
        stacked = np.stack(blocks)
        return backtest.Scoreboard(
            models=tuple(m.name for m in self.models),
            references=tuple(m.name for m in self.references),
            panel=self.panel,
            cutoffs=self.cutoffs,
            blocks=stacked.reshape(len(self.models), len(self.cutoffs), *stacked.shape[1:]),
            horizons=self.horizons,
            unit=self.unit,
        )


def _by_week(panel: Panel, priors: Priors, cutoffs: str | None, quick: bool) -> _Contest:
    """The nationwide record by week: the same models, their speeds turned from months into weeks."""
    bounds = Bounds.of(priors)
    references = (
        LogWalk(bounds),
        DampedLogWalk(bounds, priors["kept_per_month"].value ** (YEAR / WEEKS_A_YEAR), year=WEEKS_A_YEAR),
        SeasonalNaive(bounds, year=WEEKS_A_YEAR),
    )
    models = (*references, WalkPool(priors, year=WEEKS_A_YEAR))
    first, _, last = (cutoffs or f"{FIRST}:").partition(":")
    step = QUICK_STEP if quick else 1
    within = [c for c in range(1, len(panel.months)) if first <= f"{panel.months[c - 1]:%Y-%m}" <= (last or "9999")]
    chosen = tuple(c for c in within[::step] if c > WEEKS_A_YEAR)
    if not chosen:
        mend = f"give cutoffs after {panel.months[0]:%Y-%m} and a year, and before {panel.months[-1]:%Y-%m}"
        raise RequestError("the weekly record has no cutoff that can be scored", mend=mend)
    return _Contest(panel, references, models, chosen, backtest.WEEKS, "week")


def _hash(panel: Panel) -> str:
    return hashlib.sha256(panel.counts.tobytes() + repr(panel.corridors).encode()).hexdigest()


def store_key() -> str:
    """Hash of the files that decide a score, so that no other program's is taken for this one's."""
    digest = hashlib.sha256()
    for path in sorted((Path(cauce.__file__).parent / "arrivals").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _place(model: str, cutoff: int) -> int:
    """Number under which a block is kept: by the model's name, so that a model more moves nothing."""
    return int.from_bytes(hashlib.blake2b(model.encode(), digest_size=4).digest(), "big") * 1000 + cutoff


def _ours(priors: Priors, table: pl.DataFrame | None) -> tuple[tuple[Model, ...], tuple[Named, ...]]:
    """Our models by month, and the regressors that are absent."""
    pool = WalkPool(priors)
    lags = {card.tables[0].name: card.lag_days for card in cards.list_cards() if card.reader == TRANSIT_READER}
    if table is None:
        return (pool,), (named("no_transit"),)
    absent = sorted(set(lags) - set(table["table"]))
    told = (named("transit_without", names=", ".join(absent)),) if absent else ()
    return (pool, TransitPool(priors, Transit(table, lags, cards.find(ARRIVALS_CARD).lag_days))), told


def _tables(border: Border, files: Sequence[Path]) -> tuple[pl.DataFrame, pl.DataFrame | None, pl.DataFrame | None]:
    """The tables by month, by week, and of transit, of the files or of the border."""
    if not files:
        monthly = observe.read_reference(border.reference("sector_encounters.csv"))
        beside = (border.root / "reference" / name for name in (WEEKLY, TRANSIT))
        weekly, transit = (observe.read_reference(path) if path.is_file() else None for path in beside)
        return monthly, weekly, transit
    tables = [registry.read(path, border) for path in files]
    on_the_way = [t.filter(pl.col("span_months") == 1).select(ON_THE_WAY) for t in tables if "persons" in t.columns]
    by_month = [_patrol(table) for table in tables if not {"week", "persons"} & set(table.columns)]
    by_week = [table for table in tables if "week" in table.columns]
    if not by_month:
        raise RequestError("no file has encounters by month", mend="give one beside the others")
    return (
        pl.concat(by_month, how="diagonal"),
        pl.concat(by_week) if by_week else None,
        pl.concat(on_the_way) if on_the_way else None,
    )


def _patrol(table: pl.DataFrame) -> pl.DataFrame:
    """Between the ports of the land border; ports are another thing."""
    for column, wanted in (("component", BETWEEN_PORTS), ("region", LAND_BORDER)):
        if column in table.columns:
            table = table.filter(pl.col(column) == wanted)
    return table


def _references(priors: Priors, quick: bool) -> tuple[tuple[Model, ...], tuple[Named, ...]]:
    bounds = Bounds.of(priors)
    plain: tuple[Model, ...] = (
        LogWalk(bounds),
        DampedLogWalk(bounds, priors["kept_per_month"].value),
        SeasonalNaive(bounds),
    )
    if quick:
        return plain, (named("quick"),)
    if not library.INSTALLED:
        return plain, (named("no_library"),)
    return (*plain, *library.models(bounds)), ()


def _cutoffs(panel: Panel, wanted: str | None, step: int) -> tuple[int, ...]:
    names = [f"{m:%Y-%m}" for m in panel.months]
    first, _, last = (wanted or f"{FIRST}:").partition(":")
    last = last or names[-2]
    for name in (first, last):
        if name not in names[:-1]:
            mend = f"give YYYY-MM:YYYY-MM within {names[0]} and {names[-2]}"
            raise RequestError(f"there is no cutoff {name!r} that can be scored", mend=mend)
    chosen = tuple(range(names.index(first) + 1, names.index(last) + 2, step))
    if not chosen or chosen[0] <= 12:
        raise RequestError("a fit wants more than a year", mend=f"begin at {names[12]} or later")
    return chosen
