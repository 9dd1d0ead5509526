"""Estimators of what a decision did, arrays in and arrays out; time is always the first axis, units the second.

Outcomes are log1p counts, so an effect is a log ratio.  The first `before` rows come before the decision; weights
see nothing else.

Control, control          synthetic control with an intercept: weights on the simplex, of deviations from the mean
augmented                 the same with a ridge correction for what the weights do not match (Ben-Michael et al.)
Joint, joint              all units' effects at once under a structure of spill-over (Cao and Dowd)
conformal_p, conformal    test and interval by the order of what is missed of steps (Chernozhukov, Wuthrich and Zhu)
placebo_space, placebo_time, leave_one_out     the same estimate where there was no effect, or with less
size_study                how often our own tests find an effect where there is none

The least squares are `scipy.optimize.nnls` with the sum of the weights as a heavy row: about 50 microseconds a fit,
which is what makes placebos and conformal intervals cheap.  pysyncon is the oracle in `tests/verify`.

References
----------
Abadie, Diamond and Hainmueller (2010); Doudchenko and Imbens (2016); Ferman and Pinto (2021); Ben-Michael, Feller
and Rothstein (2021); Cao and Dowd (2019); Chernozhukov, Wuthrich and Zhu (2021).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.errors import RequestError
from cauce.keys import generator

Float = NDArray[np.float64]
INSTALLED = find_spec("scipy") is not None
optimize: Any = importlib.import_module("scipy.optimize") if INSTALLED else None

HEAVY = 1e4  # weight of the row that makes weights add up to one; its error is the inverse square
RIDGES = np.logspace(-2, 3, 11)  # penalties tried, in the units of squared log counts
FURTHEST = 8.0  # half-width of the grid of effects tried, in log: a factor of 3,000 each way
STEP = 0.05  # grid of effects, in log
LEAST_PLACEBO = 12  # [month] that must come before a placebo in time


def simplex_weights(donors: Float, target: Float) -> Float:
    """Weights from 0, of sum 1, that bring deviations of donors (time, donor) nearest to the target's (time,).

    >>> simplex_weights(np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([0.0, 1.0, 2.0])).round(3)
    array([1., 0.])
    """
    scale = HEAVY * max(float(np.abs(donors).max(initial=0.0)), 1.0)
    # Deviations are small beside the heavy row; the square root keeps both within double precision.
    row = np.full(donors.shape[1], scale**0.5)
    weights, _ = optimize.nnls(np.vstack([donors, row]), np.append(target, scale**0.5))
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class Control:
    """A synthetic control of one unit."""

    weights: Float  # (donor,)
    fitted: Float  # (time,) counterfactual at all times
    effect: Float  # (time,) seen minus fitted [log]
    before: int

    @property
    def error(self) -> float:
        """Root mean square error before the decision [log]."""
        return float(np.sqrt(np.mean(self.effect[: self.before] ** 2)))


def control(target: Float, donors: Float, before: int) -> Control:
    """Synthetic control with an intercept; sees nothing of the donors after the decision until it extrapolates."""
    level, own = donors[:before].mean(axis=0), target[:before].mean()
    weights = simplex_weights(donors[:before] - level, target[:before] - own)
    return _controlled(weights, target, donors, before)


def _controlled(weights: Float, target: Float, donors: Float, before: int) -> Control:
    fitted = (donors - donors[:before].mean(axis=0)) @ weights + target[:before].mean()
    return Control(weights, fitted, target - fitted, before)


def augmented(target: Float, donors: Float, before: int) -> Control:
    """Ridge-augmented: weights move off the simplex as far as the penalty allows, to match what they did not.

    The penalty is the one that predicts best each month before that was left out.
    """
    errors = []
    for ridge in RIDGES:
        missed = [_left_out(target[:before], donors[:before], month, float(ridge)) for month in range(before)]
        errors.append(np.mean(np.square(missed)))
    weights = _ridged(target[:before], donors[:before], float(RIDGES[int(np.argmin(errors))]))
    return _controlled(weights, target, donors, before)


def _left_out(target: Float, donors: Float, month: int, ridge: float) -> float:
    kept = np.arange(target.size) != month
    level, own = donors[kept].mean(axis=0), target[kept].mean()
    weights = _ridged(target[kept], donors[kept], ridge)
    return float(target[month] - own - (donors[month] - level) @ weights)


def _ridged(target: Float, donors: Float, ridge: float) -> Float:
    x, y = donors - donors.mean(axis=0), target - target.mean()
    weights = simplex_weights(x, y)
    return augmented_weights(x, y, weights, ridge)


def augmented_weights(donors: Float, target: Float, weights: Float, ridge: float) -> Float:
    """Weights corrected by a ridge regression over donors of what is not matched, (donor,)."""
    centred = donors - donors.mean(axis=1, keepdims=True)  # over donors: the correction adds up to nothing
    gram = centred @ centred.T + ridge * np.eye(donors.shape[0])
    return np.asarray(weights + centred.T @ np.linalg.solve(gram, target - donors @ weights))


@dataclass(frozen=True)
class Joint:
    """Effects on all units at once."""

    effect: Float  # (time after, unit) [log]
    low: Float
    high: Float
    error: Float  # (unit,) root mean square error of each unit's own synthetic control before [log]


def joint(seen: Float, before: int, structure: Float, level: float = 0.9) -> Joint:
    """Cao and Dowd: effects = structure @ (one number a class and month), solved from every unit's synthetic control.

    Parameters
    ----------
    seen : (time, unit)
    structure : (unit, class)
        1 where a unit is exposed as its class is; a unit with no 1 is taken to be unaffected.
    level : float
        Of the intervals: the same map of steps, applied to steps before that each was left out of its fit.

    Raises
    ------
    RequestError
        The structure leaves a class that the units' co-movement cannot tell from no effect.
    """
    own, intercept = _system(seen[:before])
    effect = (seen[before:] @ own.T - intercept) @ _solver(own, structure).T
    stepped = np.diff(seen[:before], axis=0)
    by_step, drift = _system(stepped)
    solve = _solver(by_step, structure)
    missed = []
    for month in range(before - 1):
        kept = np.arange(before - 1) != month
        partly, constant = _system(stepped[kept])
        missed.append(_solver(partly, structure) @ (partly @ stepped[month] - constant))
    # Ranks among the steps before and the one after.
    ordered, rank = np.sort(np.array(missed), axis=0), ranked(before, level)
    low, high = ordered[rank - 1], ordered[before - 1 - rank]
    ends = []
    for row in range(before, seen.shape[0]):
        moved = solve @ (by_step @ steps(seen, before, row)[-1] - drift)
        ends.append(np.sqrt(row - before + 1) * np.stack([moved - high, moved - low]))
    error = np.sqrt(np.mean((seen[:before] @ own.T - intercept) ** 2, axis=0))
    spans = np.array(ends)
    return Joint(effect, spans[:, 0], spans[:, 1], error)


def ranked(many: int, level: float) -> int:
    """Rank among `many` that makes half of what the level leaves, at least the first: as near as ranks allow."""
    return max(int(np.floor(many * (1 - level) / 2 + 1e-9)), 1)


def _system(seen: Float) -> tuple[Float, Float]:
    """(I - B) and the intercepts, of each unit's synthetic control from all others."""
    units = seen.shape[1]
    deviations = seen - seen.mean(axis=0)
    own = np.eye(units)
    for unit in range(units):
        others = np.arange(units) != unit
        own[unit, others] = -simplex_weights(deviations[:, others], deviations[:, unit])
    return own, own @ seen.mean(axis=0)


