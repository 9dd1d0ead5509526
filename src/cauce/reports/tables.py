"""Numbers as people read them: rounded, small counts hidden, intervals beside medians."""

from __future__ import annotations

import numpy as np

from cauce.runs.results import INTERVAL, Outcome, Result
from cauce.terms import Language

SMALL = 10  # [person] below this a count of people is not shown: facts section 7, requirement 3
STEP = 5  # [person] shown counts are rounded to this


def number(value: float, outcome: Outcome, language: Language) -> str:
    """One figure for print: persons to the nearest five, dollars in millions, small counts hidden."""
    mark = "\u202f" if language is Language.SPANISH else ","
    if outcome.unit == "usd":
        text = f"{value / 1e6:,.1f}".replace(",", mark)
        return f"{text.replace('.', ',')} M$" if language is Language.SPANISH else f"${text} M"
    if 0 < abs(value) < SMALL and outcome.unit != "flight":
        return f"<{SMALL}"
    step = 1 if outcome.unit == "flight" else STEP
    return f"{round(value / step) * step:,}".replace(",", mark)


def interval(by_draw: np.ndarray, outcome: Outcome, language: Language) -> tuple[str, str]:
    """(median, "low – high") of one figure over draws."""
    low, middle, high = np.percentile(by_draw, INTERVAL)
    both = f"{number(low, outcome, language)} – {number(high, outcome, language)}"
    return number(middle, outcome, language), both


def short(by_draw: np.ndarray, outcome: Outcome, language: Language) -> str:
    """A median in at most six characters, for a terminal."""
    middle = float(np.median(by_draw))
    for bound, mark in ((1e6, "M"), (1e4, "k")):
        if abs(middle) >= bound:
            scaled = middle / (1e6 if mark == "M" else 1e3)
            text = f"{scaled:.1f}" if scaled < 100 else f"{scaled:.0f}"
            return text.replace(".", "," if language is Language.SPANISH else ".") + mark
    return number(middle, outcome, language)


def ordered(result: Result) -> tuple[Outcome, ...]:
    """Outcomes for the crossed table: in each group what protects people stands beside what runs well."""
    groups = list(dict.fromkeys(o.group for o in result.outcomes))
    return tuple(o for g in groups for o in result.outcomes if o.group == g)
