"""What had been seen by a day, and completed with zeros."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce.border import Border
from cauce.data import cards, observe, registry
from cauce.errors import DataError, RequestError


def test_that_cbp_newest_month_on_the_first_of_december_2022_is_october():
    months = pl.DataFrame({"month": [date(2022, m, 1) for m in range(1, 13)]})
    card = cards.find("cbp_encounters")
    assert observe.published_by(months, date(2022, 12, 1), card)["month"].max() == date(2022, 10, 1)
    assert observe.newest_month(date(2022, 12, 1), card.lag_days) == date(2022, 10, 1)


@given(as_of=st.dates(date(2000, 1, 1), date(2030, 1, 1)), lag=st.integers(0, 400))
def test_that_the_newest_month_is_the_newest_that_is_published(as_of: date, lag: int):
    months = pl.DataFrame({"month": pl.date_range(date(1998, 1, 1), date(2031, 1, 1), "1mo", eager=True)})
    seen = observe.published_by(months, as_of, lag)
    assert seen["month"].max() == observe.newest_month(as_of, lag)
    assert seen.height == months.filter(pl.col("month") <= observe.newest_month(as_of, lag)).height


def test_that_nothing_of_a_publication_is_seen_before_its_first_issue():
    months = pl.DataFrame({"month": [date(2022, 10, 1)]})
    card = cards.find("ohss_monthly")
    assert observe.published_by(months, date(2022, 12, 1), card).height == 0
    assert observe.published_by(months, date(2024, 1, 5), card).height == 1


@pytest.mark.parametrize(
    ("row", "end"),
    [
        ({"month": date(2022, 11, 1)}, date(2022, 11, 30)),
        ({"month": date(2019, 1, 1), "span_months": 12}, date(2019, 12, 31)),
        ({"week": date(2022, 11, 28)}, date(2022, 12, 4)),
        ({"date": date(2022, 11, 28)}, date(2022, 11, 28)),
        ({"fiscal_year": 2022}, date(2022, 9, 30)),
        ({"first": date(2022, 12, 13), "last": date(2022, 12, 20)}, date(2022, 12, 20)),
    ],
)
def test_that_a_row_is_seen_when_its_period_has_ended_and_the_lag_has_passed(row: dict[str, object], end: date):
    table = pl.DataFrame([row])
    assert observe.published_by(table, end + timedelta(days=9), 10).height == 0
    assert observe.published_by(table, end + timedelta(days=10), 10).height == 1


def test_that_a_table_without_time_is_refused():
    with pytest.raises(RequestError, match="says no period"):
        observe.published_by(pl.DataFrame({"sector": ["a"]}), date(2022, 12, 1), 3)


def test_that_a_place_is_completed_with_zeros_and_keeps_its_sum(shelf: Path, border: Border):
    table = registry.read(shelf / "nationwide-encounters-aor.csv", border)
    seen = observe.encounters(table, border, sector="el-paso", component="border-patrol")
    assert seen.columns == ["month", "nationality", "demographic", "authority", "encounters"]
    assert seen.height == 4 * len(border.nationalities) * 3 * 2  # September to December 2022
    assert seen["encounters"].sum() == 68 and seen["encounters"].null_count() == 0
    assert seen["nationality"].unique(maintain_order=True).to_list() == list(border.nationalities)
    everywhere = observe.encounters(table, border, region="southwest")
    assert everywhere["encounters"].sum() == table["encounters"].sum()


def test_that_an_unknown_place_is_answered(shelf: Path, border: Border):
    table = registry.read(shelf / "nationwide-encounters-aor.csv", border)
    with pytest.raises(RequestError, match="no row has sector 'atlantis'; use one of el-paso"):
        observe.encounters(table, border, sector="atlantis")


def test_that_a_reference_table_that_is_none_is_answered(tmp_path: Path):
    with pytest.raises(DataError, match="is not a reference table"):
        observe.read_reference(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("# nothing\n")
    with pytest.raises(DataError, match="is not a reference table"):
        observe.read_reference(tmp_path / "empty.csv")
