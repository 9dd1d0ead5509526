"""One sentence a chart: what the numbers say, computed, in both languages.

Where one axis moves an outcome and the others hardly do, the sentence names its two extreme choices; where
several do, the two extreme cases.  How sure the difference is comes from common draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.reports.figures import Chart, differ, telling
from cauce.reports.tables import base_name, between, difference, interval, number, roles, what
from cauce.reports.words import say
from cauce.runs.results import Outcome, Result
from cauce.terms import Language

MINOR = 0.34  # [1] an axis that moves an outcome by less than this part of the main one "changes it little"
LEADING = 5  # [sentence] at most so many head the brief


@dataclass(frozen=True)
class _Contrast:
    """The lowest and the highest of what is compared; `axis` is the one that decides, if one does."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    names: tuple[str, str]
    axis: int | None

    @property
    def medians(self) -> tuple[float, float]:
        return float(np.median(self.low)), float(np.median(self.high))

    @property
    def share(self) -> float:
        """Share of draws in which the higher is the higher."""
        return float((self.high > self.low).mean())

    @property
    def same(self) -> bool:
        return not differ(np.array(self.medians))

    @property
    def size(self) -> float:
        """How much it matters: relative difference, times how sure it is."""
        low, high = self.medians
        return (high - low) / max(high, 1.0) * self.share


