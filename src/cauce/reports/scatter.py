"""A plot of a sheet as one chart specification: a number a scenario, at its medians, with bars both ways.

Numbers instead of colours or shapes, so that black and white and any number of scenarios will do; the key above says
whose they are.
"""

from __future__ import annotations

from cauce.reports.figures import CONFIG, INK, LETTER, RULE, SCHEMA, WIDTH, Spec, wrapped
from cauce.reports.words import say
from cauce.runs.sheets import Plot
from cauce.terms import Language

HEIGHT = 210  # [px]


def spec(plot: Plot, language: Language) -> Spec:
    """The Vega-Lite specification of a plot."""
    rows = []
    for number, mark in enumerate(plot.marks, 1):
        x, y = (dict(zip((f"{way}_low", way, f"{way}_high"), ends, strict=True))
                for way, ends in (("x", mark.x), ("y", mark.y)))  # fmt: skip
        rows.append({"number": f"{number}", **x, **y})
    names = "; ".join(f"{number} {mark.name.text(language)}" for number, mark in enumerate(plot.marks, 1))
    key = [*wrapped(f"{names}.", WIDTH).split("\n"), *wrapped(say("key_scatter", language), WIDTH).split("\n")]

    def at(field: str, title: str) -> Spec:
        axis = {"format": "~s", "tickCount": 4, "titleLimit": WIDTH}
        return {
            "field": field,
            "type": "quantitative",
            "title": wrapped(title, WIDTH).split("\n"),
            "axis": axis,
            "scale": {"zero": False},
        }

    x, y = at("x", plot.x.text(language)), at("y", plot.y.text(language))
    bar = {"type": "rule", "color": INK, "strokeWidth": 1.2}
    disc = {"type": "point", "shape": "circle", "size": 150, "fill": "#ffffff", "stroke": INK, "opacity": 1}
    text = {"type": "text", "fontSize": 9, "color": RULE}
    layers: list[Spec] = [
        {"mark": bar, "encoding": {"x": {**x, "field": "x_low"}, "x2": {"field": "x_high"}, "y": y}},
        {"mark": bar, "encoding": {"y": {**y, "field": "y_low"}, "y2": {"field": "y_high"}, "x": x}},
        {"mark": disc, "encoding": {"x": x, "y": y}},
        {"mark": text, "encoding": {"x": x, "y": y, "text": {"field": "number"}}},
    ]
    return {
        "$schema": SCHEMA, "config": CONFIG, "title": {"text": key}, "data": {"values": rows},
        "width": WIDTH - 8 * LETTER, "height": HEIGHT, "layer": layers,
    }  # fmt: skip
