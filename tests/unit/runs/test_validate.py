"""Points, their balance, the scores and the bridge of days, against what they are by definition."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cauce.border import Border, read_rows
from cauce.errors import CauceError, DataError, RequestError
from cauce.model.network import Layout
from cauce.policy.rulebook import Rulebook
from cauce.runs import bridge, free, points, recorded, validate
from cauce.runs.points import Point
from cauce.runs.windows import Window, window
from cauce.terms import Language

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
    seen = window(BORDER, "calibration").last
    assert all(p.last <= seen for p in found if p.role == "calibration")
    assert all(p.first > seen for p in found if p.role == "test")


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
        ("2022-13-01,2022-12-02,q,m,flow,1,1,person,press,test,S1,", "not a date that exists"),
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


def test_that_a_point_is_named_in_both_languages_and_a_file_without_spanish_is_read_all_the_same(tmp_path: Path):
    assert all(p.quantity_es for p in points.read(BORDER))
    row = "2022-12-30,2023-01-02,in custody,m,flow,1,1,person,press,test,S1,"
    named = []
    for number, (head, cell) in enumerate((("", ""), (",quantity_es", ",bajo custodia"), (",quantity_es", ","))):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"{HEADER}{head}\n{row}{cell}\n", encoding="utf-8")
        (found,) = points.read(BORDER, path)
        assert found.name() == "30 Dec - 02 Jan 2023: in custody"
        named.append((found.name(Language.SPANISH), points.sha256((found,))))
    days = "30 dic - 02 ene 2023"
    assert [name for name, _ in named] == [f"{days}: in custody", f"{days}: bajo custodia", f"{days}: in custody"]
    assert len({hashed for _, hashed in named}) == 1  # a translation changes no number


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


def test_that_a_sharp_figure_is_met_in_persons_and_a_blunt_one_within_its_error():
    months, length = [(date(2022, 12, 1), 31)], 31
    expected = np.full(length, 1000.0)
    days = date(2022, 12, 9), date(2022, 12, 12)
    asked = {"weekly": 0.1, "noise": 0.15}
    sharp = [bridge.shape(months, [(*days, 1300.0, 0.01)], expected, key=k, **asked) for k in range(40)]
    for level in sharp:  # 1% and the month's half of one, at four sd
        assert level[8:12].mean() * 1000 == pytest.approx(1300, rel=0.05)
        assert level.mean() == pytest.approx(1, rel=0.02)
    # between the month's even 1,000 and the figure, and nearer to the figure the sharper it is
    blunt = np.mean([bridge.shape(months, [(*days, 1300.0, 0.3)], expected, key=k, **asked)[8:12] for k in range(40)])
    assert 1 < blunt < np.mean([level[8:12] for level in sharp])


def test_that_months_without_dispositions_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorded, "window", lambda *_: Window(date(2022, 10, 1), date(2022, 12, 31)))
    with pytest.raises(DataError, match="2022-10 to 2022-12"):
        recorded.released(BORDER, Layout.of(BORDER, Rulebook.read(BORDER), ("MEX",)))


def test_that_a_walk_without_figures_is_even_in_the_mean():
    months, expected = [(date(2022, 11, 1), 30), (date(2022, 12, 1), 31)], np.full(61, 1000.0)
    drawn = np.array([bridge.shape(months, [], expected, weekly=0.05, noise=0.1, key=k) for k in range(200)])
    middle = drawn[:, 40:50].mean(axis=1)  # of persons: the noise of days does not pull a month down
    assert abs(middle.mean() - 1) < 4 * middle.std() / np.sqrt(middle.size)


def test_that_the_days_go_as_the_weeks_did_nationwide():
    level = recorded.weekly(BORDER, date(2022, 12, 1), 40)
    assert level[26:31].mean() < 0.8 * level[5:12].mean()  # 35,878 in the last week, 56,687 in that of the fifth
    short = recorded.weekly(BORDER, date(2022, 12, 1), 20)
    assert np.ptp(np.log(short[14:])) == pytest.approx(0, abs=1e-12)  # the week of the twelfth is the last that ended


def test_that_the_shares_released_are_those_recorded():
    layout = Layout.of(BORDER, Rulebook.read(BORDER), ("COL", "NIC"))
    released = recorded.released(BORDER, layout)
    shares = {(n, d.value): float(f) for (n, d), f in zip(layout.classes, released, strict=True)}
    # by hand from the table: 5,960 of 29,060 Colombians sent away; adults 41,950 of 162,220, families 5,560 of
    # 82,410, both together 47,510 of 244,630
    away = 5960 / 29060 * (41950 / 162220) / (47510 / 244630)
    assert shares["COL", "single-adult"] == pytest.approx(1 - away, rel=1e-6)
    assert shares["NIC", "single-adult"] > shares["COL", "single-adult"]  # one of the rest, 16.6% sent away
    assert np.isnan(shares["COL", "unaccompanied-child"])


def test_that_ways_keep_their_proportions_on_either_side():
    ways, free_ones = (("a", 0.6), ("b", 0.2), ("c", 0.3), ("d", 0.1)), frozenset({"a", "b"})
    got = dict(recorded.parted(ways, free_ones, 0.5))
    assert got == pytest.approx({"a": 0.375, "b": 0.125, "c": 0.375, "d": 0.125})
    assert dict(recorded.parted(ways[:2], free_ones, 0.5)) == pytest.approx({"a": 0.75, "b": 0.25})
    assert dict(recorded.parted(ways, free_ones, float("nan"))) == pytest.approx({k: v / 1.2 for k, v in ways})


def test_that_the_pathways_that_set_free_are_the_books():

    known = {m.pathway for m in Rulebook.read(BORDER).measures}
    assert recorded.freeing(BORDER) and recorded.freeing(BORDER) <= known


def test_that_a_kept_draw_stays_whole_and_what_did_not_move_keeps_its_range(tmp_path: Path):
    found = free.read(BORDER, _process())
    agents = next(f for f in found if f.number == "agents")
    path = tmp_path / "kept.csv"
    path.write_text("agents_day,agents_night\n60,50\n80,66\n", encoding="utf-8")
    choose = free.by_draws(found, path)
    pairs = {tuple(choose(np.full(len(found), u)).parameters[m.name] for m in agents.moves) for u in (0.1, 0.4, 0.9)}
    assert pairs == {(60.0, 50.0), (80.0, 66.0)}
    prior = free.by_prior(found, np.full(len(found), 0.3))
    mine = choose(np.full(len(found), 0.3))
    same = {n: v for n, v in mine.parameters.items() if n not in {m.name for m in agents.moves}}
    assert same == {n: prior.parameters[n] for n in same} and mine.seats == prior.seats
    for text, says in (("agents_day,agents_night\n", "no draw"), ("agents_day,agents_night\n6,5\n", "another range")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=says):
            free.by_draws(found, path)


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
