"""Numbers as people read them, and the table twin of every chart.

Persons are rounded, small counts hidden, intervals stand with their medians.  A cell of two lines holds the
median and, below it, the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np

from cauce.reports.words import say
from cauce.runs.results import INTERVAL, Outcome, Result
from cauce.terms import ROUNDED, Language, figured

ROWS = 14  # [row] the most that the table of a chart by day has
COUNTED = frozenset({"person", "night"})  # units that count people, and so are rounded and hidden when small
PROTECTS = "◆ "
MANY_DOLLARS = 1e8  # [usd] from here on without a decimal


@dataclass(frozen=True)
class Table:
    """A caption, a head whose first cell names the rows, and rows of text.

    `over`, when given, stands above the head: names and how many columns each spans, from the second on.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    over: tuple[tuple[str, int], ...] = ()


def number(value: float, outcome: Outcome, language: Language, *, bare: bool = False) -> str:
    """One figure for print: persons to the nearest five, dollars in millions, small counts hidden.

    A bare figure stands in a table whose caption names the unit.
    """
    if outcome.unit == "usd":
        text = figured(f"{value / 1e6:,.{1 if abs(value) < MANY_DOLLARS else 0}f}", language)
        return text if bare else say("millions", language, figure=text)
    if outcome.unit not in COUNTED:
        return figured(f"{round(value):,}", language)
    if 0 < abs(value) < outcome.small_cell:
        return f"<{outcome.small_cell}"
    return figured(f"{round(value / ROUNDED) * ROUNDED:,}", language)


def difference(value: float, outcome: Outcome, language: Language, *, bare: bool = False) -> str:
    """One difference for print, with its sign; a small one only says that it is small."""
    shown = number(abs(value), outcome, language, bare=bare)
    if shown.startswith("<") or value == 0:
        return shown
    return f"{'+' if value > 0 else '−'}{shown}"


def between(low: str, high: str) -> str:
    """An interval; one figure when both ends look the same."""
    return low if low == high else f"{low} – {high}"


def interval(by_draw: np.ndarray, outcome: Outcome, language: Language, *, bare: bool = False) -> tuple[str, str]:
    """(median, "low – high") of one figure over draws."""
    low, middle, high = (number(x, outcome, language, bare=bare) for x in np.percentile(by_draw, INTERVAL))
    return middle, between(low, high)


def _both(by_draw: np.ndarray, outcome: Outcome, language: Language) -> str:
    return "\n".join(interval(by_draw, outcome, language, bare=True))


def short(by_draw: np.ndarray, outcome: Outcome, language: Language) -> str:
    """A median in at most six characters, for a terminal or a small cell."""
    middle = float(np.median(by_draw))
    for bound, mark in ((1e6, "M"), (1e4, "k")):
        if abs(middle) >= bound:
            scaled = middle / (1e6 if mark == "M" else 1e3)
            return (f"{scaled:.1f}" if scaled < 100 else f"{scaled:.0f}") + mark
    return number(middle, outcome, language)


def ordered(result: Result) -> tuple[Outcome, ...]:
    """Outcomes for the crossed table: in each group what protects people stands beside what runs well."""
    groups = list(dict.fromkeys(o.group for o in result.outcomes))
    return tuple(o for g in groups for o in result.outcomes if o.group == g)


def what(outcome: Outcome, language: Language) -> str:
    """Which single figure stands for an outcome."""
    return say("total" if outcome.kind == "flow" else "highest", language)


def _heading(outcome: Outcome, language: Language) -> str:
    """What stands in a table: the outcome, which figure of it, and the unit where it is not a count."""
    unit = f", {say('usd', language)}" if outcome.unit == "usd" else ""
    return f"{marked(outcome, language)}, {what(outcome, language)}{unit}"


def crossed(result: Result, outcome: Outcome, language: Language) -> Table:
    """One outcome over the crossed cases: the last axis across, all others down."""
    total = result.total(outcome.id)

    def cell(case: int) -> str:
        return _both(total[case], outcome, language)

    rows = tuple((name.text(language), *map(cell, cases)) for name, cases in result.grid)
    return Table(_heading(outcome, language), _head(result, language), rows)


def changes(result: Result, outcome: Outcome, language: Language) -> Table:
    """Paired differences from the base of each row: the last choice of the last axis."""

    def cell(case: int) -> str:
        low, middle, high = result.paired(outcome.id, case, result.base(case))
        shown = [difference(x, outcome, language, bare=True) for x in (low, middle, high)]
        return f"{shown[1]}\n{between(shown[0], shown[2])}"

    rows = []
    for name, cases in result.grid:
        cells = [cell(case) for case in cases if case != result.base(case)]
        if cells:
            rows.append((name.text(language), *cells))
    head = _head(result, language)
    head = head[:-1] if len(result.axes) > 1 else head
    return Table(f"{_heading(outcome, language)}: {roles(result, outcome, language)}", head, tuple(rows))


