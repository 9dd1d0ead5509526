"""One chart specification for print, notebook and web; which charts a result has follows from its outcomes.

    fan          an outcome by day: median and 80% band, a panel a case, rated and surge capacity as lines
    totals       outcomes of one unit over the cases: marks and 80% bars
    changes      what a side gives or gets: difference from the base of each row
    protection   every indicator of protection, as a shaded table

A specification is plain Vega-Lite, so that a notebook (`altair.Chart.from_dict`) and a page can draw it too.
Everything fits 320 px; lines differ by dash, series by shape, shades by lightness, so that black and white
is enough.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from cauce.reports.tables import COUNTED, base_name, number, short, what
from cauce.reports.words import say
from cauce.runs.results import INTERVAL, Outcome, Result
from cauce.terms import Language

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # a name, never fetched
WIDTH = 300  # [px] of every chart: a telephone, or a column of a page
POINTS = 40  # [point] about so many a panel: finer than print shows
LETTER = 5.6  # [px] about the width of a letter of labels
AXIS = 30  # [px] left of the panels
GUARDS, SERIES = 2, 3  # charts of protection a group, and series in one chart
MUCH_THE_SAME = 0.1  # [1] relative spread of the cases' medians below which they are called the same
INK, BAND, RULE, WARN = "#14505c", "#b3d1d5", "#1b1b1b", "#9a3412"
SHADES = ["#ffffff", "#d9a08a"]
MARKS = (("circle", INK, "●"), ("diamond", "#ffffff", "◇"), ("square", "#9a9a9a", "■"))
CONFIG: dict[str, Any] = {
    "font": "DejaVu Sans, Verdana, Arial, sans-serif",
    "background": "white",
    "aria": False,
    "padding": 2,
    "view": {"stroke": "#cccccc"},
    "axis": {"labelFontSize": 10, "titleFontSize": 10, "titleFontWeight": "normal", "gridColor": "#e8e8e8"},
    "title": {"anchor": "start", "fontSize": 10, "fontWeight": "normal", "color": "#444444", "offset": 6},
    "header": {"labelFontSize": 10, "labelPadding": 3, "title": None},
}
_LINES = "split(datum.label, '\\n')"
_HEADER: dict[str, Any] = {"title": None, "labelExpr": _LINES}
_UP = {"condition": {"test": "indexof(datum.label, '\\n') > 0", "value": -6}, "value": 0}  # two lines stay centred
_NAMES: dict[str, Any] = {"labelExpr": _LINES, "labelLimit": WIDTH, "domain": False, "ticks": False}
_UNNAMED: dict[str, Any] = {"labels": False, "ticks": False, "title": None}

Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """What is drawn, of which outcomes."""

    id: str
    form: Literal["fan", "totals", "changes", "protection"]
    outcomes: tuple[Outcome, ...]


def differ(medians: np.ndarray) -> bool:
    """Whether medians over the cases differ by more than a reader would call the same."""
    return bool(np.ptp(medians) > MUCH_THE_SAME * max(float(np.max(np.abs(medians))), 1.0))


def telling(result: Result) -> tuple[Outcome, ...]:
    """Outcomes worth a sentence: no small counts, and none that repeats the numbers of an earlier one.

    An outcome that protects is compared with others that protect, so that it is never lost.
    """
    found: list[Outcome] = []
    for outcome in result.outcomes:
        highest = np.percentile(result.total(outcome.id), INTERVAL[-1], axis=1).max()
        hidden = highest < 2 * outcome.small_cell if outcome.unit in COUNTED else highest <= 0
        alike = [o for o in found if o.protection == outcome.protection and result.repeats(outcome.id, o.id)]
        if not hidden and not alike:
            found.append(outcome)
    return tuple(found)


def charts(result: Result) -> tuple[Chart, ...]:
    """The charts of a result: per group, then protection, then what the sides give and get.

    A place without protection or capacity has a chart by day only where the cases differ.
    """
    shown, many = telling(result), len(result.cases) > 1
    found = []
    for group in dict.fromkeys(o.group for o in shown):
        mine = [o for o in shown if o.group == group]
        operation = [o for o in mine if not o.protection]
        stocks = [o for o in operation if o.kind == "stock" and (not many or o.rated or o.surge or _differs(result, o))]
        flows = [o for o in operation if o.kind == "flow"]
        found += [Chart(f"fan-{o.id}", "fan", (o,)) for o in stocks[:1]]
        for unit in dict.fromkeys(o.unit for o in flows) if many else ():
            series = tuple(o for o in flows if o.unit == unit)[:SERIES]
            found.append(Chart(f"totals-{series[0].id}", "totals", series))
        found += [Chart(f"fan-{o.id}", "fan", (o,)) for o in flows[:1] if not many]
        guards = [o for o in mine if o.protection and not any(result.repeats(o.id, p.id) for p in operation)]
        found += [Chart(f"fan-{o.id}", "fan", (o,)) for o in guards[:GUARDS]]
    indicators = tuple(o for o in result.outcomes if o.protection)
    if many:
        found += [Chart("protection", "protection", indicators)] if indicators else []
        exchanged = [o for o in shown if (o.gives or o.gets) and _changes_at_all(result, o)]
        found += [Chart(f"changes-{o.id}", "changes", (o,)) for o in exchanged]
    return tuple(found)


def _differs(result: Result, outcome: Outcome) -> bool:
    return differ(np.median(result.total(outcome.id), axis=1))


def _changes_at_all(result: Result, outcome: Outcome) -> bool:
    total = result.total(outcome.id)
    return any(not np.array_equal(total[case], total[result.base(case)]) for case in range(len(total)))


def spec(result: Result, chart: Chart, language: Language) -> Spec:
    """The Vega-Lite specification of a chart."""
    if chart.form == "fan":
        drawn = _fan(result, chart.outcomes[0], language)
    elif chart.form == "totals":
        drawn = _totals(result, chart.outcomes, language)
    elif chart.form == "changes":
        drawn = _changes(result, chart.outcomes[0], language)
    else:
        drawn = _protection(result, chart.outcomes, language)
    return {"$schema": SCHEMA, "config": CONFIG, **drawn}


def wrapped(text: str, width: float) -> str:
    """Text broken into lines of a width [px]."""
    return "\n".join(textwrap.wrap(text, max(6, int(width / LETTER)), break_long_words=False))


def _key(*sentences: str) -> Spec:
    """The reading aid above a chart."""
    return {"text": textwrap.wrap(" ".join(sentences), int(WIDTH / LETTER))}


def _lines(texts: Iterable[str]) -> int:
    return max(text.count("\n") + 1 for text in texts)


def _cells(result: Result, language: Language) -> Iterator[tuple[int, str, str]]:
    """(case, name of its row, name of its column) of the crossed cases."""
    names = [n.text(language) for _, n in result.axes[-1].choices] if len(result.axes) > 1 else [""]
    for name, cases in result.grid:
        for column, case in enumerate(cases):
            yield case, name.text(language), names[column]


def _column(rows: list[Spec], name: str) -> list[str]:
    """Different values of a column, in order."""
    return list(dict.fromkeys(row[name] for row in rows))


def _stacked(rows: list[Spec], keys: Iterable[str], panel: Callable[[bool, bool], Spec], *, crossed: bool) -> Spec:
    """A panel, or one for each row of the crossed cases, under their own titles and on common axes.

    `panel` is told whether it is the first and whether it is the last, so that axes are named once.
    """
    told: Spec = {"title": _key(*keys), "data": {"values": rows}}
    if not crossed:
        return {**told, **panel(True, True)}
    names = _column(rows, "row")
    stack = []
    for name in names:
        title = {"text": name.split("\n"), "fontWeight": "bold", "color": RULE, "offset": 3}
        only = [{"filter": {"field": "row", "equal": name}}]
        stack.append({"title": title, "transform": only, **panel(name == names[0], name == names[-1])})
    return {**told, "vconcat": stack, "spacing": 5, "resolve": {"scale": {"x": "shared", "y": "shared"}}}


# --- by day ---------------------------------------------------------------------------------------------


def fan_rows(result: Result, outcome: Outcome) -> list[tuple[int, date, float, float, float]]:
    """(case, day, low, median, high); a flow is averaged over the days between two points."""
    every = max(1, len(result.days) // POINTS)
    values = result.values(outcome.id)
    whole = len(result.days) // every * every
    if outcome.kind == "flow":
        values = values[:, :, :whole].reshape(*values.shape[:2], -1, every).mean(axis=3)
    else:
        values = values[:, :, :whole:every]
    low, middle, high = np.percentile(values, INTERVAL, axis=1).round(1)
    return [
        (case, day, float(low[case, n]), float(middle[case, n]), float(high[case, n]))
        for case in range(len(result.cases))
        for n, day in enumerate(result.days[:whole:every])
    ]


def _ticks(days: tuple[date, ...]) -> tuple[list[date], str]:
    """Up to three days to name on an axis, and how."""
    firsts = [day for day in days if day.day == 1]
    if len(firsts) >= 3:
        return firsts[:: max(1, len(firsts) // 3)][-3:], "%b"
    step = max(1, (len(days) - 1) // 2)
    return list(days[::step][:3]), "%-d %b"


def _fan(result: Result, outcome: Outcome, language: Language) -> Spec:
    crossed, count = len(result.axes) > 1, len(result.cases)
    across = len(result.axes[-1].choices) if crossed else min(3, count)
    width = (WIDTH - AXIS - 8 * (across - 1)) / across
    named = {case: (row, column) for case, row, column in _cells(result, language)}
    rows = []
    for case, day, low, middle, high in fan_rows(result, outcome):
        row, column = named[case]
        rows.append(
            {"day": day.isoformat(), "low": low, "median": middle, "high": high, "rated": outcome.rated,
             "surge": outcome.surge, "row": wrapped(row, WIDTH if crossed else width), "column": wrapped(column, width)}
        )  # fmt: skip
    days, form = _ticks(result.days)
    values = [{"year": d.year, "month": d.month, "date": d.day} for d in days]
    x_axis = {"values": values, "format": form, "labelOverlap": False, "labelBound": True}
    y_axis = {"format": "~s", "tickCount": 3}

    def y(column: str) -> Spec:
        return {"field": column, "type": "quantitative", "title": None, "axis": y_axis}

    line = {"type": "line", "color": INK, "strokeWidth": 1.6}
    layers: list[Spec] = [
        {"mark": {"type": "area", "color": BAND}, "encoding": {"y": y("low"), "y2": {"field": "high"}}},
        {"mark": line, "encoding": {"y": y("median")}},
    ]
    keys = [say("key_fan", language)] + ([say("key_flow", language)] if outcome.kind == "flow" else [])
    for which, dash, colour in (("rated", [5, 3], RULE), ("surge", [1.5, 2.5], WARN)):
        capacity = getattr(outcome, which)
        if capacity is not None:
            mark = {"type": "line", "color": colour, "strokeDash": dash, "strokeWidth": 1.2}
            layers.append({"mark": mark, "encoding": {"y": y(which)}})
            keys.append(say(f"key_{which}", language, **{which: number(capacity, outcome, language)}))

    def panel(first: bool, last: bool) -> Spec:
        axis = x_axis if last else {**x_axis, **_UNNAMED}
        x = {"field": "day", "type": "temporal", "title": None, "axis": axis}
        height = 48 if crossed else 70 if count > 1 else 150
        one: Spec = {"width": width, "height": height, "encoding": {"x": x}, "layer": layers}
        if count == 1:
            return one
        field = "column" if crossed else "row"
        header = _HEADER if first else {"title": None, "labels": False}
        facet = {"field": field, "type": "nominal", "sort": _column(rows, field), "header": header}
        if crossed:
            return {"facet": {"column": facet}, "spec": one, "spacing": {"column": 8}}
        return {"facet": facet, "columns": across, "spec": one, "spacing": {"row": 6, "column": 8}}

    return _stacked(rows, keys, panel, crossed=crossed)


# --- over the cases ---------------------------------------------------------------------------------------


def _places(result: Result, language: Language) -> Iterator[tuple[int, Spec]]:
    """Where each case stands in a chart over the cases."""
    crossed = len(result.axes) > 1
    for case, row, column in _cells(result, language):
        yield case, {"row": wrapped(row, WIDTH), "y": wrapped(column if crossed else row, WIDTH * 0.46)}


def _bars(rows: list[Spec], unit: str, *, series: list[str], zero: bool) -> Callable[[bool, bool], Spec]:
    """Marks with bars, a line a case and series."""
    names = _column(rows, "y")
    label = max(len(line) for name in names for line in name.split("\n")) * LETTER
    encoding: Spec = {
        "y": {"field": "y", "type": "nominal", "sort": None, "title": None, "axis": {**_NAMES, "labelOffset": _UP}}
    }
    if len(series) > 1:
        encoding["yOffset"] = {"field": "series", "type": "nominal", "sort": series}
    step = max(14, 12 * _lines(names), 8 * len(series) + 2)
    size = {"width": max(120.0, WIDTH - label - 14), "height": step * len(names)}
    point = {"type": "point", "size": 42, "stroke": INK, "strokeWidth": 1.2, "opacity": 1}
    bar = {"type": "rule", "color": INK, "strokeWidth": 1.4}
    origin = {"mark": {"type": "rule", "color": RULE, "strokeDash": [2, 2]}, "encoding": {"x": {"datum": 0}}}

    def scaled(part: int) -> Spec:
        scale = {"domain": series, "range": [mark[part] for mark in MARKS[: len(series)]]}
        return {"field": "series", "type": "nominal", "scale": scale, "legend": None}

    def panel(_first: bool, last: bool) -> Spec:
        axis = {"format": "~s", "tickCount": 4, "title": "USD" if unit == "usd" else None}
        axis = axis if last else {**axis, **_UNNAMED}

        def x(column: str) -> Spec:
            return {"field": column, "type": "quantitative", "axis": axis}

        layers: list[Spec] = [
            {"mark": bar, "encoding": {**encoding, "x": x("low"), "x2": {"field": "high"}}},
            {"mark": point, "encoding": {**encoding, "x": x("median"), "shape": scaled(0), "fill": scaled(1)}},
        ]
        return {**size, "layer": [origin, *layers] if zero else layers}

    return panel


def _totals(result: Result, outcomes: tuple[Outcome, ...], language: Language) -> Spec:
    names = [o.name.text(language) for o in outcomes]
    rows = []
    for outcome, name in zip(outcomes, names, strict=True):
        low, middle, high = np.percentile(result.total(outcome.id), INTERVAL, axis=1).tolist()
        for case, place in _places(result, language):
            rows.append({**place, "series": name, "low": low[case], "median": middle[case], "high": high[case]})
    marks = [f"{sign} {name}" for (_, _, sign), name in zip(MARKS, names, strict=False)]
    shown = names if len(names) == 1 else marks
    keys = (f"{'; '.join(shown)}: {what(outcomes[0], language)}.", say("key_totals", language))
    panel = _bars(rows, outcomes[0].unit, series=names, zero=False)
    return _stacked(rows, keys, panel, crossed=len(result.axes) > 1)


def _changes(result: Result, outcome: Outcome, language: Language) -> Spec:
    rows = []
    for case, place in _places(result, language):
        if case != result.base(case):
            low, middle, high = result.paired(outcome.id, case, result.base(case))
            rows.append({**place, "series": "", "low": low, "median": middle, "high": high})
    panel = _bars(rows, outcome.unit, series=[""], zero=True)
    keys = (say("key_totals", language), say("key_changes", language, base=base_name(result, language)))
    return _stacked(rows, keys, panel, crossed=len(result.axes) > 1)


def _protection(result: Result, outcomes: tuple[Outcome, ...], language: Language) -> Spec:
    crossed = len(result.axes) > 1
    across = len(result.axes[-1].choices) if crossed else len(result.cases)
    label = 0.46 * WIDTH
    width = (WIDTH - label - 8) / across
    rows = []
    for outcome in outcomes:
        total = result.total(outcome.id)
        medians = np.median(total, axis=1)
        seen = differ(medians) and (outcome.unit not in COUNTED or medians.max() >= outcome.small_cell)
        worst = float(medians.max()) if seen else np.inf
        for case, row, column in _cells(result, language):
            rows.append(
                {"row": wrapped(row, WIDTH), "y": wrapped(outcome.name.text(language), label),
                 "x": wrapped(column if crossed else row, width), "shade": float(medians[case]) / worst,
                 "text": short(total[case], outcome, language)}
            )  # fmt: skip
    names = _column(rows, "y")
    axis = {**_NAMES, "labelFontSize": 9, "labelLineHeight": 10, "labelOffset": _UP}
    y = {"field": "y", "type": "nominal", "sort": None, "title": None, "axis": axis}
    scale = {"domain": [0, 1], "range": SHADES, "interpolate": "rgb"}
    shade = {"field": "shade", "type": "quantitative", "scale": scale, "legend": None}
    layers = [
        {"mark": {"type": "rect", "stroke": "white"}, "encoding": {"color": shade}},
        {"mark": {"type": "text", "fontSize": 10, "color": RULE}, "encoding": {"text": {"field": "text"}}},
    ]

    def panel(first: bool, _last: bool) -> Spec:
        padding = 4 + 11 * (_lines(_column(rows, "x")) - 1)  # else lines of a label on top grow into the table
        axis = {**_NAMES, "orient": "top", "labelAngle": 0, "labelPadding": padding, **({} if first else _UNNAMED)}
        x = {"field": "x", "type": "nominal", "sort": None, "title": None, "axis": axis}
        size = {"width": width * across, "height": (10 * _lines(names) + 3) * len(names)}
        return {**size, "encoding": {"x": x, "y": y}, "layer": layers}

    return _stacked(rows, (say("key_protection", language),), panel, crossed=crossed)
