"""Estimators of what a decision did, arrays in and arrays out; time is always the first axis, units the second.

Outcomes are log1p counts, so an effect is a log ratio.  The first `before` rows come before the decision; weights
see nothing else.

Control, control          synthetic control with an intercept: weights on the simplex, of deviations from the mean
augmented                 the same with a ridge correction for what the weights do not match (Ben-Michael et al.)
Joint, joint              all units' effects at once under a structure of spill-over (Cao and Dowd)
conformal_p, conformal    test and interval by what is missed of steps (Chernozhukov, Wuthrich and Zhu), beside what
                          would be missed by chance in a panel that the gate of the fit lets through
placebo_space, placebo_time, leave_one_out     the same estimate where there was no effect, or with less
size_study                how often our own tests find an effect where there is none

The least squares are `scipy.optimize.nnls` with the sum of the weights as a heavy row: about 50 microseconds a fit,
which is what makes placebos and conformal intervals cheap.  pysyncon is the oracle in `tests/verify`.

References
----------
Abadie, Diamond and Hainmueller (2010); Doudchenko and Imbens (2016); Ferman and Pinto (2021); Ben-Michael, Feller
and Rothstein (2021); Cao and Dowd (2019); Chernozhukov, Wuthrich and Zhu (2021); Yekutieli (2012), Adjusted Bayesian
inference for selected parameters.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
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
WORST_FIT = 0.3  # [log] a third off in each month before is no counterfactual
LASTING = (0.0, 0.25, 0.5, 0.75, 1.0)  # share of a step's variance that stays: from noise to a walk, all as likely
DRAWS = 500  # of each share, and of each of the next
FAVOURS = np.append(0.0, np.geomspace(0.05, 500, 5))  # by how much paths close to donors are drawn more often
SELDOM = 1 / 500  # chance to pass under which a wander is no more likely: passing itself speaks against it
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


def missed_share(target: Float, donors: Float, before: int, row: int, effect: float = 0.0) -> float:
    """What a control of steps misses of the last, beside the root mean square of what it misses before.

    The fit sees all steps, the effect taken off, as it must if the effect is the true one.  What a control of
    levels misses wanders where no mix of donors follows the target, and the last month of a walk lies far off by
    itself; what it misses of steps does not add up.
    """
    adjusted = target.copy()
    adjusted[row] -= effect
    return float(_beside(control(steps(adjusted, before, row), steps(donors, before, row), before).effect))


def _beside(missed: Float) -> Float:
    """The last of (..., step) in units of the others' root mean square."""
    return np.asarray(np.abs(missed[..., -1]) / np.maximum(_rms(missed[..., :-1]), 1e-12))


def _rms(missed: Float) -> Float:
    return np.asarray(np.sqrt(np.mean(missed**2, axis=-1)))


def _residuals(donors: Float, weights: Float) -> Float:
    """Map from what the target does by itself to what its control misses of it, while the same donors have weight."""
    used = donors[:, weights > 0]
    free = np.column_stack([np.ones(used.shape[0]), used[:, 1:] - used[:, :1]])  # an intercept, and a sum of one
    return np.asarray(np.eye(used.shape[0]) - free @ np.linalg.pinv(free))


@dataclass(frozen=True)
class Chance:
    """What would be missed of the step after if there were no effect: draws, each with a weight."""

    missed: Float  # (draw,) as `missed_share`, in ascending order
    weights: Float  # (draw,) of sum 1

    def p(self, missed: float) -> float:
        """Probability of at least so much."""
        return float(self.weights[np.searchsorted(self.missed, missed - 1e-12) :].sum())

    def critical(self, level: float) -> float:
        """The most that a test of that level (of the interval) does not refuse."""
        return float(self.missed[min(int(np.searchsorted(np.cumsum(self.weights), level)), self.missed.size - 1)])


