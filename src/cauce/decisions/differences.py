"""What one scenario gives beyond another, draw by draw, and which outcomes decide.

Difference                            one outcome of one pair, with its interval
headline, level                       outcomes that decide, and how large each is
less_is_wanted, efficient, exchanged  what an outcome is to a reader
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.decisions.regret import half_width
from cauce.runs.results import Outcome, Result

Float = NDArray[np.float64]

FEW = 20  # [draw] with fewer, an interval of a mean says too little to call one higher


@dataclass(frozen=True)
class Difference:
    """One outcome of one pair, draw by draw: what the first gives beyond the second."""

    outcome: Outcome
    by_draw: Float
    mean: float
    low: float
    """Of the 90% interval of the mean; with `high` not a number for a single draw."""
    high: float
    higher: float
    """Share of draws in which the first is the higher one."""
    lower: float
    gain: float
    """How much wider the interval would be with separate draws for each; not a number where nothing differs."""

    @classmethod
    def of(cls, outcome: Outcome, first: Float, second: Float) -> Difference:
        by_draw = first - second
        mean, half = float(by_draw.mean()), half_width(by_draw)
        apart = float(np.hypot(half_width(first), half_width(second)))
        higher, lower = float((by_draw > 0).mean()), float((by_draw < 0).mean())
        return cls(outcome, by_draw, mean, mean - half, mean + half, higher, lower, apart / half if half else np.nan)

    @property
    def told_apart(self) -> bool:
        """Whether there are draws enough, and zero lies outside the interval."""
        return self.by_draw.size >= FEW and bool(self.low > 0 or self.high < 0)

    def as_json(self) -> dict[str, Any]:
        """As plain numbers; an interval of a single draw is null."""
        low, high = (None if np.isnan(end) else end for end in (self.low, self.high))
        return {
            "outcome": self.outcome.id, "protection": self.outcome.protection, "mean": self.mean,
            "low": low, "high": high, "higher": self.higher, "lower": self.lower, "told_apart": self.told_apart,
        }  # fmt: skip


def headline(result: Result) -> tuple[Outcome, ...]:
    """Outcomes that decide: crowded places, money, protection, what the sides exchange; not those too few to show."""
    wanted = [o for o in result.outcomes if less_is_wanted(o) or exchanged(o)]
    return tuple(o for o in wanted if level(result, o) >= (1 if o.unit == "usd" else o.small_cell))


def less_is_wanted(outcome: Outcome) -> bool:
    """Whether less of it is better, all else the same."""
    return outcome.protection or efficient(outcome)


def exchanged(outcome: Outcome) -> bool:
    """Whether a side gives or gets it, and more or less is for them to say."""
    return not less_is_wanted(outcome) and bool(outcome.gives or outcome.gets)


def efficient(outcome: Outcome) -> bool:
    """Whether less of it is a smoother or cheaper run: places that fill up, and money."""
    return not outcome.protection and (outcome.rated is not None or outcome.unit == "usd")


def level(result: Result, outcome: Outcome) -> float:
    """Mean of the scenario with the most."""
    return float(result.total(outcome.id).mean(axis=1).max())


def lowered(name: str) -> str:
    """A name within a sentence; names of places in it keep their capitals."""
    return name[:1].lower() + name[1:]
