"""What `cauce data check` says of a good file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from cauce.border import Border
from cauce.data import registry


def test_that_a_report_says_what_is_in_a_file(shelf: Path, border: Border):
    report = registry.check_file(shelf / "nationwide-encounters-aor.csv", border)
    assert (report.card.id, report.table, report.rows, report.tidy_rows) == ("cbp_encounters", "encounters", 4, 4)
    assert report.months == (date(2022, 9, 1), date(2022, 12, 1))
    assert report.totals == (("encounters", 75),)
    assert ("encounters", "count", "encounters") in report.columns
    assert report.findings[0].en == "No row for 2022-11."
    assert set(report.card.traps) <= set(report.findings)


def test_that_totals_are_not_counted_beside_their_parts(shelf: Path, border: Border):
    assert registry.check_file(shelf / "swb_sector.csv", border).totals == (("count", 235170),)
    assert registry.check_file(shelf / "bookouts_citizenship.csv", border).totals == (("count", 100),)
    assert registry.check_file(shelf / "region_citizenship.csv", border).totals == (("encounters", 28880),)
    assert registry.check_file(shelf / "bookouts_family.csv", border).totals == ()


def test_that_stocks_are_not_added_up(shelf: Path, border: Border):
    for name in ("uac_daily.csv", "atd-by-aor.csv", "eoir_annual.csv"):
        assert registry.check_file(shelf / name, border).totals == ()


def test_that_blanks_and_years_are_reported(shelf: Path, border: Border):
    report = registry.check_file(shelf / "chnv_i134.csv", border)
    assert report.findings[0].en == "count is blank in 1 of 3 rows."
    joined = registry.check_file(shelf / "region_citizenship.csv", border)
    assert (joined.rows, joined.tidy_rows) == (3, 2)
    assert registry.check_file(shelf / "eoir_annual.csv", border).months == (
        date(2021, 9, 30),
        date(2022, 9, 30),
    )
    assert registry.check_file(shelf / "sw_sectors.csv", border).months is None


def test_that_a_report_can_be_read_and_written(shelf: Path, border: Border):
    report = registry.check_file(shelf / "weekly_nationwide.csv", border)
    assert "2 rows, 2022-11-28 to 2022-12-05\nencounters: 104,120 in all" in report.text()
    plain = json.loads(json.dumps(report.as_json()))
    assert plain["totals"] == {"encounters": 104120} and plain["months"] == ["2022-11-28", "2022-12-05"]
