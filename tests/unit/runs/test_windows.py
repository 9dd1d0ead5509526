"""The days on which scores stand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cauce.border import Border
from cauce.errors import CauceError
from cauce.policy.scenario import Scenario
from cauce.runs.windows import COLUMNS, Window, window

BORDER = Border.open()


def test_that_the_calibration_ends_before_the_shipped_scenario_begins():
    scenario = Scenario.read(BORDER, "december-2022")
    assert window(BORDER, "calibration").last == date.fromisoformat(scenario.start[:10]) - timedelta(days=1)
    assert window(BORDER, "ways").last <= window(BORDER, "calibration").last


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("replay,2022-09-01,2023-01-31,so", Window(date(2022, 9, 1), date(2023, 1, 31))),
        ("replay,2022-09-31,2023-01-31,so", "line 2.*not a date that exists"),
        ("replay,2023-09-01,2023-01-31,so", "line 2.*before the first"),
        ("twin,2022-09-01,2023-01-31,so", "says no days for 'replay'"),
        ("", "says no days for 'replay'"),
    ],
)
def test_that_a_window_is_read_or_its_fault_named(tmp_path: Path, row: str, says: Window | str):
    (tmp_path / "replay").mkdir()
    if row:
        (tmp_path / "replay" / "windows.csv").write_text(f"{','.join(COLUMNS)}\n{row}\n", encoding="utf-8")
    if isinstance(says, Window):
        assert window(Border(tmp_path), "replay") == says
    else:
        with pytest.raises(CauceError, match=says):
            window(Border(tmp_path), "replay")
