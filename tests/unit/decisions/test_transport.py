"""Plans: a hand-solved instance, people balanced, children never aboard, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from cauce.border import Border
from cauce.decisions import execution, hindsight, lines, orders, plans, solver, transfers, transport, trials
from cauce.decisions.transfers import Decided, Demands, Instance, Vehicle
from cauce.errors import RequestError
from cauce.policy.plan import Numbers, Order, Plan
from cauce.terms import Demographic, Language

START = date(2030, 1, 7)
GROUPS = (Demographic.SINGLE_ADULT, Demographic.FAMILY)


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open("us_mexico")


def small(border: Border, *, days: int = 2, paths: int = 1, line: tuple[float, float] = (100.0, 40.0)) -> Instance:
    """One flight a day with 130 seats, nobody else coming; every harm but a full place costs nothing."""
    told = Numbers.read(border)
    most = tuple((mode, quantity.with_changes(value=1, low=1)) for mode, quantity in told.most_a_day)
    one = told.most_per_departure.with_changes(value=1)
    numbers = told.with_changes(most_a_day=most, most_per_departure=one)
    nobody = np.zeros((paths, days, 2))
    here = np.where(np.arange(days + 3) <= days, 1.0, 0.0)
    return Instance(
        days=tuple(START + timedelta(days=d) for d in range(days)), groups=GROUPS,
        vehicles=(Vehicle("flight-a", "flight", "received-a", ("10",), 130, 1.0, 100.0, 0),),
        released=nobody, came=np.zeros((paths, days, 2, 2)), diverted=np.ones(2), minutes=np.array([60.0, 30.0]),
        other_minutes=np.zeros((paths, days)), other_custody=np.zeros((paths, days)),
        other_over=np.zeros((paths, days)), waiting=np.zeros(2),
        line=np.array([line, (0.0, 0.0)]), detained=np.tile(here, (paths, 1)), elsewhere=np.zeros((2, days + 3)),
        longest=np.zeros((2, days + 3)),
        crew_minutes=60_000.0, crew_hours=0.0, crew=(1.0, 1.2),
        releases=1000.0, beds=np.full(days, 500.0), more_beds=0.0, sheltered=0.0, to_shelter=0.5, stay_on=0.5,
        rated=0.0, ceiling=10_000.0, receivers=(("receiver-a", 1000.0),), lead={"flight": 0, "bus": 0}, numbers=numbers,
    )  # fmt: skip


def busy(border: Border) -> Instance:
    """Four paths of six days on which people come."""
    rng = np.random.default_rng(7)
    plain = small(border, days=6, paths=4)
    released, detained = rng.uniform(100, 300, (4, 6, 2)), rng.uniform(0, 20, (4, 6, 2))
    here = np.array([1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.3, 0.1, 0.0])
    return replace(
        plain, released=released, came=np.stack([released, detained], axis=2), rated=300.0,
        detained=np.tile(here, (4, 1)), elsewhere=np.array([here**4, here**2]), crew_hours=1000.0,
        crew_minutes=12_000.0, lead={"flight": 1, "bus": 1},
    )  # fmt: skip


@pytest.fixture(scope="module")
def planned(border: Border) -> transport.Planned:
    return transport.make(border, "2022-12-12", 4, draws=4, unseen=3)


def test_that_less_of_a_plan_has_seats_for_whom_it_takes_along(border: Border):
    plain = small(border)
    most = tuple((mode, quantity.with_changes(value=3, high=9)) for mode, quantity in plain.numbers.most_a_day)
    three = plain.numbers.most_per_departure.with_changes(value=3, high=9)
    given = replace(plain, numbers=plain.numbers.with_changes(most_a_day=most, most_per_departure=three))
    solved = replace(transport.solve(given), vehicles=np.array([[3], [3]]))
    taken = {"route": "flight-a", "hour": "10", "vehicles": 3, "seats": 130, "to": "received-a", "mode": "flight"}
    taken |= {"booked": False}
    orders = (Order(day=START, whom=((Demographic.FAMILY, 200),), **taken), Order(day=given.days[1], **taken))
    plan = Plan(id="p", start=START, days=2, orders=orders, shares={"gate": {"released": 0.5}}, source="a test")
    found = transport.leaner(given, solved, plan, Demands(), 60.0)
    assert [one.vehicles.tolist() for one in found] == [[[2], [0]], [[3], [0]]]


def test_that_the_programme_finds_the_plan_solved_by_hand(border: Border):
    # 140 wait, 130 fit: ten stay a night over the rated places (10 x 24 x 0.2); a flight is 100 dollars x 0.005, and
    # tomorrow's, not ordered yet, may still be part of one: ten seats of 130
    given = small(border)
    found = transport.solve(given)
    assert found.vehicles[0].tolist() == [1]
    assert float(found.adaptive.weighed) == pytest.approx(48 + 0.5 + 0.5 * 10 / 130)
    assert found.adaptive.boarded[0].sum(axis=(1, 2)).tolist() == pytest.approx([130, 10])


def test_that_whole_vehicles_cost_what_the_hand_says(border: Border):
    fixed, _ = transport.repaired(small(border), Demands(), np.array([[1], [1]]), None, 60.0)
    assert float(fixed.weighed) == pytest.approx(48 + 2 * 0.5)
    assert fixed.custody[0].tolist() == pytest.approx([10, 0])


def test_that_people_are_balanced_day_by_day(border: Border):
    given = busy(border)
    programme, v = transfers.formulate(given)
    found = programme.solve()
    assert found is not None
    x = found.values
    booked, line, boarded = x[v.booked], x[v.line], x[v.boarded]
    assert given.line + np.cumsum(booked - boarded, axis=1) == pytest.approx(line, abs=1e-5)
    stayed = given.released - booked[:, :, 0] - x[v.released]
    assert given.waiting + np.cumsum(stayed, axis=1) == pytest.approx(x[v.waiting], abs=1e-5)
    assert boarded.sum(axis=(2, 3)) == pytest.approx(x[v.carried].sum(axis=2), abs=1e-5)
    assert (x[v.carried][:, :, 0] <= 130 * x[v.vehicles][:, :, 0] + 1e-6).all()


def test_that_who_stays_three_days_is_counted_past_the_limit(border: Border):
    grounded = Demands(tuple(("flight-a", START + timedelta(days=d)) for d in range(5)))
    given = small(border, days=5)
    found = transport.solve(given, grounded)
    assert found.vehicles.sum() == 0
    assert found.fixed.over[0] == pytest.approx(140 * 24 * 2)  # 140 stand there on the fourth and the fifth morning


def test_that_moving_somebody_on_the_last_days_saves_what_follows_and_no_more_than_the_stay_elsewhere(border: Border):
    # thirty come on the third day of four and would stay six mornings (nought to five days old: three past 72 h), a
    # flight takes them on the fourth: 30 x 3 x 24 hours less, all of them after the last day
    plain = small(border, days=4, line=(0.0, 0.0))
    came = np.zeros((1, 4, 2, 2))
    came[0, 2, 1, 0] = 30.0
    here = np.where(np.arange(8) < 6, 1.0, 0.0)
    share = plain.numbers.bookable_share.with_changes(value=1, high=1)
    given = replace(
        plain, came=came, detained=here[None], rated=1e4, other_custody=np.array([[0.0, 0.0, 30.0, 30.0]]),
        elsewhere=np.zeros((2, 8)), numbers=plain.numbers.with_changes(bookable_share=share),
        vehicles=(replace(plain.vehicles[0], seats=30),),
    )  # fmt: skip
    moved = transport.solve(given)
    assert moved.fixed.boarded[0, :, 1].sum(axis=1) == pytest.approx([0, 0, 0, 30])
    stays = float(transport.repaired(given, Demands(), 0 * moved.vehicles, np.zeros(2), 60.0)[0].weighed)
    flight, idle = 100 * 0.005, 24 * 0.02 * 30  # thirty places more are empty on the last morning
    assert stays - float(moved.fixed.weighed) == pytest.approx(30 * 3 * 24 - flight - idle)
    as_long = replace(given, elsewhere=np.stack([here, np.append(here[1:], 0.0)]))  # where they go they wait the same
    assert transport.solve(as_long).vehicles.sum() == 0


def test_that_who_still_stands_in_line_on_the_last_day_saves_nothing(border: Border):
    plain = small(border, days=4, line=(0.0, 0.0))
    came = np.full((1, 4, 2, 2), 20.0)
    given = replace(plain, released=came[:, :, 0], came=came, rated=1e4)
    grounded = np.zeros((4, 1), np.int64)
    harm = [float(transport.repaired(given, Demands(), grounded, np.array([0.0, share]), 60.0)[0].weighed)
            for share in (0.0, 0.5)]  # fmt: skip
    assert harm[1] >= harm[0] - 1e-6


def test_that_what_follows_after_the_days_is_told_beside_the_simulator(border: Border):
    # ten moved on the second of three days, all detained: where they are taken one morning past 72 h; here they would
    # have stayed six mornings, three of them past 72 h and after the last day
    plain = small(border, days=3, line=(0.0, 0.0))
    came = np.zeros((1, 3, 2, 2))
    came[0, :, 1] = 5.0
    here = np.where(np.arange(8) < 6, 1.0, 0.0)
    there = np.stack([np.zeros(8), np.where(np.arange(8) < 3, 1.0, 0.0)])
    given = replace(plain, came=came, detained=here[None])
    moved = np.array([[0.0, 10.0, 0.0]])
    assert trials.after(given, there, moved, None) == pytest.approx(10 * 24 * (1 - 3))
    apart = replace(given, diverted=np.array([1.0, 0.0]), came=came[:, :, ::-1])  # only those to be released are sent
    assert trials.after(apart, there, moved, None) == pytest.approx(0)


def test_that_todays_vehicles_are_whole_and_shared_by_all_paths(border: Border):
    given = busy(border)
    programme, v = transfers.formulate(given)
    found = programme.solve()
    assert found is not None
    today = found.values[v.vehicles][:, 1]
    assert (today == today[0]).all()
    assert today == pytest.approx(np.rint(today))


def test_that_a_child_alone_is_on_no_order():
    with pytest.raises(ValidationError, match="unaccompanied child"):
        Order(route="a", day=START, hour="9", vehicles=1, seats=9, to="b", mode="flight", booked=False,
              whom=((Demographic.UNACCOMPANIED_CHILD, 1),))  # fmt: skip


def test_that_children_alone_and_parts_of_families_never_leave_with_a_plan(planned: transport.Planned):
    assert Demographic.UNACCOMPANIED_CHILD not in planned.given.groups
    (steps,) = lines.Steps.all(planned.study.layout.process)
    run = execution.Executed.under(planned.study, execution.Way("plan", plan=planned.plan))
    layout = run.layout
    children = [i for i, (_, d) in enumerate(layout.classes) if d == Demographic.UNACCOMPANIED_CHILD]
    entered = run.run(0, 0).counts.entries
    arrived = [layout.index[order.to] for order in planned.plan.orders]
    assert entered[layout.index[steps.line]][:, children].sum() == 0
    assert entered[arrived][:, :, children].sum() == 0
    assert entered[arrived].sum() > 0


def test_that_the_simulator_executes_the_orders_and_nothing_else(planned: transport.Planned):
    (steps,) = lines.Steps.all(planned.study.layout.process)
    rows = planned.plan.routes(planned.study.border.routes, (steps.line,))
    leaving = [row for row in rows if row["station"] == steps.line]
    assert len(leaving) == sum(order.vehicles for order in planned.plan.orders)
    assert {row["minimum_load"] for row in leaving} == {"1"}  # a bus of 45 seats does not wait for 150
    assert {row["route"] for row in rows if row["station"] != steps.line} == {
        row["route"] for row in planned.study.border.routes if row["station"] != steps.line
    }


def test_that_nobody_is_sent_to_the_line_but_whom_the_plan_sends(planned: transport.Planned):
    process, numbers = planned.study.layout.process, planned.given.numbers
    (steps,) = lines.Steps.all(process)
    booking = {steps.divert.to, steps.line}
    quiet = lines.sending(process, numbers, lines.nobody(process, numbers))
    ways = [
        (share, target)
        for s in quiet.stations
        if s.site == steps.site and s.id not in booking
        for branch in (*s.to, *(() if s.pressed is None else s.pressed.to))
        for target, share in branch.to
    ]
    ways += [(s.pressed.divert.share, s.pressed.divert.to) for s in quiet.stations if s.pressed and s.pressed.divert]
    shares = [quiet.quantity(share).value for share, target in ways if target in booking]
    assert len(shares) == 3 + 1 + 5  # three choices above the surge capacity, the triage, one for each pathway
    assert not any(shares)


def test_that_who_goes_home_over_a_bridge_is_never_sent_to_the_line(planned: transport.Planned):
    process, numbers = planned.study.layout.process, planned.given.numbers
    (steps,) = lines.Steps.all(process)
    everybody = ((steps.booking.id, tuple((stream, 1.0) for stream, _ in numbers.streams)),)
    busy = lines.sending(process, numbers, everybody)
    assert numbers.kept
    for pathway, stay in numbers.kept:
        first = busy.station(steps.sends(pathway)).to[0]
        assert set(stay) <= set(first.nationalities) and [to for to, _ in first.to] != [steps.line]
    quiet = execution.calm(planned.study)
    at = [quiet.layout.index[steps.sends(pathway)] for pathway, _ in numbers.kept]
    mine = [i for i, (who, group) in enumerate(quiet.layout.classes) if group in planned.given.groups]
    home = [i for i in mine if quiet.layout.classes[i][0] in dict(numbers.kept)["er"]]
    run = quiet.run(0, 0)
    came, sent = (execution.movable(quiet, [run], planned.given.groups, usual).sum() for usual in (False, True))
    fewer = run.counts.entries[at][:, :, mine].sum() - run.counts.entries[at][:, :, home].sum()
    assert came - sent == fewer > 0  # the network sends nobody of these pathways to the line


def test_that_each_stream_is_sent_by_its_own_share(planned: transport.Planned):
    study, plan = planned.study, planned.plan
    (steps,) = lines.Steps.all(study.layout.process)
    assert dict(plan.shares[0][1]) == pytest.approx(dict(zip(transfers.STREAMS, planned.solved.shares, strict=True)))
    told = plan.with_changes(shares=((steps.booking.id, (("detained", 1.0), ("released", 0.0))),))
    quiet = execution.calm(study)
    came = execution.movable(quiet, [quiet.run(0, 0)], planned.given.groups)[0, :, 0].sum(axis=(0, 2))
    moved = execution.Executed.under(study, execution.Way("plan", plan=told))
    entries, index = moved.run(0, 0).counts.entries, moved.layout.index
    groups = [i for i, (_, d) in enumerate(moved.layout.classes) if d in planned.given.groups]
    booked = entries[index[steps.divert.to]].sum()
    assert booked == 0
    asked = sorted(name for name, _ in planned.given.numbers.streams).index("detained")
    warm = planned.given.line.sum()
    assert came[asked] > 0
    assert came[asked] <= entries[index[steps.line]][:, groups].sum() <= came[asked] + warm


def test_that_whom_a_vehicle_takes_along_is_told_by_its_departure(planned: transport.Planned):
    # two flights to one place on one day, seats for all who wait on the first: seats would deal them in halves
    study, plan = planned.study, planned.plan
    both = [order for order in plan.orders if order.day == plan.start and order.to == "received-laredo"]
    assert [order.hour for order in both] == ["9", "16"]
    (steps,) = lines.Steps.all(study.layout.process)
    shares = lines.nobody(study.layout.process, planned.given.numbers)
    told = trials.aboard(study, planned.given, plan.with_changes(orders=tuple(both), shares=shares), range(4))
    first, second = (sum(number for _, number in order.whom) for order in told.orders)
    ran = execution.Executed.under(study, execution.Way("plan", plan=told))
    rows = [row["station"] == steps.line for row in ran.border.routes]
    assert sum(rows) == 2
    moved = trials.tried(study, planned.given, execution.Way("plan", plan=told), range(4)).daily["moved"]
    assert first + second == pytest.approx(moved.sum(axis=1).mean(), abs=2)  # rounded by group and vehicle
    assert first > 1.5 * second


def test_that_an_impossible_demand_names_the_limit_the_day_and_the_way_out(border: Border):
    given = small(border)
    with pytest.raises(RequestError, match=r"people inside on 2030-01-07 is over by 10.*cheapest way out") as caught:
        transport.solve(given, Demands(most_inside=0))
    assert "dollars" in str(caught.value)


def test_that_a_cancelled_flight_changes_the_plan(border: Border):
    given = small(border)
    kept = transport.solve(given)
    cancelled = transport.solve(given, transport.demands_of(given, (f"flight-a@{START}",), None))
    refused = transport.solve(given, transport.demands_of(given, (f"receiver-a@{START}",), None))
    assert kept.vehicles[0, 0] == 1
    assert cancelled.vehicles[0, 0] == refused.vehicles[0, 0] == 0
    assert float(cancelled.fixed.weighed) > float(kept.fixed.weighed)


def test_that_stays_elsewhere_are_those_of_the_whole_border(border: Border):
    numbers, whole = Numbers.read(border), execution.study_from(border, date(2022, 12, 1), 1, None, 1, "border-2023")
    named = {"detained": "ice_elsewhere_hours", "released": "release_wait_hours"}
    for stream, hours in numbers.elsewhere_hours:
        told = whole.layout.process.quantity(named[stream])
        assert (hours.value, hours.low, hours.high, hours.unit) == (told.value, told.low, told.high, told.unit)


@pytest.mark.parametrize("word", ["flight-a", "flight-a@2030-02-30", "flight-z@2030-01-07", "flight-a@2031-01-01"])
def test_that_a_wrong_cancellation_is_one_sentence(border: Border, word: str):
    with pytest.raises(RequestError):
        transport.demands_of(small(border), (word,), None)


def test_that_hindsight_loses_no_more_than_the_plan(border: Border):
    given = busy(border)
    found = hindsight.regret(given, given, transport.ordered(given, transport.solve(given)), Demands(), mornings=2)
    assert (found.hindsight <= found.plan + 1e-6).all()
    assert (found.hindsight <= found.none + 1e-6).all()
    assert found.saves(found.hindsight) == pytest.approx(1)
    assert found.saves(found.none) == pytest.approx(0)
    assert found.rolling.size == 2
    assert (found.hindsight[:2] <= found.rolling + 1e-6).all()


def test_that_the_plan_kept_has_the_crew_and_the_beds_that_it_ordered(border: Border):
    given = replace(busy(border), crew_minutes=9000.0, more_beds=300.0, beds=np.full(6, 150.0))
    solved = transport.solve(given)
    ordered = transport.ordered(given, solved)
    assert ordered.crew is not None and ordered.opened is not None and ordered.opened.any()
    one = given.path(0)
    programme, v = transfers.formulate(one, decided=ordered)
    found = programme.solve()
    assert found is not None
    assert found.values[v.crew][0] == pytest.approx(ordered.crew)
    assert found.values[v.opened][0] == pytest.approx(ordered.opened)
    lost = hindsight.regret(given, one, ordered, Demands())
    free = transport.repaired(one, Demands(), solved.vehicles, solved.shares, 60.0)[0]
    assert lost.plan[0] == pytest.approx(found.objective)
    assert lost.plan[0] > float(free.weighed)


def test_that_the_crew_of_today_costs_as_much_as_any_other(border: Border):
    given = replace(small(border, paths=2, line=(0.0, 0.0)), crew_hours=10.0)
    harm = []
    for crew in ((1.0, 1.0), (1.2, 1.0), (1.0, 1.2)):
        found = transfers.formulate(given, decided=Decided(crew=np.array(crew)))[0].solve()
        assert found is not None
        harm.append(found.objective)
    more = 0.2 * 10 * given.numbers.agent_hour_usd.value * given.numbers.weights.dollar.value
    assert harm[1] - harm[0] == pytest.approx(more)
    assert harm[2] - harm[0] == pytest.approx(more)


def test_that_a_planner_of_a_morning_knows_the_past_and_not_the_future(border: Border):
    given = busy(border)
    other = replace(given, released=given.released + 7.0)
    vehicles = given.booked()
    seen = given.seen(other, 1, 2, vehicles)
    changed = replace(other, released=other.released * np.where(np.arange(6) < 2, 1.0, 9.0)[None, :, None])
    assert (seen.released[:, :2] == other.released[1, :2]).all()
    assert (seen.released[:, 2:] == given.released[:, 2:]).all()
    assert (given.seen(changed, 1, 2, vehicles).released == seen.released).all()
    told = np.where(np.arange(6) < 2, 0.25, np.nan)
    programme, v = transfers.formulate(seen, decided=Decided(None, np.stack([told, told], axis=1), 4 * told))
    found = programme.solve()
    assert found is not None
    assert found.values[v.booked][:, :2, 0] == pytest.approx(0.25 * seen.came[:, :2, 0], abs=1e-6)
    assert found.values[v.crew][:, :2] == pytest.approx(1)


def test_that_planning_anew_each_morning_answers_what_one_plan_cannot(border: Border):
    # on half of the paths nobody comes, on the others 400 a day, more than the crew can process: one morning tells
    half = transfers.NEAREST
    plain = small(border, days=8, paths=2 * half, line=(0.0, 0.0))
    came = np.zeros((2 * half, 8, 2, 2))
    came[half:, :, 0, 0] = 400.0
    known = replace(plain, lead={"flight": 1, "bus": 1}, released=came[:, :, 0], came=came, crew_minutes=100.0)
    solved = transport.solve(known)
    quiet, crowded = known.path(0), known.path(half)
    ordered = [hindsight.rolled(known, path, 0, Demands()).vehicles.sum() for path in (quiet, crowded)]
    assert ordered[0] < ordered[1]
    found = hindsight.regret(known, quiet, transport.ordered(known, solved), Demands(), mornings=1)
    assert found.rolling[0] <= found.plan[0] + 1e-6


def test_that_a_plan_is_the_same_to_the_bit(border: Border, planned: transport.Planned):
    again = transport.make(border, "2022-12-12", 4, draws=4, unseen=3)
    assert again.plan.sha256() == planned.plan.sha256()
    pages = zip(orders.sheets(again), orders.sheets(planned), strict=True)
    assert all(a.as_json() == b.as_json() for a, b in pages)


def test_that_an_agency_that_takes_people_sooner_leaves_fewer_past_the_limit(planned: transport.Planned):
    assert (planned.elsewhere.sooner > 0).all()
    wider = execution.Executed.under(planned.study, execution.Way("places", places=20.0))
    old = {row["route"]: row.number("seats") for row in planned.study.border.routes}
    more = {r["route"]: r.number("seats") - old[r["route"]] for r in wider.border.routes}
    assert {route for route, seats in more.items() if seats} == {"ice-beds"}
    assert more["ice-beds"] == 20.0


def test_that_the_sheet_speaks_both_languages(planned: transport.Planned):
    told, behind = orders.sheets(planned)
    assert "Order list" in told.text(Language.ENGLISH)
    assert "Lista de pedidos" in told.text(Language.SPANISH)
    assert any(grid.protection for grid in told.grids)
    assert "What is weighed" in behind.text(Language.ENGLISH) and "Qué se pondera" in behind.text(Language.SPANISH)
    asked = [order for order in planned.plan.orders if order.vehicles]
    counts = [int(str(row[4])) for row in behind.grids[1].rows if row[0]]
    stand = [int(str(row[1])) for row in behind.grids[2].rows]
    assert sum(stand) == sum(order.vehicles for order in asked if order.booked) > 0
    assert sum(counts) + sum(stand) == sum(order.vehicles for order in asked)
    released = next(grid for grid in behind.grids if grid.name.en.startswith("To release by day"))
    assert [str(row[0]) for row in released.rows] == [f"{day}" for day in planned.given.days]
    dollars = next(row for row in told.grids[-1].rows if getattr(row[0], "en", "").startswith("Dollars for vehicles"))
    costs = {row["route"]: row.number("cost_usd") for row in planned.study.border.routes if row["cost_usd"]}
    assert dollars[1] == f"{sum(costs[order.route] * order.vehicles for order in asked):,.0f}"
    agents = next(line for line in told.text(Language.ENGLISH).splitlines() if line.startswith("- Agents: "))
    factor = dict(planned.plan.agents)["agents_day"]
    assert f"{planned.study.layout.process.quantity('agents_day').value * factor:.0f} from 06 h" in agents


def test_that_a_missing_solver_is_one_sentence(border: Border, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solver, "highspy", None)
    with pytest.raises(RequestError, match="not installed"):
        transport.solve(small(border))


def test_that_the_solver_prints_nothing(border: Border, capfd: pytest.CaptureFixture[str]):
    transport.solve(small(border))
    assert capfd.readouterr().out == ""


def test_that_a_plan_out_of_time_says_so_or_that_there_is_none(border: Border):
    try:
        found = transport.solve(busy(border), time_limit=1e-6)
    except RequestError as error:
        assert "longer" in str(error)
    else:
        assert found.warning


def test_that_wrong_places_and_days_are_one_sentence(border: Border):
    with pytest.raises(RequestError, match="no place"):
        plans.make(border, "atlantis", "2022-12-12", 7)
    with pytest.raises(RequestError, match="not a day"):
        transport.make(border, "2022-02-30", 7)
