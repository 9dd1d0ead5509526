"""The person kernel from a morning: it holds whom the filter holds, and what is announced comes to pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cauce.border import Border
from cauce.data import mornings
from cauce.runs import assimilate as a
from cauce.runs import restart
from cauce.runs.flow import Flow, Rates
from cauce.runs.morning import Situation, situation

BORDER = Border.open("us_mexico")
RATES = Rates.read(BORDER)
HEADER = "as_of,item,site,class,value,source,note"
ROWS = (
    "2022-12-15,custody_total,,,4500,official,", "2022-12-16,custody_total,,,4600,official,",
    "2022-12-16,custody_over72h,,,1800,official,", "2022-12-16,encounters_24h,,,1700,official,",
    "2022-12-16,releases_announced_today,,,300,official,",
)  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("restart") / "m.csv"
    file.write_text("\n".join((HEADER, *ROWS)))
    return file


@pytest.fixture(scope="module")
def found(path: Path) -> Situation:
    return situation(BORDER, [path], 1)


def test_that_the_census_holds_whom_the_filter_holds_and_whom_was_reported_late(found: Situation):
    table = found.ahead.census.table
    held = table.filter("custody")
    assert held["persons"].sum() == pytest.approx(np.median(found.estimate.cloud.custody), rel=1e-6)
    assert held.filter(pl.col("hours_held") >= 72)["persons"].sum() == pytest.approx(1800, rel=1e-6)
    assert held["persons"].min() >= 0


def test_that_the_first_hour_is_the_filters_cloud(found: Situation):
    """Custody at six is resampled from the particles, so their quantiles agree within the sampling error."""
    drawn, cloud = found.forecast.custody[:, 0], found.estimate.cloud.custody
    # standard error of a mean of so many draws, families being whole, at four sd
    assert abs(drawn.mean() - cloud.mean()) < 4 * cloud.std() / len(drawn) ** 0.5 + 3


def test_that_announced_releases_are_not_passed(found: Situation):
    today = found.forecast.daily("release")[:, 0]
    luck = np.exp(4 * RATES["official"])  # four sd of an official figure
    assert today.max() <= 300 * luck + 10
    # standard error of a median of normal draws, at four sd; families being whole
    assert abs(np.median(today) - 300) < 4 * 1.2533 * 300 * RATES["official"] / len(today) ** 0.5 + 3


def test_that_persons_are_conserved_but_for_those_outdoors(found: Situation):
    """Custody moves by who came less who left, up to those on the road and at the door, at both ends."""
    f = found.forecast
    moved = f.custody[:, -1] - f.custody[:, 0]
    flows = f.flows["arrivals"].sum(axis=1) - sum(f.flows[c].sum(axis=1) for c in a.CHANNELS)
    assert (moved <= flows + 400).all()  # those on the road at the start come in: under four hours of a busy day


def test_that_more_over_72_hours_today_means_more_tomorrow(path: Path, found: Situation, tmp_path: Path):
    fewer = tmp_path / "m.csv"
    fewer.write_text(path.read_text().replace("1800", "400"))
    other = situation(BORDER, [fewer], 1)
    assert np.median(other.ahead.over[:, 0]) < np.median(found.ahead.over[:, 0])


def test_that_no_worker_count_changes_a_bit(path: Path, monkeypatch: pytest.MonkeyPatch):
    held = []
    for workers in (1, 3):
        monkeypatch.setattr(restart, "WORKERS", workers)
        held.append(situation(BORDER, [path], 1).forecast.custody)
    assert np.array_equal(*held)


def test_that_a_later_morning_changes_no_score_of_an_earlier_one(path: Path):
    """What is scored is forecast from the mornings before it alone."""
    reported = mornings.read([path], BORDER, RATES.bounds)
    flow = Flow.of(BORDER, RATES, date(2022, 12, 16))
    known = restart.Known.read(BORDER, RATES, flow, 1)
    estimate = a.assimilate(flow, RATES, reported, 3660, 1)
    one = restart.errors(known, estimate, reported)
    last = estimate.steps[-1]
    moved = replace(last, cloud=a.Cloud(last.cloud.custody + 1000, last.cloud.log + 1))
    two = restart.errors(known, replace(estimate, cloud=moved.cloud, steps=(*estimate.steps[:-1], moved)), reported)
    assert one is not None and one == two
