"""How long people stay, morning by morning, and which of their hours are past the limit.

Everybody who may be moved leaves the day after coming or stays: so a stay here is a share still there by age, and a
stay elsewhere the same from the day of leaving, one day of age later.  Stays are followed to their end, also after the
last day of a plan: else nobody would be moved on the last days.
"""

from __future__ import annotations

import math

import numpy as np

from cauce.decisions.solver import Floats

LIMIT_DAYS = 3  # 72 h in day bands
HOURS = 24.0  # [h] a morning's stock stands for a day
FOLLOWED = 60  # [d] that a stay is followed: beyond it less than a hundredth of any is left
ALMOST_NONE = 0.005  # a smaller share still there counts as none, so that the programme stays sparse


def still(hours: float, cv: float, mornings: int) -> Floats:
    """Share of a day's people still there on its morning after and later ones, of a lognormal stay.

    Examples
    --------
    >>> still(36.0, 0.5, 4).round(2).tolist()
    [0.97, 0.41, 0.07, 0.01]
    """
    sigma = math.sqrt(math.log(1 + cv**2))
    middle = math.log(hours) - sigma**2 / 2
    age = np.arange(24 * mornings) + 0.5
    above = np.array([0.5 * math.erfc((math.log(a) - middle) / (sigma * math.sqrt(2))) for a in age])
    share = above.reshape(mornings, 24).mean(axis=1)
    return np.where(share < ALMOST_NONE, 0.0, share)


def late(mornings: int, age: int = 1) -> Floats:
    """Hours past the limit that each morning stands for, to somebody of this age in days on the first of them.

    A day after coming is when somebody leaves.

    Examples
    --------
    >>> late(4).tolist()
    [0.0, 0.0, 24.0, 24.0]
    """
    return np.where(np.arange(mornings) + age >= LIMIT_DAYS, HOURS, 0.0)


def past(stay: Floats, age: int = 1) -> Floats:
    """Hours past the limit of whole stays (..., D), shape (...) [h]."""
    return np.asarray(stay @ late(stay.shape[-1], age))
