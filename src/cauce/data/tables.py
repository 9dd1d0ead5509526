"""Official CSV files as columns of text, with the line of every row: the first gate, before any meaning.

`read` opens a plain or gzip file and answers every defect of the file itself with one sentence.  Cells come
back as stripped strings beside their `line`; `counts`, `numbers`, `dates`, and `recode` then turn columns
into numbers, dates, and our codes, or say which cell on which line is wrong.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from cauce import places
from cauce.border import Border
from cauce.errors import DataError

LINE = "line"
"""Name of the column that keeps the line of each row in the file, from 1."""

LONGEST_LINE = 100_000
"""Characters; official lines have under 300, so a longer one is a file without line ends."""

SHOWN = 40
"""Characters of a wrong cell that an error message shows."""

WHOLE = r"^[0-9]{1,12}(\.0+)?$"
NUMBER = r"^[0-9]{1,12}(\.[0-9]+)?([eE]-?[0-9]{1,2})?$"
ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
NO_DATE = "which is not a date that exists"
NO_MONTH = "which is not a month that exists"


def read_bytes(path: Path) -> bytes:
    """The file's bytes, unpacked if it is a gzip file.

    Raises
    ------
    DataError
        The file is missing, unreadable, empty, or a gzip file cut short.
    """
    raw = places.read_bytes(path)
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        cause = "is a gzip file that was cut short or damaged"
        raise DataError(cause, mend="fetch the file again", file=path) from None
    if not raw.strip():
        raise DataError("is empty", mend="fetch the file again", file=path)
    return raw


def read_text(path: Path) -> str:
    """The file's text.

    Raises
    ------
    DataError
        All of `read_bytes`; a workbook, a binary file, or another encoding than UTF-8.
    """
    return places.decoded(read_bytes(path), path)


def _rows(text: str, path: Path) -> Iterable[tuple[int, list[str]]]:
    """Rows with their first line; blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        cause = f"is not a row of CSV ({error})"
        raise DataError(cause, mend="give the file as published", file=path, line=line) from None


def _check_line_lengths(text: str, path: Path) -> None:
    if len(text) > LONGEST_LINE:
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > LONGEST_LINE:
                cause = f"has {len(line)} characters, far more than any line of an official table"
                raise DataError(cause, mend="give the file as published", file=path, line=number)


def read_header(path: Path) -> tuple[str, ...]:
    """The column names of a CSV file."""
    text = read_text(path)
    _check_line_lengths(text, path)
    return tuple(cell.strip() for cell in next(iter(_rows(text, path)))[1])


def count_rows(path: Path) -> int:
    """Rows of data in a CSV file, its header and blank lines left out."""
    return sum(1 for _ in _rows(read_text(path), path)) - 1


