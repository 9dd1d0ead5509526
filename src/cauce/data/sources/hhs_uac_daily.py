"""Unaccompanied children in CBP custody and HHS care, by day.

The two stocks are complete; the three daily flows are not.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "hhs_uac_daily"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the daily table.

    Returns
    -------
    DataFrame
        As `contracts/hhs_uac_daily.csv` says: date, apprehended, in_cbp, transferred, in_hhs, discharged
        (int64, may be null) [children].

    Raises
    ------
    DataError
        The file is not as published, or a day stands twice.
    """
    frame, _, table = cards.read(path, ID)
    day, *numbers = table.columns
    tables.refuse_repeats(frame, [day], path)
    for column in numbers:
        frame = tables.counts(frame, column, path, blank=True)
    tidy = tables.dates(frame, day, path).select(table.columns).sort(day)
    return check(tidy, Contract.read(ID), path)