def chance(target: Float, donors: Float, before: int, row: int, worst_fit: float = WORST_FIT) -> Chance:
    """Draws of what is missed without effect, among panels that a gate of the fit before lets through.

    What the target does apart from its donors is drawn as normal steps, of which a share of the variance stays and
    the rest passes (`LASTING`).  A draw is stretched until its steps before are missed by as much as those seen, and
    left out where the gate would refuse it.  A stretch that the gate seldom lets through is the more likely behind
    what it let through, the more seldom that is (Yekutieli 2012): each draw weighs as the inverse of its chance to
    pass, down to `SELDOM`.  A panel that the gate refuses has not been chosen, and its draws are not either.
    """
    close = control(target[:before], donors[:before], before)
    gate = worst_fit if close.error <= worst_fit else np.inf
    moved = steps(donors, before, row)
    by_step = control(np.diff(target[:before]), moved[:-1], before - 1)
    of_levels = _residuals(donors[:before], close.weights)
    of_steps_before = _residuals(moved[:-1], by_step.weights)
    first, second = np.argsort(np.diag(_residuals(moved, by_step.weights)))[:2]
    if first == before - 1:  # donors step farther than ever, which would explain anything if weights could be negative
        moved[[second, -1]] = moved[[-1, second]]
    of_steps = _residuals(moved, by_step.weights)
    found, weights = [], []
    for lasting in LASTING:
        paths, likely = _close_paths(of_levels, lasting)
        off, taken = _rms(paths[:, :-1] @ of_levels), np.diff(paths, axis=1)
        stretch = by_step.error / np.maximum(_rms(taken[:, :-1] @ of_steps_before), 1e-12)
        order = np.argsort(off)
        passing = np.append(0.0, np.cumsum(likely[order]))[np.searchsorted(off[order], gate / stretch, side="right")]
        found.append(_beside(taken @ of_steps))
        weights.append(likely * (stretch * off <= gate) / np.maximum(passing, SELDOM))
    missed, weight = np.concatenate(found), np.concatenate(weights)
    if not weight.any():  # nothing like it would be let through: nothing can be refused
        return Chance(np.array([np.inf]), np.array([1.0]))
    order = np.argsort(missed)
    return Chance(missed[order], weight[order] / weight.sum())


@cache
def _normals(months: int, lasting: str) -> Float:
    return generator("chance", months, lasting).normal(size=(FAVOURS.size, DRAWS, months))


def _close_paths(of_levels: Float, lasting: float) -> tuple[Float, Float]:
    """Paths (draw, before + 1) of steps of variance 1, many of them close to donors before, and their likelihoods.

    Close paths are rare where much of a step stays, and rare ones matter: draws come from a mixture of normal
    densities that favour them more and more, each weighed by how likely it is without favour beside the mixture.
    """
    months = of_levels.shape[0] + 1
    number = np.arange(1, months + 1)
    spread = np.linalg.cholesky(lasting * np.minimum.outer(number, number) + (1 - lasting) / 2 * np.eye(months))
    missed = of_levels @ spread[:-1]
    strengths, axes = np.linalg.eigh(missed.T @ missed)
    strengths = strengths.clip(0.0)
    favours = FAVOURS / strengths.mean()
    favoured = _normals(months, f"{lasting}") / np.sqrt(1 + favours[:, None, None] * strengths)
    whole = favoured.reshape(-1, months) @ axes.T
    squared = np.sum((whole @ missed.T) ** 2, axis=1)
    mixture = [np.exp(0.5 * np.log1p(f * strengths).sum() - 0.5 * f * squared) for f in favours]
    return whole @ spread.T, 1 / np.sum(mixture, axis=0) / DRAWS


def conformal_p(target: Float, donors: Float, before: int, row: int, worst_fit: float = WORST_FIT) -> float:
    """P-value of no effect in one later row, given that the gate of the fit has let the panel through or not."""
    return chance(target, donors, before, row, worst_fit).p(missed_share(target, donors, before, row))


def conformal(
    target: Float, donors: Float, before: int, row: int, level: float = 0.9, worst_fit: float = WORST_FIT
) -> tuple[float, float]:
    """Least and greatest effect in a row that the test does not refuse; infinite where it refuses nothing there."""
    most = chance(target, donors, before, row, worst_fit).critical(level)
    moved = control(steps(target, before, row), steps(donors, before, row), before - 1).effect[-1]
    centre = float(moved) * np.sqrt(row - before + 1)
    grid = np.round(centre / STEP) * STEP + np.arange(-FURTHEST, FURTHEST + STEP / 2, STEP)
    kept = [float(e) for e in grid if missed_share(target, donors, before, row, float(e)) <= most]
    if not kept:
        return centre, centre
    return (
        -np.inf if kept[0] <= grid[0] else kept[0] - STEP,
        np.inf if kept[-1] >= grid[-1] else kept[-1] + STEP,
    )  # rounded outwards by a step of the grid


