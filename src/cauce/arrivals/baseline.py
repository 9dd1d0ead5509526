"""Baseline forecasts: counts of persons a month by corridor, as draws.

`DampedWalk` is a random walk on log1p of a corridor's monthly persons that drifts back to its 12-month mean.
Steps have the spread of the corridor's own past steps (and one part in common with all corridors), widened
or narrowed by a factor learned from how earlier forecasts of the same kind would have covered the months
that followed them.  Growth is bounded; the last step is a Poisson draw, so paths are whole and never negative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals.priors import Priors
from cauce.keys import generator

Float = NDArray[np.float64]
Counts = NDArray[np.int64]
MIN_MONTHS = 18  # [month] a fit wants a year for the mean and half a year to learn its spread from
LEARN_MONTHS = 24  # [month] how far back the spread's factor is learned: the years since the pandemic's fall


@dataclass(frozen=True)
class Forecaster:
    """A fitted walk: where each corridor stands, where it is drawn to, how far it steps."""

    level: Float  # (corridor,) log1p of persons in the newest month
    centre: Float  # (corridor,) log1p of the 12-month mean
    step: Float  # (corridor,) sd of a monthly step
    factor: float  # calibration of the spread
    kept: float  # share of the distance to the centre that is left after a month
    shared: float  # part of the step's variance that is common
    ceiling: Float  # (corridor,) most persons a month

    def draw(self, horizon: int, draws: int, key: int, nowcast: tuple[float, float] | None = None) -> Counts:
        """Paths of persons a month, shape (draw, month, corridor), the first month after the newest.

        Draw d is the same whatever the number of draws.

        Parameters
        ----------
        nowcast : (persons a month, relative sd), optional
            The first month's total as known on the day; each path's common level is drawn towards it.
        """
        return np.stack([self.path(horizon, key, d, nowcast) for d in range(draws)])

    def path(self, horizon: int, key: int, draw: int, nowcast: tuple[float, float] | None = None) -> Counts:
        """One draw, shape (month, corridor)."""
        rng = generator("baseline", key, draw)
        corridors = self.level.size
        common = rng.standard_normal((horizon, 1)) * self.shared**0.5
        own = rng.standard_normal((horizon, corridors)) * (1 - self.shared) ** 0.5
        steps = (common + own) * self.step * self.factor
        at, levels = self.level, []
        for month in range(horizon):
            at = self.centre + self.kept * (at - self.centre) + steps[month]
            levels.append(at)
        mean = np.minimum(np.expm1(np.maximum(np.stack(levels), 0.0)), self.ceiling)
        if nowcast is not None:
            wanted = nowcast[0] * np.exp(nowcast[1] * rng.standard_normal())
            shift = wanted / max(mean[0].sum(), 1.0)
            mean = np.minimum(mean * shift ** (self.kept ** np.arange(horizon))[:, None], self.ceiling)
        return rng.poisson(mean)


@dataclass(frozen=True)
class DampedWalk:
    """The damped, calibrated walk; `kept = 1` and `calibrate = False` give the log random walk."""

    priors: Priors
    kept: float | None = None
    calibrate: bool = True

    def fit(self, persons: Float) -> Forecaster:
        """Fit to history, shape (month, corridor), oldest first; nothing later than its last row is used.

        Raises
        ------
        ValueError
            Fewer than 18 months.
        """
        if persons.shape[0] < MIN_MONTHS:
            raise ValueError(f"{persons.shape[0]} months are too few to fit; give at least {MIN_MONTHS}")
        plain = self._plain(persons)
        return plain if not self.calibrate else self._calibrated(persons, plain)

    def _plain(self, persons: Float, factor: float = 1.0) -> Forecaster:
        logs = np.log1p(persons)
        floor = self.priors["sd_floor"].value
        ceiling = np.maximum(self.priors["clamp"].value * persons.max(axis=0), self.priors["clamp_floor"].value)
        return Forecaster(
            level=logs[-1],
            centre=np.log1p(persons[-12:].mean(axis=0)),
            step=np.maximum(np.diff(logs, axis=0).std(axis=0), floor),
            factor=factor,
            kept=self.priors["kept_per_month"].value if self.kept is None else self.kept,
            shared=self.priors["shared_variance"].value,
            ceiling=ceiling,
        )

    def _calibrated(self, persons: Float, plain: Forecaster) -> Forecaster:
        """Scale the spread by the root mean square of past one-month errors of the total, in its own sd."""
        months = persons.shape[0]
        errors = []
        for cutoff in range(max(MIN_MONTHS, months - LEARN_MONTHS), months):
            past = self._plain(persons[:cutoff])
            expected = past.centre + past.kept * (past.level - past.centre)
            weight = np.expm1(np.maximum(expected, 0))
            share = weight / max(weight.sum(), 1.0)
            sd = np.sqrt(past.shared * (share @ past.step) ** 2 + (1 - past.shared) * ((share * past.step) ** 2).sum())
            errors.append((np.log1p(persons[cutoff].sum()) - np.log1p(weight.sum())) / sd)
        factor = float(np.sqrt(np.mean(np.square(errors)))) if errors else 1.0
        return Forecaster(**{**plain.__dict__, "factor": float(np.clip(factor, 0.5, 2.0))})
