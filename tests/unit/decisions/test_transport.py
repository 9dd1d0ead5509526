"""Plans: a hand-solved instance, people balanced, children never aboard, and what cannot be."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from cauce.border import Border, Row
from cauce.decisions import execution, fleet, orders, plans, solver, transfers, transport
from cauce.decisions.transfers import Demands, Instance, Vehicle
from cauce.errors import DataError, DocumentError, RequestError
from cauce.policy.plan import Booking, Numbers, Order, Plan
from cauce.runs.study import Study
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
    return Instance(
        days=tuple(START + timedelta(days=d) for d in range(days)), groups=GROUPS,
        vehicles=(Vehicle("flight-a", "flight", "received-a", ("10",), 130, 1.0, 100.0, 0),),
        released=nobody, detained=nobody, minutes=np.array([60.0, 30.0]), other_minutes=np.zeros((paths, days)),
        other_custody=np.zeros((paths, days)), other_over=np.zeros((paths, days)), waiting=np.zeros(2),
        line=np.array(line), survive=np.ones(days), crew_minutes=60_000.0, crew_hours=0.0, crew=(1.0, 1.2),
        releases=1000.0, beds=np.full(days, 500.0), more_beds=0.0, sheltered=0.0, to_shelter=0.5, stay_on=0.5,
        rated=0.0, ceiling=10_000.0, receivers=(("receiver-a", 1000.0),), lead={"flight": 0, "bus": 0}, numbers=numbers,
    )  # fmt: skip


def busy(border: Border) -> Instance:
    """Four paths of six days on which people come."""
    rng = np.random.default_rng(7)
    plain = small(border, days=6, paths=4)
    return replace(
        plain, released=rng.uniform(100, 300, (4, 6, 2)), detained=rng.uniform(0, 20, (4, 6, 2)), rated=300.0,
        survive=np.array([1.0, 0.95, 0.9, 0.8, 0.7, 0.6]), crew_hours=1000.0, crew_minutes=12_000.0,
        lead={"flight": 1, "bus": 1},
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
    booking = Booking(share=0.5, pathways=("x",), demographics=GROUPS)
    plan = Plan(id="p", start=START, days=2, orders=orders, booking=booking, source="a test")
    found = transport.leaner(given, solved, plan, Demands(), 60.0)
    assert [one.vehicles.tolist() for one in found] == [[[2], [0]], [[3], [0]]]


def test_that_the_programme_finds_the_plan_solved_by_hand(border: Border):
    # 140 wait, 130 fit: ten stay a night over the rated places (10 x 24 x 0.2); a flight is 100 dollars x 0.005, and
    # tomorrow's, not ordered yet, may still be part of one: ten seats of 130
    given = small(border)
    found = transport.solve(given)
    assert found.vehicles[0].tolist() == [1]
    assert float(found.adaptive.weighed) == pytest.approx(48 + 0.5 + 0.5 * 10 / 130)
    assert found.adaptive.boarded[0].sum(axis=1).tolist() == pytest.approx([130, 10])


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
    assert given.line + np.cumsum(booked.sum(axis=2) - boarded, axis=1) == pytest.approx(line, abs=1e-5)
    stayed = given.released - booked[:, :, 0] - x[v.released]
    assert given.waiting + np.cumsum(stayed, axis=1) == pytest.approx(x[v.waiting], abs=1e-5)
    assert boarded.sum(axis=2) == pytest.approx(x[v.carried].sum(axis=2), abs=1e-5)
    assert (x[v.carried][:, :, 0] <= 130 * x[v.vehicles][:, :, 0] + 1e-6).all()


def test_that_who_stays_three_days_is_counted_past_the_limit(border: Border):
    grounded = Demands(tuple(("flight-a", START + timedelta(days=d)) for d in range(5)))
    given = small(border, days=5)
    found = transport.solve(given, grounded)
    assert found.vehicles.sum() == 0
    assert found.fixed.over[0] == pytest.approx(140 * 24 * 2)  # 140 stand there on the fourth and the fifth morning


def test_that_todays_vehicles_are_whole_and_shared_by_all_paths(border: Border):
    given = busy(border)
    programme, v = transfers.formulate(given)
    found = programme.solve()
    assert found is not None
    today = found.values[v.vehicles][:, 1]
    assert (today == today[0]).all()
    assert today == pytest.approx(np.rint(today))


@pytest.mark.parametrize(("day", "known"), [("2022-11-27", False), ("2022-12-12", True), ("2022-12-27", False)])
def test_that_a_level_counts_for_its_own_month_alone_and_once_it_is_over(border: Border, day: str, known: bool):
    # November 2022: not over on its 27th, not published on 12 December, published on the 27th
    census = border.root / "scenarios" / "census-2022-12-01.csv"
    study = execution.study_from(border, date.fromisoformat(day), 2, census, 1)
    ahead = Study.from_census(border, census, days=2, start=f"{day}T06:00", seed=1)
    assert study.scenario.observed is not None
    blind = replace(study, scenario=study.scenario.with_changes(observed=None))
    came = [one.crowd(0).second.tolist() for one in (study, ahead, blind)]
    assert came[0] == came[1]  # the plan and the outlook see the same people come
    assert (came[0] != came[2]) == known


def test_that_an_empty_place_weighs_what_its_source_says(border: Border):
    weights = Numbers.read(border).weights
    study = execution.study_from(border, date(2022, 12, 12), 1, border.root / "scenarios" / "census-2022-12-01.csv", 1)
    place = study.layout.process.quantity("cost_custody_day_usd")
    told = [usd / 24 * weights.dollar.value for usd in (place.low, place.value, place.high)]
    idle = weights.idle_capacity
    assert [idle.low, idle.value, idle.high] == pytest.approx(told, abs=0.005)


def test_that_a_flight_of_one_day_in_four_can_be_ordered_for_any_day(border: Border, planned: transport.Planned):
    # 130 seats: a quarter of them on average where the timetable's may leave, all where it was ordered and paid
    rare = replace(small(border).vehicles[0], flown=0.25, sure=1.0)
    given = replace(small(border), vehicles=(rare,), lead={"flight": 1, "bus": 1})
    fixed, _ = transport.repaired(given, Demands(), np.array([[1], [1]]), None, 60.0)
    assert fixed.carried[0, :, 0].tolist() == pytest.approx([0.25 * 130, 140 - 0.25 * 130])
    rows = {row["route"]: row for row in border.routes}
    shipped = next(vehicle for vehicle in planned.given.vehicles if vehicle.route == "flight-del-rio")
    assert shipped.flown == 1 - rows["flight-del-rio"].number("cancelled")
    assert shipped.sure == 1 - dict(planned.given.numbers.cancelled)["flight"].value > shipped.flown
    everything = replace(planned.solved, vehicles=np.ones_like(planned.solved.vehicles))
    plan = transport.document(planned.study, planned.given, everything, "a test")
    found = {(r["route"], r["opens"]): r.number("cancelled") for r in plan.routes(border.routes, ("lateral-wait",))}
    assert found["flight-del-rio", "2022-12-12"] == rows["flight-del-rio"].number(
        "cancelled"
    )  # booked: the timetable's
    assert found["flight-del-rio", "2022-12-15"] == pytest.approx(1 - shipped.sure)


def test_that_a_child_alone_is_on_no_order():
    with pytest.raises(ValidationError, match="unaccompanied child"):
        Order(route="a", day=START, hour="9", vehicles=1, seats=9, to="b", mode="flight", booked=False,
              whom=((Demographic.UNACCOMPANIED_CHILD, 1),))  # fmt: skip


def test_that_children_alone_and_parts_of_families_never_leave_with_a_plan(planned: transport.Planned):
    assert Demographic.UNACCOMPANIED_CHILD not in planned.given.groups
    assert Demographic.UNACCOMPANIED_CHILD not in planned.plan.booking.demographics
    names = execution.Names.of(planned.study.layout.process, planned.given.numbers)
    run = execution.Executed.under(planned.study, execution.Way("plan", plan=planned.plan), names.line)
    layout = run.layout
    children = [i for i, (_, d) in enumerate(layout.classes) if d == Demographic.UNACCOMPANIED_CHILD]
    entered = run.run(0, 0).counts.entries
    arrived = [layout.index[order.to] for order in planned.plan.orders]
    assert entered[layout.index[names.line]][:, children].sum() == 0
    assert entered[arrived][:, :, children].sum() == 0
    assert entered[arrived].sum() > 0


def test_that_the_simulator_executes_the_orders_and_nothing_else(planned: transport.Planned):
    names = execution.Names.of(planned.study.layout.process, planned.given.numbers)
    rows = planned.plan.routes(planned.study.border.routes, (names.line,))
    leaving = [row for row in rows if row["station"] == names.line]
    assert len(leaving) == sum(order.vehicles for order in planned.plan.orders)
    assert {row["route"] for row in rows if row["station"] != names.line} == {
        row["route"] for row in planned.study.border.routes if row["station"] != names.line
    }


def test_that_a_cancelled_flight_changes_the_plan(border: Border):
    given = small(border)
    kept = transport.solve(given)
    cancelled = transport.solve(given, transport.demands_of(given, (f"flight-a@{START}",), None))
    refused = transport.solve(given, transport.demands_of(given, (f"receiver-a@{START}",), None))
    assert kept.vehicles[0, 0] == 1
    assert cancelled.vehicles[0, 0] == refused.vehicles[0, 0] == 0
    assert float(cancelled.fixed.weighed) > float(kept.fixed.weighed)


@pytest.mark.parametrize("by_rule", [False, True])
def test_that_a_baseline_flies_nothing_that_is_cancelled(planned: transport.Planned, by_rule: bool):
    names = execution.Names.of(planned.study.layout.process, planned.given.numbers)
    asked = transport.demands_of(planned.given, ("bus-tucson@2022-12-13", "receiver-laredo@2022-12-14"), None)
    without = transfers.withdrawn(planned.given, asked)
    assert set(without) == {
        ("bus-tucson", date(2022, 12, 13)), ("flight-laredo-1", date(2022, 12, 14)),
        ("flight-laredo-2", date(2022, 12, 14)),
    }  # fmt: skip
    ways = {way.id: way for way in transport.ways(planned.plan, names, without)}
    way = ways["full" if by_rule else "recorded"]
    whole, masked = (
        execution.Executed.under(planned.study, one, names.line) for one in (replace(way, without=()), way)
    )
    table = [{(r["route"], day, hour) for r in study.border.routes if r["station"] == names.line
              for day in planned.given.days for hour in r["times"].split(";")
              if (r["opens"] or "0") <= str(day) < (r["closes"] or "9")} for study in (whole, masked)]  # fmt: skip
    leaving = {(fleet["route"], day) for fleet in masked.border.fleets for day in planned.given.days}
    leaving |= {(route, day) for route, day, _ in table[1]}
    everywhere = {(v.route, day) for v in planned.given.vehicles for day in planned.given.days}
    assert leaving == everywhere - set(without)
    if not by_rule:
        assert table[1] == {trip for trip in table[0] if (trip[0], trip[1]) not in without}
    masked.run(0, 0)  # the simulator reads it


def test_that_a_timetable_row_that_is_not_open_yet_stays_closed(border: Border):
    row = next(row for row in border.routes if row["route"] == "onward-holiday")  # 18 December to 3 January
    days = [date(2022, 12, d) for d in (1, 20)]
    found = [(one["opens"], one["closes"]) for one in execution._without(row, days)]
    assert found == [("2022-12-18", "2022-12-20"), ("2022-12-21", "2023-01-03")]


def test_that_a_cancelled_vehicle_is_not_ordered_for_a_remainder(border: Border):
    # 9 can be had: 5 of 5.6 leave, and what remains would be a vehicle on the next day, on which it is cancelled
    plain = small(border)
    most = tuple((mode, quantity.with_changes(value=9, high=9)) for mode, quantity in plain.numbers.most_a_day)
    routes = tuple(replace(plain.vehicles[0], route=name) for name in ("a", "b", "c"))
    given = replace(plain, vehicles=routes, lead={"flight": 0}, numbers=plain.numbers.with_changes(most_a_day=most))
    wanted = np.array([[5.6, 1.6, 1.8], [0.0, 0.0, 0.0]])
    assert fleet.rounded(given, wanted, Demands())[1].tolist() == [1, 0, 0]
    assert fleet.rounded(given, wanted, Demands((("a", given.days[1]),)))[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize("word", ["flight-a", "flight-a@2030-02-30", "flight-z@2030-01-07", "flight-a@2031-01-01"])
def test_that_a_wrong_cancellation_is_one_sentence(border: Border, word: str):
    with pytest.raises(RequestError):
        transport.demands_of(small(border), (word,), None)


def changed(border: Border, folder: Path, file: str, right: str, wrong: str) -> tuple[Border, Path, int]:
    """A border with one thing written otherwise, the file, and its line."""
    shutil.copytree(border.root, folder / "us_mexico")
    path = folder / "us_mexico" / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return Border.open(str(folder / "us_mexico")), path, 1 + text[: text.index(right)].count("\n")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("agents: agents ", "agents: agent "), ("bookable: triage", "bookable: triag"),
     ("city-shelters]", "city-shelter]"),
     ("released: released", "released: relesed"), ("shelter_stay: shelter_hours", "shelter_stay: shelter_hour"),
     ("direct: direct_travel", "direct: dirct_travel"), ("detained: [process-fear]", "detained: [proces-fear]"),
     ("[ice_wait_hours, long", "[ice_wait_hour, long"), ("over: over_72h", "over: over_27h"),
     ("  flight: {value: 5", "  fligt: {value: 5")],
)  # fmt: skip
def test_that_a_misspelt_name_in_the_numbers_of_a_plan_is_told(border: Border, tmp_path: Path, right: str, wrong: str):
    mistaken, path, line = changed(border, tmp_path, "plans/plan.yaml", right, wrong)
    with pytest.raises(DocumentError, match=r"there is no .*; did you mean") as told:
        transport.make(mistaken, "2022-12-12", 1, draws=1, unseen=1)
    assert (Path(str(told.value.file)), told.value.line) == (path, line)


def test_that_an_outcome_that_no_plan_has_is_told(border: Border, tmp_path: Path):
    mistaken, path, line = changed(border, tmp_path, "plans/plan.yaml", ", money: dollars", "")
    with pytest.raises(DocumentError, match=r"'outcomes.money' is missing; add it") as told:
        transport.make(mistaken, "2022-12-12", 1, draws=1, unseen=1)
    assert (Path(str(told.value.file)), told.value.line) == (path, line)


@pytest.mark.parametrize("place", ["el-paso", "border"])
def test_that_a_vehicle_without_a_lead_time_is_told(border: Border, tmp_path: Path, place: str):
    right = "Flight to San Diego,Vuelo a San Diego,lateral-wait,received-san-diego,flight"
    mistaken, path, line = changed(border, tmp_path, "routes.csv", right, right.replace(",flight", ",flihgt"))
    with pytest.raises(DataError, match=r"there is no mode 'flihgt'; did you mean 'flight'") as told:
        plans.make(mistaken, place, "2022-12-12", 1, draws=1)
    assert (Path(str(told.value.file)), told.value.line) == (path, line)


def test_that_nobody_at_work_at_night_and_places_without_a_limit_are_planned_with(border: Border, tmp_path: Path):
    study = execution.study_from(border, date(2022, 12, 12), 1, border.root / "scenarios" / "census-2022-12-01.csv", 1)
    process, numbers = study.layout.process, Numbers.read(border)
    night = dict(process.pools)[numbers.agents].servers[0].count
    nobody = {**dict(process.parameters), night: process.quantity(night).with_changes(value=0, low=0)}
    calm = process.with_changes(parameters=tuple(sorted(nobody.items())))
    rows = tuple(Row({**row, "capacity": ""}, row.file, row.line)
                 if row["site"] in ("receiver-laredo", process.custody) else row for row in border.sites)  # fmt: skip
    plain, bare = execution._places(study, numbers), Border.open("us_mexico")
    for owner, name, value in ((bare, "sites", rows), (study, "border", bare)):
        object.__setattr__(owner, name, value)
    object.__setattr__(study, "layout", replace(study.layout, process=calm))
    found = execution._places(study, numbers)
    assert 0 < found["crew_hours"] < plain["crew_hours"]
    assert 1 < found["crew"][1] < math.inf
    worked = numbers.receiver_agents.value * 24 * 60 * numbers.agents_used.value / numbers.receiver_minutes.value
    assert dict(found["receivers"])["receiver-laredo"] == worked
    assert found["ceiling"] == math.inf
    roomy = replace(small(border), ceiling=math.inf, receivers=(("receiver-a", math.inf),), beds=np.full(2, math.inf))
    assert transport.solve(roomy).vehicles[0].tolist() == [1]


def test_that_hindsight_loses_no_more_than_the_plan(border: Border):
    given = busy(border)
    found = transport.regret(given, given, transport.solve(given), Demands(), mornings=2)
    assert (found.hindsight <= found.plan + 1e-6).all()
    assert found.rolling.size == 2
    assert (found.hindsight[:2] <= found.rolling + 1e-6).all()


def test_that_a_planner_of_a_morning_knows_the_past_and_not_the_future(border: Border):
    given = busy(border)
    other = replace(given, released=given.released + 7.0)
    vehicles, sent = given.booked(), np.full((6, 2), 0.25)
    seen = given.seen(other, 1, 2, vehicles, sent)
    changed = replace(other, released=other.released * np.where(np.arange(6) < 2, 1.0, 9.0)[None, :, None])
    assert (seen.released[:, :2] == other.released[1, :2]).all()
    assert (seen.released[:, 2:] == given.released[:, 2:]).all()
    assert (given.seen(changed, 1, 2, vehicles, sent).released == seen.released).all()
    programme, v = transfers.formulate(seen)
    found = programme.solve()
    assert found is not None
    assert found.values[v.booked][:, :2, 0] == pytest.approx(0.25 * seen.released[:, :2], abs=1e-6)


def test_that_planning_anew_each_morning_answers_what_one_plan_cannot(border: Border):
    # on half of the paths nobody comes, on the others 400 a day, more than the crew can process: one morning tells
    half = transfers.NEAREST
    plain = small(border, days=8, paths=2 * half, line=(0.0, 0.0))
    came = np.zeros((2 * half, 8, 2))
    came[half:, :, 0] = 400.0
    known = replace(plain, lead={"flight": 1, "bus": 1}, released=came, crew_minutes=100.0)
    solved = transport.solve(known)
    quiet, crowded = known.path(0), known.path(half)
    ordered = [transport.rolled(known, path, 0, Demands())[0].sum() for path in (quiet, crowded)]
    assert ordered[0] < ordered[1]
    found = transport.regret(known, quiet, solved, Demands(), mornings=1)
    assert found.rolling[0] <= found.plan[0] + 1e-6


def test_that_a_plan_is_the_same_to_the_bit(border: Border, planned: transport.Planned):
    again = transport.make(border, "2022-12-12", 4, draws=4, unseen=3)
    assert again.plan.sha256() == planned.plan.sha256()
    pages = zip(orders.sheets(again), orders.sheets(planned), strict=True)
    assert all(a.as_json() == b.as_json() for a, b in pages)


def test_that_an_agency_that_takes_people_sooner_leaves_fewer_past_the_limit(planned: transport.Planned):
    assert (planned.elsewhere.sooner > 0).all()
    names = execution.Names.of(planned.study.layout.process, planned.given.numbers)
    wider = execution.Executed.under(planned.study, execution.Way("places", places=20.0), names.line)
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
    counts = [int(str(row[4])) for row in behind.grids[1].rows]
    assert sum(counts) == sum(order.vehicles for order in asked) > 0


def test_that_a_missing_solver_is_one_sentence(border: Border, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solver, "highspy", None)
    with pytest.raises(RequestError, match="not installed"):
        transport.solve(small(border))


def test_that_the_solver_prints_nothing(border: Border, capfd: pytest.CaptureFixture[str]):
    transport.solve(small(border))
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("place", ["el-paso", "border"])
def test_that_a_morning_that_nobody_counted_is_said_first(border: Border, place: str):
    census = border.root / "scenarios" / "census-2022-12-01.csv"
    (computed, *_), _ = plans.make(border, place, "2022-12-04", 1, draws=1)
    (counted, *_), _ = plans.make(border, place, "2022-12-04", 1, draws=1, census=census)
    first = computed.findings[0]
    assert "nobody was counted" in first.en and "census of 2022-12-01, 3 days earlier" in first.en
    assert "no se contó a nadie" in first.es and "3 días antes" in first.es
    assert not any("counted" in finding.en for finding in counted.findings)


def test_that_wrong_places_and_days_are_one_sentence(border: Border):
    with pytest.raises(RequestError, match="no place"):
        plans.make(border, "atlantis", "2022-12-12", 7)
    with pytest.raises(RequestError, match="not a day"):
        transport.make(border, "2022-02-30", 7)
