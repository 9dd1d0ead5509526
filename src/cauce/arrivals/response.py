"""How arrivals answer policy: a multiplier on new attempts by persons, by corridor and day.

The log multiplier is minus (return effect x change of the return share) minus (lane effect x change of
having a lane with real supply), each with a lag and a fading.  Changes are against the baseline book, so a
book that changes nothing gives exactly one.  What lane and return did apart is not identified before 2023:
events with both began on one day; the two effects are drawn on a ridge, high with low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals.priors import Priors
from cauce.keys import key as fold

Float = NDArray[np.float64]
DAYS_A_MONTH = 30.4  # [day] mean month of the calendar


@dataclass(frozen=True)
class Exposures:
    """What people of each corridor face each day: the probability of return and lawful places a day."""

    returned: Float  # (corridor, day)
    places: Float  # (corridor, day) [person/day]


def multipliers(baseline: Exposures, case: Exposures, priors: Priors, key: int) -> Float:
    """Multiplier of new attempts, shape (corridor, day), for the draw of `key`.

    Laws: equal exposures give exactly 1.0; a lane without places equals no lane.
    """
    returned = case.returned - baseline.returned
    full = priors["full_lane"].value
    lane = supply(case.places, full) - supply(baseline.places, full)
    if not returned.any() and not lane.any():
        return np.ones_like(returned)
    taken = drawn(priors, key)
    lag, half_life = taken["response_lag_days"], taken["response_half_life_months"] * DAYS_A_MONTH
    log = -taken["return_effect"] * _felt(returned, lag, half_life) - taken["lane_effect"] * _felt(lane, lag, np.inf)
    return np.asarray(np.exp(log), dtype=np.float64)


def drawn(priors: Priors, key: int) -> dict[str, float]:
    """What a draw takes from the priors of the response, by name of the prior."""
    effect_return, effect_lane = _ridge(priors, key)
    plain = {name: priors.draw(name, key) for name in ("response_lag_days", "response_half_life_months")}
    return {**plain, "return_effect": effect_return, "lane_effect": effect_lane}


def _ridge(priors: Priors, key: int) -> tuple[float, float]:
    """Return and lane effects: the joint fall is drawn from each, their split is one hidden number."""
    effect_return = priors.draw("return_effect", key)
    lane = priors["lane_effect"]
    ceiling = priors["return_effect"].high
    # strong return leaves little for the lane to have done, and the other way round
    left = 1 - effect_return / ceiling
    spread = priors.draw("lane_effect", fold(key, "split"))
    tied = priors["ridge"].value
    return effect_return, tied * (lane.low + (lane.high - lane.low) * left) + (1 - tied) * spread


def supply(places: Float, full: float) -> Float:
    """How much of a lane there is: places a day against those at which it counts in full, at most one."""
    return np.minimum(places / full, 1.0)


def _felt(change: Float, lag: float, half_life: float) -> Float:
    """What is felt of a change: it comes in over `lag` days and fades with a half-life after that."""
    days = change.shape[1]
    step = np.diff(change, axis=1, prepend=0.0)
    changed = np.flatnonzero(step.any(axis=0))
    age = np.arange(days)[None, :] - changed[:, None]
    come = np.clip(age / lag, 0.0, 1.0)
    fade = 0.5 ** (np.maximum(age - lag, 0.0) / half_life)
    return np.asarray(step[:, changed] @ np.where(age >= 0, come * fade, 0.0), dtype=np.float64)
