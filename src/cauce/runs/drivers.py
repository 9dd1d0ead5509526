"""Which judged numbers move a result: rank correlations between what a draw took from its range and what came out.

No further run is needed: every draw takes each number by its own key, so what it took can be taken again.
A correlation counts when chance alone would reach it in one of a thousand comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cauce.documents import Ranged
from cauce.runs.results import Driver, Outcome

SURE = 3.29  # [sd] two-sided chance of one in a thousand for a normal deviate
MOST = 3  # [driver] named for one outcome


def drivers(
    outcomes: Sequence[Outcome],
    totals: Mapping[str, NDArray[np.float64]],
    quantities: Mapping[str, Ranged],
    drawn: Sequence[Mapping[str, float]],
) -> tuple[Driver, ...]:
    """The numbers that each outcome follows most.

    Parameters
    ----------
    totals : outcome -> (case, draw)
    quantities : name -> its range and source
    drawn : by draw, name -> what the draw took

    Returns
    -------
    drivers : tuple of Driver
        At most three an outcome, strongest first; none when there are too few draws to tell.
    """
    names = [n for n in quantities if len({d[n] for d in drawn}) > 1]
    if len(drawn) < SURE**2 + 1 or not names:
        return ()
    taken = np.stack([_ranks(np.array([d[n] for d in drawn])) for n in names])
    limit = SURE / (len(drawn) - 1) ** 0.5
    found = []
    for outcome in outcomes:
        came = totals[outcome.id]
        moving = [case for case in came if np.ptp(case) > 0]
        if not moving:
            continue
        strength = np.mean([taken @ _ranks(case) for case in moving], axis=0)
        strongest = np.argsort(-np.abs(strength), kind="stable")[:MOST]
        found += [
            Driver.of(outcome.id, names[i], quantities[names[i]], float(strength[i]))
            for i in strongest
            if abs(strength[i]) > limit
        ]
    return tuple(found)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mid-ranks, centred and of length one, so that a product of two is Spearman's correlation."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count + 1) / 2
    ranks = middle[place] - (values.size - 1) / 2
    return np.asarray(ranks / max(float(np.linalg.norm(ranks)), 1e-12), dtype=np.float64)
