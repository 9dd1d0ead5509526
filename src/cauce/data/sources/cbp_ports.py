"""People found inadmissible at ports of entry under Title 8, by southwest field office and month."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "cbp_ports"
SLACK = 5  # persons; published totals miss the sum of the offices by 1 or 2 in some months


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the table; its columns of field offices become rows.

    Returns
    -------
    DataFrame
        As `contracts/cbp_ports.csv` says: month (date), sector (field office), persons (int64) [persons].

    Raises
    ------
    DataError
        The file is not as published, a month stands twice, or the total is not the sum of its offices.
    """
    frame, _, table = cards.read(path, ID)
    month, *offices, total = table.columns
    tables.refuse_repeats(frame, [month], path)
    for column in (*offices, total):
        frame = tables.counts(frame, column, path)
    frame = tables.months(frame, month, path)
    differs = (pl.sum_horizontal(offices) - pl.col(total)).abs() > SLACK
    tables.refuse(frame, differs, total, "not the sum of the offices", "correct the row", path)
    long = frame.unpivot(offices, index=[month, tables.LINE], variable_name="office", value_name="persons")
    long = tables.recode_by_border(long, "office", border, "field-office", path)
    tidy = long.select(month=month, sector="office", persons="persons").sort("month", "sector")
    return check(tidy, Contract.read(ID), path)
