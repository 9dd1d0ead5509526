"""The scoreboard: what each model would have said at every cutoff, scored on what came.

A *cutoff* is the number of months that were known.  `score` gives one model's scores at one cutoff; `Scoreboard`
adds them up.  The last column of every score is the total of all corridors.  Ratios stand against the best
reference, fixed for each horizon over the whole period; their intervals come from a bootstrap over blocks of
cutoffs as long as the horizon, because neighbouring cutoffs share months.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals import scores
from cauce.arrivals.panel import Panel
from cauce.arrivals.walks import Model
from cauce.arrivals.words import say
from cauce.keys import generator
from cauce.keys import key as fold
from cauce.terms import Language

Float = NDArray[np.float64]
HORIZONS = (1, 3, 6, 12)  # [month]
WEEKS = (1, 2, 4, 8)  # [week] horizons of a panel by week
METRICS = ("crps", "crps_log", "log", "tail", "in50", "in80", "in95", "pit", "error", "square", "alarm", "surge")
TAIL = 0.9  # quantile of a corridor's own past above which a month is a surge
FALSE_ALARMS = 0.1  # share of months without surge in which an alarm may ring
RESAMPLES = 2000
INTERVAL = (5, 95)  # [percent]
LEAST_ERROR = 100.0  # [event] months with less have no percentage error


def score(
    model: Model, panel: Panel, cutoff: int, *, draws: int, seed: int, horizons: tuple[int, ...] = HORIZONS
) -> Float:
    """Scores of one model at one cutoff, shape (horizon, metric, corridor + 1); NaN where nothing came yet."""
    past = panel.before(cutoff)
    months = min(horizons[-1], len(panel.months) - cutoff)
    paths = model.fit(past).draw(months, draws, fold(seed, "backtest", cutoff)).astype(np.float64)
    paths = np.concatenate([paths, paths.sum(axis=2, keepdims=True)], axis=2)
    seen = np.concatenate([panel.counts, panel.counts.sum(axis=1, keepdims=True)], axis=1)
    threshold = np.quantile(seen[:cutoff], TAIL, axis=0)
    found = np.full((len(horizons), len(METRICS), seen.shape[1]), np.nan)
    for row, horizon in enumerate(horizons):
        if horizon > months:
            break
        drawn, truth = paths[:, horizon - 1], seen[cutoff + horizon - 1]
        median = np.median(drawn, axis=0)
        found[row] = np.stack(
            [
                scores.crps(drawn, truth),
                scores.crps(np.log1p(drawn), np.log1p(truth)),
                scores.log_score(drawn, truth),
                scores.tail_crps(drawn, truth, threshold),
                *scores.inside(drawn, truth),
                scores.pit(drawn, truth),
                np.where(truth >= LEAST_ERROR, np.abs(median - truth) / np.maximum(truth, 1), np.nan),
                (np.log1p(median) - np.log1p(truth)) ** 2,
                (drawn > threshold).mean(axis=0),
                truth > threshold,
            ]
        )
    return found


@dataclass(frozen=True)
class Ratio:
    """A sum of scores over that of the best reference, with its 90% bootstrap interval."""

    value: float
    low: float
    high: float
    against: str


@dataclass(frozen=True)
class Line:
    """One model at one horizon."""

    model: str
    horizon: int
    cutoffs: int
    counts: Ratio
    logs: Ratio
    tail: float
    log_score: float
    coverage: tuple[float, float, float]
    total_coverage: float
    total_error: float
    total_rms_log: float
    """Root mean square of the error of the total's median, in log."""
    surge_f1: float
    by_size: tuple[float, float, float]
    """Ratio on counts for the small, middle and large third of corridors."""


