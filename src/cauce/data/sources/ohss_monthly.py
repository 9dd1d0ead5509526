"""OHSS monthly tables: what happened to people after an encounter, lawful lanes, repatriations.

All tables have one shape (month, group, series, value) and are rounded to 10; the card says which dimension
the headings of each table are.  A rest ("Other") is all that this one table does not list, so it is `rest`
and not the border's residual nationality.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "ohss_monthly"
FIELD_OFFICES = "field-operations"  # under this group a place is a field office, not a sector


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read one of the monthly tables.

    Returns
    -------
    DataFrame
        As `contracts/ohss_monthly.csv` says: month (date), table, group, series, count (int64, may be
        null) [persons or events].

    Raises
    ------
    DataError
        The file is not as published, or a row stands twice.
    """
    frame, card, table = cards.read(path, ID)
    dimensions, totals = dict(table.dimensions), dict(card.totals)
    month, group, series, value = table.columns
    tables.refuse_repeats(frame, [month, group, series], path)
    frame = tables.months(tables.counts(frame, value, path, blank=True), month, path)
    if group in dimensions:
        also = totals | {"": "all"}
        frame = tables.recode_by_border(frame, group, border, dimensions[group], path, also=also)
    else:
        frame = tables.recode(frame, group, {"": "all"}, path)
    inner = dimensions[series]
    if inner == "sector":
        at_ports = pl.col(group) == FIELD_OFFICES
        ports = tables.recode_by_border(frame.filter(at_ports), series, border, "field-office", path, also=totals)
        sectors = tables.recode_by_border(frame.filter(~at_ports), series, border, inner, path, also=totals)
        frame = pl.concat([sectors, ports])
    else:
        frame = tables.recode_by_border(frame, series, border, inner, path, also=totals)
    published = pl.col("count").is_not_null().any()
    keys = ("month", "table", "group", "series")
    tidy = (
        frame.select(month=month, table=pl.lit(table.name), group=group, series=series, count=value)
        .group_by(keys)
        .agg(pl.when(published).then(pl.col("count").sum()).alias("count"))
        .sort(keys)
    )
    return check(tidy, Contract.read(ID), path)
