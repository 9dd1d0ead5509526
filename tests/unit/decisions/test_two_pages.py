"""Sheets as they are shipped: so many pages in either language, in letters that can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cauce import api
from cauce.reports import sheet as laid
from cauce.runs.sheets import Sheet
from cauce.terms import Language

SMALLEST = 8.5  # [pt]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sheet, Path]:
    played, folder = api.negotiate(draws=2, out=tmp_path_factory.mktemp("out"))
    return played.sheet, folder


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sheet, Path]:
    return api.plan("el-paso", start="2022-12-12", days=7, draws=2, out=tmp_path_factory.mktemp("out"))


def pages(pdf: Path) -> int:
    counts = re.findall(rb"/Type\s*/Pages.*?/Count\s+(\d+)", pdf.read_bytes(), re.DOTALL)
    return max(int(count) for count in counts)


@pytest.mark.parametrize("ending", ["", ".es"])
def test_that_the_negotiators_sheet_is_two_pages(said: tuple[Sheet, Path], ending: str):
    sheet, folder = said
    assert pages(folder / f"{sheet.id}{ending}.pdf") == 2
    assert pages(folder / f"{sheet.id}-appendix{ending}.pdf") > 1  # the count is read, and is not two for everything


@pytest.mark.parametrize("ending", ["", ".es"])
def test_that_the_order_sheet_of_one_place_is_one_page(ordered: tuple[Sheet, Path], ending: str):
    sheet, folder = ordered
    assert pages(folder / f"{sheet.id}{ending}.pdf") == 1
    assert pages(folder / f"{sheet.id}-behind{ending}.pdf") > 1


@pytest.mark.parametrize("language", Language)
def test_that_no_letter_of_a_sheet_is_too_small(said: tuple[Sheet, Path], language: Language):
    sizes = [float(size) for size in re.findall(r"size: ([\d.]+)pt", laid._typst(said[0], language, ()))]
    assert min(sizes) >= SMALLEST and len(sizes) == 1 + len(said[0].grids)