def _head(result: Result, language: Language) -> tuple[str, ...]:
    if len(result.axes) < 2:
        return say("case", language), say("median", language)
    *others, last = result.axes
    corner = ", ".join(axis.name.text(language) for axis in others)
    return corner, *(name.text(language) for _, name in last.choices)


def base_name(result: Result, language: Language) -> str:
    """Name of what the cases are compared with."""
    named = result.axes[-1].choices if result.axes else result.cases
    return named[-1][1].text(language)


def roles(result: Result, outcome: Outcome, language: Language) -> str:
    """Who gives and who gets an outcome."""
    names = {side: name.text(language) for side, name in result.sides}
    told = [f"{names.get(side, side)} {say('gives', language)}" for side in outcome.gives]
    told += [f"{names.get(side, side)} {say('gets', language)}" for side in outcome.gets]
    return ", ".join(told)


def _across(result: Result, language: Language) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Names of all cases across a table: those of the last axis, and above them those of the others."""
    if len(result.axes) < 2:
        return tuple(name.text(language) for _, name in result.cases), ()
    names = tuple(name.text(language) for _, name in result.axes[-1].choices)
    return names * len(result.grid), tuple((name.text(language), len(cases)) for name, cases in result.grid)


def by_day(result: Result, outcome: Outcome, language: Language) -> Table:
    """Medians and intervals on some days of each case."""
    days = len(result.days)
    every = 1 if days <= ROWS else 7 * ceil(days / 7 / ROWS)
    quantiles = np.percentile(result.values(outcome.id)[:, :, ::every], INTERVAL, axis=1)
    rows = []
    for number_of_row, day in enumerate(result.days[::every]):
        cells = []
        for case in range(len(result.cases)):
            low, middle, high = (number(x, outcome, language, bare=True) for x in quantiles[:, case, number_of_row])
            cells.append(f"{middle}\n{between(low, high)}")
        rows.append((on(day, language), *cells))
    names, over = _across(result, language)
    return Table(outcome.name.text(language), (say("day", language), *names), tuple(rows), over)


def on(day: date, language: Language) -> str:
    """A day in words."""
    month = say("months", language).split()[day.month - 1]
    return say("date", language, day=day.day, month=month, year=day.year)


def totals(result: Result, outcomes: tuple[Outcome, ...], language: Language) -> Table:
    """Some outcomes of every case."""
    figures = [[_both(row, o, language) for row in result.total(o.id)] for o in outcomes]
    rows = tuple(
        (name.text(language), *(column[case] for column in figures)) for case, (_, name) in enumerate(result.cases)
    )
    names = tuple(_heading(o, language) for o in outcomes)
    return Table("; ".join(names), (say("case", language), *names), rows)


def everything(result: Result, outcomes: tuple[Outcome, ...], language: Language, caption: str = "") -> Table:
    """Outcomes down, cases across; the caption says how to read it unless another is given."""
    rows = []
    for outcome in outcomes:
        cells = (_both(row, outcome, language) for row in result.total(outcome.id))
        rows.append((_heading(outcome, language), *cells))
    names, over = _across(result, language)
    return Table(caption or reading(result, language), (say("outcome", language), *names), tuple(rows), over)


def halves(result: Result, outcomes: tuple[Outcome, ...], language: Language) -> tuple[Table, ...]:
    """Operation, and protection beside it."""
    both = (("efficiency", False), ("protection", True))
    parts = [(word, tuple(o for o in outcomes if o.protection is guards)) for word, guards in both]
    return tuple(everything(result, some, language, say(word, language)) for word, some in parts if some)


def marked(outcome: Outcome, language: Language) -> str:
    """Name of an outcome, with the sign of protection where it protects."""
    return f"{PROTECTS if outcome.protection else ''}{outcome.name.text(language)}"


def reading(result: Result, language: Language) -> str:
    """How to read the figures."""
    told = say("median80", language, draws=result.provenance.draws, days=len(result.days))
    small = min(o.small_cell for o in result.outcomes)
    return f"{told} {say('rounding', language, step=ROUNDED, small=small)} {PROTECTS}{say('protection', language)}."


def keys(result: Result) -> tuple[Outcome, ...]:
    """What the crossed table shows: all that protects, beside the first of each group and what the sides exchange."""
    shown = []
    for outcome in ordered(result):
        first = next(o for o in result.outcomes if o.group == outcome.group)
        if outcome.protection or outcome.gives or outcome.gets or outcome.id == first.id or outcome.rated is not None:
            shown.append(outcome)
    return tuple(shown)


def twin(result: Result, form: str, outcomes: tuple[Outcome, ...], language: Language) -> Table:
    """The table that says the same as a chart of this form."""
    if form == "fan":
        return by_day(result, outcomes[0], language)
    if form == "changes":
        return changes(result, outcomes[0], language)
    return totals(result, outcomes, language) if form == "totals" else everything(result, outcomes, language)
