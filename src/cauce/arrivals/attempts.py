"""Persons behind encounters: U (new attempts by persons) from E (recorded events), and back.

E = U + R.  R are repeats: of those expelled in a month a share `retry` tries again, a part of them within the
same month and the rest in the next.  Under one rule throughout, E = U / (1 - retry x share expelled).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def persons(encounters: Float, expelled: Float, retry: Float, same_month: float) -> Float:
    """New attempts by persons.

    Parameters
    ----------
    encounters : (month, corridor)
        Recorded encounters [event].
    expelled : (month, corridor)
        Those of them that ended in expulsion [event].
    retry : (corridor,)
        Share of the expelled who try again.
    same_month : float
        Part of the retries that falls in the month of the expulsion.

    Returns
    -------
    (month, corridor) [person], never negative.

    Examples
    --------
    >>> U = persons(np.full((50, 1), 180.0), np.full((50, 1), 162.0), np.array([0.5]), 0.7)
    >>> round(float(U[-1, 0] * 1 / (1 - 0.9 * 0.5)))
    180
    """
    repeats = retry * expelled
    earlier = np.vstack([repeats[:1], repeats[:-1]])
    return np.maximum(encounters - same_month * repeats - (1 - same_month) * earlier, 0.0)


def encounters(new: Float, share_expelled: Float, retry: Float, same_month: float) -> Float:
    """Encounters that new attempts cause when a share of each month's encounters is expelled; inverse of
    `persons` from its second month on."""
    found = np.empty_like(new)
    for month in range(new.shape[0]):
        kept = 1 - same_month * retry * share_expelled[month]
        if month == 0:
            found[0] = new[0] / (1 - retry * share_expelled[0])
        else:
            earlier = (1 - same_month) * retry * share_expelled[month - 1] * found[month - 1]
            found[month] = (new[month] + earlier) / kept
    return found
