"""What was seen, as forecasts and replays want it: complete, dated, and only what was out by then.

encounters(...)     one long table a place: months without a row are zeros
published_by(...)   drops the months that a publisher had not yet put out on a date
shipped(...)        a border's reference table, provenance lines passed over
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.errors import DataError, RequestError
from cauce.terms import Authority, Demographic

KEYS = ("month", "nationality", "demographic", "authority")


def encounters(
    table: pl.DataFrame,
    border: Border,
    *,
    sector: str | None = None,
    component: str | None = None,
    region: str | None = None,
) -> pl.DataFrame:
    """Encounters of one place by month, nationality, demographic and authority, completed with zeros.

    Parameters
    ----------
    table : DataFrame
        As `sources.cbp_encounters.read` returns it, or any table with its columns.
    border : Border
        Whose nationalities complete the table.
    sector, component, region : str, optional
        Codes to keep; None keeps all.

    Returns
    -------
    DataFrame
        month (date), nationality, demographic, authority, encounters (int64) [encounters]; every month from
        the table's first to its last, every nationality of the border, all demographics and authorities,
        in the order of those lists.

    Raises
    ------
    RequestError
        No row of the table has that sector, component, or region.

    Examples
    --------
    >>> from cauce.border import Border
    >>> border = Border.open("us_mexico")
    >>> seen = shipped(border, "el_paso_encounters.csv")
    >>> seen.filter(pl.col("month") == date(2022, 11, 1))["encounters"].sum()
    53529
    """
    kept = table
    for column, wanted in (("sector", sector), ("component", component), ("region", region)):
        if wanted is not None:
            kept = kept.filter(pl.col(column) == wanted)
            if kept.height == 0:
                known = ", ".join(sorted(table[column].unique().to_list()))
                raise RequestError(f"no row has {column} {wanted!r}", mend=f"use one of {known}")
    return complete(kept, border, first=_first(table), last=_last(table))


def complete(table: pl.DataFrame, border: Border, *, first: date, last: date) -> pl.DataFrame:
    """Add up by month, nationality, demographic and authority, with a zero where there is no row.

    Parameters
    ----------
    table : DataFrame
        month, nationality, demographic, authority, encounters.
    border : Border
        Whose nationalities complete the table.
    first, last : date
        First days of the first and of the last month.
    """
    grid = pl.DataFrame({"month": pl.date_range(first, last, "1mo", eager=True)})
    for name, values in (
        ("nationality", list(border.nationalities)),
        ("demographic", [d.value for d in Demographic]),
        ("authority", [a.value for a in Authority]),
    ):
        grid = grid.join(pl.DataFrame({name: values}), how="cross")
    seen = table.group_by(KEYS).agg(pl.col("encounters").sum())
    joined = grid.join(seen, on=KEYS, how="left", maintain_order="left")
    return joined.with_columns(pl.col("encounters").fill_null(0).cast(pl.Int64))


def _first(table: pl.DataFrame) -> date:
    return table["month"].min()  # type: ignore[return-value]


def _last(table: pl.DataFrame) -> date:
    return table["month"].max()  # type: ignore[return-value]


def published_by(table: pl.DataFrame, lag_days: int, as_of: date) -> pl.DataFrame:
    """The rows whose month was published by a date: month's end + lag on or before it.

    The files hold one late vintage; later revisions of a month that was out by then are ignored.

    Parameters
    ----------
    table : DataFrame
        With a column `month` (date, first of the month).
    lag_days : int
        Days from the end of a month to its publication (a source card's `lag_days`).
    as_of : date
        The day on which somebody looks.
    """
    out = pl.col("month").dt.month_end() + timedelta(days=lag_days)
    return table.filter(out <= as_of)


def shipped(border: Border, name: str) -> pl.DataFrame:
    """A reference table of a border, with its types: dates where a column holds dates.

    Raises
    ------
    DataError
        The border ships no such table, or it is not a table.
    """
    return read_reference(border.reference(name))


def read_reference(path: Path) -> pl.DataFrame:
    """A reference table from its file; lines that start with `#` carry its provenance."""
    try:
        return pl.read_csv(path, comment_prefix="#", try_parse_dates=True, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        cause = f"is not a table ({str(error).splitlines()[0]})"
        raise DataError(cause, mend="build it again with `cauce data build`", file=path) from None
