"""Reference tables: built from recipes, with their provenance, always the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce.border import Border
from cauce.data import reference
from cauce.data.observe import read_reference
from cauce.errors import DataError, DocumentError, OutputError, RequestError

RECIPES = """
tables:
  - name: counts.csv
    about: Encounters of one place
    kind: encounters
    inputs: {encounters: cbp_encounters/encounters}
    keep: {sector: el-paso}
    by: [month, nationality]
  - name: shares.csv
    about: Shares
    kind: shares
    inputs: {encounters: cbp_encounters/encounters}
    by: [nationality]
    part_name: expelled
    part: {authority: title-42}
    periods: {autumn: {first: 2022-10-01, last: 2022-12-01}}
  - name: outcomes.csv
    about: Outcomes
    kind: outcomes
    inputs: {nationality: ohss_monthly/bookouts_citizenship, demographic: ohss_monthly/bookouts_family}
    leave_out: [title-42-expulsions, migrant-protection-protocols]
    by: [nationality, demographic]
    periods: {november: {first: 2022-11-01, last: 2022-11-01}}
  - name: lanes.csv
    about: Lanes
    kind: beside
    inputs: {confirmed: ohss_monthly/chnv_i134, paroles: ohss_monthly/chnv_paroles}
    by: [nationality]
  - name: weeks.csv
    about: Weeks
    kind: rows
    inputs: {weeks: usbp_weekly/weekly}
    first: 2022-12-01
"""


@pytest.fixture
def small(border: Border, tmp_path: Path) -> Border:
    """A border with the recipes above."""
    root = tmp_path / "border"
    (root / "reference").mkdir(parents=True)
    for name in ("border.yaml", "labels.csv", "nationalities.csv"):
        shutil.copy(border.root / name, root / name)
    (root / "reference" / "tables.yaml").write_text(RECIPES, encoding="utf-8")
    return Border.open(root)


def test_that_each_kind_of_table_says_what_its_recipe_asks(small: Border, shelf: Path, tmp_path: Path):
    paths = reference.build(shelf, small, tmp_path / "out")
    assert [p.name for p in paths] == [
        "counts.csv", "shares.csv", "outcomes.csv", "lanes.csv", "weeks.csv", "README.md",
    ]  # fmt: skip
    table = {p.stem: read_reference(p) for p in paths[:-1]}
    assert table["counts"].sort("month", "nationality").rows()[1][1:] == ("VEN", 65)
    china, nicaragua, venezuela = "CHN", "NIC", "VEN"
    shares = {row["nationality"]: row for row in table["shares"].to_dicts()}
    assert china not in shares and shares[nicaragua]["expelled"] == 0
    assert (shares[venezuela]["encounters"], shares[venezuela]["expelled"]) == (65, 40)
    assert shares[venezuela]["share"] == round(40 / 65, 4)
    assert table["outcomes"].to_dicts() == [
        {
            "nationality": n,
            "demographic": d,
            "period": "november",
            "outcome": "releases",
            "persons": p,
            "share": 1.0,
        }
        for n, d, p in (("all", "all", 40), ("all", "single-adult", 30), ("rest", "all", 10))
    ]
    assert table["lanes"].filter(pl.col("nationality") == venezuela).row(0)[2:] == (12820, 470)
    assert table["weeks"].height == 1


def test_that_a_table_carries_its_provenance(small: Border, shelf: Path, tmp_path: Path):
    text = reference.build(shelf, small, tmp_path / "out")[0].read_text(encoding="utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert any("cbp_encounters/encounters" in line and "Customs and Border Protection" in line for line in head)
    assert any("sha256" in line and "cauce.data.sources.cbp_encounters" in line for line in head)
    assert "# months: 2022-09 to 2022-10" in head


def test_that_the_same_records_give_the_same_bytes(small: Border, shelf: Path, tmp_path: Path):
    first, second = (
        reference.build(shelf, small, tmp_path / "a"),
        reference.build(shelf, small, tmp_path / "b"),
    )
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_that_missing_and_double_files_are_answered(small: Border, shelf: Path, tmp_path: Path):
    records = tmp_path / "records"
    shutil.copytree(shelf, records)
    (records / "weekly_nationwide.csv").rename(records / "weekly_a.csv")
    shutil.copy(records / "weekly_a.csv", records / "weekly_b.csv")
    with pytest.raises(DataError, match=r"holds 2 files 'weekly_\*'; keep the one that is usbp_weekly/weekly"):
        reference.build(records, small, tmp_path / "out")
    for path in records.glob("weekly_*"):
        path.unlink()
    with pytest.raises(DataError, match=r"holds no file 'weekly_\*'"):
        reference.build(records, small, tmp_path / "out")
    with pytest.raises(DataError, match="there is no such folder"):
        reference.build(tmp_path / "nowhere", small, tmp_path / "out")
    assert not (tmp_path / "out").exists(), "nothing is written when something is wrong"


def test_that_a_wrong_recipe_and_a_place_without_rights_are_answered(small: Border, shelf: Path, tmp_path: Path):
    recipes = small.root / "reference" / "tables.yaml"
    recipes.write_text(RECIPES.replace("kind: rows", "kind: poem"), encoding="utf-8")
    line = RECIPES[: RECIPES.index("kind: rows")].count("\n") + 1
    with pytest.raises(DocumentError, match=f"line {line}: 'tables.kind'"):
        reference.build(shelf, small, tmp_path / "out")
    recipes.write_text(RECIPES.replace("usbp_weekly/weekly", "usbp_weekly/daily"), encoding="utf-8")
    with pytest.raises(RequestError, match="usbp_weekly has no table 'daily'; use one of weekly"):
        reference.build(shelf, small, tmp_path / "out")
    recipes.write_text(RECIPES, encoding="utf-8")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        reference.build(shelf, small, tmp_path / "file")


@given(whole=st.integers(1, 100_000), part=st.integers(0, 100_000))
def test_that_a_share_lies_in_its_interval_and_the_interval_in_0_to_1(whole: int, part: int):
    part = min(part, whole)
    low, high = reference.share_interval(pl.lit(float(part)), pl.lit(float(whole)))
    bottom, top = pl.select(low=low, high=high).row(0)
    assert 0.0 <= bottom <= part / whole + 1e-12 and part / whole - 1e-12 <= top <= 1.0


def test_that_wilsons_interval_is_the_textbooks():
    """The bounds solve (p - share)^2 = z^2 p (1 - p) / n."""
    low, high = reference.share_interval(pl.lit(32.0), pl.lit(80.0))
    for bound in pl.select(low=low, high=high).row(0):
        assert (bound - 0.4) ** 2 == pytest.approx(reference.NORMAL_95**2 * bound * (1 - bound) / 80, rel=1e-9)


def test_that_what_is_shipped_is_small_and_listed(border: Border):
    folder = border.root / "reference"
    files = sorted(folder.iterdir())
    assert sum(p.stat().st_size for p in files) < 1_500_000
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for path in files:
        if path.suffix == ".csv":
            assert f"`{path.name}`" in listed
            assert read_reference(path).height > 0


def test_that_nothing_after_september_2023_is_shipped(border: Border):
    for path in (border.root / "reference").glob("*.csv"):
        table = read_reference(path)
        for column in ("month", "week", "last"):
            if column in table.columns:
                newest = table[column].max()
                assert str(newest) < "2023-10-01", f"{path.name} reaches {newest}"
