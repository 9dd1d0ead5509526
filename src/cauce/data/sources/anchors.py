"""Dated operational figures of the focus sector, each with who said it: points to check against, no series.

Dates and values are printed in the ways of the press: `2022-10`, `2022-12-13/20`, `2022-12 (late)`;
`200-250`, `3660`.  They become a first and a last day, a low and a high number; a value that is neither one
number nor a range keeps its words alone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check
from cauce.errors import DataError

ID = "anchors"
DATES = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2})(?:/(\d{2}))?| \((early|mid|late)\))?")
PARTS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}
RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?")


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the table of anchors.

    Returns
    -------
    DataFrame
        As `contracts/anchors.csv` says: first, last (date), scope, quantity, value, low, high (float64, may
        be null), unit, source_type, address, note.

    Raises
    ------
    DataError
        The file is not as it should be, or a date does not exist.
    """
    frame, _, _ = cards.read(path, ID)
    for column in ("quantity", "value", "unit", "url"):
        tables.refuse(frame, pl.col(column) == "", column, "which says nothing", "fill it", path)
    spans = [_span(text, path, line) for text, line in frame.select("date", tables.LINE).iter_rows()]
    ranges = [_range(text) for text in frame["value"].to_list()]
    tidy = frame.select(
        pl.Series("first", [first for first, _ in spans], dtype=pl.Date),
        pl.Series("last", [last for _, last in spans], dtype=pl.Date),
        "scope",
        "quantity",
        "value",
        pl.Series("low", [low for low, _ in ranges], dtype=pl.Float64),
        pl.Series("high", [high for _, high in ranges], dtype=pl.Float64),
        "unit",
        "source_type",
        pl.col("url").alias("address"),
        "note",
    )
    return check(tidy.sort("first", "last", maintain_order=True), Contract.read(ID), path)


def _span(text: str, path: Path, line: int) -> tuple[date, date]:
    """First and last day of a printed date."""
    match = DATES.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        year, month = int(match[1]), int(match[2])
        end = monthrange(year, month)[1]
        if match[3]:
            first, last = int(match[3]), int(match[4] or match[3])
        else:
            first, last = PARTS.get(match[5] or "", (1, end))
        span = date(year, month, first), date(year, month, min(last, end) if match[5] else last)
        if span[0] > span[1]:
            raise ValueError
    except ValueError:
        cause = f"'date' is {tables.shown(text)}, which is not a date that exists"
        mend = "write YYYY-MM-DD, YYYY-MM-DD/DD, YYYY-MM or YYYY-MM (late)"
        raise DataError(cause, mend=mend, file=path, line=line) from None
    return span


def _range(text: str) -> tuple[float | None, float | None]:
    """Low and high of a printed value, when it is one number or a range."""
    match = RANGE.fullmatch(text)
    if match is None:
        return None, None
    low = float(match[1])
    return low, float(match[2]) if match[2] else low