@dataclass(frozen=True)
class Scoreboard:
    """Scores of every model, shape (model, cutoff, horizon, metric, corridor + 1)."""

    models: tuple[str, ...]
    references: tuple[str, ...]
    panel: Panel
    cutoffs: tuple[int, ...]
    blocks: Float
    horizons: tuple[int, ...] = HORIZONS
    unit: str = "month"

    def _of(self, model: str, metric: str) -> Float:
        """(cutoff, horizon, corridor + 1)"""
        return self.blocks[self.models.index(model), :, :, METRICS.index(metric)]

    def best(self, metric: str, row: int) -> str:
        """The reference with the smallest sum at a horizon."""
        sums = {m: float(np.nansum(self._of(m, metric)[:, row, :-1])) for m in self.references}
        return min(sums, key=lambda m: sums[m])

    def ratio(self, model: str, metric: str, row: int) -> Ratio:
        """Sum over cutoffs and corridors against the best reference."""
        against = self.best(metric, row)
        ours, theirs = (np.nansum(self._of(m, metric)[:, row, :-1], axis=1) for m in (model, against))
        known = theirs > 0
        ours, theirs = ours[known], theirs[known]
        if theirs.size == 0:
            return Ratio(np.nan, np.nan, np.nan, against)
        apart = int(np.diff(self.cutoffs).min()) if len(self.cutoffs) > 1 else 1
        block = min(-(-self.horizons[row] // apart), theirs.size)
        starts = generator("bootstrap", metric, row).integers(
            theirs.size - block + 1, size=(RESAMPLES, -(-theirs.size // block))
        )
        taken = (starts[:, :, None] + np.arange(block)).reshape(RESAMPLES, -1)
        low, high = np.percentile(ours[taken].sum(axis=1) / theirs[taken].sum(axis=1), INTERVAL)
        return Ratio(float(ours.sum() / theirs.sum()), float(low), float(high), against)

    def lines(self) -> tuple[Line, ...]:
        """One line a model and horizon that can be scored."""
        found = []
        for row, horizon in enumerate(self.horizons):
            scored = ~np.isnan(self._of(self.models[0], "crps")[:, row, 0])
            for model in self.models if scored.any() else ():
                found.append(self._line(model, row, horizon, int(scored.sum())))
        return tuple(found)

    def _line(self, model: str, row: int, horizon: int, cutoffs: int) -> Line:
        def mean(metric: str, column: slice | int) -> float:
            return float(np.nanmean(self._of(model, metric)[:, row, column]))

        corridors = slice(None, -1)
        return Line(
            model=model,
            horizon=horizon,
            cutoffs=cutoffs,
            counts=self.ratio(model, "crps", row),
            logs=self.ratio(model, "crps_log", row),
            tail=self.ratio(model, "tail", row).value,
            log_score=mean("log", corridors),
            coverage=(mean("in50", corridors), mean("in80", corridors), mean("in95", corridors)),
            total_coverage=mean("in80", -1),
            total_error=mean("error", -1),
            total_rms_log=mean("square", -1) ** 0.5,
            surge_f1=self._surge(model, row),
            by_size=self._by_size(model, row),
        )

    def _surge(self, model: str, row: int) -> float:
        """F1 of alarms at the threshold that rings in a tenth of the months without surge."""
        alarm, surge = (self._of(model, m)[:, row, :-1].ravel() for m in ("alarm", "surge"))
        known = ~np.isnan(surge)
        alarm, came = alarm[known], surge[known] > 0
        if not came.any() or came.all():
            return float("nan")
        threshold = np.quantile(alarm[~came], 1 - FALSE_ALARMS)
        rung = alarm > threshold
        hits = float((rung & came).sum())
        return 2 * hits / (rung.sum() + came.sum())

    def _by_size(self, model: str, row: int) -> tuple[float, float, float]:
        order = np.argsort(self.panel.counts.sum(axis=0), kind="stable")
        theirs = self._of(self.best("crps", row), "crps")[:, row, :-1]
        ours = self._of(model, "crps")[:, row, :-1]
        thirds = np.array_split(order, 3) if order.size >= 3 else [order] * 3
        small, middle, large = (float(np.nansum(ours[:, t]) / np.nansum(theirs[:, t])) for t in thirds)
        return small, middle, large

    def as_json(self) -> dict[str, Any]:
        """Every line, and what was scored."""
        return {
            "corridors": len(self.panel.corridors),
            "unit": self.unit,
            "first_cutoff": self._named(self.cutoffs[0]),
            "last_cutoff": self._named(self.cutoffs[-1]),
            "lines": [{**vars(o), "counts": vars(o.counts), "logs": vars(o.logs)} for o in self.lines()],
        }

    def _named(self, cutoff: int) -> str:
        """The newest period known at a cutoff: its month, or the day on which its week begins."""
        newest = self.panel.months[cutoff - 1]
        return f"{newest:%Y-%m}" if self.unit == "month" else f"{newest:%Y-%m-%d}"

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The table for a terminal."""
        many = len(self.panel.corridors)
        if many == 1:
            return self._single(language)
        first, last = self._named(self.cutoffs[0]), self._named(self.cutoffs[-1])
        told = [say("board", language, many=many, first=first, last=last), say("board_head", language)]
        for line in self.lines():
            cover = "/".join(f"{c:.2f}" for c in line.coverage)
            sizes = "/".join(f"{s:.2f}" for s in line.by_size)
            told.append(
                f"{line.model:16} {line.horizon:2} {line.cutoffs:3}  {_ratio(line.counts)}  {_ratio(line.logs)}  "
                f"{line.tail:.2f} {line.log_score:4.2f}  {cover}  {line.total_coverage:7.2f}  {line.total_error:5.0%}  "
                f"{line.surge_f1:8.2f}  {sizes}"
            )
        for row, horizon in enumerate(self.horizons):
            best = "best_by_month" if self.unit == "month" else "best_by_week"
            counts, logs = (self.best(metric, row) for metric in ("crps", "crps_log"))
            told.append(say(best, language, horizon=horizon, counts=counts, logs=logs))
        return "\n".join(told)

    def _single(self, language: Language) -> str:
        """The table of a single series: no total beside it, and its error as the published yardsticks have it."""
        first, last = self._named(self.cutoffs[0]), self._named(self.cutoffs[-1])
        name, unit = self.panel.corridors[0][0], say(self.unit, language)
        name = say(name, language) if name == "nationwide" else name
        told = [
            say("board_single", language, name=name, unit=unit, first=first, last=last),
            say("board_single_head", language),
        ]
        for line in self.lines():
            cover = "/".join(f"{c:.2f}" for c in line.coverage)
            told.append(
                f"{line.model:16} {line.horizon:2} {line.cutoffs:3}  {_ratio(line.counts)}  {_ratio(line.logs)}  "
                f"{line.log_score:5.2f}  {cover}  {line.total_error:5.0%}  {line.total_rms_log:7.3f}"
            )
        return "\n".join(told)


def _ratio(ratio: Ratio) -> str:
    return f"{ratio.value:6.3f} ({ratio.low:5.3f}-{ratio.high:5.3f})"
