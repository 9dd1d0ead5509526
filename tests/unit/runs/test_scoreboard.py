"""The scoreboard's run: what is scored, on how many workers, and what it says it left out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cauce.border import Border
from cauce.errors import RequestError
from cauce.runs import scoreboard

SHORT = {"cutoffs": "2023-05:2023-08", "quick": True, "draws": 20}


def test_that_weeks_stand_beside_months_whatever_the_workers(tmp_path: Path):
    one, two = (
        scoreboard.run(Border.open(), **SHORT, workers=n, store_root=tmp_path / str(n)).as_json()  # type: ignore[arg-type]
        for n in (1, 2)
    )
    assert repr(one) == repr(two)
    weekly = one["weekly"]
    assert weekly["unit"] == "week" and weekly["first_cutoff"] == "2023-05-01"
    assert {(line["model"], line["horizon"]) for line in weekly["lines"]} == {
        (model, weeks)
        for model in ("log-walk", "damped-walk", "seasonal-naive", "walk-pool")
        for weeks in (1, 2, 4, 8)
    }  # fmt: skip
    assert all(line["total_rms_log"] > 0 for line in weekly["lines"])


def test_that_a_border_without_weeks_says_so(tmp_path: Path):
    root = tmp_path / "border"
    shutil.copytree(Border.open().root, root)
    (root / "reference" / scoreboard.WEEKLY).unlink()
    found = scoreboard.run(Border.open(root), **SHORT, workers=1, store_root=tmp_path / "store")  # type: ignore[arg-type]
    assert found.weekly is None and found.as_json()["weekly"] is None
    assert "left out: the scoreboard by week, for want of a weekly record" in found.text()


def test_that_a_weekly_file_alone_is_refused(tmp_path: Path):
    file = tmp_path / "weekly_nationwide.csv"
    file.write_text("week_start,usbp_encounters_nationwide\n2022-11-28,51000\n2022-12-05,53120\n", encoding="utf-8")
    with pytest.raises(RequestError, match="no file has encounters by month"):
        scoreboard.run(Border.open(), files=(file,), **SHORT, workers=1, store_root=tmp_path / "store")  # type: ignore[arg-type]
