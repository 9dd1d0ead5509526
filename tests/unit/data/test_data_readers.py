"""Each reader turns its publication's shape into codes, dates and whole numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from data_samples import SAMPLES

from cauce.border import Border
from cauce.data import registry
from cauce.data.contracts import Contract, check
from cauce.errors import DataError


def _rows(shelf: Path, border: Border, name: str) -> list[dict[str, object]]:
    return registry.read(shelf / name, border).to_dicts()


@pytest.mark.parametrize("name", SAMPLES)
def test_that_every_table_keeps_its_contract(name: str, shelf: Path, border: Border):
    card, _ = registry.identify(shelf / name)
    table = registry.read(shelf / name, border)
    assert check(table, Contract.read(card.reader), shelf / name).height > 0


def test_that_every_published_table_has_a_sample():
    """So that no reader goes untested; tables of one shape and one reader stand for each other."""
    shapes = {(card.reader, table.columns) for card in registry.list_sources() for table in card.tables}
    found = set()
    for name, text in SAMPLES.items():
        header = tuple(text.split("\n", 1)[0].split(","))
        found |= {shape for shape in shapes if shape[1] == header}
        assert any(shape[1] == header for shape in shapes), name
    assert found == shapes


def test_that_cbp_fiscal_months_drifting_labels_and_titles_become_ours(shelf: Path, border: Border):
    rows = _rows(shelf, border, "nationwide-encounters-aor.csv")
    patrol = {"component": "border-patrol", "region": "southwest", "sector": "el-paso"}
    october = {"month": date(2022, 10, 1), **patrol, "nationality": "VEN"}
    assert {**october, "demographic": "single-adult", "authority": "title-42", "encounters": 40} in rows
    assert {**october, "demographic": "family", "authority": "title-8", "encounters": 25} in rows
    child = next(row for row in rows if row["nationality"] == "CHN")
    assert (child["month"], child["demographic"]) == (date(2022, 9, 1), "unaccompanied-child")
    port = next(row for row in rows if row["component"] == "field-operations")
    assert (port["month"], port["demographic"], port["sector"]) == (
        date(2022, 12, 1),
        "family",
        "el-paso-ports",
    )


def test_that_unlisted_nationalities_are_added_up_in_the_rest(shelf: Path, border: Border):
    rows = _rows(shelf, border, "region_citizenship.csv")
    assert [(r["nationality"], r["demographic"], r["encounters"]) for r in rows] == [
        ("CUB", "all", 28850), ("OTH", "all", 30),
    ]  # fmt: skip
    rows = _rows(shelf, border, "darien_nat.csv")
    assert [(r["nationality"], r["span_months"], r["persons"]) for r in rows] == [
        ("HTI", 12, 10490), ("OTH", 1, 150), ("VEN", 1, 668),
    ]  # fmt: skip
    assert _rows(shelf, border, "honduras_nat.csv")[1]["persons"] == 12


def test_that_ohss_rests_totals_and_blanks_stay_apart(shelf: Path, border: Border):
    rows = _rows(shelf, border, "bookouts_citizenship.csv")
    found = {(r["group"], r["series"]): r["count"] for r in rows}
    assert found["all", "all"] == 100 and found["rest", "releases"] == 10
    assert found["VEN", "title-42-expulsions"] == 50
    assert found["VEN", "migrant-protection-protocols"] is None
    places = {(r["group"], r["series"]): r["count"] for r in _rows(shelf, border, "swb_sector.csv")}
    assert places["border-patrol", "el-paso"] == 53530 and places["field-operations", "el-paso-ports"] == 2600
    assert places["all", "all"] == 235170


def test_that_of_several_vintages_the_newest_counts(shelf: Path, border: Border):
    rows = _rows(shelf, border, "adp-by-agency.csv")
    everybody = next(row for row in rows if row["group"] == "all")
    assert (everybody["value"], everybody["pulled"]) == (29010.25, date(2022, 12, 10))
    areas = {(r["area"], r["category"]): r["persons"] for r in _rows(shelf, border, "atd-by-aor.csv")}
    assert areas["el-paso", "all"] == 10 and areas["el-paso", "gps"] == 4
    assert areas["chicago", "gps"] == 5 and areas["all", "all"] == 15


def test_that_footnotes_of_a_workbook_are_left_out(shelf: Path, border: Border):
    rows = _rows(shelf, border, "atd-population.csv")
    assert {(r["table"], r["category"]) for r in rows} == {
        ("enrolled-status", "family"), ("enrolled-technology", "gps"),
    }  # fmt: skip


def test_that_dates_and_values_of_the_press_become_spans_and_ranges(shelf: Path, border: Border):
    rows = {r["quantity"]: r for r in _rows(shelf, border, "some_anchors.csv")}
    flights, moved = rows["decompression flights departing"], rows["moved out"]
    assert (flights["first"], flights["last"]) == (date(2022, 10, 1), date(2022, 10, 31))
    assert (flights["low"], flights["high"]) == (3.0, 5.0)
    assert (moved["first"], moved["last"], moved["low"]) == (date(2022, 12, 13), date(2022, 12, 20), 3400.0)
    assert (rows["in custody"]["first"], rows["in custody"]["last"]) == (
        date(2022, 12, 21),
        date(2022, 12, 31),
    )
    assert rows["buses"]["low"] is None


OWN_LAWS = {
    "weekly_nationwide.csv": ("2022-12-05", "2022-12-06", 3, "not a Monday"),
    "sector_monthly.csv": ("2022,2022-09-01", "2023,2022-09-01", 3, "not the fiscal year of its month"),
    "region_family.csv": ("2022-10-01", "2022-10-02", 2, "not a month that exists"),
    "bookouts_family.csv": (
        "2022-11-01,Single Adults,USBP",
        "2022-13-01,Single Adults,USBP",
        2,
        "not a month",
    ),
    "uac_daily.csv": ("2023-01-22", "2023-02-30", 3, "not a date that exists"),
    "darien_nat.csv": ("NPL", "QQQ", 4, "'QQQ', which nobody listed"),
    "some_anchors.csv": ("2022-12-13/20", "2022-12-20/13", 3, "not a date that exists"),
    "inadmissibles_by_field_office.csv": ("17428", "17528", 2, "not the sum of the offices"),
    "eoir_annual.csv": ("2022,", "2021,", 3, "repeats the row of line 2"),
    "sw_sectors.csv": ("-106.49", "-206.49", 2, "not a place in degrees"),
    "atd-by-aor.csv": ("GPS,4.0", "Carrier pigeon,4.0", 4, "'Carrier pigeon', which nobody listed"),
    "adp-by-agency.csv": ("29010.25", "-29010.25", 3, "not a number from 0 up"),
}


@pytest.mark.parametrize("name", OWN_LAWS)
def test_that_each_publication_has_its_own_law(name: str, write, border: Border):
    old, new, line, cause = OWN_LAWS[name]
    path = write(name, SAMPLES[name].replace(old, new, 1))
    with pytest.raises(DataError) as caught:
        registry.read(path, border)
    assert cause in caught.value.cause and caught.value.line == line


def test_that_a_contract_refuses_what_it_does_not_promise(tmp_path: Path):
    contract = Contract.read("usbp_weekly")
    good = pl.DataFrame({"week": [date(2022, 12, 5)], "encounters": [3]})
    assert check(good, contract, tmp_path) is good
    for wrong, cause in (
        (good.rename({"week": "day"}), "columns"),
        (good.with_columns(pl.col("encounters") * 0.5), "Float64, not count"),
        (good.with_columns(pl.lit(None, dtype=pl.Int64).alias("encounters")), "blank in 1 rows"),
        (good.with_columns(-pl.col("encounters")), "falls below 0"),
        (good.clear(), "no rows"),
    ):
        with pytest.raises(DataError, match=cause):
            check(wrong, contract, tmp_path)
