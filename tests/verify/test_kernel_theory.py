"""The kernel against closed forms.

Every case is run again and again with fixed keys; the replications give the standard error, theory gives the
value, and the two may be four standard errors apart (once in 16,000).
"""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from networks import HOUR, NO_LIMIT, Case, Sketch

from cauce.keys import generator, key
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles

WARM_UP, LENGTH, LEFT = 300, 3000, 400  # [h] until steady, watched, for the last ones to leave


def z_of(values: np.ndarray, truth: float) -> float:
    """Standard errors between the mean of the replications and the truth."""
    return float((values.mean() - truth) / (values.std(ddof=1) / values.size**0.5))


def poisson(rate: float, hours: float, *name: str | int) -> np.ndarray:
    """Times of a Poisson process of so many an hour."""
    rng = generator("theory", *name)
    return np.sort(rng.uniform(0, hours, rng.poisson(rate * hours)))


def replications(sketch: Sketch, rate: float, *name: str, first: str, classes: tuple[float, ...] = (1.0,), n: int = 40):
    """(case, outputs, watched parties) of each replication."""
    for r in range(n):
        hours = poisson(rate, WARM_UP + LENGTH, *name, r)
        cls = generator("class", *name, r).choice(len(classes), hours.size, p=classes)
        parties = sketch.parties(hours, first, cls=cls, seed=key(*name, r))
        case = sketch.case(parties, WARM_UP + LENGTH + LEFT, draw_key=key("draw", *name, r))
        out = case.run()
        watched = hours >= WARM_UP
        assert (out.exit_tick[watched] >= 0).all(), "somebody watched has not left: let them have more time"
        yield case, out, watched


def hours_inside(case: Case, out: k.Outputs, watched: np.ndarray) -> np.ndarray:
    return (out.exit_tick[watched] - case.parties.tick[watched]) / HOUR


def mean_hours(sketch: Sketch, rate: float, *name: str, first: str = "desk") -> np.ndarray:
    """Mean hours inside, one for each replication."""
    return np.array([hours_inside(*run).mean() for run in replications(sketch, rate, *name, first=first)])


