"""Random walks on log1p counts: the references, and the pool of damped walks that is our count model.

All have one signature: `fit(panel) -> Forecaster`, `forecaster.draw(horizon, draws, key) -> paths` of shape
(draw, month, corridor), whole and never negative, each draw one coherent path of all corridors.

The pool holds walks that differ in how fast a corridor drifts back to its own mean, over how long that mean is
taken, how much of last year's season comes again, and how far they step; a draw walks with one of them, all with
equal weight.  Small corridors are hardly drawn back: new routes stay.  Steps have the corridor's recent
spread, shrunk to what corridors of its size show.  A corridor grows to at most what its whole nationality ever
was on all routes: growth is bounded by the route, not by its own past.

A panel may run by month or by week (`year` periods in a year): the priors speak of months and are turned into
periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.keys import generator

Float = NDArray[np.float64]
Counts = NDArray[np.int64]
YEAR = 12  # [month]


class Forecaster(Protocol):
    """Draws coherent paths of counts."""

    def draw(self, horizon: int, draws: int, key: int) -> Counts: ...


class Model(Protocol):
    """Fits to a panel; what is not in it is not known."""

    @property
    def name(self) -> str: ...

    def fit(self, panel: Panel) -> Forecaster: ...


@dataclass(frozen=True)
class Bounds:
    """How high a reference may go, and the least it may step: `clamp`, `clamp_floor`, `sd_floor` of the priors."""

    times: float
    floor: float
    sd_floor: float

    @classmethod
    def of(cls, priors: Priors) -> Bounds:
        return cls(priors["clamp"].value, priors["clamp_floor"].value, priors["sd_floor"].value)

    def ceiling(self, counts: Float) -> Float:
        """Most a corridor may reach, by its own past."""
        return np.maximum(self.times * counts.max(axis=0), self.floor)


@dataclass(frozen=True)
class Walk:
    """One kind of walk over all corridors; arrays have shape (corridor,)."""

    level: Float
    centre: Float
    kept: Float  # share of the distance to the centre left after a month
    step: Float  # sd of a monthly step
    season: Float  # (periods of a year,) drift of the periods ahead
    ceiling: Float  # [event]

    def paths(self, noise: Float) -> Float:
        """Counts, shape as the standard normal `noise`: (draw, month, corridor)."""
        at, months = self.level, []
        for month in range(noise.shape[1]):
            at = self.centre + self.kept * (at - self.centre) + noise[:, month] * self.step
            at = at + self.season[month % self.season.size]
            months.append(at)
        return np.minimum(np.expm1(np.maximum(np.stack(months, axis=1), 0.0)), self.ceiling)


@dataclass(frozen=True)
class Pool:
    """Walks of equal weight: each round of draws walks once with each, in an order of its own."""

    walks: tuple[Walk, ...]
    shared: float  # part of the variance of a step that all corridors have in common

    def draw(self, horizon: int, draws: int, key: int) -> Counts:
        """Paths, shape (draw, month, corridor)."""
        return np.stack([self.path(horizon, key, draw) for draw in range(draws)])

    def path(self, horizon: int, key: int, draw: int, nowcast: tuple[float, float] | None = None) -> Counts:
        """One draw, shape (month, corridor).

        Parameters
        ----------
        nowcast : (count a month, relative sd), optional
            The first month's total as known on the day: the path's level is drawn to it, and fades back.
        """
        many = len(self.walks)
        walk = self.walks[generator("pool", key, draw // many).permutation(many)[draw % many]]
        counts = walk.paths(self.noise(horizon, key, draw)[None])[0]
        if nowcast is not None:
            wanted = nowcast[0] * np.exp(nowcast[1] * generator("nowcast", key, draw).standard_normal())
            shift = wanted / max(counts[0].sum(), 1.0)
            fading = np.minimum(walk.kept, 1.0) ** np.arange(horizon)[:, None]
            counts = np.minimum(counts * shift**fading, walk.ceiling)
        return np.rint(counts).astype(np.int64)

    def noise(self, horizon: int, key: int, draw: int) -> Float:
        """Standard normal steps of one draw, shape (month, corridor), with their common part."""
        rng = generator("walk", key, draw)
        common = rng.standard_normal((horizon, 1))
        own = rng.standard_normal((horizon, self.walks[0].level.size))
        return self.shared**0.5 * common + (1 - self.shared) ** 0.5 * own


@dataclass(frozen=True)
class LogWalk:
    """Reference: Gaussian steps with the sd of all past differences, clamped at three times the past maximum."""

    bounds: Bounds
    name: str = "log-walk"

    def fit(self, panel: Panel) -> Forecaster:
        logs = np.log1p(panel.counts)
        step = np.maximum(np.diff(logs, axis=0).std(axis=0), self.bounds.sd_floor)
        still = np.ones_like(step)
        return Pool((Walk(logs[-1], logs[-1], still, step, np.zeros(YEAR), self.bounds.ceiling(panel.counts)),), 0.0)


@dataclass(frozen=True)
class DampedLogWalk:
    """Reference: drawn back to the 12-month mean; its spread scaled so that its own past errors fit.

    The scale is the root mean square of past errors one period ahead in their own sd, over the last two years.
    """

    bounds: Bounds
    kept: float
    name: str = "damped-walk"
    year: int = YEAR

    def fit(self, panel: Panel) -> Forecaster:
        walk = self._plain(panel.counts)
        periods = len(panel.months)
        tried = range(max(self.year, periods - 2 * self.year), periods)
        errors = [self._error(panel.counts, cutoff) for cutoff in tried]
        scale = float(np.sqrt(np.mean(np.square(errors)))) if errors else 1.0
        return Pool((Walk(**{**vars(walk), "step": walk.step * scale}),), 0.0)

    def _plain(self, counts: Float) -> Walk:
        logs = np.log1p(counts)
        step = np.maximum(np.diff(logs, axis=0).std(axis=0), self.bounds.sd_floor)
        centre = np.log1p(counts[-self.year :].mean(axis=0))
        kept = np.full_like(step, self.kept)
        return Walk(logs[-1], centre, kept, step, np.zeros(YEAR), self.bounds.ceiling(counts))

    def _error(self, counts: Float, cutoff: int) -> Float:
        past = self._plain(counts[:cutoff])
        expected = past.centre + past.kept * (past.level - past.centre)
        return np.asarray((np.log1p(counts[cutoff]) - expected) / past.step)


@dataclass(frozen=True)
class SeasonalNaive:
    """Reference: last year's month again, with the spread of past years' differences, clamped the same."""

    bounds: Bounds
    name: str = "seasonal-naive"
    year: int = YEAR

    def fit(self, panel: Panel) -> Forecaster:
        return _SeasonalNaive(np.log1p(panel.counts), self.bounds, self.year)


@dataclass(frozen=True)
class _SeasonalNaive:
    logs: Float
    bounds: Bounds
    year: int

    def draw(self, horizon: int, draws: int, key: int) -> Counts:
        """Paths, shape (draw, month, corridor); in a first year the newest month stands for the season."""
        months, year = self.logs.shape[0], self.year
        back = self.logs[year:] - self.logs[:-year] if months > year else np.diff(self.logs, axis=0)
        step = np.maximum(back.std(axis=0), self.bounds.sd_floor)
        rows = [months - year + h % year if months >= year else months - 1 for h in range(horizon)]
        noise = np.stack([generator("season", key, d).standard_normal((horizon, step.size)) for d in range(draws)])
        logs = np.maximum(self.logs[rows] + noise * step, 0.0)
        ceiling = self.bounds.ceiling(np.expm1(self.logs))
        return np.rint(np.minimum(np.expm1(logs), ceiling)).astype(np.int64)


@dataclass(frozen=True)
class WalkPool:
    """Our count model: see the module.  All its numbers are the border's (`grids` and `numbers` of the priors)."""

    priors: Priors
    name: str = "walk-pool"
    year: int = YEAR

    def fit(self, panel: Panel) -> Pool:
        """Fit to a panel of at least a year and a month.

        Raises
        ------
        ValueError
            Fewer months.
        """
        if len(panel.months) <= self.year:
            raise ValueError(f"{len(panel.months)} months are too few to fit; give at least {self.year + 1}")
        counts, p, periods = panel.counts, self.priors, self.year / YEAR
        logs = np.log1p(counts)
        kept = panel.kept
        size = np.log1p(_mean(counts[-self.year // 2 :], kept[-self.year // 2 :]) * periods)
        small, large = np.log1p(p["small_corridor"].value), np.log1p(p["large_corridor"].value)
        weight = np.clip((size - small) / (large - small), 0.0, 1.0)
        learnt = kept[1:] & kept[:-1]  # a step into or out of a month left out is left out
        memory = p["spread_half_life"].value * periods, p["spread_shrinkage"].value * periods
        spread = _spread(logs, size, learnt, *memory, p["sd_floor"].value)
        season = _season(counts[:, kept[-self.year - 1 :].all(axis=0)], self.year, p["season_bound"].value)
        ceiling = _route_ceiling(panel, p)
        grid = (p.grid(name) for name in ("kept_small", "kept_large", "centre_months", "season", "spread"))
        walks = tuple(
            Walk(
                level=logs[-1],
                centre=_mean(logs[-int(months * periods) :], kept[-int(months * periods) :]),
                kept=(low + (high - low) * weight) ** (1 / periods),
                step=spread * factor,
                season=share * season,
                ceiling=ceiling,
            )
            for low, high, months, share, factor in product(*grid)
        )
        return Pool(walks, _shared(np.where(learnt, np.diff(logs, axis=0) / spread, 0.0)))


def _mean(values: Float, kept: NDArray[np.bool_]) -> Float:
    """Mean of the months that are evidence; where none is, the newest, which the walk goes on from."""
    if kept.all():
        return np.asarray(values.mean(axis=0))
    number = kept.sum(axis=0)
    mean = np.where(kept, values, 0.0).sum(axis=0) / np.maximum(number, 1)
    return np.where(number > 0, mean, values[-1])


def _spread(
    logs: Float, size: Float, learnt: NDArray[np.bool_], half_life: float, shrinkage: float, floor: float
) -> Float:
    """Recent sd of a corridor's steps, shrunk to the curve that corridors of all sizes follow."""
    steps = np.diff(logs, axis=0)
    weight = 0.5 ** (np.arange(steps.shape[0])[::-1] / half_life)
    weight /= weight.sum()
    square = weight @ steps**2
    seen: Float | float = 1 / (weight**2).sum()  # months' worth of evidence
    if not learnt.all():
        own = weight[:, None] * learnt
        own /= np.maximum(own.sum(axis=0), np.finfo(np.float64).tiny)
        square = (own * steps**2).sum(axis=0)
        seen = np.where(learnt.any(axis=0), 1 / np.maximum((own**2).sum(axis=0), np.finfo(np.float64).tiny), 0.0)
    curve = np.exp(np.polyval(np.polyfit(size, np.log(square + floor**2), min(2, size.size - 1)), size))
    return np.asarray(np.maximum(np.sqrt((seen * square + shrinkage * curve) / (seen + shrinkage)), floor))


def _season(counts: Float, year: int, bound: float) -> Float:
    """Last year's steps of the total in the periods ahead, at most `bound` in log, shape (year,)."""
    total = np.log1p(counts.sum(axis=1))
    return np.clip(np.diff(total)[-year:], -bound, bound)


def _route_ceiling(panel: Panel, priors: Priors) -> Float:
    """The most that each corridor's nationality ever was on all its routes; for a new one, what most routes reach.

    One corridor that is the whole has no route above it, and keeps to the references' clamp.
    """
    if len(panel.corridors) == 1:
        return Bounds.of(priors).ceiling(panel.counts)
    routes = panel.routes
    kept = panel.kept
    kept[-1] = True  # what the walk goes on from is possible
    counts = np.where(kept, panel.counts, 0.0)
    by_route = np.stack([counts[:, routes == r].sum(axis=1).max() for r in range(routes.max() + 1)])
    usual = np.quantile(counts.max(axis=0), priors["route_floor"].value)
    return np.maximum(by_route[routes], usual)


def _shared(steps: Float) -> float:
    """Mean correlation between corridors' steps in their own sd: the part of the variance in common."""
    corridors = steps.shape[1]
    if corridors < 2:
        return 0.0
    total, own = (steps.sum(axis=1) ** 2).mean(), (steps**2).mean(axis=0).sum()
    return float(np.clip((total - own) / (own * (corridors - 1)), 0.0, 0.9))
