"""Contracts: what each tidy table promises, column by column; the gate that every table passes.

A contract is a small CSV in `contracts/` (column, type, unit, null, low, description).  Types are date,
month (a date that is the first of its month), count (int64), number (float64), code and text (strings, a
code never empty).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from cauce.border import read_rows
from cauce.errors import DataError

FOLDER = Path(__file__).parent / "contracts"
TYPES: dict[str, pl.DataType] = {
    "date": pl.Date(),
    "month": pl.Date(),
    "count": pl.Int64(),
    "number": pl.Float64(),
    "code": pl.String(),
    "text": pl.String(),
}


@dataclass(frozen=True)
class Column:
    """One column of a contract; `low` is the smallest value allowed, or None."""

    name: str
    type: str
    unit: str
    null: bool
    low: float | None
    description: str


@dataclass(frozen=True)
class Contract:
    """The columns that a table has, in order."""

    name: str
    columns: tuple[Column, ...]

    @classmethod
    @lru_cache(maxsize=64)
    def read(cls, name: str) -> Contract:
        """A contract by the name of its table.

        Raises
        ------
        DataError
            There is no such contract, or it has an unknown type.
        """
        path = FOLDER / f"{name}.csv"
        columns = []
        for row in read_rows(path, ("column", "type", "unit", "null", "low", "description")):
            if row["type"] not in TYPES:
                cause = f"{row['type']!r} is not a type of a column"
                raise DataError(cause, mend=f"use one of {', '.join(TYPES)}", file=path, line=row.line)
            low = float(row["low"]) if row["low"] else None
            columns.append(
                Column(row["column"], row["type"], row["unit"], row["null"] == "yes", low, row["description"])
            )
        return cls(name, tuple(columns))


def check(table: pl.DataFrame, contract: Contract, file: Path) -> pl.DataFrame:
    """The table itself, when it keeps its contract.

    Parameters
    ----------
    table : DataFrame
        What a reader made.
    contract : Contract
        What it should be.
    file : path
        Where it came from, for the message.

    Raises
    ------
    DataError
        Other columns, another type, a null where none may be, a value below `low`, an empty code.
    """
    expected = [column.name for column in contract.columns]
    if table.columns != expected:
        cause = f"gives the columns {', '.join(table.columns)} where {', '.join(expected)} are promised"
        raise DataError(cause, mend="give the file as published", file=file)
    if table.height == 0:
        raise DataError("gives no rows", mend="give the file as published", file=file)
    for column in contract.columns:
        fault = _fault(table[column.name], column)
        if fault:
            raise DataError(f"{column.name!r} {fault}", mend="give the file as published", file=file)
    return table


def _fault(values: pl.Series, column: Column) -> str | None:
    if values.dtype != TYPES[column.type]:
        return f"is {values.dtype}, not {column.type}"
    if not column.null and values.null_count():
        return f"is blank in {values.null_count()} rows"
    if column.low is not None and values.dtype.is_numeric() and (values < column.low).any():
        return f"falls below {column.low:g} {column.unit}"
    if column.type == "month" and (values.dt.day() != 1).any():
        return "holds days that are not the first of a month"
    if column.type == "code" and (values == "").any():
        return "holds empty codes"
    return None
