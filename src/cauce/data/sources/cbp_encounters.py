"""CBP Nationwide Encounters: the official twelve columns, plain or gzip.

One row counts the encounters (events, not persons) of a month, area, demographic, citizenship, title and
type.  The fiscal year starts in October, a combination without a row is a zero, and labels drift between
releases; the border's `labels.csv` holds all that are known.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "cbp_encounters"
FISCAL_YEAR = r"^(?:FY ?)?((?:19|20)[0-9]{2})(?: ?\(FYTD\))?$"
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
GROUPINGS = ("FYTD", "Remaining")  # months elapsed in the newest fiscal year, and the rest: disjoint
TYPES = {"Apprehensions": "title-8", "Inadmissibles": "title-8", "Expulsions": "title-42"}


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the file as published.

    Returns
    -------
    DataFrame
        As `contracts/cbp_encounters.csv` says: month (date), component, region, sector, demographic,
        nationality, authority (our codes), encounters (int64) [encounters]; one row a combination that
        occurs, counts added up.

    Raises
    ------
    DataError
        Anything that is not as CBP publishes it, with its line.
    """
    frame, _, table = cards.read(path, ID)
    *keys, count = table.columns
    tables.refuse_repeats(frame, keys, path)
    frame = tables.counts(frame, count, path)
    year = pl.col("Fiscal Year").str.extract(FISCAL_YEAR, 1).cast(pl.Int32)
    tables.refuse(frame, year.is_null(), "Fiscal Year", "not a fiscal year", "write four digits", path)
    month = pl.col("Month (abbv)").str.to_uppercase()
    mend = f"write {MONTHS[0]} to {MONTHS[-1]}"
    tables.refuse(frame, ~month.is_in(MONTHS), "Month (abbv)", tables.NO_MONTH, mend, path)
    known = pl.col("Month Grouping").is_in(GROUPINGS)
    tables.refuse(frame, ~known, "Month Grouping", "neither FYTD nor Remaining", "correct the row", path)
    frame = frame.with_columns(fiscal=year, number=month.replace_strict(MONTHS, range(1, 13), return_dtype=pl.Int32))
    for column, dimension in table.dimensions:
        frame = tables.recode_by_border(frame, column, border, dimension, path)
    frame = tables.recode(frame, "Encounter Type", TYPES, path)
    strange = pl.col("Encounter Type") != pl.col("Title of Authority")
    what = "not the title of its encounter type"
    tables.refuse(frame, strange, "Title of Authority", what, "correct the row", path)
    number = pl.col("number")
    calendar = pl.col("fiscal") - (number >= 10).cast(pl.Int32)  # the fiscal year starts in October
    codes = {dimension: pl.col(column) for column, dimension in table.dimensions}
    contract = Contract.read(ID)
    *names, encounters = (column.name for column in contract.columns)
    tidy = (
        frame.select(month=pl.date(calendar, number, 1), **codes, encounters=count)
        .group_by(names)
        .agg(pl.col(encounters).sum())
        .sort(names)
    )
    return check(tidy, contract, path)
