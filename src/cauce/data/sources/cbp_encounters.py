"""CBP Nationwide Encounters: the official twelve columns, plain or gzip.

One row counts the encounters (events, not persons) of a month, area, demographic, citizenship, title and
type.  The fiscal year starts in October, a combination without a row is a zero, and labels drift between
releases; the border's `labels.csv` holds all that are known.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import tables

COLUMNS = (
    "Fiscal Year",
    "Month Grouping",
    "Month (abbv)",
    "Component",
    "Land Border Region",
    "Area of Responsibility",
    "AOR (Abbv)",
    "Demographic",
    "Citizenship",
    "Title of Authority",
    "Encounter Type",
    "Encounter Count",
)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
GROUPINGS = ("FYTD", "Remaining")  # months elapsed in the newest fiscal year, and the rest: they are disjoint
DIMENSIONS = {
    "Component": "component",
    "Land Border Region": "region",
    "Area of Responsibility": "sector",
    "Demographic": "demographic",
    "Citizenship": "nationality",
    "Title of Authority": "authority",
}
TYPES = {"Apprehensions": "title-8", "Inadmissibles": "title-8", "Expulsions": "title-42"}


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the file as published.

    Returns
    -------
    DataFrame
        month (date), component, region, sector, demographic, nationality, authority (our codes),
        encounters (int64) [encounters]; one row a combination that occurs, counts added up.

    Raises
    ------
    DataError
        Anything that is not as CBP publishes it, with its line.
    """
    frame = tables.read(path, COLUMNS)
    tables.refuse_repeats(frame, COLUMNS[:-1], path)
    frame = tables.counts(frame, "Encounter Count", path)
    year = (
        pl.col("Fiscal Year").str.extract(r"^(?:FY ?)?((?:19|20)[0-9]{2})(?: ?\(FYTD\))?$", 1).cast(pl.Int32)
    )
    tables.refuse(frame, year.is_null(), "Fiscal Year", "not a fiscal year", "write four digits", path)
    month = pl.col("Month (abbv)").str.to_uppercase()
    what = "which is not a month that exists"
    tables.refuse(frame, ~month.is_in(MONTHS), "Month (abbv)", what, "write JAN to DEC", path)
    known = pl.col("Month Grouping").is_in(GROUPINGS)
    tables.refuse(frame, ~known, "Month Grouping", "neither FYTD nor Remaining", "correct the row", path)
    frame = frame.with_columns(fiscal=year, number=month.replace_strict(MONTHS, range(1, 13), default=None))
    for column, dimension in DIMENSIONS.items():
        frame = tables.recode_by_border(frame, column, border, dimension, path)
    frame = tables.recode(frame, "Encounter Type", TYPES, path)
    strange = pl.col("Encounter Type") != pl.col("Title of Authority")
    tables.refuse(
        frame, strange, "Title of Authority", "which is not its type's title", "correct the row", path
    )
    number = pl.col("number").cast(pl.Int32)
    calendar = pl.col("fiscal") - (number >= 10).cast(pl.Int32)
    keys = {dimension: pl.col(column) for column, dimension in DIMENSIONS.items()}
    return (
        frame.select(month=pl.date(calendar, number, 1), **keys, encounters="Encounter Count")
        .group_by(pl.exclude("encounters"))
        .agg(pl.col("encounters").sum())
        .sort(pl.exclude("encounters"))
    )
