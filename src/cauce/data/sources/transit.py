"""People counted on the way, and returned from there, by nationality (ISO 3166-1 alpha-3) and month.

Three authorities publish; each has its card and all tables have one shape.  A missing row is a zero, and
rows of one nationality and month (territories, spellings) are added up.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "transit"
MONTHLY_SINCE = date(2020, 1, 1)  # tables with a quarter column give whole years, dated January, before


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read one of the tables.

    Returns
    -------
    DataFrame
        As `contracts/transit.csv` says: month (date), span_months, table, nationality, kind, persons (int64)
        [persons].

    Raises
    ------
    DataError
        The file is not as published.
    """
    frame, _, table = cards.read(path, ID)
    dimensions = dict(table.dimensions)
    frame = tables.months(tables.counts(frame, "n", path), "t", path)
    kind, span = pl.lit("transit"), pl.lit(1, dtype=pl.Int64)
    if "q" in table.columns:
        frame = tables.months(frame, "q", path)
        span = pl.when(pl.col("t") < MONTHLY_SINCE).then(12).otherwise(1).cast(pl.Int64)
    for column, dimension in dimensions.items():
        frame = tables.recode_by_border(frame, column, border, dimension, path)
        if column != "nat":
            kind = pl.col(column)
    keys = ("month", "span_months", "table", "nationality", "kind")
    tidy = (
        frame.select(month="t", span_months=span, table=pl.lit(table.name), nationality="nat", kind=kind, persons="n")
        .group_by(keys)
        .agg(pl.col("persons").sum())
        .sort(keys)
    )
    return check(tidy, Contract.read(ID), path)
