"""Immigration courts by fiscal year: pending, new, completed and reopened cases."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "eoir_annual"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the yearly table.

    Returns
    -------
    DataFrame
        As `contracts/eoir_annual.csv` says: fiscal_year, pending, receipts, completions, reopened (int64)
        [cases].

    Raises
    ------
    DataError
        The file is not as it should be, or a year stands twice.
    """
    frame, _, table = cards.read(path, ID)
    year = table.columns[0]
    tables.refuse_repeats(frame, [year], path)
    bad = ~pl.col(year).str.contains(r"^(19|20)[0-9]{2}$")
    tables.refuse(frame, bad, year, "not a fiscal year", "write four digits", path)
    for column in table.columns:
        frame = tables.counts(frame, column, path)
    tidy = frame.select(
        "fiscal_year",
        pending="pending_end_of_year",
        receipts="initial_receipts",
        completions="total_completions",
        reopened="motions_to_reopen",
    ).sort("fiscal_year")
    return check(tidy, Contract.read(ID), path)
