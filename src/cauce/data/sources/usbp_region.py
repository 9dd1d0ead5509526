"""Border Patrol encounters by region and month since fiscal year 2000, rounded to 10.

Two tables: by citizenship, and by family status.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "usbp_region"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read either table; the dimension that it lacks is `all`.

    Returns
    -------
    DataFrame
        As `contracts/usbp_region.csv` says: month (date), region, nationality, demographic, encounters
        (int64) [encounters].

    Raises
    ------
    DataError
        The file is not as published, a month lies outside its fiscal year, or a row stands twice.
    """
    frame, _, table = cards.read(path, ID)
    dimensions = dict(table.dimensions)
    tables.refuse_repeats(frame, ["month", *dimensions], path)
    frame = tables.months(tables.counts(frame, "quantity", path), "month", path)
    tables.refuse_other_fiscal_years(frame, "fiscal_year", "month", path)
    codes = {"nationality": pl.lit("all"), "demographic": pl.lit("all")}
    for column, dimension in dimensions.items():
        frame = tables.recode_by_border(frame, column, border, dimension, path)
        codes[dimension] = pl.col(column)
    keys = ("month", "region", "nationality", "demographic")
    tidy = frame.select("month", pl.col("quantity").alias("encounters"), **codes)
    tidy = tidy.group_by(keys).agg(pl.col("encounters").sum()).sort(keys)
    return check(tidy, Contract.read(ID), path)