def ratio(target: Float, donors: Float, before: int) -> float:
    """What a control of steps misses from month to month after, beside what it misses before (root mean squares).

    Of steps for the reason that the conformal test is: what a control of levels misses of a target that no donors
    follow adds up month by month, and would be taken for an effect.
    """
    found = control(np.diff(target), np.diff(donors, axis=0), before - 1)
    return float(_rms(found.effect[before - 1 :]) / max(found.error, 1e-9))


def placebo_space(target: Float, donors: Float, before: int) -> tuple[float, Float]:
    """P-value, at least 1/(donors + 1), and the ratio of each donor that stands in for the treated, (donor,).

    A ratio asks for no cut of donors that fit badly, as a bare effect would: each is measured by its own fit.
    """
    units = range(donors.shape[1])
    if donors.shape[1] < 2:
        return 1.0, np.empty(0)  # one donor has nobody to be compared with
    ratios = np.array([ratio(donors[:, u], np.delete(donors, u, axis=1), before) for u in units])
    own = ratio(target, donors, before)
    return float((1 + np.sum(ratios >= own)) / (1 + ratios.size)), ratios


def placebo_size(p: float, panels: int, seed: int, *, units: int, before: int, after: int, fits: bool = True) -> Size:
    """How often the placebo in space has a p as small as `p` in panels without effect."""
    seen = (simulated(number, seed, units=units, before=before, fits=fits, after=after) for number in range(panels))
    small = [placebo_space(s[:, 0], s[:, 1:], before)[0] <= p + 1e-9 for s in seen]
    return Size(p, panels, sum(small))


def placebo_time(target: Float, donors: Float, before: int, earlier: int, after: int) -> float | None:
    """Mean effect of a decision that was never made, `earlier` rows before the true one, over `after` rows.

    None where too few months come before.
    """
    begins = before - earlier
    if begins < LEAST_PLACEBO:
        return None
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
    """Its level; of a test by ranks, the one that so many ranks can have."""
    panels: int
    """Number of panels in which it says anything."""
    found: int

    @property
    def share(self) -> float:
        """Of the panels in which it says anything; not a number where there are none."""
        return self.found / self.panels if self.panels else float("nan")


def size_study(
    panels: int, seed: int = 1, *, units: int = 15, before: int = 19, fits: bool = True, worst_fit: float = WORST_FIT
) -> dict[str, Size]:
    """Size of each of our tests, as it is used for intervals that state 90%, on panels without effect.

    Units and months are those of the shipped evaluation.  `third month` tests the third month after, alone, and the
    placebo all three; what is `reported` is of the panels whose fit before is not refused, and at 5% of intervals that
    state 95%.
    """
    found: dict[str, list[bool]] = {name: [] for name in SIZED}
    structure = np.zeros((units, 2))
    structure[0, 0] = structure[1 : units // 3, 1] = 1
    for number in range(panels):
        seen = simulated(number, seed, units=units, before=before, fits=fits, after=3)
        target, donors = seen[:, 0], seen[:, 1:]
        first, third = (conformal_p(target, donors, before, row, worst_fit) for row in (before, before + 2))
        p, _ = placebo_space(target, donors, before)
        together = joint(seen[: before + 1], before, structure)
        found["conformal"].append(first <= 0.1)
        found["third month"].append(third <= 0.1)
        found["placebo in space"].append(p <= 0.1 + 1e-9)
        found["joint, with spill-over"].append(not together.low[0, 0] <= 0 <= together.high[0, 0])
        if control(target, donors, before).error <= worst_fit:
            found["conformal, reported"].append(first <= 0.1)
            found["conformal at 5%, reported"].append(first <= 0.05)
            found["third month, reported"].append(third <= 0.1)
            found["placebo in space, reported"].append(p <= 0.1 + 1e-9)
    by_rank = np.floor(0.1 * units + 1e-9) / units
    nominal = dict.fromkeys(found, 0.1) | {
        "conformal at 5%, reported": 0.05,
        "placebo in space": by_rank,
        "placebo in space, reported": by_rank,
        "joint, with spill-over": 2 * ranked(before, 0.9) / before,  # from either end
    }
    return {name: Size(float(nominal[name]), len(each), sum(each)) for name, each in found.items()}


SIZED = (
    "conformal", "conformal, reported", "conformal at 5%, reported", "third month", "third month, reported",
    "placebo in space", "placebo in space, reported", "joint, with spill-over",
)  # fmt: skip
