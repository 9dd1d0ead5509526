"""Vehicles that leave by a rule and people who lose patience, against closed forms; four standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from networks import HOUR, Sketch
from test_kernel_theory import hours_inside, poisson, replications, z_of

from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles


def stop(seats: int, *, vehicles: int = 500, away: float = 1, **rule: float) -> Sketch:
    sketch = Sketch()
    sketch.station("stop", k.BATCH)
    sketch.station("out", k.SINK)
    sketch.fleet("stop", "out", seats=seats, vehicles=vehicles, away=away, **rule)
    return sketch


def erlang_a(servers: int, load: float, patience: float) -> float:
    """Share who give up in M/M/c+M, service of mean one, patience of mean `patience`: the birth and death chain."""
    weights, n = [1.0], 0
    while n < servers or weights[-1] > 1e-15 * max(weights):
        n += 1
        leaving = min(n, servers) + max(n - servers, 0) / patience
        weights.append(weights[-1] * load / leaving)
    p = np.array(weights) / sum(weights)
    waiting = (np.maximum(np.arange(p.size) - servers, 0) * p).sum()
    return float(waiting / patience / load)


@pytest.mark.parametrize(("servers", "load", "patience"), [(1, 0.8, 1.0), (3, 3.6, 0.5), (5, 4.0, 2.0)])
def test_that_who_gives_up_is_erlang_a(servers: int, load: float, patience: float):
    sketch = Sketch()
    sketch.pool("crew", servers)
    time, hope = quantiles.exponential(HOUR), quantiles.exponential(patience * HOUR)
    sketch.station("desk", k.DESK, pool="crew", time=time, to={"out": 1}, patience=hope, gives_up="gone")
    sketch.station("out", k.SINK)
    sketch.station("gone", k.SINK)
    given_up = [
        (out.last_station[watched] == 2).mean()
        for _, out, watched in replications(sketch, load, "patience", servers, first="desk")
    ]
    assert abs(z_of(np.array(given_up), erlang_a(servers, load, patience))) < 4


@pytest.mark.parametrize("seats", [4, 12])
def test_that_a_vehicle_that_leaves_when_full_makes_people_wait_half_a_load(seats: int):
    sketch, waits = stop(seats, least=seats), []
    for r in range(40):
        hours = poisson(2.0, 3000, "full", seats, r)
        out = sketch.case(sketch.parties(hours, "stop"), 3100).run()
        left = out.exit_tick >= 0
        assert (~left).sum() == hours.size % seats  # the last ones never fill a load
        waits.append((out.exit_tick[left] / HOUR - hours[left]).mean())
    assert abs(z_of(np.array(waits), (seats - 1) / (2 * 2.0))) < 4


@pytest.mark.parametrize("hold", [0.5, 3.0])
def test_that_a_vehicle_that_waits_for_a_time_after_the_first_makes_people_wait_so(hold: float):
    """A load is the first and a Poisson number of others: (t + rate t t / 2) hours for (1 + rate t) people."""
    rate = 2.0
    truth = (hold + rate * hold**2 / 2) / (1 + rate * hold)
    waits = [
        hours_inside(*run).mean()
        for run in replications(stop(10_000, least=1, hold=hold), rate, "first", str(hold), first="stop")
    ]
    assert abs(z_of(np.array(waits), truth)) < 4


def test_that_one_vehicle_of_one_seat_is_a_desk_that_serves_before_it_waits():
    """It takes one at once and is away an hour: people at 0.0, 0.2 and 0.4 leave at 0, 1 and 2."""
    sketch = stop(1, vehicles=1)
    out = sketch.case(sketch.parties([0.0, 0.2, 0.4], "stop"), 24).run()
    assert (out.exit_tick / HOUR).tolist() == [0.0, 1.0, 2.0]
    assert out.trips.sum() == out.carried.sum() == 3


def test_that_saturation_counts_from_the_least_load():
    sketch = stop(10, least=3, hold=2)
    out = sketch.case(sketch.parties([0.0, 1.0, 1.5, 3.0, 4.0], "stop"), 24).run()
    assert (out.exit_tick / HOUR).tolist()[:4] == [3.5, 3.5, 3.5, 3.5]
    assert out.exit_tick[4] == -1  # alone at the stop: never enough
    assert out.trips.sum() == 1


def test_that_a_vehicle_asks_again_in_an_hour_where_there_was_no_room():
    sketch = Sketch()
    sketch.site("hall", room=1)
    sketch.station("stop", k.BATCH)
    sketch.station("stay", k.DELAY, site="hall", time=quantiles.constant(1.5 * HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    sketch.fleet("stop", "stay", seats=1, vehicles=9)
    out = sketch.case(sketch.parties([0.0, 0.5], "stop"), 24).run()
    assert (out.exit_tick / HOUR).tolist() == [1.5, 3.5]  # asked at 0.5, at 1 (a vehicle is back), and at 2
    assert out.trips.sum() == 2


def test_that_whoever_boards_keeps_no_patience():
    sketch = Sketch()
    sketch.station("stop", k.BATCH, patience=quantiles.constant(2 * HOUR), gives_up="gone")
    sketch.station("ride", k.DELAY, time=quantiles.constant(10 * HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    sketch.station("gone", k.SINK)
    sketch.at(1, k.BATCH, "stop", 1, 0, "ride")
    out = sketch.case(sketch.parties([0.0, 0.5], "stop"), 24).run()
    assert (out.exit_tick / HOUR).tolist() == [11.0, 2.5]
    assert out.last_station.tolist() == [2, 3]
