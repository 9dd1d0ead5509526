"""The plan of the whole border: a toy of two sectors worked by hand, people balanced, and other programmes' optima."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.unit.decisions.invented_sectors import START, balanced, busy, toy

from cauce.border import Border
from cauce.decisions import border_sheet, borderwide, lines, movements, plans, sectors, stays, transfers, transport
from cauce.decisions.execution import Executed, Way
from cauce.decisions.lines import Steps
from cauce.decisions.movements import Rule
from cauce.decisions.transfers import NOTHING, Demands
from cauce.errors import DocumentError, RequestError
from cauce.terms import Demographic, Language

TINY = Path(__file__).parents[2] / "tiny"


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open("us_mexico")


def test_that_two_sectors_are_planned_as_worked_by_hand(border: Border):
    # nobody moved: ten past 72 h on two mornings (480 h), ten over on five (5 x 24 x 10 x 0.2 = 240), fifty idle in B
    # on five (5 x 24 x 50 x 0.02 = 120): 840.  One bus on the second day, the first that can be ordered: no hours past
    # 72 (-480), over on one morning only (-192), ten fewer idle on one morning (-4.8), half a unit for it and for the
    # bus of the first day, which is booked already and empty: 164.2
    given = toy(border)
    nobody = np.zeros((1, 5, 1, 1))
    none = movements.consequences(given, nobody, np.zeros((5, 1), np.int64))
    assert none.weighed[0] == pytest.approx(840.0)
    programme, v = movements.formulate(given, NOTHING)
    found = programme.solve()
    assert found is not None
    moved = found.values[v.moved]
    assert moved[0, :, 0, 0] == pytest.approx([0, 10, 0, 0, 0])
    assert found.values[v.shared[:2, 0]] == pytest.approx([1, 1])
    done = movements.consequences(given, moved, np.array([[1], [1], [0], [0], [0]]))
    assert done.weighed[0] == pytest.approx(164.2)
    assert found.objective + movements.standing(given) == pytest.approx(164.2)
    assert balanced(given, moved).stock[0, :, 0] == pytest.approx([110, 100, 100, 100, 100])
    assert done.stock[0, :, 1] == pytest.approx([0, 10, 0, 0, 0])


def test_that_the_toys_orders_are_the_bus_that_the_hand_orders(border: Border):
    solved = borderwide.solve(toy(border))
    assert solved.proposal.vehicles[:, 0].tolist() == [1, 1, 0, 0, 0]
    assert solved.gap == pytest.approx(0, abs=1e-4)
    assert solved.bound == pytest.approx(164.2)
    assert solved.proposal.on(toy(border)).weighed[0] == pytest.approx(164.2)


def test_that_one_more_vehicle_is_worth_what_the_hand_says(border: Border):
    # four seats: each of ten saves 48 + 4 x 24 x 0.2 + 24 x 0.02 = 67.68; a second bus would take four more, for 0.5
    given = toy(border, seats=4)
    worth = dict(borderwide.solve(given).worth)
    assert worth["fleet:bus"][1] == pytest.approx(4 * 67.68 - 0.5)
    assert worth["fleet:bus"][2:] == (0.0, 0.0, 0.0)
    # a rated place more in A: six are still over on all later mornings, and ten on the first
    assert worth["rated:0"][0] == pytest.approx(24 * 0.2)


def test_that_one_more_receiving_place_or_agent_is_worth_what_the_hand_says(border: Border):
    # B takes six a day: one agent-place more takes one more of ten, for a tenth of a bus; one place more under the
    # ceiling too, but above B's rated places: 48 + 19.2 - 24 x 0.2 - 0.05
    tight = replace(toy(border), receivers=(("custody-a", 500.0), ("custody-b", 6.0)))
    assert dict(borderwide.solve(tight).worth)["minutes:1"][1] == pytest.approx(67.68 - 0.05)
    full = replace(toy(border), ceiling=np.array([200.0, 6.0]), rated=np.array([100.0, 6.0]))
    assert dict(borderwide.solve(full).worth)["beds:1"][1] == pytest.approx(62.35)


def test_that_people_are_balanced_in_every_sector_on_every_path(border: Border):
    given = busy(border)
    programme, v = movements.formulate(given, NOTHING)
    found = programme.solve()
    assert found is not None
    done = balanced(given, found.values[v.moved])
    stock = given.rated + found.values[v.over] - found.values[v.idle]
    assert done.stock == pytest.approx(stock, abs=1e-5)
    for level in (np.zeros(3), given.rated):
        balanced(given, movements.dispatched(given, given.booked() + 1, Rule(np.ones((3, 2)), level))[0])
    forever = replace(given, stays=np.ones_like(given.stays))
    moved, _ = movements.dispatched(forever, given.booked() + 1, Rule(np.ones((3, 2)), np.zeros(3)))
    assert moved.sum() > 0
    assert balanced(forever, moved).stock.sum(axis=2) == pytest.approx(given.calm.sum(axis=2))


def test_that_seats_places_and_agents_are_kept(border: Border):
    given = busy(border)
    programme, v = movements.formulate(given, NOTHING)
    found = programme.solve()
    assert found is not None
    moved, shared = found.values[v.moved].sum(axis=3), np.where(v.shared >= 0, found.values[v.shared], np.nan)
    seats = movements.seats(given)
    assert (np.nan_to_num(shared, nan=9e9) * seats + 1e-6 >= moved.max(axis=0)).all()
    stock = movements.consequences(given, found.values[v.moved], given.booked()).stock
    landed = np.zeros_like(stock)
    for r, leg in enumerate(given.vehicles):
        landed[:, :, leg.receiver] += moved[:, :, r]
    assert (landed <= np.array([most for _, most in given.receivers]) + 1e-6).all()
    assert (stock[landed > 1e-6] <= np.broadcast_to(given.ceiling, stock.shape)[landed > 1e-6] + 1e-6).all()
    today = shared[1, [0, 1, 3]]
    assert today == pytest.approx(np.rint(today))


def test_that_who_boards_today_does_not_depend_on_what_today_brings(border: Border):
    given = busy(border, paths=4)
    rule = borderwide.helpful(given)
    vehicles = given.booked() + 1
    moved, left = movements.dispatched(given, vehicles, rule)
    for day in range(given.shape[1]):
        later = np.arange(given.shape[1]) >= day
        other = replace(
            given, came=np.where(later[None, :, None, None], 3 * given.came, given.came),
            calm=np.where(later[None, :, None], 2 * given.calm, given.calm),
            crowded=np.where(later[None, :, None], ~given.crowded, given.crowded),
            calm_over=np.where(later[None, :], 0, given.calm_over),
        )  # fmt: skip
        again, left_again = movements.dispatched(other, vehicles, rule)
        assert again[:, : day + 1] == pytest.approx(moved[:, : day + 1])
        assert (left_again[:, : day + 1] == left[:, : day + 1]).all()


def test_that_the_timetable_is_recorded_as_it_leaves_and_paid_as_it_is_there(border: Border):
    # of 10 seats the timetable has 2.5 on average, a quarter of 100 dollars a day is paid; an order has and costs all
    given = toy(border)
    rare = replace(given, vehicles=(replace(given.vehicles[0], flown=0.25),))
    given_as = movements.as_recorded(rare)
    everybody, every_day = Rule(np.ones((2, 1)), np.zeros(2)), np.ones((5, 1), np.int64)
    for one, moved, usd in ((given_as, 2.5, 125.0), (rare, 10.0, 425.0)):
        who, _ = movements.dispatched(one, every_day, everybody)
        assert who.sum() == pytest.approx(moved)
        assert movements.consequences(one, who, every_day).usd[0] == pytest.approx(usd)
    found = borderwide.scored(rare, rare, borderwide.solve(rare).proposal, NOTHING)
    assert found.of("recorded").usd[0] == pytest.approx(125.0)
    assert found.of("recorded").moved.sum() <= 2.5 + 1e-9


def test_that_hindsight_loses_no_more_than_any_way(border: Border):
    given = busy(border, paths=6)
    solved = borderwide.solve(given)
    found = borderwide.scored(given, given, solved.proposal, NOTHING)
    for _, done in found.ways:
        assert (found.hindsight <= done.weighed + 1e-6).all()
    assert found.of("plan").weighed.mean() <= found.of("none").weighed.mean() + 1e-6
    assert found.rolling.size == 6
    assert (found.hindsight <= found.rolling + 1e-6).all()
    assert found.saves(found.hindsight) == pytest.approx(1)
    assert found.saves(found.of("none").weighed) == pytest.approx(0)


def test_that_the_timetable_takes_only_whom_the_network_itself_sends(border: Border):
    given = busy(border)
    proposal = borderwide.Proposal(given.booked(), borderwide.helpful(given))
    nobody = replace(given, diverted=np.zeros((3, 2)))
    some, none = (borderwide.scored(given, one, proposal, NOTHING) for one in (given, nobody))
    for way in ("recorded", "full"):
        assert some.of(way).moved[:, 1:].sum() > 0
        assert none.of(way).moved[:, 1:].sum() == 0  # those in line on the first day were sent before
    assert none.of("plan").weighed == pytest.approx(some.of("plan").weighed)


def test_that_a_planner_of_a_morning_knows_the_past_and_not_the_future(border: Border):
    given, true = busy(border, paths=4), busy(border, paths=1, seed=9)
    for morning in (0, 2, 5):
        known = borderwide.seen(given, true, morning)
        later = np.arange(given.shape[1]) >= morning
        other = replace(true, came=np.where(later[None, :, None, None], 9.0, true.came),
                        calm=np.where(later[None, :, None], 9.0, true.calm))  # fmt: skip
        again = borderwide.seen(given, other, morning)
        assert (known.calm == again.calm).all()
        assert (known.came == again.came).all()
        assert (known.calm[:, :morning] == true.calm[:, :morning]).all()
        assert (known.crowded[:, morning:] == given.crowded[:, morning:]).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_that_no_more_vehicles_are_ordered_than_can_be_had(border: Border, seed: int):
    given = busy(border, paths=5, seed=seed)
    vehicles = borderwide.solve(given).proposal.vehicles
    booked = given.booked()
    assert (vehicles <= np.maximum(booked, movements.most_on_route(given))).all()
    for mode, most in given.numbers.most_a_day:
        mine = [r for r, leg in enumerate(given.vehicles) if leg.mode == mode]
        assert (vehicles[:, mine].sum(axis=1) <= np.maximum(booked[:, mine].sum(axis=1), most.value)).all()


def test_that_a_vehicle_leaves_with_its_least_load_or_not_at_all(border: Border):
    given = busy(border, paths=8)
    moved, left = movements.dispatched(given, given.booked() + 2, borderwide.helpful(given))
    back = moved[:, :, 3].sum(axis=2)
    assert (back[left[:, :, 3] == 0] == 0).all()
    assert (back + 1e-9 >= 4 * left[:, :, 3]).all()


def test_that_a_closed_road_or_a_place_that_refuses_changes_the_plan(border: Border):
    given = toy(border)
    for word in (f"bus-a-b@{START + timedelta(days=1)}", f"custody-b@{START + timedelta(days=1)}"):
        asked = transport.demands_of(given, (word,), None)
        solved = borderwide.solve(given, asked)
        assert solved.proposal.vehicles[1, 0] == 0
        assert solved.bound > 164.2
        programme, v = movements.formulate(given, asked)
        found = programme.solve()
        assert found is not None
        assert found.values[v.moved][0, 1].sum() == pytest.approx(0)


@pytest.mark.parametrize("paths", [1, 4])
def test_that_an_impossible_promise_names_the_limit_the_day_and_the_way_out(border: Border, paths: int):
    # 110 inside where 99 were promised; ten can leave on the second morning, and nobody on the first
    given = toy(border)
    given = replace(given, **{name: np.repeat(getattr(given, name), paths, axis=0) for name in movements.BY_PATH})
    with pytest.raises(RequestError, match="people inside on 2030-01-07 is over by 11; ask for at most 110 inside, as"):
        borderwide.solve(given, Demands(most_inside=99))
    # from the third morning on 100 of 110, if ten left on the second; a bus of four seats leaves 106, and 101 wants two
    # more of them, of 100 dollars
    calm = given.calm.copy()
    calm[:, :2] = 0.0
    small = replace(given, calm=calm, vehicles=(replace(given.vehicles[0], seats=4),))
    way = r"2 more vehicles of 'bus-a-b' on 2030-01-08, about 200 dollars in all"
    with pytest.raises(RequestError, match=f"over by 5; ask for at most 106 inside, or have more: .* is {way}"):
        borderwide.solve(small, Demands(most_inside=101))
    few = replace(given, calm=calm, receivers=(("custody-a", 500.0), ("custody-b", 3.0)))
    with pytest.raises(RequestError, match=r"is 6 more people a day whom 'custody-b' can process on 2030-01-08"):
        borderwide.solve(few, Demands(most_inside=101))


def test_that_a_promise_that_only_hindsight_could_keep_is_said(border: Border):
    # five more in B on the fourth day: 115 inside, 105 if ten were moved, and the programme knows no least load
    given = toy(border, seats=30)
    given.calm[0, 3, 1] = 5.0
    kept = borderwide.solve(given, Demands(most_inside=110))
    assert kept.warning is None
    waiting = replace(given, vehicles=(replace(given.vehicles[0], least=20),))
    said = borderwide.solve(waiting, Demands(most_inside=110)).warning
    assert said is not None and "knowing none, 115" in said.en and "se esperan 115" in said.es


def test_that_a_border_out_of_time_has_a_plan_and_says_so(border: Border):
    given = busy(border, paths=40)
    solved = borderwide.solve(given, time_limit=1e-6)
    assert solved.warning is not None and "ran out" in solved.warning.en and "se acabó" in solved.warning.es
    assert solved.gap > 0
    nobody = Rule(np.ones((3, 2)), np.full(3, np.inf))
    idle = borderwide.Proposal(given.booked(), nobody).on(given).weighed.mean()
    assert solved.proposal.on(given).weighed.mean() <= idle + 1e-6
    found = borderwide.scored(given, given, solved.proposal, NOTHING, time_limit=1e-6)
    assert np.isnan(found.hindsight).all()
    assert math.isnan(found.saves(found.of("plan").weighed))


@pytest.fixture(scope="module")
def planned(border: Border) -> borderwide.Planned:
    return borderwide.make(border, "2022-12-12", 4, draws=4, unseen=3)


def test_that_all_nine_sectors_are_planned_from_their_own_documents(border: Border, planned: borderwide.Planned):
    given = planned.given
    assert len(given.names) == 9
    assert len(given.vehicles) == 20
    assert {leg.origin for leg in given.vehicles} == set(range(9))
    sites = {row["site"]: row for row in border.sites}
    first = given.names.index(border.card.focus_sector)
    assert given.rated[first] == sites[given.receivers[first][0]].number("rated")
    assert (given.rated <= given.ceiling).all()
    assert (given.stays[..., :-1] + 1e-12 >= given.stays[..., 1:]).all()
    assert given.stays.min() >= 0
    assert given.stays.max() <= 1
    assert given.stays[..., -1].max() <= 0.01  # followed to their end


def test_that_the_border_is_balanced_on_sampled_paths(planned: borderwide.Planned):
    given = planned.given
    balanced(given, planned.solved.moved)
    proposal = planned.solved.proposal
    balanced(given, movements.dispatched(given, proposal.vehicles, proposal.rule)[0])


def test_that_on_the_border_too_hindsight_loses_no_more_than_any_way(planned: borderwide.Planned):
    for _, done in planned.scored.ways:
        assert (planned.scored.hindsight <= done.weighed * (1 + 1e-9)).all()
    assert (planned.scored.hindsight[: planned.scored.rolling.size] <= planned.scored.rolling * (1 + 1e-9)).all()


def test_that_no_child_alone_boards_and_families_stay_whole(planned: borderwide.Planned):
    assert Demographic.UNACCOMPANIED_CHILD not in planned.known.groups
    assert all(group != Demographic.UNACCOMPANIED_CHILD for order in planned.plan.orders for group, _ in order.whom)
    everybody = tuple((step, tuple((stream, 0.5) for stream, _ in to)) for step, to in planned.plan.shares)
    sent = Executed.under(planned.study, Way("plan", plan=planned.plan, shares=everybody))
    run, layout = sent.run(0, 0), sent.layout
    entered = run.counts.entries[[layout.index[steps.line] for steps in Steps.all(layout.process)]].sum(axis=(0, 1))
    children = [i for i, (_, d) in enumerate(layout.classes) if d == Demographic.UNACCOMPANIED_CHILD]
    assert entered[children].sum() == 0
    assert entered.sum() > 0
    assert run.persons["arrived"] + run.persons["warm"] == run.persons["exited"] + run.persons["inside"]


def test_that_nobody_is_moved_where_nobody_is_sent(planned: borderwide.Planned):
    shares = lines.nobody(planned.study.layout.process, planned.given.numbers)
    sent = Executed.under(planned.study, Way("none", plan=planned.plan, shares=shares))
    run, layout = sent.run(0, 1), sent.layout
    booked = [layout.index[name] for s in Steps.all(layout.process) for name in s.between[:-1]]
    assert run.counts.entries[booked].sum() == 0


def test_that_the_simulator_has_the_orders_and_nothing_else(planned: borderwide.Planned):
    leaving = {steps.line for steps in Steps.all(planned.study.layout.process)}
    rows = planned.plan.routes(planned.study.border.routes, leaving)
    assert sum(row["station"] in leaving for row in rows) == sum(order.vehicles for order in planned.plan.orders)
    others = {row["route"] for row in planned.study.border.routes if row["station"] not in leaving}
    assert {row["route"] for row in rows if row["station"] not in leaving} == others


def test_that_the_simulated_timetable_too_is_without_what_is_cancelled(planned: borderwide.Planned):
    given = planned.given
    asked = transport.demands_of(given, tuple(f"{leg.route}@{d}" for leg in given.vehicles for d in given.days), None)
    without = transfers.withdrawn(given, asked)
    assert len(without) == len(given.vehicles) * len(given.days)
    whole, masked = (dict(borderwide.simulated(planned.study, planned.plan, 1, gone)) for gone in ((), without))
    assert (masked["recorded"]["inside"] != whole["recorded"]["inside"]).any()
    assert (masked["plan"]["inside"] == whole["plan"]["inside"]).all()


def test_that_a_border_plan_is_the_same_to_the_bit(border: Border, planned: borderwide.Planned):
    again = borderwide.make(border, "2022-12-12", 4, draws=4, unseen=3)
    assert again.plan.sha256() == planned.plan.sha256()
    pages = zip(border_sheet.sheets(again), border_sheet.sheets(planned), strict=True)
    assert all(a.as_json() == b.as_json() for a, b in pages)


def test_that_the_border_sheet_speaks_both_languages(planned: borderwide.Planned):
    first, second = border_sheet.sheets(planned)
    assert "Order list" in first.text(Language.ENGLISH)
    assert "Lista de pedidos" in first.text(Language.SPANISH)
    assert any(grid.protection for grid in first.grids)
    assert sum("at six" in grid.name.en for grid in second.grids) == 1 + 9
    english, spanish = (first.text(language) for language in (Language.ENGLISH, Language.SPANISH))
    assert not {line for line in english.splitlines() if line.startswith("- ")} & set(spanish.splitlines())


def test_that_a_sheet_without_hindsight_says_so_with_a_dash(planned: borderwide.Planned):
    unknown = replace(planned.scored, hindsight=np.full_like(planned.scored.hindsight, np.nan))
    first, _ = border_sheet.sheets(replace(planned, scored=unknown))
    for language in Language:
        assert "nan" not in re.findall(r"[a-z]+|–", first.text(language))
    assert "known beforehand, –" in first.text(Language.ENGLISH)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [("border", "  bus:", "  buss:"), ("plan", "er-cf", "er-fc"), ("plan", "{er: [MEX]", "{err: [MEX]"),
     ("border", "{stream: detained, usual", "{stream: detaned, usual"),
     ("border", "sectors: [el-paso], usual", "sectors: [el-pso], usual"),
     ("border", "ice_wait_hours", "ice_wait_hour")],
)  # fmt: skip
def test_that_a_misspelt_name_in_the_borders_numbers_is_told(
    border: Border, tmp_path: Path, name: str, right: str, wrong: str
):
    shutil.copytree(border.root, tmp_path / "us_mexico")
    path = tmp_path / "us_mexico" / "plans" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"there is no .*; did you mean") as told:
        borderwide.make(Border.open(str(path.parents[1])), "2022-12-12", 1, draws=1, unseen=1)
    assert Path(str(told.value.file)) == path
    assert told.value.line == 1 + text[: text.index(right)].count("\n")


def test_that_a_single_day_has_nothing_left_to_order(border: Border):
    short = borderwide.make(border, "2022-12-12", 1, draws=2, unseen=2)
    assert all(order.booked for order in short.plan.orders)


def test_that_a_border_without_numbers_is_refused_in_a_sentence(tmp_path: Path):
    run = subprocess.run(
        [sys.executable, "-m", "cauce", "plan", "border", "--from", "2030-01-07", "--border", str(TINY), "--out",
         str(tmp_path)], capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 2
    assert "plans/border.yaml" in run.stderr
    assert run.stderr.strip().count("\n") == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["border", "el-paso"])
@pytest.mark.parametrize(
    ("asked", "told"),
    [*(({"time_limit": limit}, "the time limit is") for limit in (0.0, -1.0, math.inf, math.nan)),
     ({"most_inside": -1}, "the most inside is -1")],
)  # fmt: skip
def test_that_no_time_and_fewer_than_nobody_are_refused(border: Border, place: str, asked: dict, told: str):
    with pytest.raises(RequestError, match=told) as refused:
        plans.make(border, place, "2022-12-12", 2, draws=2, **asked)
    assert refused.value.mend


def test_that_stays_are_means_over_the_hours_of_coming():
    share = stays.still(36.0, 0.5, 30)
    sigma = math.sqrt(math.log(1.25))
    ages = np.linspace(0, 720, 720_001)[1:]
    density = np.exp(-((np.log(ages / 36) + sigma**2 / 2) ** 2) / (2 * sigma**2)) / (
        ages * sigma * math.sqrt(2 * math.pi)
    )
    above = 1 - np.cumsum(density) * 0.001
    exact = [above[(ages > 24 * d) & (ages <= 24 * (d + 1))].mean() for d in range(4)]
    assert share[:3] == pytest.approx(exact[:3], abs=2e-3)  # a sum over hours of a smooth curve, cut off below 0.005


def test_that_the_guides_commands_for_the_border_run(tmp_path: Path):
    guide = (Path(__file__).parents[3] / "docs" / "guide-plan.md").read_text(encoding="utf-8")
    shown = [line.split() for line in guide.splitlines() if line.startswith("    cauce plan border")]
    cancelled = re.findall(r"`((?:bus|custody)-[a-z-]+@2022-12-14)`", guide)
    assert shown
    assert cancelled
    fewer = ["--days", "3", "--draws", "4", "--out", str(tmp_path)]  # the last of an option counts
    for words in shown:
        asked = [part for word in cancelled for part in ("--cancel", word)]
        command = [sys.executable, "-m", *words, *fewer, *asked]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert run.returncode == 0, run.stderr
        assert "Vehicles to order today" in run.stdout
    names = {path.suffix for path in (tmp_path / "plan-border-2022-12-12").iterdir()}
    assert names == {".html", ".pdf", ".csv", ".json"}


def test_that_the_number_of_threads_changes_no_bit(border: Border, monkeypatch: pytest.MonkeyPatch):
    made = []
    for threads in (1, 3):
        monkeypatch.setattr(sectors, "WORKERS", threads)
        made.append(borderwide.make(border, "2022-12-12", 2, draws=3, unseen=2))
    first, second = ([page.as_json() for page in border_sheet.sheets(one)] for one in made)
    assert first == second
