"""ICE alternatives to detention, about every second week: by area, by kind of monitoring, hearings.

In the table by area an area's row heads the rows of its technologies, so the order of rows carries meaning.
One day comes in several issues of the workbook; the newest issue of a day counts, as a whole.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "ice_alternatives"
NOTES = r"^(Data from|Costs listed)"  # footnotes of the workbook that came along as rows
AREA = "ice-area"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read one of the three tables.

    Returns
    -------
    DataFrame
        As `contracts/ice_alternatives.csv` says: date, table, area, category, persons (int64, may be
        null), value (float64, may be null).

    Raises
    ------
    DataError
        The file is not as published.
    """
    frame, card, table = cards.read(path, ID)
    dimensions, totals = dict(table.dimensions), dict(card.totals)
    ((label, dimension),) = dimensions.items()
    part = next((c for c in PARTS if c in table.columns), None)
    count, value = (c for c in table.columns if c in VALUES)
    frame = frame.filter(~pl.col(label).str.contains(NOTES))
    frame = tables.numbers(tables.counts(frame, count, path, blank=True), value, path, blank=True)
    frame = tables.dates(tables.dates(frame, "pull_date", path), "file_date", path)
    issue = [c for c in ("pull_date", part) if c is not None]
    frame = frame.filter(pl.col("file_date") == pl.col("file_date").max().over(issue))
    areas = {name: border.code(AREA, name) for name in frame[label].unique().to_list()}
    known = {name: code for name, code in areas.items() if code is not None}
    heads = pl.col(label).replace_strict(known | totals, default=None, return_dtype=pl.String)
    if known:
        frame = frame.with_columns(area=heads.forward_fill().fill_null("all"))
        also = totals | dict.fromkeys(known, "all")
    else:
        frame, also = frame.with_columns(area=pl.lit("all")), totals
    frame = tables.recode_by_border(frame, label, border, dimension, path, also=also)
    name = pl.lit(table.name) if part is None else pl.lit(f"{table.name}-") + pl.col(part)
    tidy = frame.sort(tables.LINE).select(
        date="pull_date", table=name, area="area", category=label, persons=count, value=value
    )
    keys = ("date", "table", "area", "category")
    tidy = tidy.unique(keys, keep="last", maintain_order=True).sort(keys)
    return check(tidy, Contract.read(ID), path)


PARTS = ("table", "hearing_type")
"""Published columns that part a table in two."""

VALUES = ("count", "value", "avg_length_in_program", "pct")
"""Published columns of numbers: persons, then what else is measured."""
