"""A structural time series as one more counterfactual: level, trend and season of the months before, walked on.

Every month after is an intervention of its own, which takes nothing from the months before; so what those expect is
the forecast from them, and an effect is what was seen less that (the same as the coefficient of a dummy in each
month: `tests/verify/test_structural.py`).  The library is statsmodels, in the extra `decisions`.

References
----------
Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter; Brodersen and others (2015).
"""

from __future__ import annotations

import importlib
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.keys import generator

Float = NDArray[np.float64]
INSTALLED = find_spec("statsmodels") is not None
structural: Any = importlib.import_module("statsmodels.tsa.statespace.structural") if INSTALLED else None

SEASON = 12  # [month]
LEAST_BEFORE = 26  # [month] two seasons and one step of level and of trend: with fewer, the season takes them all
STEPS = 500  # of the optimiser


def fitted(logs: Float, beside: Float | None = None) -> Any:
    """Local level and trend with a fixed season, fitted to (month,) log counts, with regressors (month, regressor)."""
    model = structural.UnobservedComponents(
        logs, exog=beside, level="local linear trend", seasonal=SEASON, stochastic_seasonal=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what is asked of it below
        found = model.fit(disp=False, maxiter=STEPS)
        if not found.mle_retvals["converged"]:
            found = model.fit(found.params, disp=False, maxiter=10 * STEPS, method="nm")
    return found


def paths(counts: Float, ahead: int, draws: int, *key: str | int) -> Float:
    """Counts of the months ahead of (month,) counts, shape (draw, ahead), from the variances most likely before.

    Examples
    --------
    >>> season = np.tile([100.0, 200.0, 400.0, 800.0], 12)
    >>> paths(season, 4, 50, "example").shape
    (50, 4)
    """
    found = fitted(np.log1p(counts))
    drawn = found.simulate(ahead, repetitions=draws, anchor="end", rng=generator("structural", *key))
    return np.asarray(np.expm1(np.asarray(drawn).reshape(ahead, draws).T).clip(0.0))