def _contrast(result: Result, outcome: Outcome, language: Language) -> _Contrast:
    total = result.total(outcome.id)
    medians = np.median(total, axis=1)
    low, high = int(medians.argmin()), int(medians.argmax())
    plain = _Contrast(total[low], total[high], (_case(result, low, language), _case(result, high, language)), None)
    if len(result.axes) < 2:
        return plain
    by_axes = total.reshape(*(len(axis.choices) for axis in result.axes), -1)
    crossed = np.median(by_axes, axis=-1)
    axes = range(len(result.axes))
    margins = [crossed.mean(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    moved = [float(np.ptp(margin)) for margin in margins]
    main = int(np.argmax(moved))
    if any(moved[axis] > MINOR * moved[main] for axis in axes if axis != main):
        return plain
    low, high = int(margins[main].argmin()), int(margins[main].argmax())
    others = tuple(axis for axis in axes if axis != main)
    of_choice = by_axes.mean(axis=others)
    names = [name.text(language) for _, name in result.axes[main].choices]
    return _Contrast(of_choice[low], of_choice[high], (names[low], names[high]), main)


def _case(result: Result, case: int, language: Language) -> str:
    return result.cases[case][1].text(language)


def finding(result: Result, outcome: Outcome, language: Language, *, brief: bool = False) -> str:
    """What an outcome does over the cases; `brief` leaves out how sure it is."""
    name, kind = outcome.name.text(language), what(outcome, language)
    if len(result.cases) == 1:
        middle, both = interval(result.total(outcome.id)[0], outcome, language)
        told = say("finding_one", language, name=name, what=kind, low=middle, interval=both)
        return told if brief else _join(told, *_above(result, outcome, language))
    contrast = _contrast(result, outcome, language)
    low, high = (number(x, outcome, language) for x in contrast.medians)
    if contrast.same or low == high:
        told = say("finding_same", language, name=name, what=kind, low=number(contrast.medians[0], outcome, language))
        return told if brief else _join(told, *_above(result, outcome, language))
    fields = {"name": name, "what": kind, "low": low, "high": high}
    fields |= {"low_case": contrast.names[0], "high_case": contrast.names[1]}
    if contrast.axis is None or brief:
        told = say("finding_range", language, **fields)
    else:
        others = [a.name.text(language) for n, a in enumerate(result.axes) if n != contrast.axis]
        told = say("finding_axis", language, other=", ".join(others), **fields)
    if brief:
        return told
    sure = say("finding_sure", language, share=round(100 * contrast.share))
    return _join(told, sure, *_above(result, outcome, language))


def _above(result: Result, outcome: Outcome, language: Language) -> list[str]:
    """How often the highest morning stands above the largest capacity that is known."""
    which = "surge" if outcome.surge is not None else "rated"
    capacity = outcome.surge if outcome.surge is not None else outcome.rated
    if capacity is None:
        return []
    shares = (result.total(outcome.id) > capacity).mean(axis=1)
    least, most = round(100 * float(shares.min())), round(100 * float(shares.max()))
    word = "finding_capacity_one" if least == most else "finding_capacity"
    shown = number(capacity, outcome, language)
    return [say(word, language, which=say(which, language), capacity=shown, least=least, most=most)]


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def leading(result: Result, language: Language, *, brief: bool = False) -> tuple[str, ...]:
    """The three to five findings that head the brief."""
    return tuple(finding(result, o, language, brief=brief) for o in leading_outcomes(result))


def leading_outcomes(result: Result) -> tuple[Outcome, ...]:
    """A place with a capacity, what protects people, and what the sides exchange: what differs most, first."""
    contrasts = {o.id: _contrast(result, o, Language.ENGLISH) for o in telling(result)}
    shown = sorted(telling(result), key=lambda o: -contrasts[o.id].size)  # those alike keep their order
    apart = [o for o in shown if not contrasts[o.id].same] or shown
    chosen = [o for o in telling(result) if o.rated is not None or o.surge is not None][:1]
    guards: dict[str, Outcome] = {}
    for outcome in apart:
        if outcome.protection and outcome not in chosen:
            guards.setdefault(outcome.group, outcome)
    chosen += list(guards.values())[:3]
    chosen += [o for o in apart if (o.gives or o.gets) and not _told(result, o, chosen)][:1]
    chosen += [o for o in shown if not _told(result, o, chosen)][: max(0, 3 - len(chosen))]
    return tuple(chosen[:LEADING])


def _told(result: Result, outcome: Outcome, chosen: list[Outcome]) -> bool:
    """Whether one of the chosen says the same numbers."""
    return any(result.repeats(outcome.id, other.id) for other in chosen)


def title(result: Result, chart: Chart, language: Language) -> str:
    """The sentence of a chart."""
    if chart.form == "changes":
        return _changes(result, chart.outcomes[0], language)
    if chart.form == "protection":
        return _protection(result, chart.outcomes, language)
    if len(chart.outcomes) == 1:
        return finding(result, chart.outcomes[0], language, brief=True)
    kind = what(chart.outcomes[0], language)
    return say(
        "finding_spans", language, spans="; ".join(_span(result, o, language) for o in chart.outcomes), what=kind
    )


def _span(result: Result, outcome: Outcome, language: Language) -> str:
    """An outcome and its medians, from the lowest case to the highest."""
    medians = np.median(result.total(outcome.id), axis=1)
    low, high = (number(x, outcome, language) for x in (medians.min(), medians.max()))
    span = low if low == high else say("range", language, low=low, high=high)
    return f"{outcome.name.text(language)}, {span}"


def _changes(result: Result, outcome: Outcome, language: Language) -> str:
    """The case that differs most from its base."""
    cases = [case for case in range(len(result.cases)) if case != result.base(case)]
    spread = {case: result.paired(outcome.id, case, result.base(case)) for case in cases}
    most = max(cases, key=lambda case: abs(spread[case][1]))
    low, middle, high = (difference(x, outcome, language) for x in spread[most])
    return say(
        "finding_changes",
        language,
        name=outcome.name.text(language),
        middle=middle,
        interval=between(low, high),
        case=_case(result, most, language),
        base=base_name(result, language),
        sides=roles(result, outcome, language),
    )


def _protection(result: Result, outcomes: tuple[Outcome, ...], language: Language) -> str:
    """The case that is worst for most of the indicators that differ."""
    medians = np.array([np.median(result.total(o.id), axis=1) for o in outcomes])
    rows = medians[[differ(row) for row in medians]]
    if len(result.cases) == 1 or not len(rows):
        return say("finding_protection_same", language)
    worst = np.bincount(rows.argmax(axis=1), minlength=len(result.cases))
    case = int(worst.argmax())
    fields = {"count": len(rows), "worst": int(worst[case]), "rest": len(rows) - int(worst[case])}
    return say("finding_protection", language, case=_case(result, case, language), **fields)
