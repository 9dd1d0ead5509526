"""Mornings: every mistake has its sentence, the balance conserves people, and a hidden truth is found again."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from cauce.border import Border
from cauce.data import mornings, workbook
from cauce.errors import DataError, RequestError
from cauce.keys import generator
from cauce.runs import assimilate as a
from cauce.runs.flow import Flow, Rates
from cauce.runs.morning import situation

BORDER = Border.open("us_mexico")
RATES = Rates.read(BORDER)
SHIPPED = mornings.folder(BORDER)
HEADER = "as_of,item,site,class,value,source,note"
EXAMPLE = Path("december-2022")


def read(tmp_path: Path, *rows: str, name: str = "m.csv") -> mornings.Reported:
    path = tmp_path / name
    path.write_text("\n".join((HEADER, *rows) if name.endswith(".csv") else rows) + "\n", encoding="utf-8")
    return mornings.read([path], BORDER, RATES.bounds)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2022-12-16,custody_totl,,,4600,official,", ["line 2", "custody_totl", "did you mean 'custody_total'"]),
        ("2022-12-16,weather,,,4600,official,", ["line 2", "weather", "morning-template"]),
        ("2022-12-16,custody_total,,,-4600,official,", ["line 2", "-4600", "negative", "from 0 up"]),
        ("2022-12-16,custody_total,,,many,official,", ["line 2", "many", "not a number"]),
        ("2022-12-16,custody_total,,,1e999,official,", ["line 2", "not a number"]),
        ("2022-12-16,custody_total,,,46.5,official,", ["line 2", "whole number"]),
        ("2022-12-32,custody_total,,,4600,official,", ["line 2", "2022-12-32", "date that exists"]),
        ("16/12/2022,custody_total,,,4600,official,", ["line 2", "YYYY-MM-DD"]),
        ("2022-12-16,custody_total,,,4600,rumour,", ["line 2", "rumour", "official, phone, press, guess"]),
        ("2022-12-16,custody_total,cpx,,4600,official,", ["line 2", "cpx", "did you mean 'cpc'"]),
        ("2022-12-16,custody_total,,old,4600,official,", ["line 2", "old", "family"]),
        ("2022-12-16,custody_total,,,4600,official", ["line 2", "6 cells"]),
    ],
)
def test_that_a_row_that_cannot_be_meant_is_told(tmp_path: Path, row: str, said: list[str]):
    with pytest.raises(DataError) as caught:
        read(tmp_path, row)
    assert str(caught.value).count("\n") == 0
    for words in said:
        assert words in str(caught.value)


def test_that_a_figure_given_twice_is_told_with_both_places(tmp_path: Path):
    row = "2022-12-16,custody_total,,,4600,official,"
    with pytest.raises(DataError, match=r"line 3: .*stands twice \(first in m.csv, line 2\)"):
        read(tmp_path, row, row)


def test_that_an_empty_file_and_a_missing_one_are_told(tmp_path: Path):
    with pytest.raises(DataError, match="no morning"):
        read(tmp_path)
    with pytest.raises(DataError, match="no such file"):
        mornings.read([tmp_path / "no.csv"], BORDER, RATES.bounds)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["2022-12-15,custody_total,,,460,official,", "2022-12-16,custody_total,,,4600,official,"], "10 times the 460"),
        (
            ["2022-12-15,custody_total,,,4600,official,", "2022-12-16,custody_total,,,450,official,"],
            "10th of the 4,600",
        ),
        (["2022-12-16,custody_total,,,460000,official,"], "outside of 0 to 9,000"),
        (["2022-12-16,no_sponsor_share,,,50,phone,"], "outside of 0 to 1"),
        (["2022-12-16,custody_total,,,100,phone,", "2022-12-16,custody_over72h,,,180,phone,"], "more than the 100"),
    ],
)
def test_that_what_nobody_would_believe_is_set_aside(tmp_path: Path, rows: list[str], said: str):
    found = read(tmp_path, *rows)
    ((entry, sentence),) = found.aside
    assert said in sentence.en and f"m.csv, line {len(rows) + 1}" in sentence.en and "check the digits" in sentence.en
    assert "se deja aparte" in sentence.es
    assert entry not in found.today.entries


def test_that_small_counts_may_grow_tenfold(tmp_path: Path):
    rows = ["2022-12-15,released_to_street_yday,,,4,phone,", "2022-12-16,released_to_street_yday,,,90,phone,"]
    assert not read(tmp_path, *rows).aside


def test_that_blanks_are_named(tmp_path: Path):
    found = read(tmp_path, "2022-12-16,custody_total,,,4600,official,", "2022-12-16,beds_open,,,,,")
    assert "beds_open" in {item.id for item in found.blank}
    assert "custody_total" not in {item.id for item in found.blank}
    assert found.today.total("beds_open") is None


def test_that_parts_are_summed_only_where_there_is_no_whole(tmp_path: Path):
    parts = ["2022-12-16,beds_open,ngo-shelters,,80,official,", "2022-12-16,beds_open,city-shelters,,40,phone,"]
    assert read(tmp_path, *parts).today.total("beds_open") == (120, "phone")
    assert read(tmp_path, *parts, "2022-12-16,beds_open,,,100,press,").today.total("beds_open") == (100, "press")


@pytest.mark.parametrize(
    "line",
    [
        "2022-12-16 CUST 4,600; OVER72 1800; ENC 1700 press; BEDS ?; LOW -3",
        "2022-12-16: cust: 4600; mas72 1800; enc 1700 prensa; min -3",
    ],
)
def test_that_a_text_message_is_read_in_both_languages(tmp_path: Path, line: str):
    today = read(tmp_path, line, name="m.txt").today
    assert today.total("custody") == (4600, "phone")
    assert today.total("over72") == (1800, "phone")
    assert today.total("encounters") == (1700, "press")
    assert today.total("low_temp") == (-3, "phone")
    assert today.total("beds_open") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2022-12-16 CUTS 4600", "did you mean 'CUST'"),
        ("2022-12-16 CUST", "'CUST' is not understood; write a word and a figure"),
        ("2022-12-16 CUST 4600 rumour", "rumour"),
        ("2022-12-16 CUST 4600\nENC 1700", "line 2: the message 'ENC 1700' has no date"),
    ],
)
def test_that_a_wrong_message_is_told(tmp_path: Path, line: str, said: str):
    with pytest.raises(DataError, match=said):
        read(tmp_path, line, name="m.txt")


def test_that_several_files_are_history_and_today(tmp_path: Path):
    for day in (15, 16):
        (tmp_path / f"{day}.csv").write_text(f"{HEADER}\n2022-12-{day},custody_total,,,{4000 + day},official,\n")
    found = mornings.read([tmp_path / "16.csv", tmp_path / "15.csv"], BORDER, RATES.bounds)
    assert [m.day.day for m in found.mornings] == [15, 16]
    assert found.today.total("custody") == (4016, "official")


def test_that_the_template_lists_every_item_and_is_read_again(tmp_path: Path):
    path = mornings.template(BORDER, tmp_path / "t.csv", date(2022, 12, 16))
    found = mornings.read([path], BORDER, RATES.bounds)
    assert len(found.blank) == len(mornings.items(BORDER))


def test_that_a_workbook_is_read_or_asks_for_its_package(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    if not workbook.INSTALLED:
        with pytest.raises(RequestError, match=r"openpyxl; install cauce\[xlsx\], or save the sheet as CSV"):
            mornings.template(BORDER, path, date(2022, 12, 16))
        with pytest.raises(RequestError, match="openpyxl"):
            mornings.read([path], BORDER, RATES.bounds)
        return
    mornings.template(BORDER, path, date(2022, 12, 16))
    book = workbook.openpyxl.load_workbook(path)
    book.active["E2"] = 4600
    book.active["F2"] = "phone"
    book.save(path)
    assert mornings.read([path], BORDER, RATES.bounds).today.total("custody") == (4600, "phone")
    path.write_bytes(b"no workbook")
    with pytest.raises(DataError, match="is not a workbook"):
        mornings.read([path], BORDER, RATES.bounds)


def test_that_a_border_without_mornings_is_told():
    tiny = Border.open(Path(__file__).parents[2] / "tiny")
    with pytest.raises(RequestError, match="has no mornings"):
        situation(tiny, [Path("m.csv")], 1)


@pytest.mark.timed
def test_that_the_shipped_example_is_answered_within_twenty_seconds():
    begun = time.monotonic()
    situation(BORDER, [EXAMPLE], 1)
    assert time.monotonic() - begun < 20


def test_that_the_shipped_example_is_answered_and_the_wrong_one_refused():
    found = situation(BORDER, [EXAMPLE], 1)
    assert [m.day.day for m in found.reported.mornings] == list(range(10, 17))
    assert not found.reported.aside
    assert found.nights.gap is None and found.value("beds_open") is None  # never filled
    scored = found.scored
    assert scored is not None and scored[0] == 2
    assert scored[2] == pytest.approx((605 + 505) / 2)  # the last figure, by hand: 4500, 5105, 4600
    with pytest.raises(DataError, match=r"december-2022-wrong.csv, line 16: custody_total is -4600"):
        situation(BORDER, [Path("december-2022-wrong")], 1)


def test_that_the_same_mornings_give_the_same_bits_and_another_seed_others():
    one, two, other = (situation(BORDER, [EXAMPLE], seed) for seed in (1, 1, 2))
    assert one.as_json() == two.as_json()
    assert np.array_equal(one.forecast.custody, two.forecast.custody)
    assert not np.array_equal(one.forecast.custody, other.forecast.custody)


@pytest.mark.parametrize("held", [0.0, 40.0, 1200.0, 5000.0])
def test_that_people_are_conserved_hour_by_hour(held: float):
    flow = Flow.of(BORDER, RATES, date(2022, 12, 16))
    rng = generator(1, "conserved")
    cloud = a.Cloud(np.full(300, held), 0.5 * rng.standard_normal((300, 4)))
    told = a.Told({"lateral": (900.0, 0.02), "expulsion": (0.0, 0.02)}, group=300)
    day = a.advance(flow, RATES, cloud, date(2022, 12, 16), told, rng)
    out = sum(day.flows[c] for c in a.CHANNELS)
    balance = day.custody[:, 1:] - day.custody[:, :-1] - day.flows["arrivals"] + out
    assert np.abs(balance).max() < 1e-6  # rounding of doubles below ten thousand
    assert day.custody.min() >= 0 and min(f.min() for f in day.flows.values()) >= 0
    assert not day.flows["expulsion"].any()  # reported as none


def test_that_one_more_cancelled_flight_keeps_people_in():
    found = situation(BORDER, [EXAMPLE], 1)
    assert 0 < found.flight < 2 * found.flow.flight_seats


def test_that_the_hour_to_decide_is_the_crossing_less_the_lead_time(tmp_path: Path):
    path = tmp_path / "m.csv"
    rows = (
        "custody_total,,,3000",
        "encounters_24h,,,1500",
        "beds_open,ngo-shelters,,600",
        "releases_announced_today,,,200",
    )
    path.write_text("\n".join((HEADER, *(f"2022-12-16,{row},official," for row in rows))))
    found = situation(BORDER, [path], 1)
    assert found.nights.gap is not None
    for level in found.levels:
        assert level.chance is not None and 0 <= level.chance <= 1
        if level.quantity == "bed_gap" and level.decide_by is not None:
            crossing = level.decide_by + timedelta(hours=level.lead_hours)
            assert crossing.hour == RATES.bed_hour
        if level.decide_by is None:
            assert level.chance < 0.5
    today = found.forecast.daily("release")[:, 0]
    assert abs(np.median(today) / 200 - 1) < 3 * RATES["official"]


def test_that_without_custody_it_starts_from_a_guess_and_says_so(tmp_path: Path):
    path = tmp_path / "m.csv"
    path.write_text(f"{HEADER}\n2022-12-16,encounters_24h,,,1700,phone,\n")
    found = situation(BORDER, [path], 1)
    assert found.estimate.guessed
    assert found.as_json()["errors"] is None


def test_that_every_number_of_the_mornings_has_a_source():
    for name, quantity in RATES.numbers:
        assert "judgement: " in quantity.source or "computed: " in quantity.source, name
    for table in ("items.csv", "plan_levels.csv"):
        for row in mornings.read_rows(SHIPPED / table, ("source",)):
            cited = [w.strip(":;,()") for w in row["source"].split() if w.strip(":;,()")[1:].isdigit() and w[0] == "S"]
            assert row["source"].startswith(("judgement: ", "computed: ")) or cited, row["source"]
            assert set(cited) <= set(BORDER.sources), row["source"]