def one_desk(servers: int, time: quantiles.Table) -> Sketch:
    sketch = Sketch()
    sketch.pool("crew", servers)
    sketch.station("desk", k.DESK, pool="crew", time=time, to={"out": 1})
    sketch.station("out", k.SINK)
    return sketch


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting."""
    busy = load**servers / factorial(servers) * servers / (servers - load)
    return busy / (sum(load**n / factorial(n) for n in range(servers)) + busy)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (3, 2.4), (10, 8.5)])
def test_that_waits_at_a_desk_are_erlang_c(servers: int, load: float):
    wait = erlang_c(servers, load) / (servers - load)
    found = mean_hours(one_desk(servers, quantiles.exponential(HOUR)), load, f"mm{servers}")
    assert abs(z_of(found, wait + 1)) < 4


@pytest.mark.parametrize(("name", "time", "square"), [
    ("constant", quantiles.constant(HOUR), 1.0),
    ("lognormal", quantiles.lognormal(HOUR, 0.5), 1.25),
    ("wide", quantiles.lognormal(HOUR, 1.2), 2.44),
])  # fmt: skip
def test_that_waits_at_one_server_are_pollaczek_and_khinchine(name: str, time: quantiles.Table, square: float):
    rho = 0.7
    found = mean_hours(one_desk(1, time), rho, f"mg1-{name}")
    assert abs(z_of(found, 1 + rho * square / (2 * (1 - rho)))) < 4


def test_that_waits_by_priority_are_cobhams():
    """Non-preemptive M/M/1, two classes: W_i = R / ((1 - s_{i-1}) (1 - s_i)), R the residual service."""
    sketch = Sketch(classes=2, groups=(0, 0))
    sketch.pool("crew", 1)
    sketch.station("desk", k.DESK, pool="crew", time=quantiles.exponential(HOUR), priority=(0, 2), to={"out": 1})
    sketch.station("out", k.SINK)
    high, low = 0.3, 0.45
    runs = list(replications(sketch, high + low, "cobham", first="desk", classes=(0.4, 0.6)))
    for cls, wait in ((0, (high + low) / (1 - high)), (1, (high + low) / ((1 - high) * (1 - high - low)))):
        found = [hours_inside(case, out, watched & (case.parties.cls == cls)).mean() for case, out, watched in runs]
        assert abs(z_of(np.array(found), wait + 1)) < 4


def test_that_two_desks_in_a_row_are_burkes():
    sketch = Sketch()
    sketch.pool("first", 1)
    sketch.pool("second", 2)
    sketch.station("desk", k.DESK, pool="first", time=quantiles.exponential(HOUR), to={"next": 1})
    sketch.station("next", k.DESK, pool="second", time=quantiles.exponential(2 * HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    rate = 0.7
    truth = 1 / (1 - rate) + 2 * (1 + erlang_c(2, 2 * rate) / (2 - 2 * rate))
    assert abs(z_of(mean_hours(sketch, rate, "tandem"), truth)) < 4


def test_that_a_desk_people_come_back_to_is_jacksons():
    """One in four comes back: the desk sees rate / (1 - p), and the mean number inside is rho / (1 - rho)."""
    sketch = Sketch()
    sketch.pool("crew", 1)
    desk = {"pool": "crew", "time": quantiles.exponential(HOUR), "attempt": 1}
    sketch.station("desk", k.DESK, to={"out": 3, "desk": 1}, **desk)
    sketch.station("out", k.SINK)
    rate, rho = 0.51, 0.51 / 0.75
    assert abs(z_of(mean_hours(sketch, rate, "jackson"), rho / (1 - rho) / rate)) < 4


@pytest.mark.parametrize("cv", [0.3, 1.0, 2.0])
def test_that_the_share_turned_away_is_erlang_b_whatever_the_spread(cv: float):
    places, load = 6, 4.5
    sketch = Sketch()
    sketch.site("ward", room=places, rule=k.DIVERT, otherwise="lost")
    sketch.station("stay", k.DELAY, site="ward", time=quantiles.lognormal(HOUR, cv), to={"out": 1})
    sketch.station("lost", k.SINK)
    sketch.station("out", k.SINK)
    terms = [load**n / factorial(n) for n in range(places + 1)]
    found = []
    for _, out, watched in replications(sketch, load, f"loss-{cv}", first="stay"):
        found.append((out.last_station[watched] == 1).mean())
        assert out.diverted.sum() == (out.last_station == 1).sum()
    assert abs(z_of(np.array(found), terms[-1] / sum(terms))) < 4


def test_that_a_full_site_with_a_door_is_a_desk_with_so_many_servers():
    """Waiting at the door of a ward with c places is waiting for one of c servers."""
    sketch = Sketch()
    sketch.site("ward", room=3, door_stage=1)
    sketch.station("stay", k.DELAY, site="ward", time=quantiles.exponential(HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    wait = erlang_c(3, 2.4) / (3 - 2.4)
    assert abs(z_of(mean_hours(sketch, 2.4, "door", first="stay"), wait + 1)) < 4


def bulk_wait(rate: float, seats: int) -> float:
    """Mean wait [h] for an hourly vehicle: the number left behind is a Lindley chain, solved by iteration."""
    size = 400
    arriving = np.exp(-rate + np.arange(size) * np.log(rate) - np.cumsum(np.log(np.maximum(1, np.arange(size)))))
    left = np.zeros(size)
    left[0] = 1.0
    for _ in range(4000):
        waiting = np.convolve(left, arriving)[:size]
        left = np.concatenate([[waiting[: seats + 1].sum()], waiting[seats + 1 :], np.zeros(seats)])
    return float(left @ np.arange(size) / rate + 0.5)


def test_that_waits_for_a_vehicle_are_those_of_bulk_service():
    sketch = Sketch()
    sketch.station("stop", k.BATCH)
    sketch.station("out", k.SINK)
    for hour in range(1, WARM_UP + LENGTH + LEFT):
        sketch.at(hour, k.BATCH, "stop", 5, 0, "out")
    assert abs(z_of(mean_hours(sketch, 4.2, "bulk", first="stop"), bulk_wait(4.2, 5))) < 4


def survival(table: quantiles.Table, hours: np.ndarray) -> np.ndarray:
    """Share of stays longer than this."""
    body, tail = (row / HOUR for row in table)
    knots = np.append(body[:-1], tail[1:])
    return 1 - np.interp(hours, knots, np.concatenate([[0], quantiles.BODY, quantiles.TAIL[1:], [1]]))


@pytest.mark.parametrize("swing", [0.0, 0.8])
def test_that_people_without_limit_are_poisson_even_when_the_rate_swings(swing: float):
    """M(t)/G/infinity: the number inside at t is Poisson with mean the integral of rate x survival."""
    rate, n = 5.0, 400
    time = quantiles.lognormal(8 * HOUR, 1.0)
    sketch = Sketch()
    sketch.site("camp", room=NO_LIMIT)
    sketch.station("stay", k.DELAY, site="camp", time=time, to={"out": 1})
    sketch.station("out", k.SINK)
    at = np.array([30, 36, 42, 48, 95])
    inside = np.zeros((n, at.size))
    for r in range(n):
        hours = poisson(rate * (1 + swing), 96, f"swing{swing}", r)
        kept = generator("thin", f"{swing}", r).random(hours.size) * (1 + swing)
        hours = hours[kept < 1 + swing * np.cos(hours * np.pi / 12)]
        out = sketch.case(sketch.parties(hours, "stay", seed=key("swing", r)), 96, draw_key=r).run()
        inside[r] = np.cumsum(out.site_census[0], axis=0)[at, 0]
    for column, t in enumerate(at):
        u = (np.arange(100_000) + 0.5) / 100_000 * t
        mean = rate * t * float(((1 + swing * np.cos(u * np.pi / 12)) * survival(time, t - u)).mean())
        assert abs(inside[:, column].mean() - mean) < 4 * (mean / n) ** 0.5
        assert abs(inside[:, column].var(ddof=1) / mean - 1) < 4 * (2 / (n - 1)) ** 0.5
