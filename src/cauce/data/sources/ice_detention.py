"""ICE detention by month: mean population, book-ins, mean stay; of several vintages of a cell the newest.

ICE publishes each fiscal year's months anew with every issue, so a cell comes in several vintages.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "ice_detention"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read one of the three tables.

    Returns
    -------
    DataFrame
        As `contracts/ice_detention.csv` says: month (date), table, group, value (float64) [persons or
        days], pulled (date).

    Raises
    ------
    DataError
        The file is not as published, or one vintage gives a cell twice.
    """
    frame, card, table = cards.read(path, ID)
    ((group, dimension),) = table.dimensions
    value = table.columns[3]
    tables.refuse_repeats(frame, [group, "date", "pull_date", "file_date"], path)
    frame = tables.months(tables.numbers(frame, value, path), "date", path)
    frame = tables.dates(tables.dates(frame, "pull_date", path), "file_date", path)
    frame = tables.recode_by_border(frame, group, border, dimension, path, also=dict(card.totals))
    newest = frame.sort("pull_date", "file_date").unique(["date", group], keep="last", maintain_order=True)
    tidy = newest.select(month="date", table=pl.lit(table.name), group=group, value=value, pulled="pull_date").sort(
        "month", "group"
    )
    return check(tidy, Contract.read(ID), path)
