"""How much of a difference each judged number explains, alone and together with others: Sobol's indices.

No further run is made.  A polynomial of the second degree in the strongest few numbers is fitted to the draws
that there are (each number as its rank, so that it is spread evenly whatever its range's shape), in Legendre
polynomials that are orthonormal there; its indices are then sums of squared coefficients (Sudret 2008,
doi:10.1016/j.ress.2007.04.002).  They describe the polynomial, so what it foretells of draws left out stands
beside them: the rest is luck, further numbers, and sharper bends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

NUMBERS = 4  # [driver] in the polynomial: 15 terms
PER_TERM = 4  # [draw] for each term, or the fit follows the luck
FORETOLD = 0.3  # of the variance of draws left out; below it the indices say too little


@dataclass(frozen=True)
class Indices:
    """Shares of the polynomial's variance by number, strongest first; `foretold` is its share of the variance.

    `first` is what a number explains alone, `total` what it has a part in.
    """

    names: tuple[str, ...]
    first: tuple[float, ...]
    total: tuple[float, ...]
    foretold: float


def indices(taken: Mapping[str, Float], values: Float) -> Indices | None:
    """Sobol's indices of one figure over draws.

    Parameters
    ----------
    taken : name -> (draw,) what each draw took from a range
    values : (draw,)

    Returns
    -------
    indices : Indices or None
        None when there are too few draws, or the polynomial foretells too little of draws left out.
    """
    names = [name for name, column in taken.items() if np.ptp(column) > 0]
    count = min(NUMBERS, len(names))
    terms = 1 + 2 * count + count * (count - 1) // 2
    if not names or values.size < PER_TERM * terms or np.ptp(values) == 0:
        return None
    even = {name: (2 * _places(taken[name]) + 1) / values.size - 1 for name in names}
    target = _places(values).astype(np.float64)
    strongest = sorted(names, key=lambda n: -abs(float(np.corrcoef(even[n], target)[0, 1])))[:count]
    columns, parts = _basis([even[name] for name in strongest])
    coefficients, *_ = np.linalg.lstsq(columns, values, rcond=None)
    # what a fit without a draw would have said of it, from the one fit (Allen's PRESS)
    lever = np.einsum("ij,ji->i", columns, np.linalg.pinv(columns))
    missed = (values - columns @ coefficients) / np.maximum(1 - lever, 1e-9)
    foretold = 1 - float((missed**2).mean() / values.var())
    power = coefficients**2
    whole = float(power[1:].sum())
    if foretold < FORETOLD or whole == 0:
        return None
    first = [sum(p for p, part in zip(power, parts, strict=True) if part == {i}) / whole for i in range(count)]
    total = [sum(p for p, part in zip(power, parts, strict=True) if i in part) / whole for i in range(count)]
    order = sorted(range(count), key=lambda i: -total[i])
    return Indices(
        tuple(strongest[i] for i in order),
        tuple(float(first[i]) for i in order),
        tuple(float(total[i]) for i in order),
        foretold,
    )


def _places(values: Float) -> NDArray[np.int64]:
    """Rank of each value from 0; ties in the order of the draws."""
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")


def _basis(even: list[Float]) -> tuple[Float, list[set[int]]]:
    """Orthonormal columns on [-1, 1], and the numbers that take part in each."""
    straight = [np.sqrt(3.0) * x for x in even]
    bent = [np.sqrt(5.0) * (3 * x**2 - 1) / 2 for x in even]
    pairs = list(combinations(range(len(even)), 2))
    columns = [np.ones_like(even[0]), *straight, *bent, *(straight[a] * straight[b] for a, b in pairs)]
    parts: list[set[int]] = [set(), *({i} for i in range(len(even))), *({i} for i in range(len(even)))]
    return np.stack(columns, axis=1), [*parts, *({a, b} for a, b in pairs)]
