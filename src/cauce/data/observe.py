"""What was seen, as forecasts and replays want it: complete, dated, and only what was out by then.

encounters(...)      one long table a place; combinations without a row are zeros
complete(...)        the same for a table that is of one place already
published_by(...)    drops the periods that a publisher had not yet put out on a date
newest_month(...)    the newest month that was out on a date
read_reference(...)  a border's reference table, provenance lines passed over
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data.cards import Card
from cauce.errors import DataError, RequestError
from cauce.terms import Authority, Demographic

KEYS = ("month", "nationality", "demographic", "authority")

PERIODS = ("month", "week", "date", "fiscal_year", "first")
"""Names of the columns that say which period a row speaks of."""


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
        As `sources.cbp_encounters.read` returns it.
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
    """
    kept = table
    for column, wanted in (("sector", sector), ("component", component), ("region", region)):
        if wanted is not None:
            kept = kept.filter(pl.col(column) == wanted)
            if kept.height == 0:
                known = ", ".join(sorted(table[column].unique().to_list()))
                raise RequestError(f"no row has {column} {wanted!r}", mend=f"use one of {known}")
    months = table["month"]
    return complete(kept, border, months.min(), months.max())  # type: ignore[arg-type]


def complete(table: pl.DataFrame, border: Border, first: date, last: date) -> pl.DataFrame:
    """Add up by month, nationality, demographic and authority, with a zero where there is no row.

    Parameters
    ----------
    table : DataFrame
        month, nationality, demographic, authority, encounters.
    border : Border
        Whose nationalities complete the table.
    first, last : date
        First days of the first and of the last month.

    Examples
    --------
    >>> border = Border.open("us_mexico")
    >>> seen = read_reference(border.reference(border.card.encounters))
    >>> whole = complete(seen, border, date(2022, 10, 1), date(2022, 11, 1))
    >>> whole.height == 2 * len(border.nationalities) * 3 * 2
    True
    >>> whole["encounters"].sum() == 53_318 + 53_529
    True
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


def newest_month(as_of: date, lag_days: int) -> date:
    """First day of the newest month that was published by a date: its end + the lag, on or before it.

    >>> newest_month(date(2022, 12, 1), 25)
    datetime.date(2022, 10, 1)
    """
    after = as_of - timedelta(days=lag_days - 1)  # the first day whose count was not out
    return (after.replace(day=1) - timedelta(days=1)).replace(day=1)


def time_column(table: pl.DataFrame) -> str | None:
    """The column that says which period a row speaks of, or None for a table without time."""
    return next((name for name in PERIODS if name in table.columns), None)


def published_by(table: pl.DataFrame, as_of: date, lag: Card | int) -> pl.DataFrame:
    """The rows that were published by a date: the end of their period + the lag, on or before it.

    The files hold one late vintage; later revisions of a period that was out by then are ignored.

    Parameters
    ----------
    table : DataFrame
        As a reader gives it, or a reference table built from it.
    as_of : date
        The day on which somebody looks.
    lag : Card or int
        The publication's source card (`cauce.data.cards.find`), or days from the end of a period to its
        publication [days].  A card also knows the day before which nothing of it was public.

    Raises
    ------
    RequestError
        The table has no column that says which period a row speaks of.

    Examples
    --------
    >>> from cauce.data.cards import find
    >>> border = Border.open("us_mexico")
    >>> seen = read_reference(border.reference(border.card.encounters))
    >>> published_by(seen, date(2022, 12, 1), find("cbp_encounters"))["month"].max()
    datetime.date(2022, 10, 1)
    """
    when = time_column(table)
    if when is None:
        raise RequestError("the table says no period", mend="give a table with a column month, week or date")
    if isinstance(lag, Card):
        if lag.first_published is not None and as_of < lag.first_published:
            return table.clear()
        lag = lag.lag_days
    return table.filter(_period_end(table, when) + timedelta(days=lag) <= as_of)


def _period_end(table: pl.DataFrame, when: str) -> pl.Expr:
    """Last day of each row's period."""
    if when == "month":
        months = pl.col("span_months") - 1 if "span_months" in table.columns else pl.lit(0)
        return pl.col(when).dt.offset_by(months.cast(pl.String) + "mo").dt.month_end()
    if when == "week":
        return pl.col(when) + timedelta(days=6)
    if when == "fiscal_year":
        return pl.date(pl.col(when), 9, 30)
    return pl.col("last") if when == "first" else pl.col(when)


def read_reference(path: Path) -> pl.DataFrame:
    """A reference table; lines that start with `#` carry its provenance, ISO dates become dates.

    Raises
    ------
    DataError
        It is missing or not a table.
    """
    try:
        return pl.read_csv(path, comment_prefix="#", try_parse_dates=True, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        cause = f"is not a reference table ({str(error).splitlines()[0]})"
        raise DataError(cause, mend="build it again with `cauce data build`", file=path) from None
