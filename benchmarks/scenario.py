"""The reference scenario `stress-2400` as numbers: what every engine runs identically.

120 days of 2,400 people a day with a daily rhythm and one surge of 1,500, through transport, three desks,
and four ways out.  `crowd` draws the people; `documents.py` writes the scenario as a border of the product.
"""

from __future__ import annotations

import numpy as np

NATIONALITIES = (0.30, 0.20, 0.18, 0.14, 0.10, 0.08)
DEMOGRAPHICS = (0.62, 0.28, 0.10)  # single adult, family member, unaccompanied child
SHIFT = (0.15, 0.10, 0.0, -0.05, -0.20, -0.30)
PROCESSING_MINUTES = (60, 66, 72, 78, 84, 90)
ADDED_MINUTES = (0, 15, 30)
DAYS = 120
FLIGHT_HOURS = (8, 11, 14, 17, 20)
DEMOGRAPHIC_NAMES = ("single-adult", "family", "unaccompanied-child")


def ways(nationality: int, demographic: int) -> dict[str, float]:
    """Probabilities of the ways out for a class."""
    s = SHIFT[nationality]
    if demographic == 0:
        return {
            "expulsion": 0.55 + s,
            "ice": 0.17 - 0.3 * s,
            "flight": 0.15 - 0.4 * s,
            "release": 0.13 - 0.3 * s,
        }
    if demographic == 1:
        return {"expulsion": 0.25 + 0.5 * s, "ice": 0.03, "flight": 0.50 - 0.3 * s, "release": 0.22 - 0.2 * s}
    return {"expulsion": 0.05, "child": 0.95}


def crowd(k: float, seed: int, days: int = DAYS) -> tuple[np.ndarray, np.ndarray]:
    """(hours, class) of everybody who comes, sorted: thinned Poisson plus the surge of day 10."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    horizon = 24.0 * days
    n = rng.poisson(160 * k * horizon)
    t = rng.random(n) * horizon
    rate = 100 * (1 + 0.6 * np.cos(2 * np.pi * (t - 6) / 24))
    t = t[rng.random(n) * 160 < rate]
    surge = 246 + 6 * rng.random(round(1500 * k))
    t = np.sort(np.concatenate([t, surge[surge < horizon]]))
    share = np.outer(NATIONALITIES, DEMOGRAPHICS).ravel()
    return t, rng.choice(18, size=t.size, p=share).astype(np.int16)