def read(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> pl.DataFrame:
    """A CSV file with exactly these columns (any order), as stripped strings.

    Parameters
    ----------
    path : path
        Plain or gzip CSV in UTF-8.
    columns, optional : sequence of str
        Columns that must, and that may, be there.

    Returns
    -------
    DataFrame
        The columns (str) and `line` (int64), one row a line of data.

    Raises
    ------
    DataError
        A missing, unknown or repeated column, a row of another length, no rows, and all of `read_text`.
    """
    text = read_text(path)
    _check_line_lengths(text, path)
    rows = iter(_rows(text, path))
    place, header = next(rows)
    header = [name.strip() for name in header]
    _check_header(header, columns, optional, path, place)
    lines: list[int] = []
    cells: list[list[str]] = []
    for line, row in rows:
        if len(row) != len(header):
            cause = f"has {len(row)} cells where the header has {len(header)}"
            raise DataError(cause, mend="correct the row", file=path, line=line)
        lines.append(line)
        cells.append(row)
    if not cells:
        raise DataError("has a header and no rows", mend="fetch the file again", file=path)
    frame = pl.DataFrame(dict(zip(header, map(list, zip(*cells, strict=True)), strict=True)))
    return frame.select(pl.all().str.strip_chars()).with_columns(pl.Series(LINE, lines, dtype=pl.Int64))


def _check_header(
    header: Sequence[str], columns: Sequence[str], optional: Sequence[str], path: Path, line: int
) -> None:
    for wanted in columns:
        if wanted not in header:
            cause = f"column {wanted!r} is missing"
            raise DataError(cause, mend="give the file as published", file=path, line=line)
    for place, name in enumerate(header):
        if name not in columns and name not in optional:
            cause = f"column {shown(name)} is not one of this publication's"
            raise DataError(cause, mend="remove it", file=path, line=line)
        if name in header[:place]:
            raise DataError(f"column {name!r} stands twice", mend="remove one", file=path, line=line)


def shown(cell: str) -> str:
    """A cell as a message quotes it: escaped, and cut when long."""
    return repr(cell if len(cell) <= SHOWN else cell[:SHOWN] + "…")


def refuse(frame: pl.DataFrame, wrong: pl.Expr, column: str, what: str, mend: str, path: Path) -> None:
    """Raise for the first row where `wrong` holds; `what` follows the quoted cell.

    Raises
    ------
    DataError
        There is such a row.
    """
    found = frame.filter(wrong)
    if found.height:
        first = found.sort(LINE).row(0, named=True)
        cause = f"{column!r} is {shown(str(first[column]))}, {what}"
        raise DataError(cause, mend=mend, file=path, line=first[LINE])


def counts(frame: pl.DataFrame, column: str, path: Path, *, blank: bool = False) -> pl.DataFrame:
    """Turn a column into whole numbers from 0 up [persons or events], int64; with `blank`, '' is null.

    Raises
    ------
    DataError
        A cell that is blank, negative, fractional, or not a number.
    """
    good = pl.col(column).str.contains(WHOLE)
    if blank:
        good |= pl.col(column) == ""
    refuse(frame, ~good, column, "not a whole number from 0 up", "correct the row", path)
    whole = pl.col(column).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
    return frame.with_columns(whole.alias(column))


def numbers(frame: pl.DataFrame, column: str, path: Path, *, blank: bool = False) -> pl.DataFrame:
    """Turn a column into numbers from 0 up, float64; with `blank`, '' is null.

    Raises
    ------
    DataError
        A cell that is blank, negative, or not a number.
    """
    good = pl.col(column).str.contains(NUMBER)
    if blank:
        good |= pl.col(column) == ""
    refuse(frame, ~good, column, "not a number from 0 up", "correct the row", path)
    return frame.with_columns(pl.col(column).cast(pl.Float64, strict=False))


def dates(frame: pl.DataFrame, column: str, path: Path) -> pl.DataFrame:
    """Turn a column of ISO dates into dates.

    Raises
    ------
    DataError
        A date that does not exist, or one before 1900 or after 2100.
    """
    parsed = pl.col(column).str.to_date("%Y-%m-%d", strict=False)
    bad = ~pl.col(column).str.contains(ISO_DATE) | parsed.is_null()
    bad |= ~parsed.dt.year().is_between(1900, 2100)
    refuse(frame, bad.fill_null(True), column, NO_DATE, "write it as YYYY-MM-DD", path)
    return frame.with_columns(parsed.alias(column))


def months(frame: pl.DataFrame, column: str, path: Path) -> pl.DataFrame:
    """Turn a column of months, `YYYY-MM` or `YYYY-MM-01`, into the date of their first day.

    Raises
    ------
    DataError
        A month that does not exist.
    """
    short = pl.col(column).str.contains(r"^[0-9]{4}-[0-9]{2}$")
    whole = pl.when(short).then(pl.col(column) + "-01").otherwise(pl.col(column))
    parsed = whole.str.to_date("%Y-%m-%d", strict=False)
    bad = ~whole.str.contains(r"^[0-9]{4}-[0-9]{2}-01$") | parsed.is_null()
    bad |= ~parsed.dt.year().is_between(1900, 2100)
    refuse(frame, bad.fill_null(True), column, NO_MONTH, "write it as YYYY-MM-01", path)
    return frame.with_columns(parsed.alias(column))


def recode(
    frame: pl.DataFrame, column: str, codes: Mapping[str, str], path: Path, *, where: str = "the reader"
) -> pl.DataFrame:
    """Replace labels by codes.

    Raises
    ------
    DataError
        A label that nobody listed.
    """
    unknown = ~pl.col(column).is_in(list(codes))
    mend = f"correct the spelling, or add the label to {where}"
    refuse(frame, unknown, column, "which nobody listed", mend, path)
    return frame.with_columns(pl.col(column).replace_strict(codes, return_dtype=pl.String))


def recode_by_border(
    frame: pl.DataFrame,
    column: str,
    border: Border,
    dimension: str,
    path: Path,
    *,
    also: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Replace a publisher's labels by the border's codes of a dimension; `also` adds labels such as totals.

    Raises
    ------
    DataError
        A label that is in neither.
    """
    found = {label: border.code(dimension, label) for label in frame[column].unique().to_list()}
    codes = {label: code for label, code in found.items() if code is not None} | dict(also or {})
    return recode(frame, column, codes, path, where="the border's labels.csv")


def refuse_repeats(frame: pl.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Every combination of `columns` may stand on one line only.

    Raises
    ------
    DataError
        A row stands twice.
    """
    again = frame.filter(~pl.struct(columns).is_first_distinct())
    if again.height:
        second = again.sort(LINE).row(0, named=True)
        same = pl.all_horizontal(pl.col(c) == second[c] for c in columns)
        cause = f"repeats the row of line {frame.filter(same)[LINE].min()!s}"
        raise DataError(cause, mend="remove one of the two", file=path, line=second[LINE])


def refuse_other_fiscal_years(frame: pl.DataFrame, year: str, month: str, path: Path) -> None:
    """The fiscal year that a row names must be that of its month; it starts in October.

    Raises
    ------
    DataError
        A row names another year.
    """
    fiscal = pl.col(month).dt.offset_by("3mo").dt.year().cast(pl.String)
    refuse(frame, pl.col(year) != fiscal, year, "not the fiscal year of its month", "correct the row", path)
