"""One sentence a chart: what the numbers say, computed, in both languages."""

from __future__ import annotations

import numpy as np

from cauce.reports.tables import number
from cauce.reports.words import say
from cauce.runs.results import Outcome, Result
from cauce.terms import Language

MUCH_THE_SAME = 0.1  # [1] relative spread of the cases' medians below which they are called the same


def finding(result: Result, outcome: Outcome, language: Language) -> str:
    """The lowest and the highest case of an outcome, or that the cases do not differ."""
    medians = np.median(result.total(outcome.id), axis=1)
    low, high = int(medians.argmin()), int(medians.argmax())
    what = say("total" if outcome.kind == "flow" else "highest", language)
    same = medians[high] - medians[low] <= MUCH_THE_SAME * max(medians[high], 1.0)
    return say(
        "finding_same" if same else "finding_range",
        language,
        name=outcome.name.text(language),
        what=what,
        low=number(medians[low], outcome, language),
        high=number(medians[high], outcome, language),
        low_case=result.cases[low][1].text(language),
        high_case=result.cases[high][1].text(language),
    )


def leading(result: Result, language: Language) -> tuple[str, ...]:
    """The findings that head the brief: one of each group, protection first where a group has any."""
    chosen: dict[str, Outcome] = {}
    for outcome in result.outcomes:
        held = chosen.get(outcome.group)
        if held is None or (outcome.protection and not held.protection):
            chosen[outcome.group] = outcome
    return tuple(finding(result, o, language) for o in chosen.values())
