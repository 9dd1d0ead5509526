"""The days on which a border's scores stand: its `replay/windows.csv`, fixed before any score was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cauce.border import Border, read_rows
from cauce.errors import DataError, RequestError

CALIBRATION = "calibration"
COLUMNS = ("window", "first", "last", "why")


@dataclass(frozen=True)
class Window:
    """From the first day to the last, both included."""

    first: date
    last: date


def window(border: Border, name: str) -> Window:
    """A window of a border by its name.

    Raises
    ------
    RequestError
        The border has no such window.
    DataError
        A day is none, or the last lies before the first.
    """
    path = border.root / "replay" / "windows.csv"
    found = [row for row in read_rows(path, COLUMNS) if row["window"] == name] if path.is_file() else []
    if not found:
        raise RequestError(f"the border says no days for {name!r}", mend=f"add a row to {path.name} of its replay")
    first, last = found[0].day("first"), found[0].day("last")
    if last < first:
        raise DataError("the last day is before the first", mend="exchange them", file=path, line=found[0].line)
    return Window(first, last)
