"""The shipped censuses are what the replay gives, to the byte, and each ground holds what was known on its day."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from cauce.border import Border
from cauce.data import cards, observe
from cauce.policy.scenario import Scenario
from cauce.runs.replay import census_file
from cauce.terms import Authority

BORDER = Border.open()


@pytest.mark.parametrize(
    ("morning", "ground"),
    [
        (datetime(2022, 10, 1, 6), "october-2022"),
        (datetime(2022, 12, 1, 6), None),
        (datetime(2023, 1, 1, 6), "january-2023"),
    ],
)
def test_that_a_shipped_census_is_the_replays(morning: datetime, ground: str | None):
    shipped = (BORDER.root / "scenarios" / f"census-{morning:%Y-%m-%d}.csv").read_text(encoding="utf-8")
    assert census_file(BORDER, morning, None if ground is None else Scenario.read(BORDER, ground)) == shipped


@pytest.mark.parametrize("name", ["october-2022", "january-2023"])
def test_that_a_replays_ground_starts_before_its_day_and_says_what_is_later(name: str):
    ground = Scenario.read(BORDER, name)
    counted = datetime.fromisoformat(ground.census.removeprefix("census-").removesuffix(".csv")).date()
    assert counted <= ground.as_of and ground.later
    assert all(f"{ground.as_of:%Y}" in said.en and f"{ground.as_of:%Y}" in said.es for said in ground.later)


def test_that_nobody_is_in_a_lane_before_it_was_agreed():
    opened = {row["station"] for row in rows("census-2022-12-01.csv")} - {
        row["station"] for row in rows("census-2022-10-01.csv")
    }
    assert "preparing-travel" in opened


def rows(census: str) -> list[dict[str, str]]:
    table = pl.read_csv(BORDER.root / "scenarios" / census, comment_prefix="#", infer_schema=False)
    return table.to_dicts()


def test_that_octobers_shares_are_of_the_months_published_by_its_day():
    ground = Scenario.read(BORDER, "october-2022")
    table = observe.read_reference(BORDER.reference(BORDER.card.encounters))
    known = observe.published_by(table, ground.as_of, cards.find(BORDER.card.publication))
    year = known.filter(pl.col("month") >= datetime(2021, 10, 1).date())
    assert year["month"].n_unique() == 11
    (case,) = ground.cases()
    change = next(c for c in case.amend if c.measure == "title-42")
    shares = dict(change.amendment().set_)["values"]["share"]
    assert len(shares) == 8
    for row in shares:
        mine = year.filter(
            pl.col("nationality").is_in(row["nationalities"]) & pl.col("demographic").is_in(row["demographics"])
        )
        expelled = mine.filter(pl.col("authority") == Authority.TITLE_42)["encounters"].sum()
        assert row["value"] == pytest.approx(expelled / mine["encounters"].sum(), abs=5e-5)  # written to four digits
        assert row["low"] <= row["value"] <= row["high"]
