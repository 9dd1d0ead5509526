"""The shipped census is what the replay gives, to the byte."""

from __future__ import annotations

from datetime import datetime

from cauce.border import Border
from cauce.runs.replay import census_file


def test_that_the_shipped_census_is_the_replays():
    border = Border.open()
    shipped = (border.root / "scenarios" / "census-2022-12-01.csv").read_text(encoding="utf-8")
    assert census_file(border, datetime(2022, 12, 1, 6)) == shipped
