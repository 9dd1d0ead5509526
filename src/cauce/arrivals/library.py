"""References from a kept library: ETS, Theta and ARIMA on log1p, with the clamp of the walks.

The library gives a mean and an interval for each month; paths are drawn with steps that add up to its spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals.panel import Panel
from cauce.arrivals.walks import YEAR, Bounds, Counts, Forecaster, Model
from cauce.keys import generator

Float = NDArray[np.float64]
INSTALLED = find_spec("statsforecast") is not None
LEVEL, DEVIATES = 80, 1.2815515655446004  # [percent], [sd] half-width of that interval of a normal
LONGEST = 12  # [month] fitted once, for the longest horizon of the scoreboard
if INSTALLED:
    from statsforecast import models as statsforecast  # type: ignore[import-not-found,import-untyped,unused-ignore]


def models(bounds: Bounds) -> tuple[Model, ...]:
    """The three, in the order of the design."""
    return tuple(Library(name, bounds) for name in ("ets", "theta", "arima"))


@dataclass(frozen=True)
class Library:
    """One of the library's models, fitted to each corridor by itself."""

    name: str
    bounds: Bounds

    def fit(self, panel: Panel) -> Forecaster:
        logs = np.log1p(panel.counts)
        fitted = [self._one(logs[:, c]) for c in range(logs.shape[1])]
        mean, sd = (np.stack(column, axis=1) for column in zip(*fitted, strict=True))
        return _Normal(mean, np.maximum(sd, self.bounds.sd_floor), self.bounds.ceiling(panel.counts))

    def _one(self, logs: Float) -> tuple[Float, Float]:
        """(mean, sd) of the months ahead on log1p; a corridor that the model cannot fit stands still."""
        seasonal = {"season_length": YEAR} if logs.size >= 2 * YEAR + 1 else {"season_length": 1}
        maker: Any = {
            "ets": statsforecast.AutoETS,
            "theta": statsforecast.AutoTheta,
            "arima": statsforecast.AutoARIMA,
        }[self.name]
        try:
            told = maker(**seasonal).forecast(y=logs, h=LONGEST, level=[LEVEL])
            sd = (told[f"hi-{LEVEL}"] - told[f"lo-{LEVEL}"]) / (2 * DEVIATES)
            if np.isfinite(told["mean"]).all() and np.isfinite(sd).all():
                return np.asarray(told["mean"], np.float64), np.asarray(sd, np.float64)
        except (ValueError, ZeroDivisionError, np.linalg.LinAlgError):
            pass
        step = max(float(np.diff(logs).std()), self.bounds.sd_floor)
        return np.full(LONGEST, logs[-1]), step * np.sqrt(np.arange(1, LONGEST + 1))


@dataclass(frozen=True)
class _Normal:
    mean: Float  # (month, corridor)
    sd: Float
    ceiling: Float

    def draw(self, horizon: int, draws: int, key: int) -> Counts:
        """Paths, shape (draw, month, corridor); a path that is high stays high, as a walk's does."""
        size = (horizon, self.mean.shape[1])
        steps = np.stack([generator("library", key, d).standard_normal(size) for d in range(draws)])
        walked = np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, horizon + 1))[:, None]
        logs = np.maximum(self.mean[:horizon] + walked * self.sd[:horizon], 0.0)
        return np.rint(np.minimum(np.expm1(logs), self.ceiling)).astype(np.int64)
