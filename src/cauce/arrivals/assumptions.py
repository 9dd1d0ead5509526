"""What the response to policy takes for granted, what it believes, and what is tested: for a reader to doubt.

Assumptions are not laws: the record may overturn them.  Laws are numerical and hold for any numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cauce.arrivals import response
from cauce.arrivals.effects import NONE, Effects
from cauce.arrivals.priors import Prior, Priors
from cauce.keys import key as fold

ASSUMED = (
    "return lowers new attempts: the return effect is never negative",
    "lawful supply lowers new attempts between ports: the lane effect is never negative, and a lane without places"
    " is no lane",
)
NOT_THERE = (
    "requirements to enter a country on the way",
    "deadlines (more before, fewer after)",
    "enforcement on the way",
    "moving to another sector or to a port",
    "waiting for a place in a rationed lane",
)
LAWS = (
    ("an empty file of effects changes no bit", "tests/unit/runs/test_effects.py"),
    ("a measured effect of zero moves nobody", "tests/unit/runs/test_effects.py"),
    ("an empty amendment changes no bit", "tests/unit/runs/test_article.py"),
    ("equal exposures give a multiplier of exactly one", "tests/unit/arrivals/test_arrivals.py"),
    ("a cap of zero equals no programme, where supply is predicted", "tests/unit/runs/test_article.py"),
    ("a lane without places is no lane", "tests/unit/arrivals/test_arrivals.py"),
    ("pure substitution between sectors keeps the sum", "tests/unit/runs/test_article.py"),
    ("nothing is felt before it happens", "tests/unit/arrivals/test_arrivals.py"),
    ("no later datum, prior or measure changes a bit", "tests/unit/runs/test_article.py"),
)
BESIDE = ("full_lane", "ridge")  # of the response too, and not drawn
INTERVAL = (10, 50, 90)  # [percent]


@dataclass(frozen=True)
class Assumptions:
    """The priors of the response, and the ridge as draws have it."""

    priors: tuple[tuple[str, Prior], ...]
    ridge: float
    """Correlation of the return and the lane effect over draws."""
    joint: tuple[float, float, float]
    """10%, 50%, 90% of the fall in log when both come in full: the certain part of the two."""
    effects: tuple[tuple[str, tuple[float, float, float]], ...]
    """The same of each effect alone."""
    draws: int
    measured: tuple[tuple[str, str, float, tuple[float, float, float]], ...] = ()
    """Of effects taken up: measures, nationality, months since the beginning, 10%, 50%, 90% of the log effect."""
    taken_from: str = ""
    """Hash of the file of effects."""

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "assumptions": ASSUMED,
            "not_modelled": NOT_THERE,
            "priors": {name: prior.model_dump(mode="json") for name, prior in self.priors},
            "ridge_correlation": self.ridge,
            "fall_with_both_in_full": self.joint,
            "effects": dict(self.effects),
            "draws": self.draws,
            "measured": [
                {"measure": m, "nationality": n, "lag_months": lag, "log_effect": ends}
                for m, n, lag, ends in self.measured
            ],
            "effects_sha256": self.taken_from or None,
            "laws": [{"law": law, "tested_in": where} for law, where in LAWS],
        }

    def text(self) -> str:
        """For a terminal."""
        told = ["Assumptions (the record may overturn them)", *(f"  {a}" for a in ASSUMED), "Priors"]
        for name, p in self.priors:
            unit = "" if p.unit == "1" else f" {p.unit}"
            held = " (held at the value)" if name in BESIDE else ""
            told.append(f"  {name:28} {p.value:g} ({p.low:g}-{p.high:g}){unit}{held}, from {p.known_by}: {p.source}")
        told.append(
            f"The ridge: over {self.draws} draws the return and the lane effect are tied, with a correlation of"
            f" {self.ridge:+.2f}: where one is high the other is low. What each did alone is not identified by"
            " events in which both began on one day, so neither is to be read by itself."
        )
        for name, (low, median, high) in (*self.effects, ("both in full", self.joint)):
            told.append(f"  fall in log, {name:16} {median:.2f} ({low:.2f}-{high:.2f})")
        if self.measured:
            told.append(f"Measured, in place of the priors (effects sha256 {self.taken_from[:16]}); log, as drawn")
        for measure, who, lag, (low, median, high) in self.measured:
            told.append(f"  {who} {measure}, {lag:.0f} months on: {median:+.2f} ({low:+.2f} to {high:+.2f})")
        told.append(f"Not in the response: {'; '.join(NOT_THERE)}")
        told += ["Numerical laws, tested", *(f"  {law}: {where}" for law, where in LAWS)]
        return "\n".join(told)


def show(priors: Priors, *, draws: int, seed: int, effects: Effects = NONE) -> Assumptions:
    """Priors, ridge and effects taken up, as `draws` draws of the response take them."""
    taken = [response.drawn(priors, fold(seed, draw, "response")) for draw in range(draws)]
    returned, lane = (np.array([t[name] for t in taken]) for name in ("return_effect", "lane_effect"))
    names = (*taken[0], *BESIDE)
    return Assumptions(
        priors=tuple((name, priors[name]) for name in names),
        ridge=float(np.corrcoef(returned, lane)[0, 1]),
        joint=_interval(returned + lane),
        effects=(("return", _interval(returned)), ("lane", _interval(lane))),
        draws=draws,
        measured=tuple(_measured(effects, draws, seed)),
        taken_from=effects.sha256,
    )


def _measured(effects: Effects, draws: int, seed: int) -> Iterator[tuple[str, str, float, tuple[float, float, float]]]:
    for bundle in effects.measured:
        for who, curves in bundle.curves:
            lags = np.unique(np.concatenate([c.lags for c in curves]))
            drawn = np.array([bundle.drawn(who, lags, fold(seed, draw, "response")) for draw in range(draws)])
            for number, lag in enumerate(lags):
                yield " + ".join(bundle.measures), who, float(lag), _interval(drawn[:, number])


def _interval(values: np.ndarray) -> tuple[float, float, float]:
    low, median, high = (float(x) for x in np.percentile(values, INTERVAL))
    return low, median, high
