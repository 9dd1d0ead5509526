"""The replay brings the record back, and its calibration sees nothing that is to be tested."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cauce.border import Border
from cauce.model.clock import TICKS_PER_HOUR
from cauce.runs import calibrate, free, points, records, validate
from cauce.runs.replay import Replay
from cauce.terms import Authority

BORDER = Border.open()
SHIPPED = BORDER.root / "replay" / "points.csv"


@pytest.fixture(scope="module")
def replay() -> Replay:
    """One month after a month of running in."""
    return Replay.of(BORDER, date(2022, 10, 1), date(2022, 10, 31), date(2022, 12, 1), points.read(BORDER), 1)


def test_that_each_draw_brings_the_recorded_people(replay: Replay):
    for draw in (0, 1):
        days = replay.days(draw)
        assert days[30:].sum(axis=0).tolist() == replay.recorded[1].tolist()
    assert replay.days(0).tolist() != replay.days(1).tolist()


def test_that_people_are_expelled_as_recorded_and_nobody_comes_twice(replay: Replay):
    number = free.read(BORDER, replay.layout.process)
    run, _ = replay.run(0, free.by_prior(number, np.full(len(number), 0.5)))
    outcome = {o.id: n for n, o in enumerate(replay.layout.process.outcomes)}
    expelled = run.daily[outcome["expulsions_mexico"]].sum()
    t42 = replay.history.filter(pl.col("authority") == Authority.TITLE_42)["encounters"].sum()
    # each person's way is a coin of the recorded share: four sd of their sum, twice for the few still on the way
    assert abs(expelled - t42) < 2 * 4 * np.sqrt(t42)
    first = run.daily[outcome["encounters"]].sum()
    assert first == run.daily[outcome["persons"]].sum()
    assert 0 <= replay.recorded.sum() - first < replay.recorded.sum() * 0.01  # the first hours before six


def test_that_who_could_not_be_expelled_came_before_the_rule(replay: Replay):
    """Where the book starts to expel a nationality within a month, the record's expulsions lie after that day."""
    expected, months = replay.expected, replay.recorded[1]
    changed = np.flatnonzero((np.ptp(expected[31:], axis=0) > 1) & (months > 0))
    assert changed.size
    assert expected[31:].sum(axis=0) == pytest.approx(months, rel=0.1)  # a rule that begins at noon parts a day


def poisoned(folder: Path) -> Path:
    """The shipped points with every test and conflict figure, and every input after the last day, a hundredfold."""
    lines = []
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        cells = line.split(",")
        if len(cells) > 6 and cells[0] > "2022-11-30" and cells[0][0] == "2":
            cells[5] = str(float(cells[5]) * 100)
        lines.append(",".join(cells))
    path = folder / "points.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_that_the_calibration_never_reads_what_is_tested(tmp_path: Path):
    assert poisoned(tmp_path).read_text(encoding="utf-8") != SHIPPED.read_text(encoding="utf-8")
    asked = {"draws": calibrate.LEAST, "seed": 3}
    plain = calibrate.run(BORDER, workers=2, store_root=tmp_path / "a", **asked)
    other = calibrate.run(BORDER, points=poisoned(tmp_path), workers=1, store_root=tmp_path / "b", **asked)
    assert plain.draws_csv() == other.draws_csv()
    assert plain.csv() == other.csv()  # to the byte, and for any number of workers
    assert {p.role for p in plain.points} == {"calibration"}
    store = sorted((tmp_path / "a").rglob("*.npy"))
    for path in store[::2]:
        path.unlink()
    assert calibrate.run(BORDER, workers=2, store_root=tmp_path / "a", **asked).csv() == plain.csv()


def test_that_the_shipped_calibration_fits_the_shipped_points():
    used = [p for p in points.read(BORDER) if p.role == "calibration"]
    for name in ("calibrated.csv", validate.CALIBRATED):
        assert points.sha256(used)[:16] in (BORDER.root / name).read_text(encoding="utf-8")


def test_that_a_validation_runs_from_end_to_end(tmp_path: Path):
    asked = {"draws": 4, "first": "2022-11-01", "last": "2022-12-31"}
    found = validate.run(BORDER, workers=2, store_root=tmp_path, calibrated=True, **asked)
    assert np.isfinite(found.said).all()
    lines = found.text().splitlines()
    assert lines[0].startswith("Balance of the points")
    tests = [p for p in found.points if p.role == "test"]
    inside = found.inside(found.printed)
    mine = sum(bool(inside[n]) for n, p in enumerate(found.points) if p.role == "test")
    assert lines[-1] == f"inside: {mine} of {len(tests)}"
    assert found.as_json()["inside"] == mine
    again = validate.run(BORDER, workers=1, store_root=tmp_path / "other", calibrated=True, **asked)
    assert again.said.tobytes() == found.said.tobytes()


def test_that_what_is_not_at_hand_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(records, "BESIDE", tmp_path)
    told = validate._broad(BORDER, ())
    assert all(check.text().startswith("Left out") for check in told)


def test_that_the_long_checks_count_every_cell(records_found: dict):
    found = records.dispositions(records_found[records.DISPOSITIONS])
    assert found.cells == sum(n for _, n, _ in found.by_outcome) > 500
    rows = records.custody(records_found[records.CUSTODY]).rows
    assert [h for h, *_ in rows] == list(records.HORIZONS)


@pytest.fixture
def records_found(records: Path) -> dict:
    """The tables of the long checks."""
    from cauce.runs import records as room

    return room.find(BORDER, [records / place for place in room.PLACES.values()])


def test_that_those_who_stay_long_are_at_least_those_who_have_stayed_long(replay: Replay):
    number = free.read(BORDER, replay.layout.process)
    run, came = replay.run(1, free.by_prior(number, np.full(len(number), 0.5)))
    staying = points.Gauge((), replay.layout, replay.clock)._staying(72, run, came)
    outcome = {o.id: n for n, o in enumerate(replay.layout.process.outcomes)}
    over, held = (run.daily[outcome[name]] for name in ("over_72h", "custody"))
    settled = slice(10, -3)  # of whom is held in the last three days nobody knows yet how long it will be
    assert (staying[settled] > over[settled]).all() and (staying[settled] < held[settled]).all()
    # person-days by Little's law: every long stay once, whatever the mornings
    long = run.out.custody_ticks > 72 * TICKS_PER_HOUR
    days = (run.out.custody_ticks[long] * came.size[long]).sum() / (24 * TICKS_PER_HOUR)
    assert staying.sum() == pytest.approx(days, rel=0.05)  # half a morning at either end of a stay of a week
