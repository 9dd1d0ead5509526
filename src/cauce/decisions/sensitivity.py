"""How much of a difference each judged number explains by itself: Sobol's first-order indices from the draws there are.

No further run is made: the library's RBD-FAST takes any draws.  They are put in the order of one number, and what of
their variance goes up and down with that order in a few waves is what the number explains, whatever its shape; a
number that bends an outcome and leaves its ends alone is found too.  Luck alone makes waves as well, so an index is
given only beyond what chance gives once in a thousand, and that stands beside it.  What numbers do together is
Morris's sigma (`screening`).  The library is SALib, in the extra `decisions`.

References
----------
Tarantola, Gatelli and Mara (2006), doi:10.1016/j.ress.2005.06.003 (RBD-FAST); Plischke (2010),
doi:10.1016/j.ress.2009.11.005 (any draws); Tissot and Prieur (2012), doi:10.1016/j.ress.2012.06.010 (its bias).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named

Float = NDArray[np.float64]

INSTALLED = find_spec("SALib") is not None
WAVES = 4  # harmonics summed up: the least that is usual (Saltelli, Tarantola and Chan 1999), for few draws
LEAST = 4 * WAVES**2 + 1  # [draw] SALib's own least of FAST with so many harmonics
SELDOM = 0.001  # chance that a number without effect is given
ABSENT = Named(
    en="Sobol's indices were not worked out: they need the extra `decisions`.",
    es="No se calcularon los índices de Sobol: requieren el extra `decisions`.",
)


@dataclass(frozen=True)
class Indices:
    """Shares of the variance over draws that single numbers explain, largest first."""

    names: tuple[str, ...]
    first: tuple[float, ...]
    chance: float
    """What a number without effect exceeds once in a thousand."""


def by_chance(draws: int) -> float:
    """The index that a number without effect exceeds once in a thousand times.

    The ordinates of a periodogram of noise are independent and exponential, so the share of a few of them is Beta.

    >>> round(by_chance(100), 2), round(by_chance(400), 2)
    (0.17, 0.04)
    """
    beta = importlib.import_module("scipy.stats").beta
    share = float(beta.ppf(1 - SELDOM, WAVES, draws // 2 - WAVES))
    bias = 2 * WAVES / draws
    return share - bias / (1 - bias) * (1 - share)


def indices(taken: Mapping[str, Float], values: Float) -> Indices | None:
    """Sobol's first-order indices of one figure over draws.

    Parameters
    ----------
    taken : name -> (draw,) what each draw took from a range
    values : (draw,)

    Returns
    -------
    indices : Indices or None
        None when there are too few draws, no number explains more than chance would, or the library is not installed.
    """
    names = [name for name, column in taken.items() if np.ptp(column) > 0]
    if not INSTALLED or not names or values.size < LEAST or np.ptp(values) == 0:
        return None
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    table = np.stack([taken[name] for name in names], axis=1)
    fast = importlib.import_module("SALib.analyze.rbd_fast")
    told = fast.analyze(problem, table, values, M=WAVES, num_resamples=2, seed=0)  # resamples are not used
    chance = by_chance(values.size)
    found = sorted(((float(s), name) for s, name in zip(told["S1"], names, strict=True) if s > chance), reverse=True)
    return Indices(tuple(n for _, n in found), tuple(s for s, _ in found), chance) if found else None
