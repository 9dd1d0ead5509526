"""Border Patrol encounters by week, nationwide; a week starts on Monday."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "usbp_weekly"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the weekly table.

    Returns
    -------
    DataFrame
        As `contracts/usbp_weekly.csv` says: week (date), encounters (int64) [encounters].

    Raises
    ------
    DataError
        The file is not as published, a week does not start on Monday, or a week stands twice.
    """
    frame, _, table = cards.read(path, ID)
    week, encounters = table.columns
    tables.refuse_repeats(frame, [week], path)
    frame = tables.dates(tables.counts(frame, encounters, path), week, path)
    monday = pl.col(week).dt.weekday() == 1
    tables.refuse(frame, ~monday, week, "not a Monday", "give the Monday of the week", path)
    tidy = frame.select(week=week, encounters=encounters).sort("week")
    return check(tidy, Contract.read(ID), path)
