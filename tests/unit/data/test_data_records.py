"""The real records: check figures, identities between publications, and the shipped tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cauce.border import Border
from cauce.data import observe, reference, registry

pytestmark = pytest.mark.records
CBP = "cbp/nationwide-encounters-fy20-fy23-aor.csv.gz"
OCTOBER_2020 = date(2020, 10, 1)

Read = Callable[[str], pl.DataFrame]


@pytest.fixture(scope="module")
def read(records: Path, border: Border) -> Read:
    """Read one of the records, once."""
    kept: dict[str, pl.DataFrame] = {}

    def read_one(name: str) -> pl.DataFrame:
        if name not in kept:
            kept[name] = registry.read(records / name, border)
        return kept[name]

    return read_one


def test_that_the_cbp_file_has_its_rows_and_its_sum(records: Path, border: Border):
    report = registry.check_file(records / CBP, border)
    assert (report.rows, report.totals) == (53_859, (("encounters", 8_571_067),))


def test_that_the_southwest_border_of_fiscal_year_2022_is_as_published(read: Read):
    year = read(CBP).filter(pl.col("month").is_between(date(2021, 10, 1), date(2022, 9, 1)))
    southwest = year.filter(pl.col("region") == "southwest")
    assert southwest["encounters"].sum() == 2_378_944
    assert southwest.filter(pl.col("component") == "border-patrol")["encounters"].sum() == 2_206_436


def test_that_the_focus_sector_is_as_published(read: Read, border: Border):
    seen = observe.encounters(read(CBP), border, sector="el-paso", component="border-patrol")
    months = {date(2022, 9, 1): 49_030, date(2022, 10, 1): 53_318, date(2022, 11, 1): 53_529,
              date(2022, 12, 1): 55_769, date(2023, 1, 1): 30_038}  # fmt: skip
    totals = dict(seen.group_by("month").agg(pl.col("encounters").sum()).iter_rows())
    assert {month: totals[month] for month in months} == months


def test_that_every_record_is_recognised_and_read(records: Path, border: Border):
    seen = set()
    for path in sorted(p for p in records.rglob("*") if p.suffix in (".csv", ".gz")):
        report = registry.check_file(path, border)
        assert report.rows > 0
        seen.add((report.card.id, report.table))
    assert seen == {(card.id, table.name) for card in registry.list_sources() for table in card.tables}


@pytest.mark.parametrize(
    ("name", "group", "column"),
    [
        ("usbp/sector_monthly_fy2000_fy2023.csv.gz", None, "encounters"),
        ("ohss/swb_sector.csv", "border-patrol", "count"),
    ],
)
def test_that_rounded_publications_agree_with_cbp_to_their_rounding(
    name: str, group: str | None, column: str, read: Read
):
    """Rounded to 10, so within 5; months before October 2020 were revised between the two."""
    other = read(name)
    if group is not None:
        other = other.filter(pl.col("group") == group).rename({"series": "sector"})
    patrol = read(CBP).filter(pl.col("component") == "border-patrol")
    exact = patrol.group_by("month", "sector").agg(pl.col("encounters").sum().alias("exact"))
    both = exact.join(other, on=["month", "sector"]).filter(pl.col("month") >= OCTOBER_2020)
    assert both.height >= 36 * 9
    assert (both["exact"] - both[column]).abs().max() <= 5


def test_that_outcomes_of_encounters_add_up_to_the_encounters(read: Read):
    """Each number is rounded to 10: with k outcomes the sum may miss by 5 (k + 1)."""
    table = read("ohss/bookouts_citizenship.csv").filter(pl.col("month") >= OCTOBER_2020)
    is_total = pl.col("series") == "all"
    sums = table.group_by("month", "group").agg(
        total=pl.col("count").filter(is_total).sum(),
        parts=pl.col("count").filter(~is_total).sum(),
        k=(pl.col("count").filter(~is_total) > 0).sum().cast(pl.Int64),
    )
    missing = (sums["total"] - sums["parts"]).abs() - 5 * (sums["k"] + 1)
    assert sums.height == 36 * 12 and missing.max() <= 0


def test_that_technologies_add_up_to_their_area(read: Read):
    """The order of rows is read aright: an area's technologies are the rows below it."""
    areas = read("ice/atd-by-aor.csv").filter(pl.col("area") != "all")
    whole = pl.col("category") == "all"
    sums = areas.group_by("date", "area").agg(
        total=pl.col("persons").filter(whole).sum(), parts=pl.col("persons").filter(~whole).sum()
    )
    differ = sums.filter(pl.col("total") != pl.col("parts"))
    published = {(date(2022, 8, 14), "st-paul"), (date(2022, 12, 27), "buffalo")}  # so in the workbook itself
    assert set(differ.select("date", "area").iter_rows()) == published


def test_that_authorisations_of_the_first_three_months_stayed_below_the_cap(border: Border):
    lanes = observe.read_reference(border.reference("chnv_monthly.csv"))
    early = lanes.filter(pl.col("month") <= date(2022, 12, 1))
    assert early["travel_authorisations"].sum() == 17_110


def test_that_the_shipped_tables_are_what_the_records_give(records: Path, border: Border, tmp_path: Path):
    built = reference.build(records, border, tmp_path)
    folder = border.root / "reference"
    assert {p.name for p in built} == {p.name for p in folder.iterdir()} - {"tables.yaml"}
    for path in built:
        assert path.read_bytes() == (folder / path.name).read_bytes(), f"{path.name} differs: cauce data build"
