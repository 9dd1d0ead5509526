"""The kernel beside SimPy and Ciw on what they can express: means within four standard errors of each other.

Each engine has its own arrivals and its own luck, all with fixed seeds.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import ciw
import numpy as np
import pytest
import simpy
from benchmarks import kernel_probe, scenario
from benchmarks.peer_simpy import Centre
from networks import HOUR, Sketch

from cauce.keys import generator, key
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles

FROM, UNTIL, END = 100, 700, 900  # [h] watched are those who come between the first two


def z_between(one: np.ndarray, other: np.ndarray) -> float:
    """Standard errors between two sets of replications."""
    error = one.var(ddof=1) / one.size + other.var(ddof=1) / other.size
    return float((one.mean() - other.mean()) / error**0.5)


def kernel_hours(sketch: Sketch, rate: float, first: str, name: str, n: int = 60) -> np.ndarray:
    """Mean hours inside of those watched, one for each replication."""
    means = np.zeros(n)
    for r in range(n):
        rng = generator("peers", name, r)
        hours = np.sort(rng.uniform(0, UNTIL, rng.poisson(rate * UNTIL)))
        out = sketch.case(sketch.parties(hours, first, seed=key(name, r)), END, draw_key=r).run()
        watched = hours >= FROM
        assert (out.exit_tick[watched] >= 0).all()
        means[r] = (out.exit_tick / HOUR - hours)[watched].mean()
    return means


def simpy_hours(rate: float, seed: int, walk: Callable) -> float:
    """The same for one run of SimPy; `walk(env, rng)` makes the process of a person."""
    env, rng, inside = simpy.Environment(), random.Random(seed), []
    person = walk(env, rng)

    def timed(came: float):
        yield from person()
        if came >= FROM:
            inside.append(env.now - came)

    def arrivals():
        while env.now < UNTIL:
            yield env.timeout(rng.expovariate(rate))
            if env.now < UNTIL:
                env.process(timed(env.now))

    env.process(arrivals())
    env.run(until=END)
    return float(np.mean(inside))


def lognormal(rng: random.Random, mean: float, cv: float) -> float:
    sigma2 = np.log1p(cv * cv)
    return rng.lognormvariate(np.log(mean) - sigma2 / 2, sigma2**0.5)


def desk(servers: int) -> Sketch:
    sketch = Sketch()
    sketch.pool("crew", servers)
    sketch.station("desk", k.DESK, pool="crew", time=quantiles.exponential(HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    return sketch


def test_that_simpy_waits_as_long_at_a_desk():
    def walk(env: simpy.Environment, rng: random.Random) -> Callable:
        crew = simpy.Resource(env, 3)

        def person():
            with crew.request() as turn:
                yield turn
                yield env.timeout(rng.expovariate(1.0))

        return person

    peer = np.array([simpy_hours(2.4, seed, walk) for seed in range(25)])
    assert abs(z_between(kernel_hours(desk(3), 2.4, "desk", "desk"), peer)) < 4


def test_that_ciw_waits_as_long_at_a_desk():
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(2.4)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[3],
    )
    peer = np.array([ciw_hours(network, seed) for seed in range(12)])
    assert abs(z_between(kernel_hours(desk(3), 2.4, "desk", "desk"), peer)) < 4


def ciw_hours(network: ciw.network.Network, seed: int) -> float:
    """Mean hours inside of those who came while watched (all their records together), one run of Ciw."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(END)
    came: dict[int, float] = {}
    gone: dict[int, float] = {}
    for record in simulation.get_all_records():
        number = record.id_number
        came[number] = min(came.get(number, np.inf), record.arrival_date)
        gone[number] = max(gone.get(number, 0.0), record.exit_date)
    return float(np.mean([gone[i] - came[i] for i in came if FROM <= came[i] < UNTIL]))


def centre() -> Sketch:
    """Two desks, three ways on, one of them back to the start: what both peers can express."""
    sketch = Sketch()
    sketch.pool("intake", 2)
    sketch.pool("processing", 4)
    sketch.station("intake", k.DESK, pool="intake", time=quantiles.lognormal(0.6 * HOUR, 0.6), to={"processing": 1},
                   attempt=1)  # fmt: skip
    sketch.station("processing", k.DESK, pool="processing", time=quantiles.lognormal(1.2 * HOUR, 0.5),
                   to={"bed": 0.5, "out": 0.3, "intake": 0.2})  # fmt: skip
    sketch.station("bed", k.DELAY, time=quantiles.exponential(9 * HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    return sketch


def test_that_simpy_stays_as_long_in_a_network():
    def walk(env: simpy.Environment, rng: random.Random) -> Callable:
        intake, processing = simpy.Resource(env, 2), simpy.Resource(env, 4)

        def person():
            while True:
                with intake.request() as turn:
                    yield turn
                    yield env.timeout(lognormal(rng, 0.6, 0.6))
                with processing.request() as turn:
                    yield turn
                    yield env.timeout(lognormal(rng, 1.2, 0.5))
                way = rng.random()
                if way < 0.5:
                    yield env.timeout(rng.expovariate(1 / 9))
                if way < 0.8:
                    return

        return person

    peer = np.array([simpy_hours(2.1, seed, walk) for seed in range(25)])
    assert abs(z_between(kernel_hours(centre(), 2.1, "intake", "network"), peer)) < 4


def test_that_ciw_stays_as_long_in_a_network():
    def spread(mean: float, cv: float) -> ciw.dists.Lognormal:
        sigma2 = np.log1p(cv * cv)
        return ciw.dists.Lognormal(np.log(mean) - sigma2 / 2, sigma2**0.5)

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(2.1), None, None],
        service_distributions=[spread(0.6, 0.6), spread(1.2, 0.5), ciw.dists.Exponential(1 / 9)],
        routing=[[0.0, 1.0, 0.0], [0.2, 0.0, 0.5], [0.0, 0.0, 0.0]],
        number_of_servers=[2, 4, float("inf")],
    )
    peer = np.array([ciw_hours(network, seed) for seed in range(10)])
    assert abs(z_between(kernel_hours(centre(), 2.1, "intake", "network"), peer)) < 4


@pytest.fixture(scope="module")
def stress() -> tuple[np.ndarray, np.ndarray]:
    """(mean hours, share over 72 h) by replication, of the kernel and of SimPy, a twentieth of the width."""
    ours, theirs = [], []
    for seed in range(24):
        out = kernel_probe.stress(0.05, seed).run()
        gone = out.exit_tick >= 0
        held = out.custody_ticks[gone] / HOUR
        ours.append((held.mean(), (held > 72).mean()))
    for seed in range(100, 106):
        peer = Centre(0.05, seed)
        peer.run(*scenario.crowd(0.05, seed))
        theirs.append((peer.summary[0], peer.summary[2]))
    return np.array(ours), np.array(theirs)


@pytest.mark.parametrize("column", [0, 1])
def test_that_simpy_holds_people_as_long_in_the_reference_scenario(stress: tuple, column: int):
    ours, theirs = stress
    assert abs(z_between(ours[:, column], theirs[:, column])) < 4
