"""Spreadsheets of one sheet, read and written with openpyxl; without it CSV does the same."""

from __future__ import annotations

import importlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cauce.border import Row
from cauce.errors import DataError, RequestError
from cauce.places import put

INSTALLED = find_spec("openpyxl") is not None
openpyxl: Any = importlib.import_module("openpyxl") if INSTALLED else None
NOTE_WIDTH, CELL_WIDTH = 60, 26  # [character] of columns in a new workbook


def _wanted() -> None:
    if not INSTALLED:
        raise RequestError(
            "spreadsheets need the package openpyxl", mend="install cauce[xlsx], or save the sheet as CSV"
        )


def _text(cell: Any) -> str:
    """A cell as it would stand in CSV: whole numbers without a point, dates as dates."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell == round(cell):
        return str(int(cell))
    return str(cell).strip()


def read(path: Path, required: Sequence[str]) -> Iterator[Row]:
    """Rows of the first sheet; empty rows are passed over.

    Raises
    ------
    RequestError
        openpyxl is not installed.
    DataError
        The file is missing, no workbook, or lacks a column.
    """
    _wanted()
    try:
        sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
        rows = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    except FileNotFoundError:
        raise DataError("there is no such file", mend="check the name", file=path) from None
    except (OSError, KeyError, ValueError, IndexError, zipfile.BadZipFile):
        raise DataError("is not a workbook", mend="save it again as .xlsx, or as CSV", file=path) from None
    numbered = [(n, row) for n, row in enumerate(rows, 1) if any(row) and not row[0].startswith("#")]
    if not numbered:
        raise DataError("is empty", mend="give a header line and rows", file=path)
    line, header = numbered[0]
    for column in required:
        if column not in header:
            raise DataError(f"column {column!r} is missing", mend="add it to the header", file=path, line=line)
    for number, row in numbered[1:]:
        yield Row({name: cell for name, cell in zip(header, row, strict=False) if name}, path, number)


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """A new workbook of one sheet."""
    _wanted()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "morning"
    for row in (header, *rows):
        sheet.append([cell or None for cell in row])
    sheet.freeze_panes = "A2"
    for number, name in enumerate(header):
        sheet.column_dimensions["ABCDEFGH"[number]].width = NOTE_WIDTH if name == "note" else CELL_WIDTH
    made = io.BytesIO()
    book.save(made)
    return put(path, made.getvalue(), mend="name a file you may write")