def _solver(own: Float, structure: Float) -> Float:
    """Map from what synthetic controls miss, (unit,), to effects, (unit,)."""
    seen_by = own @ structure
    if np.linalg.matrix_rank(seen_by) < structure.shape[1]:
        raise RequestError(
            "an exposure class cannot be told from no effect", mend="leave more units out of the exposure classes"
        )
    return np.asarray(structure @ np.linalg.pinv(seen_by))


def steps(seen: Float, before: int, row: int) -> Float:
    """Steps from month to month before, and from the last of them to a later `row`, shape (before, ...).

    The last is divided by the root of the months it spans, as the variance of what wanders adds up month by month.

    >>> steps(np.array([0.0, 1.0, 3.0, 9.0, 11.0]), 3, 4).round(2)
    array([1.  , 2.  , 5.66])
    """
    found = np.diff(seen[[*range(before), row]], axis=0)
    found[-1] /= np.sqrt(row - before + 1)
    return np.asarray(found)


def conformal_p(target: Float, donors: Float, before: int, row: int, effect: float = 0.0) -> float:
    """P-value of an effect in one later row: the share of steps that a control of steps misses by as much.

    The fit sees all steps, the effect taken off, as it must if the effect is the true one.  What a control of
    levels misses wanders where no mix of donors follows the target, and the last month of a walk lies far off by
    itself; what it misses of steps does not add up, so that any order is as likely, whether donors fit or not.
    """
    adjusted = target.copy()
    adjusted[row] -= effect
    missed = np.abs(control(steps(adjusted, before, row), steps(donors, before, row), before).effect)
    return float(np.mean(missed >= missed[-1] - 1e-12))


def conformal(target: Float, donors: Float, before: int, row: int, level: float = 0.9) -> tuple[float, float]:
    """Least and greatest effect in a row that the test does not refuse; infinite where it refuses nothing there.

    The test refuses at half of what the level leaves, if ranks allow: whoever reports only where the fit before is
    close has chosen months before that were missed by little, beside which the month after looks far off.  So the
    other half is used up (docs/decisions/0012-two-looks.md).
    """
    moved = control(steps(target, before, row), steps(donors, before, row), before - 1).effect[-1]
    centre = float(moved) * np.sqrt(row - before + 1)
    grid = np.round(centre / STEP) * STEP + np.arange(-FURTHEST, FURTHEST + STEP / 2, STEP)
    least = min(ranked(before, level) / before, 1 - level)  # of few months no rank is seldom enough
    kept = [float(e) for e in grid if conformal_p(target, donors, before, row, float(e)) > least + 1e-9]
    if not kept:
        return centre, centre
    return (
        -np.inf if kept[0] <= grid[0] else kept[0] - STEP,
        np.inf if kept[-1] >= grid[-1] else kept[-1] + STEP,
    )  # rounded outwards by a step of the grid


