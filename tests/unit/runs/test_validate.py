"""Points, their balance, the scores and the bridge of days, against what they are by definition."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cauce.border import Border, read_rows
from cauce.errors import CauceError, DataError, RequestError
from cauce.runs import bridge, free, points, validate
from cauce.runs.points import Point

BORDER = Border.open()
HEADER = ",".join((*points.COLUMNS, "balance"))


def point(first: str, last: str, value: float, sd: float, **other: str) -> Point:
    """A point with little said of it."""
    told = {"quantity": "q", "measured": "m", "kind": "flow", "unit": "person", "grade": "press", "role": "input"}
    told |= {"balance": "", "source": "somebody"} | other
    return Point(date.fromisoformat(first), date.fromisoformat(last), value=value, sd=sd, line=1, **told)


def test_that_the_shipped_points_are_sound():
    found = points.read(BORDER)
    assert {p.role for p in found} == set(points.ROLES)
    assert all(p.last <= points.LAST_CALIBRATED for p in found if p.role == "calibration")
    assert all(p.first > points.LAST_CALIBRATED for p in found if p.role == "test")


def test_that_every_point_cites_what_ships():
    shipped = set(BORDER.sources)
    shipped |= {row["id"] for row in read_rows(BORDER.root / "replay" / "sources.csv", ("id",))}
    anchors = {
        (row["first"], word)
        for row in read_rows(BORDER.reference("el_paso_anchors.csv"), ("first", "quantity"))
        for word in [row["quantity"]]
    }
    for p in points.read(BORDER):
        assert set(re.findall(r"\bS\d+\b", p.source)) <= shipped, p.source
        anchored = re.search(r"el_paso_anchors\.csv, (\d{4}-\d{2}-\d{2}): ([^;]+)", p.source)
        assert anchored or re.search(r"\bS\d+\b", p.source), p.source
        if anchored:
            assert any(first == anchored[1] and word.startswith(anchored[2]) for first, word in anchors), p.source


def test_that_the_error_of_an_official_figure_is_five_percent_and_that_of_the_press_more():
    for p in points.read(BORDER):
        relative = p.sd / p.value
        assert p.grade != "official" or relative == pytest.approx(0.05, abs=0.002)
        assert p.grade != "press" or 0.14 < relative < 0.21


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2022-13-01,2022-12-02,q,m,flow,1,1,person,press,test,S1,", "no date"),
        ("2022-12-03,2022-12-02,q,m,flow,1,1,person,press,test,S1,", "before the first"),
        ("2022-12-01,2022-12-02,q,m,flow,1,0,person,press,test,S1,", "sd is zero"),
        ("2022-12-01,2022-12-02,q,m,flow,1,1,person,press,exam,S1,", "unknown"),
        ("2022-12-01,2022-12-02,q,m,flow,1,1,person,press,test,,", "without a source"),
        ("2022-12-01,2022-12-02,q,m,flow,1,1,person,press,calibration,S1,", "calibration point after"),
        ("2022-12-01,2022-12-02,q,m,flow,x,1,person,press,test,S1,", "not a number"),
    ],
)
def test_that_a_wrong_row_is_answered_with_its_line(tmp_path: Path, row: str, says: str):
    path = tmp_path / "points.csv"
    path.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(DataError, match=says) as error:
        points.read(BORDER, path)
    assert error.value.line == 2


def test_that_the_balance_is_the_arithmetic():
    told = [
        point("2022-12-01", "2022-12-01", 300, 30, unit="person/day", balance="in"),
        point("2022-12-10", "2022-12-10", 100, 40, unit="person/day", balance="in"),
        point("2022-12-01", "2022-12-10", 1000, 50, balance="out"),
        point("2022-12-01", "2022-12-01", 900, 60, kind="stock", balance="level"),
        point("2022-12-11", "2022-12-11", 400, 80, kind="stock", balance="level"),
    ]
    found = points.balance(told)
    assert found is not None
    assert (found.inflow, found.outflow, found.fall) == pytest.approx((200, 100, 50))
    assert found.left == pytest.approx(150)
    assert found.sd == pytest.approx(np.sqrt(15**2 + 20**2 + 5**2 + 6**2 + 8**2))
    assert points.balance(told[:3]) is None


def test_that_the_interval_score_is_its_formula():
    low, high, truth = np.array([0.0, 0.0, 0.0]), np.array([2.0, 2.0, 2.0]), np.array([1.0, 2.5, -1.0])
    assert validate.interval_score(low, high, truth) == pytest.approx([2.0, 2 + 10 * 0.5, 2 + 10 * 1.0])


def test_that_the_interval_score_is_least_at_the_true_quantiles():
    truth = np.random.Generator(np.random.Philox(7)).standard_normal(20_000)
    score = {h: validate.interval_score(-np.full(truth.size, h), np.full(truth.size, h), truth).mean() for h in
             (0.8, points.Z80, 1.8)}  # fmt: skip
    assert min(score, key=lambda h: score[h]) == points.Z80


def test_that_the_days_sum_to_the_months_and_follow_the_figures():
    months = [(date(2022, 11, 1), 30), (date(2022, 12, 1), 31)]
    totals = np.array([[30_000, 0], [31_000, 310]])
    expected = np.repeat(totals / np.array([[30], [31]]), (30, 31), axis=0)
    figure = (date(2022, 12, 5), date(2022, 12, 7), 2000.0, 0.02)
    level = bridge.shape(months, [figure], expected.sum(axis=1), weekly=0.1, noise=0.1, key=1)
    days = bridge.deal(totals, [30, 31], expected * level[:, None], 1)
    assert days[:30].sum(axis=0).tolist() == totals[0].tolist()
    assert days[30:].sum(axis=0).tolist() == totals[1].tolist()
    assert days[34:37].sum(axis=1).mean() > 1.4 * days[30:].sum(axis=1).mean()


def test_that_a_choice_at_the_middle_of_a_calibrated_range_is_its_median(tmp_path: Path):
    found = free.read(BORDER, _process())
    choose = free.by_table(found, BORDER.root / "calibrated.csv")
    middle = choose(np.full(len(found), 0.5))
    rows = {r["parameter"]: float(r["p50"]) for r in read_rows(BORDER.root / "calibrated.csv")}
    assert {**middle.parameters, **{f"route:{k}": v for k, v in middle.seats.items()}} == pytest.approx(rows)
    (tmp_path / "calibrated.csv").write_text(",".join(free.CALIBRATED) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="is missing"):
        free.by_table(found, tmp_path / "calibrated.csv")


def _process():
    from cauce.model.process import Process

    return Process.read(BORDER)


@pytest.mark.parametrize(
    "asked",
    [
        {"draws": 1},
        {"first": "2022-02-30"},
        {"first": "2031-01-01", "last": "2031-02-01"},
        {"points": Path("none.csv")},
    ],
)
def test_that_a_mistake_is_one_sentence(tmp_path: Path, asked: dict):
    with pytest.raises(CauceError) as error:
        validate.run(BORDER, store_root=tmp_path, **asked)
    assert isinstance(error.value, RequestError | DataError)
    assert "\n" not in str(error.value)
