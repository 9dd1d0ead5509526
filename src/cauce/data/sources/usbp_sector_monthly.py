"""Border Patrol encounters by sector and month since fiscal year 2000, rounded to 10."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "usbp_sector_monthly"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the table by sector.

    Returns
    -------
    DataFrame
        As `contracts/usbp_sector_monthly.csv` says: month (date), sector, encounters (int64) [encounters].

    Raises
    ------
    DataError
        The file is not as published, a month lies outside its fiscal year, or a row stands twice.
    """
    frame, _, _ = cards.read(path, ID)
    tables.refuse_repeats(frame, ["month", "sector"], path)
    frame = tables.months(tables.counts(frame, "quantity", path), "month", path)
    tables.refuse_other_fiscal_years(frame, "fiscal_year", "month", path)
    frame = tables.recode_by_border(frame, "sector", border, "sector", path)
    tidy = frame.select("month", "sector", encounters="quantity").sort("month", "sector")
    return check(tidy, Contract.read(ID), path)
