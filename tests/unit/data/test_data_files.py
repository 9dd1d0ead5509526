"""The first gate: whatever is wrong with a file is one sentence with its line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from data_samples import CBP_HEADER, CBP_ROWS, SAMPLES

from cauce.border import Border
from cauce.data import registry, tables
from cauce.data.sources import cbp_encounters
from cauce.errors import DataError

NAME = "nationwide-encounters-aor.csv"
TEXT = SAMPLES[NAME]


def _row(**cells: str) -> str:
    """The first sample row with some cells replaced."""
    given = dict(zip(CBP_HEADER.split(","), CBP_ROWS[0].split(","), strict=True))
    given |= {name.replace("_", " "): cell for name, cell in cells.items()}
    return ",".join(given.values())


def _file(*rows: str, header: str = CBP_HEADER) -> str:
    return "\n".join((header, *rows)) + "\n"


def _second(**cells: str) -> str:
    """A file whose second row, on line 3, is wrong; `Month_(abbv)` and the like name the cells."""
    return _file(CBP_ROWS[1], _row(**cells))


WRONG = {
    "missing column": (_file(*CBP_ROWS).replace("Demographic,", "", 1), 1, "'Demographic' is missing"),
    "extra column": (_file(*CBP_ROWS).replace("Component,", "Age,Component,", 1), 1, "'Age' is not one of"),
    "negative count": (_second(Encounter_Count="-3"), 3, "'-3', not a whole number"),
    "fractional count": (_second(Encounter_Count="3.5"), 3, "'3.5', not a whole number"),
    "blank count": (_second(Encounter_Count=""), 3, "'', not a whole number"),
    "word for a count": (_second(Encounter_Count="many"), 3, "'many', not a whole"),
    "unknown nationality": (_second(Citizenship="ATLANTIS"), 3, "'ATLANTIS', which nobody listed"),
    "unknown demographic": (_second(Demographic="Robots"), 3, "'Robots', which nobody listed"),
    "month that does not exist": (_second(**{"Month (abbv)": "SMARCH"}), 3, "not a month"),
    "year that does not exist": (_second(Fiscal_Year="23"), 3, "not a fiscal year"),
    "unknown grouping": (_second(Month_Grouping="Half"), 3, "neither FYTD nor Remaining"),
    "wrong title": (_second(Encounter_Type="Apprehensions"), 3, "not the title of its encounter type"),
    "row twice": (_file(*CBP_ROWS, CBP_ROWS[1]), 6, "repeats the row of line 3"),
    "short row": (_file(*CBP_ROWS, "2023,FYTD,OCT"), 6, "has 3 cells where the header has 12"),
    "cut in the middle": (_file(*CBP_ROWS)[:-60], 5, "cells where the header has 12"),
    "quote never closed": (_file(*CBP_ROWS, '2023,"FYTD,OCT'), 6, "not a row of CSV"),
    "header alone": (CBP_HEADER + "\n", None, "has a header and no rows"),
    "another publication": ("name,age,height\nAnna,3,100\n", 1, "which no publication that cauce reads has"),
    "absurdly long line": (_file(*CBP_ROWS, "x" * 300_000), 6, "has 300000 characters"),
    "long cell": (_file(_row(Citizenship="VENEZUELA" * 1000)), 2, "…"),
}


@pytest.mark.parametrize("case", WRONG)
def test_that_a_wrong_file_is_answered_with_its_line_and_cause(case: str, write, border: Border):
    text, line, cause = WRONG[case]
    path = write(NAME, text)
    with pytest.raises(DataError) as caught:
        registry.check_file(path, border)
    error = caught.value
    assert cause in error.cause
    assert (error.file, error.line) == (path, line)
    sentence = str(error)
    assert "\n" not in sentence and len(sentence) < 400 and sentence.endswith(".") and error.mend in sentence


BYTES = {
    "empty": (b"", None, "is empty"),
    "only blanks": (b" \n\n", None, "is empty"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", 3, "is not a text file"),
    "workbook": (b"PK\x03\x04" + b"\x14" * 40, None, "is a workbook or zip file"),
    "Latin-1": (_file(_row(Citizenship="PER\xda")).encode("latin-1"), 2, "is not in UTF-8"),
    "UTF-16": (TEXT.encode("utf-16"), 1, "is in UTF-16"),
    "zeros inside": (TEXT.replace("FMUA", "FM\x00UA").encode(), 3, "is not a text file"),
    "gzip cut short": (gzip.compress(TEXT.encode())[:-30], None, "gzip file that was cut short"),
    "gzip damaged": (gzip.compress(TEXT.encode())[:20] + b"spoilt" * 9, None, "gzip file that was cut short"),
    "gzip of nothing": (gzip.compress(b""), None, "is empty"),
}


@pytest.mark.parametrize("case", BYTES)
def test_that_a_file_that_is_no_text_is_answered_too(case: str, write, border: Border):
    content, line, cause = BYTES[case]
    path = write(NAME, content)
    with pytest.raises(DataError) as caught:
        registry.check_file(path, border)
    assert cause in caught.value.cause
    assert (caught.value.file, caught.value.line) == (path, line)


def test_that_a_missing_file_and_a_folder_are_answered(tmp_path: Path, border: Border):
    with pytest.raises(DataError, match="there is no such file"):
        registry.check_file(tmp_path / "none.csv", border)
    with pytest.raises(DataError, match="cannot be read"):
        registry.check_file(tmp_path, border)


def test_that_packing_line_ends_order_of_columns_and_a_byte_order_mark_change_nothing(write, border: Border):
    plain = cbp_encounters.read(write("a-encounters.csv", TEXT), border)
    rows = [line.split(",") for line in TEXT.replace("CHINA, PEOPLES", "CHINA PEOPLES").splitlines()]
    turned = "\n".join(",".join(reversed(row)) for row in rows).replace("CHINA PEOPLES", "CHINA, PEOPLES")
    for other in (
        write("b-encounters.csv.gz", gzip.compress(TEXT.encode())),
        write("c-encounters.csv", TEXT.replace("\n", "\r\n")),
        write("d-encounters.csv", TEXT.encode("utf-8-sig")),
        write("e-encounters.csv", TEXT.replace("\n", "\n\n")),
        write("f-encounters.csv", turned),
    ):
        assert cbp_encounters.read(other, border).equals(plain)


def test_that_lines_are_counted_in_the_file_and_not_in_the_rows(write):
    path = write("x.csv", 'a,b\n\n1,"two\nlines"\n\n3,4\n')
    assert tables.read(path, ("a", "b"))[tables.LINE].to_list() == [3, 6]


def test_that_a_column_that_stands_twice_is_refused(write):
    with pytest.raises(DataError, match="'a' stands twice"):
        tables.read(write("x.csv", "a,b,a\n1,2,3\n"), ("a", "b"))