def ratio(found: Control) -> float:
    """Error after over error before."""
    return float(np.sqrt(np.mean(found.effect[found.before :] ** 2)) / max(found.error, 1e-9))


def placebo_space(target: Float, donors: Float, before: int) -> tuple[float, Float]:
    """P-value, at least 1/(donors + 1), and the ratio of each donor that stands in for the treated, (donor,)."""
    units = range(donors.shape[1])
    if donors.shape[1] < 2:
        return 1.0, np.empty(0)  # one donor has nobody to be compared with
    ratios = np.array([ratio(control(donors[:, u], np.delete(donors, u, axis=1), before)) for u in units])
    own = ratio(control(target, donors, before))
    return float((1 + np.sum(ratios >= own)) / (1 + ratios.size)), ratios


def placebo_time(target: Float, donors: Float, before: int, earlier: int, after: int) -> float:
    """Mean effect of a decision that was never made, `earlier` rows before the true one, over `after` rows."""
    begins = before - earlier
    found = control(target[:before], donors[:before], begins)
    return float(found.effect[begins : begins + after].mean())


def leave_one_out(target: Float, donors: Float, before: int, rows: slice) -> Float:
    """Mean effect in some rows without each donor that has weight, (donor of weight,)."""
    used = np.flatnonzero(control(target, donors, before).weights > 0.01)  # others change nothing
    if donors.shape[1] < 2:
        return np.empty(0)
    return np.array([control(target, np.delete(donors, u, axis=1), before).effect[rows].mean() for u in used])


def simulated(number: int, seed: int, *, units: int, before: int, fits: bool = True, after: int = 1) -> Float:
    """A panel without any effect, (before + after, unit): two common walks, own noise that lasts; unit 0 is the target.

    With `fits`, the target's exposure to the walks is a mix of three donors'; else it is its own, and outside.
    """
    rng = generator("no effect", seed, number, "fits" if fits else "apart")
    walks = np.cumsum(rng.normal(0, 0.25, (before + after, 2)), axis=0)
    exposed = rng.uniform(0, 1, (units, 2))
    exposed[0] = rng.dirichlet(np.ones(3)) @ exposed[1:4] if fits else 1.5
    noise = np.empty((before + after, units))
    noise[0] = rng.normal(0, 0.2, units)
    for row in range(1, before + after):
        noise[row] = 0.3 * noise[row - 1] + rng.normal(0, 0.2 * (1 - 0.3**2) ** 0.5, units)
    return np.asarray(8 + walks @ exposed.T + noise)


@dataclass(frozen=True)
class Size:
    """How often a test finds an effect in panels without one."""

    nominal: float
    """The level that its ranks among so many have."""
    panels: int
    """Number of panels in which it says anything."""
    found: int

    @property
    def share(self) -> float:
        """Of the panels in which it says anything; not a number where there are none."""
        return self.found / self.panels if self.panels else float("nan")


def size_study(
    panels: int, seed: int = 1, *, units: int = 15, before: int = 19, fits: bool = True, worst_fit: float = 0.3
) -> dict[str, Size]:
    """Size of each of our tests, as it is used for intervals that state 90%, on panels without effect.

    Units and months are those of the shipped evaluation.  `third month` tests the third month after, alone; what is
    `reported` is of the panels whose fit before is not refused.
    """
    found: dict[str, list[bool]] = {name: [] for name in SIZED}
    structure = np.zeros((units, 2))
    structure[0, 0] = structure[1 : units // 3, 1] = 1
    least = ranked(before, 0.9) / before
    for number in range(panels):
        seen = simulated(number, seed, units=units, before=before, fits=fits, after=3)
        target, donors = seen[:, 0], seen[:, 1:]
        rejected, third = (conformal_p(target, donors, before, row) <= least + 1e-9 for row in (before, before + 2))
        reported = control(target, donors, before).error <= worst_fit
        found["conformal"].append(rejected)
        found["third month"].append(third)
        if reported:
            found["conformal, reported"].append(rejected)
            found["third month, reported"].append(third)
        p, _ = placebo_space(target[: before + 1], donors[: before + 1], before)
        found["placebo in space"].append(p <= 0.1 + 1e-9)
        together = joint(seen[: before + 1], before, structure)
        found["joint, with spill-over"].append(not together.low[0, 0] <= 0 <= together.high[0, 0])
    own = dict.fromkeys(found, least)
    nominal = own | {
        "placebo in space": np.floor(0.1 * units + 1e-9) / units,
        "joint, with spill-over": 2 * least,  # from either end
    }
    return {name: Size(float(nominal[name]), len(each), sum(each)) for name, each in found.items()}


SIZED = (
    "conformal", "conformal, reported", "third month", "third month, reported", "placebo in space",
    "joint, with spill-over",
)  # fmt: skip
