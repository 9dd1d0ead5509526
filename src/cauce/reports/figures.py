"""One chart specification for print, notebook and web: medians by day with an 80% band, a panel a case.

Line and band differ by lightness and the panels are labelled, so that the chart reads in black and white.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from cauce.runs.results import Outcome, Result
from cauce.terms import Language

WIDTH, HEIGHT, COLUMNS = 210, 90, 3
POINTS = 40  # [point] about so many a panel: finer than print shows
INK, BAND = "#14505c", "#9cc4c9"


def panel_data(result: Result, outcome: Outcome, language: Language) -> pl.DataFrame:
    """case, day, low, median, high."""
    frames = []
    for case, (_, name) in enumerate(result.cases):
        low, middle, high = result.fan(outcome.id, case)
        columns = {"day": list(result.days), "low": low, "median": middle, "high": high}
        frames.append(pl.DataFrame(columns).with_columns(case=pl.lit(name.text(language))))
    return pl.concat(frames)


def fan(result: Result, outcome: Outcome, language: Language) -> dict[str, Any]:
    """The Vega-Lite specification of an outcome's chart."""
    data = panel_data(result, outcome, language)
    order = [name.text(language) for _, name in result.cases]
    axis = alt.Axis(format="%d/%m" if language is Language.SPANISH else "%b %d", tickCount=4, title=None)
    plot = alt.Chart().encode(x=alt.X("day:T", axis=axis))
    band = plot.mark_area(color=BAND).encode(
        y=alt.Y("low:Q", title=None, axis=alt.Axis(format="~s", tickCount=4)), y2="high:Q"
    )
    line = plot.mark_line(color=INK, strokeWidth=1.6).encode(y="median:Q")
    every = max(1, len(result.days) // POINTS)
    data = data.gather_every(every) if len(result.days) % every == 0 else data
    values = data.with_columns(pl.col("day").cast(pl.String), pl.col("low", "median", "high").round(1)).to_dicts()
    chart = (
        alt.layer(band, line, data=alt.Data(values=values))
        .properties(width=WIDTH, height=HEIGHT)
        .facet(
            facet=alt.Facet("case:N", title=None, sort=order, header=alt.Header(labelFontSize=10, labelLimit=WIDTH)),
            columns=COLUMNS,
        )
        .configure_view(stroke="#cccccc")
        .configure_axis(labelFontSize=9, grid=True, gridColor="#eeeeee")
        .configure(font="DejaVu Sans, Arial, sans-serif", background="white")
    )
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec
