"""Scores of forecasts given as draws: each is a proper score or says what it is, and lower is better.

T. Gneiting and A. Raftery, Strictly proper scoring rules, JASA 102 (2007).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
LEAST_CHANCE = 1e-4  # floor of the log score: a model that called the truth impossible still has a finite loss
LEVELS = (50, 80, 95)  # [percent] central intervals


def crps(draws: Float, truth: Float) -> Float:
    """Continuous ranked probability score of the empirical distribution.

    Parameters
    ----------
    draws : (draw, n)
    truth : (n,)

    Returns
    -------
    score : (n,), in the unit of the draws

    Examples
    --------
    >>> float(crps(np.array([[0.0], [1.0]]), np.array([0.0]))[0])
    0.25
    """
    ordered = np.sort(np.asarray(draws, dtype=np.float64), axis=0)
    n = ordered.shape[0]
    weight = 2 * np.arange(1, n + 1) - n - 1
    return np.asarray(np.abs(ordered - truth).mean(axis=0) - weight @ ordered / n**2)


def tail_crps(draws: Float, truth: Float, threshold: Float) -> Float:
    """Threshold-weighted CRPS above `threshold`: the score of values raised to it, shape (n,)."""
    return crps(np.maximum(draws, threshold), np.maximum(truth, threshold))


def energy(draws: Float, truth: Float) -> float:
    """Energy score of a vector: (draw, n) against (n,)."""
    draws = np.asarray(draws, dtype=np.float64)
    half = draws.shape[0] // 2
    apart = np.linalg.norm(draws[:half] - draws[half : 2 * half], axis=1).mean()
    return float(np.linalg.norm(draws - truth, axis=1).mean() - apart / 2)


def log_score(draws: Float, truth: Float) -> Float:
    """Minus the log chance of the truth, from the draws' spread on log1p as a normal kernel, floored, shape (n,).

    The bandwidth is Silverman's, at least 0.05; the same rule for every model.
    """
    logs, at = np.log1p(np.asarray(draws, dtype=np.float64)), np.log1p(truth)
    n = logs.shape[0]
    width = np.maximum(1.06 * logs.std(axis=0) * n**-0.2, 0.05)
    kernel = np.exp(-0.5 * ((logs - at) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    return np.asarray(-np.log(np.maximum(kernel.mean(axis=0), LEAST_CHANCE)))


def inside(draws: Float, truth: Float) -> NDArray[np.bool_]:
    """Whether each central interval of LEVELS holds the truth, shape (level, n)."""
    found = []
    for level in LEVELS:
        low, high = np.percentile(draws, [50 - level / 2, 50 + level / 2], axis=0)
        found.append((low <= truth) & (truth <= high))
    return np.stack(found)


def pit(draws: Float, truth: Float) -> Float:
    """Share of draws below the truth, half of the ties, shape (n,): uniform where the forecast is honest."""
    return np.asarray((draws < truth).mean(axis=0) + 0.5 * (draws == truth).mean(axis=0))
