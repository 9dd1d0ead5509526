"""The contract by hand: small cases whose outcome can be worked out on paper.

The oracle and the kernel could share a misreading; these say what was meant.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import HOUR, Sketch

from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles
from cauce.model.kernel.simulate import simulate


def hours(ticks: np.ndarray) -> list[float]:
    return [round(float(t) / HOUR, 6) if t >= 0 else -1.0 for t in ticks]


def stay(sketch: Sketch, name: str, length: float, to: str = "out", **more) -> None:
    sketch.station(name, k.DELAY, time=quantiles.constant(length * HOUR), to={to: 1}, **more)


def test_that_a_door_is_first_come_first_served_and_a_family_waits_for_room_for_all():
    sketch = Sketch()
    sketch.site("hall", room=3, door_stage=1)
    stay(sketch, "stay", 10, site="hall")
    sketch.station("out", k.SINK)
    parties = sketch.parties([0, 1, 2, 3], "stay", size=[2, 2, 1, 1])
    out = sketch.case(parties, 60).run()
    # one place is free from the start, but the second family of two is first in line: the singles wait behind it
    assert hours(out.exit_tick) == [10, 20, 20, 30]
    assert out.held_at_door[0].sum() == 2 + 1 + 1
    assert np.cumsum(out.stage_census, axis=1)[1, [1, 2, 3, 4, 11, 21]].ravel().tolist() == [0, 2, 3, 4, 1, 0]


def test_that_who_waits_at_a_door_still_fills_the_place_left_behind():
    sketch = Sketch()
    sketch.site("yard", room=1)
    sketch.site("hall", room=1)
    stay(sketch, "wait", 1, "stay", site="yard")
    stay(sketch, "stay", 10, site="hall")
    sketch.station("out", k.SINK)
    out = sketch.case(sketch.parties([0, 0.5, 0.6], "wait"), 60).run()
    # 0 moves on at 1; 1 takes the yard at 1, wants the hall at 2, gets it at 11; 2 takes the yard at 11
    assert hours(out.exit_tick) == [11, 21, 31]


def test_that_more_room_opens_the_door():
    sketch = Sketch()
    sketch.site("hall", room=0)
    stay(sketch, "stay", 1, site="hall")
    sketch.station("out", k.SINK)
    sketch.at(5, k.CAPACITY, "hall", 1)
    out = sketch.case(sketch.parties([0, 1], "stay"), 24).run()
    assert hours(out.exit_tick) == [6, 7]


def test_that_who_is_diverted_goes_on_to_the_next_choice_and_its_next():
    sketch = Sketch()
    sketch.site("hall", room=1, rule=k.DIVERT, otherwise="second")
    sketch.site("annex", room=1, rule=k.DIVERT, otherwise="street")
    stay(sketch, "first", 9, site="hall")
    stay(sketch, "second", 9, site="annex")
    stay(sketch, "street", 1)
    sketch.station("out", k.SINK)
    out = sketch.case(sketch.parties([0, 1, 2], "first"), 24).run()
    assert hours(out.exit_tick) == [9, 10, 3]
    assert out.diverted.sum(axis=1).tolist() == [2, 1]
    assert out.entries[:3].sum(axis=(1, 2)).tolist() == [1, 1, 1]  # entries are counted where people are let in


def test_that_a_vehicle_passes_over_who_does_not_fit_and_keeps_the_place_in_line():
    sketch = Sketch()
    sketch.station("stop", k.BATCH)
    sketch.station("out", k.SINK)
    for hour in (5, 6, 7):
        sketch.at(hour, k.BATCH, "stop", 3, 0, "out")
    parties = sketch.parties([0, 1, 2, 3], "stop", size=[2, 4, 1, 1])
    out = sketch.case(parties, 24).run()
    assert hours(out.exit_tick) == [5, -1, 5, 6]  # the party of four never fits
    assert out.boarded.tolist() == [3, 1, 0]
    assert out.totals.tolist() == [8, 0, 4, 4]


def test_that_a_vehicle_waits_for_its_minimum_load():
    sketch = Sketch()
    sketch.station("stop", k.BATCH)
    sketch.station("out", k.SINK)
    for hour in (5, 10):
        sketch.at(hour, k.BATCH, "stop", 9, 3, "out")
    out = sketch.case(sketch.parties([0, 1, 8], "stop"), 24).run()
    assert hours(out.exit_tick) == [10, 10, 10]


def test_that_a_vehicle_takes_no_more_than_there_is_room_for():
    sketch = Sketch()
    sketch.site("camp", room=2)
    sketch.station("stop", k.BATCH)
    stay(sketch, "camp-stay", 10, site="camp")
    sketch.station("out", k.SINK)
    for hour in (5, 6, 16):
        sketch.at(hour, k.BATCH, "stop", 9, 0, "camp-stay")
    out = sketch.case(sketch.parties([0, 1, 2], "stop"), 48).run()
    assert hours(out.exit_tick) == [15, 15, 26]
    assert out.boarded.tolist() == [2, 0, 1]


def test_that_boarding_goes_by_priority_then_by_order():
    sketch = Sketch(classes=2, groups=(0, 0))
    sketch.station("stop", k.BATCH, priority=(3, 0))
    sketch.station("out", k.SINK)
    for hour in (5, 6, 7, 8):
        sketch.at(hour, k.BATCH, "stop", 1, 0, "out")
    out = sketch.case(sketch.parties([0, 1, 2, 3], "stop", cls=[0, 0, 1, 1]), 24).run()
    assert hours(out.exit_tick) == [7, 8, 5, 6]


def test_that_a_calendar_row_goes_before_the_people_of_its_instant():
    sketch = Sketch()
    sketch.station("stop", k.BATCH)
    sketch.station("out", k.SINK)
    sketch.at(5, k.BATCH, "stop", 9, 0, "out")
    out = sketch.case(sketch.parties([4, 5], "stop"), 24).run()
    assert hours(out.exit_tick) == [5, -1]


def test_that_a_cap_lets_through_denies_and_carries_over():
    sketch = Sketch()
    sketch.station("cap", k.QUOTA, quota="places", denied="no", to={"yes": 1})
    sketch.station("yes", k.SINK)
    sketch.station("no", k.SINK)
    sketch.at(1, k.QUOTA, "places", 3, 0)
    sketch.at(10, k.QUOTA, "places", 2, 1)  # two more than what is left
    sketch.at(20, k.QUOTA, "places", 2, 0)  # two, whatever is left
    parties = sketch.parties([0, 2, 3, 11, 12, 21, 22], "cap", size=[1, 2, 2, 3, 1, 2, 1])
    out = sketch.case(parties, 48).run()
    # left: 0 | 3, 1 | two do not fit in 1 | 3, 0 | 0 | 2, 0 | 0
    assert out.last_station.tolist() == [2, 1, 2, 1, 2, 1, 2]


def test_that_the_line_for_a_cap_is_strict_and_served_at_the_reset():
    sketch = Sketch()
    sketch.station("cap", k.QUOTA, quota="places", to={"yes": 1})
    sketch.station("yes", k.SINK)
    for hour in (5, 10):
        sketch.at(hour, k.QUOTA, "places", 2, 0)
    parties = sketch.parties([0, 1, 2, 6], "cap", size=[1, 2, 1, 1])
    out = sketch.case(parties, 24).run()
    # at 5 the first goes, the two do not fit and block those behind; at 10 they go and nothing is left
    assert hours(out.exit_tick) == [5, 10, -1, -1]


def test_that_a_lowered_shift_lets_services_end_and_a_raised_one_calls_the_next():
    sketch = Sketch()
    sketch.pool("crew", 2)
    sketch.station("desk", k.DESK, pool="crew", time=quantiles.constant(4 * HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    sketch.at(1, k.SHIFT, "crew", 0)
    sketch.at(10, k.SHIFT, "crew", 1)
    out = sketch.case(sketch.parties([0, 0.5, 0.6, 0.7], "desk"), 48).run()
    assert hours(out.exit_tick) == [4, 4.5, 14, 18]


def test_that_a_family_takes_the_heads_minutes_and_a_share_for_each_further_member():
    sketch = Sketch()
    sketch.pool("crew", 9)
    one = quantiles.constant(4 * HOUR)
    sketch.station("desk", k.DESK, pool="crew", time=one, per_member=256, to={"out": 1})
    sketch.station("out", k.SINK)
    out = sketch.case(sketch.parties([0, 0, 0], "desk", size=[1, 2, 5]), 24).run()
    assert hours(out.exit_tick) == [4, 5, 8]


def test_that_a_new_regime_and_pressure_change_the_way_of_people_already_inside():
    sketch = Sketch(regimes=2)
    sketch.site("hall")
    ways = [[{"old": 1.0}], [{"new": 1.0}]]
    press = {"press": ("hall", 3), "pressed": {"pressed": 1.0}}
    sketch.station("stay", k.DELAY, site="hall", time=quantiles.constant(5 * HOUR), to=ways, **press)
    for name in ("old", "new", "pressed"):
        sketch.station(name, k.SINK)
    sketch.at(6, k.REGIME, 1)
    parties = sketch.parties([0, 2, 8, 9, 10], "stay")
    out = sketch.case(parties, 48).run()
    # 0 leaves at 5 with two inside; 1 at 7 alone, under the new rules; 2 at 13 with three inside
    assert out.last_station.tolist() == [1, 2, 3, 2, 2]


def test_that_the_clock_runs_on_between_clocked_places_and_stops_outside():
    sketch = Sketch()
    sketch.site("station")
    sketch.site("centre")
    sketch.site("street", clock=False)
    stay(sketch, "held", 30, "moved", site="station")
    stay(sketch, "moved", 30, "outside", site="centre")
    stay(sketch, "outside", 10, "again", site="street")
    stay(sketch, "again", 5, site="station")
    sketch.station("out", k.SINK)
    out = sketch.case(sketch.parties([0.5], "held", size=2), 100).run()
    assert hours(out.custody_ticks) == [65]
    spent = np.flatnonzero(out.custody_hours[0])
    assert spent.tolist() == [5, 60] and out.custody_hours[0, spent].tolist() == [2, 2]
    over = np.cumsum(out.over, axis=1)[:, :, 0]
    # over 24 h from 24.5 on, over 48 h from 48.5 on, neither any more from 60.5 on
    assert np.flatnonzero(over[0]).tolist() == list(range(25, 61))
    assert np.flatnonzero(over[1]).tolist() == list(range(49, 61))
    assert not over[2:].any()


def test_that_people_inside_at_the_start_bring_their_hours_and_need_no_room():
    sketch = Sketch()
    sketch.site("hall", room=1)
    stay(sketch, "stay", 10, site="hall")
    sketch.station("out", k.SINK)
    parties = sketch.parties([0, 0, 1], "stay", held=[20 * HOUR, 40 * HOUR, -1])
    out = sketch.case(parties, 48).run()
    assert hours(out.exit_tick) == [10, 10, 20]
    assert np.flatnonzero(out.custody_hours[0]).tolist() == [10, 30, 50]
    assert out.totals.tolist() == [1, 2, 3, 0]
    assert np.cumsum(out.site_census, axis=1)[0, :12, 0].tolist() == [2] * 11 + [1]
    over_24 = np.cumsum(out.over, axis=1)[0, :12, 0]
    assert over_24.tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0]  # the first passes 24 h at 4


def test_that_a_count_at_an_hour_is_what_was_so_just_before_it():
    sketch = Sketch()
    sketch.site("hall")
    stay(sketch, "stay", 2, site="hall")
    sketch.station("out", k.SINK)
    out = sketch.case(sketch.parties([1, 1.5], "stay"), 6).run()
    assert np.cumsum(out.site_census, axis=1)[0, :, 0].tolist() == [0, 0, 2, 2, 0, 0, 0]


def test_that_each_attempt_has_its_own_luck_and_the_same_attempt_the_same():
    sketch = Sketch()
    time = quantiles.lognormal(HOUR, 0.5)
    sketch.station("try", k.DELAY, time=time, to={"again": 1}, attempt=1)
    sketch.station("again", k.DELAY, time=quantiles.constant(HOUR), to={"try": 1})
    sketch.station("out", k.SINK)
    case = sketch.case(sketch.parties([0], "try"), 240)
    trace = case.run(traced=0).trace
    began = trace[(trace[:, 1] == k.ENTERED) & (trace[:, 2] == 0), 0]
    left = trace[(trace[:, 1] == k.LEFT) & (trace[:, 2] == 0), 0]
    times = left - began[: left.size]
    assert times.size > 50 and np.unique(times).size == times.size
    later = replace(case, parties=case.parties._replace(tick=case.parties.tick + 3 * HOUR)).run(traced=0).trace
    entered = later[(later[:, 1] == k.ENTERED) & (later[:, 2] == 0), 0][:50]
    gone = later[(later[:, 1] == k.LEFT) & (later[:, 2] == 0), 0][:50]
    np.testing.assert_array_equal(gone - entered, times[:50])


def test_that_another_policy_leaves_everybody_elses_luck_alone():
    """Common random numbers: where two runs send a party to the same step, it takes the same time there."""

    def run(share: float) -> tuple[np.ndarray, np.ndarray]:
        sketch = Sketch()
        sketch.station("start", k.DELAY, time=quantiles.exponential(HOUR), to={"left": share, "right": 1 - share})
        sketch.station("left", k.DELAY, time=quantiles.lognormal(9 * HOUR, 1), to={"out": 1})
        sketch.station("right", k.DELAY, time=quantiles.exponential(5 * HOUR), to={"gone": 1})
        sketch.station("out", k.SINK)
        sketch.station("gone", k.SINK)
        out = sketch.case(sketch.parties(np.linspace(0, 50, 2000), "start"), 500).run()
        return out.exit_tick, out.last_station

    (few, few_end), (many, many_end) = run(0.3), run(0.6)
    same = few_end == many_end
    assert 0.65 < same.mean() < 0.75  # those between the two thresholds change their way, nobody else
    np.testing.assert_array_equal(few[same], many[same])
    assert ((few_end == 3) <= (many_end == 3)).all()


def test_that_a_horizon_beyond_the_event_key_is_refused():
    sketch = Sketch()
    sketch.station("out", k.SINK)
    case = sketch.case(sketch.parties([0], "out"), 24)
    with pytest.raises(ValueError, match="ticks"):
        simulate(*replace(case, horizon=k.MOST_TICKS + 1).arguments(), case.outputs())


def test_that_an_event_just_before_the_horizon_happens_and_one_at_it_does_not():
    sketch = Sketch()
    stay(sketch, "stay", 4)
    sketch.station("out", k.SINK)
    parties = sketch.parties([20 - 1 / HOUR, 20], "stay")
    out = sketch.case(parties, 24).run()
    assert out.exit_tick.tolist() == [24 * HOUR - 1, -1]
    assert out.totals.tolist() == [2, 0, 1, 1]
