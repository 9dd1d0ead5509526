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
from cauce.arrivals.words import say
from cauce.keys import key as fold
from cauce.terms import Language, unit_name

ASSUMED = ("assumed_return", "assumed_lane")
NOT_THERE = ("absent_entry", "absent_deadlines", "absent_enforcement", "absent_moving", "absent_waiting")
LAWS = (
    ("law_no_effects", "tests/unit/runs/test_effects.py"),
    ("law_zero_effect", "tests/unit/runs/test_effects.py"),
    ("law_no_amendment", "tests/unit/runs/test_article.py"),
    ("law_equal", "tests/unit/arrivals/test_arrivals.py"),
    ("law_no_cap", "tests/unit/runs/test_article.py"),
    ("law_no_lane", "tests/unit/arrivals/test_arrivals.py"),
    ("law_substitution", "tests/unit/runs/test_article.py"),
    ("law_nothing_before", "tests/unit/arrivals/test_arrivals.py"),
    ("law_nothing_later", "tests/unit/runs/test_article.py"),
)
"""Words for each, and where it is tested."""
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
        english = Language.ENGLISH
        return {
            "assumptions": [say(word, english) for word in ASSUMED],
            "not_modelled": [say(word, english) for word in NOT_THERE],
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
            "laws": [{"law": say(law, english), "tested_in": where} for law, where in LAWS],
        }

    def text(self, language: Language = Language.ENGLISH) -> str:
        """For a terminal."""
        told = [say("assumptions", language), *(f"  {say(word, language)}" for word in ASSUMED)]
        told.append(say("priors", language))
        for name, p in self.priors:
            unit = "" if p.unit == "1" else f" {unit_name(p.unit, language)}"
            held = say("held", language) if name in BESIDE else ""
            told.append(
                say("prior", language, name=name, value=p.value, low=p.low, high=p.high, unit=unit, held=held,
                    known_by=p.known_by, source=p.source)
            )  # fmt: skip
        told.append(say("ridge", language, draws=self.draws, ridge=self.ridge))
        for name, (low, median, high) in (*self.effects, ("both", self.joint)):
            told.append(say("fall", language, name=say(name, language), low=low, median=median, high=high))
        if self.measured:
            told.append(say("measured", language, sha256=self.taken_from[:16]))
        for measure, who, lag, (low, median, high) in self.measured:
            ends = {"low": low, "median": median, "high": high}
            told.append(say("measured_line", language, who=who, measure=measure, lag=lag, **ends))
        told.append(say("absent", language, things="; ".join(say(word, language) for word in NOT_THERE)))
        told += [say("laws", language), *(f"  {say(law, language)}: {where}" for law, where in LAWS)]
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
