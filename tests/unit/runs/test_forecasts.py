"""A forecast as of a day: parts add up, nothing later is seen, and the answer to policy is laid open."""

from __future__ import annotations

import json
import shutil
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cauce import api
from cauce.arrivals.assumptions import LAWS
from cauce.border import Border
from cauce.errors import OutputError, RequestError
from cauce.runs import forecasts
from cauce.runs.forecasts import Forecast

BORDER = Border.open()
AS_OF = "2022-12-01"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def whole() -> Forecast:
    return forecasts.run(BORDER, as_of=AS_OF, months=4, draws=60)


def test_that_only_what_was_published_is_known(whole: Forecast):
    """The month ends, and 25 days later it is out: on 1 December the newest is October."""
    assert whole.newest == date(2022, 10, 1)
    assert whole.months == tuple(date(y, m, 1) for y, m in ((2022, 11), (2022, 12), (2023, 1), (2023, 2)))


def test_that_paths_are_whole_and_never_negative(whole: Forecast):
    assert whole.paths.dtype == np.int64 and whole.paths.min() >= 0


def test_that_everybody_of_the_record_is_in_some_corridor(whole: Forecast):
    """By hand: all encounters of October 2022 in the table."""
    record = pl.read_csv(BORDER.reference("sector_encounters.csv"), comment_prefix="#", try_parse_dates=True)
    october = record.filter(pl.col("month") == date(2022, 10, 1))["encounters"].sum()
    assert whole.panel.counts[-1].sum() == october


def test_that_a_sector_is_a_part_of_the_whole(whole: Forecast):
    """Sectors are cut from the same paths, so they add up to the whole draw by draw."""
    sectors = sorted({s for s, _ in whole.panel.corridors})
    parts = [forecasts.run(BORDER, as_of=AS_OF, months=4, draws=60, sector=s).paths.sum(axis=2) for s in sectors]
    assert np.array_equal(np.sum(parts, axis=0), whole.paths.sum(axis=2))


def test_that_the_total_is_the_paths_total(whole: Forecast):
    total = whole.lines[0]
    low, median, high = np.percentile(whole.paths.sum(axis=2), (10, 50, 90), axis=0)
    assert (total.low, total.median, total.high) == tuple(tuple(x) for x in (low, median, high))


def test_that_persons_are_no_more_than_encounters(whole: Forecast):
    for line in whole.lines:
        assert line.persons is not None
        assert all(p <= m for p, m in zip(line.persons, line.median, strict=True))
    elsewhere = forecasts.run(BORDER, as_of=AS_OF, months=1, draws=10, sector="tucson")
    assert elsewhere.lines[0].persons is None and "does not say who was expelled" in elsewhere.text()


def test_that_a_warning_is_the_share_of_paths_above_the_past(whole: Forecast):
    names = [" ".join(c) for c in whole.panel.corridors]
    assert len(whole.alarms) == 5
    for alarm in whole.alarms:
        corridor = names.index(alarm.corridor)
        threshold = np.quantile(whole.panel.counts[:, corridor], 0.9)
        assert alarm.threshold == threshold and whole.panel.counts[-1, corridor] <= threshold
        assert alarm.chance == (whole.paths[:, 0, corridor] > threshold).mean()
    chances = [a.chance for a in whole.alarms]
    assert chances == sorted(chances, reverse=True)


def test_that_no_later_datum_changes_a_bit(tmp_path: Path, whole: Forecast):
    root = tmp_path / "poisoned"
    shutil.copytree(BORDER.root, root)
    for name in ("sector_encounters.csv", "swb_encounters.csv", "el_paso_encounters.csv"):
        path = root / "reference" / name
        lines = path.read_text().splitlines()
        spoilt = [f"{x.rpartition(',')[0]},987654" if "2022-11" <= x[:7] <= "2024" else x for x in lines]
        assert sum(a != b for a, b in zip(lines, spoilt, strict=True)) > 300
        path.write_text("\n".join(spoilt) + "\n")
    poisoned = forecasts.run(Border.open(root), as_of=AS_OF, months=4, draws=60)
    assert np.array_equal(poisoned.paths, whole.paths)
    assert poisoned.as_json() == whole.as_json()


def test_that_a_day_before_the_model_had_its_numbers_is_said_to_be_a_hindcast(whole: Forecast):
    early = forecasts.run(BORDER, as_of="2021-06-01", months=1, draws=10)
    assert "a hindcast" in early.text() and "2022-11" in early.text()
    assert "hindcast" not in whole.text()


def test_that_files_hold_every_draw(tmp_path: Path, whole: Forecast):
    table, rows, columns = whole.write(tmp_path / "out")
    drawn, written = pl.read_parquet(columns), pl.read_csv(rows, try_parse_dates=True)
    assert drawn.columns == ["draw", "month", "sector", "nationality", "encounters"] == written.columns
    assert drawn["encounters"].sum() == whole.paths.sum() == written["encounters"].sum()
    one = drawn.filter((pl.col("draw") == 7) & (pl.col("month") == whole.months[2]))
    assert one["encounters"].sum() == whole.paths[7, 2].sum()
    assert pl.read_csv(table).height == len(whole.lines) * len(whole.months)


def test_that_a_place_that_cannot_be_written_is_refused(tmp_path: Path, whole: Forecast):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        whole.write(tmp_path / "taken")


def test_that_the_same_seed_gives_the_same_bits_and_more_draws_begin_alike(whole: Forecast):
    again = forecasts.run(BORDER, as_of=AS_OF, months=4, draws=80)
    assert np.array_equal(again.paths[:60], whole.paths)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"as_of": "2022-13-01"}, "not a day that exists"),
        ({"as_of": "2020-06-01"}, "too few to fit"),
        ({"months": 0}, "none or too many"),
        ({"months": 61}, "none or too many"),
        ({"draws": 1}, "no interval"),
        ({"sector": "atlantis"}, "no sector 'atlantis'"),
    ],
)
def test_that_what_makes_no_sense_is_refused(asked: dict, told: str):
    with pytest.raises(RequestError, match=told):
        api.forecast(**asked)


def test_that_without_a_day_the_whole_record_is_known():
    found = api.forecast(months=1, draws=10)
    assert found.newest == date(2023, 9, 1) and found.as_of == date(2023, 10, 25)


@pytest.mark.timed
def test_that_a_thousand_paths_of_a_year_take_less_than_twenty_seconds():
    """The bound is the design's."""
    start = time.process_time()
    forecasts.run(BORDER, as_of=AS_OF, months=12, draws=1000)
    assert time.process_time() - start < 20


# --- response show


def test_that_the_assumptions_show_every_prior_that_a_draw_takes():
    shown = api.response_show(draws=400)
    names = [name for name, _ in shown.priors]
    assert {"return_effect", "lane_effect", "response_lag_days", "response_half_life_months"} <= set(names)
    text = shown.text()
    for name, prior in shown.priors:
        assert name in text and prior.source in text
    assert "the record may overturn them" in text


def test_that_the_ridge_ties_the_two_effects():
    """Half of the lane effect follows what return leaves, half is its own: a clearly negative correlation."""
    shown = api.response_show(draws=2000)
    assert -0.9 < shown.ridge < -0.5
    assert json.loads(json.dumps(shown.as_json()))["ridge_correlation"] == shown.ridge


def test_that_each_law_is_tested_where_it_is_said_to_be():
    for _, where in LAWS:
        assert (ROOT / where).is_file(), where
