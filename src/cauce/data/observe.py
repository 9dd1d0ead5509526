"""What had been seen by a day: published months only, completed with zeros.

A month counts as published `lag_days` after its end (from the source's card).  The files here are one late
vintage, so later revisions of an early month are not undone.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from cauce.errors import DataError

KEYS = ("month", "nationality", "demographic", "authority")


def read_reference(path: Path) -> pl.DataFrame:
    """A reference table of monthly encounters of one sector: month, nationality, demographic, authority,
    encounters [event]."""
    try:
        return pl.read_csv(path, comment_prefix="#", schema_overrides={"month": pl.Date, "encounters": pl.Int64})
    except pl.exceptions.PolarsError:
        raise DataError("is not a reference table", mend="rebuild it with `cauce data build`", file=path) from None


def newest_month(as_of: date, lag_days: int) -> date:
    """First day of the newest month whose count was published by `as_of`.

    >>> newest_month(date(2022, 12, 1), 21)
    datetime.date(2022, 10, 1)
    """
    month = as_of.replace(day=1)
    while True:
        month = (month - timedelta(days=1)).replace(day=1)
        end = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if end + timedelta(days=lag_days) <= as_of:
            return month


def published_by(table: pl.DataFrame, as_of: date, lag_days: int) -> pl.DataFrame:
    """The rows whose month had been published by `as_of`."""
    return table.filter(pl.col("month") <= newest_month(as_of, lag_days))


def sector(table: pl.DataFrame, area: str) -> pl.DataFrame:
    """Border Patrol encounters of one sector, by month, nationality, demographic, authority."""
    mine = table.filter((pl.col("area") == area) & (pl.col("component") == "border-patrol"))
    return mine.group_by(KEYS).agg(pl.col("encounters").sum()).sort(KEYS)
