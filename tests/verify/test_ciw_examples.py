"""Examples that Ciw's documentation publishes, as cases for the kernel: https://ciw.readthedocs.io

The documentation prints single runs; here the truth is a closed form (or the balance equations of a chain), and
the kernel's replications may be four standard errors from it.  Where no closed form holds, Ciw itself runs the
same horizon beside.  A unit of an example's time is one hour of the kernel.

Left out, as the kernel has no such thing: blocking after service, where a finished piece keeps its server
("Restricted Networks"; here who waits at a door lets the desk go on), baulking by a probability of the queue's
length, preemption, processor sharing, deadlock.
"""

from __future__ import annotations

import ciw
import numpy as np
import pytest
from networks import HOUR, Sketch
from test_kernel_peers import z_between
from test_kernel_theory import erlang_c, hours_inside, mean_hours, one_desk, poisson, replications, z_of

from cauce.keys import generator, key
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles


def exponential(rate: float) -> quantiles.Table:
    return quantiles.exponential(HOUR / rate)


@pytest.mark.parametrize("servers", [3, 4])
def test_that_the_bank_waits_as_erlang_says(servers: int):
    """Tutorial I: 0.2 customers a minute, 10 minutes each, three tellers, then four.

    Published: 5.63 and 0.80 minutes over ten days, which scatter (2.9 to 18.0) about the truth, 4.44 and 0.87.
    """
    minutes = 10 * erlang_c(servers, 2.0) / (servers - 2.0)
    found = 10 * (mean_hours(one_desk(servers, quantiles.exponential(HOUR)), 2.0, f"bank{servers}") - 1)
    assert abs(z_of(found, minutes)) < 4


def test_that_the_first_example_waits_three_tenths():
    """Example M/M/1: rate 3 against 5, so 0.6 / (5 x 0.4) = 0.3 in line (published: 0.292)."""
    found = mean_hours(one_desk(1, exponential(5)), 3.0, "ciw-mm1")
    assert abs(z_of(found, 0.3 + 0.2)) < 4


def test_that_the_cafe_is_a_jackson_network():
    """Tutorial II: cold counter, hot counter, till; each is Erlang C at its own flow, joined by Little's law."""
    sketch = Sketch(classes=2)
    for name, servers in (("cold", 1), ("hot", 2), ("till", 2)):
        sketch.pool(name, servers)
    sketch.station("door", k.DELAY, to=[{"cold": 1}, {"hot": 1}])
    sketch.station("cold", k.DESK, pool="cold", time=exponential(1.0), to={"hot": 0.3, "till": 0.7})
    sketch.station("hot", k.DESK, pool="hot", time=exponential(0.4), to={"till": 1})
    sketch.station("till", k.DESK, pool="till", time=exponential(0.5), to={"out": 1})
    sketch.station("out", k.SINK)
    inside = 0.0
    for flow, rate, servers in ((0.3, 1.0, 1), (0.2 + 0.3 * 0.3, 0.4, 2), (0.5, 0.5, 2)):
        load = flow / rate
        inside += load + flow * erlang_c(servers, load) / (rate * (servers - load))
    found = replications(sketch, 0.5, "cafe", first="door", classes=(0.6, 0.4))
    assert abs(z_of(np.array([hours_inside(*run).mean() for run in found]), inside / 0.5)) < 4


def clinic() -> Sketch:
    sketch = Sketch(classes=2)
    for name, servers in (("reception", 1), ("babies", 2), ("children", 3)):
        sketch.pool(name, servers)
    times = [exponential(4.0), exponential(6.0)]
    sketch.station("reception", k.DESK, pool="reception", time=times, to=[{"babies": 1}, {"children": 1}])
    sketch.station("babies", k.DESK, pool="babies", time=exponential(1.0), to={"out": 1})
    sketch.station("children", k.DESK, pool="children", time=exponential(1.0), to={"out": 1})
    sketch.station("out", k.SINK)
    return sketch


def test_that_the_clinic_waits_at_reception_as_pollaczek_and_khinchine_say():
    """Tutorial IV: babies (1 an hour, 15 minutes) and children (2 an hour, 10 minutes) before one receptionist.

    Published: 0.298 and 0.262 h over sixteen days; both stand in one line, so the truth is one number.
    """
    mean = (1 / 4 + 2 / 6) / 3
    square = (2 / 4**2 + 2 * 2 / 6**2) / 3
    truth = 3 * square / 2 / (1 - 3 * mean)
    waits = [
        out.waited[0] / out.started[0] / HOUR
        for _, out, _ in replications(clinic(), 3.0, "clinic", first="reception", classes=(1 / 3, 2 / 3))
    ]
    assert abs(z_of(np.array(waits), truth)) < 4


def test_that_the_clinic_takes_ciw_as_long():
    """The specialists' lines are fed by no Poisson stream, so Ciw runs beside: mean hours from door to door."""
    network = ciw.create_network(
        arrival_distributions={"Baby": [ciw.dists.Exponential(1.0), None, None],
                               "Child": [ciw.dists.Exponential(2.0), None, None]},
        service_distributions={
            "Baby": [ciw.dists.Exponential(4.0), ciw.dists.Exponential(1.0), ciw.dists.Deterministic(0.0)],
            "Child": [ciw.dists.Exponential(6.0), ciw.dists.Deterministic(0.0), ciw.dists.Exponential(1.0)],
        },
        routing={"Baby": [[0.0, 1.0, 0.0], [0.0] * 3, [0.0] * 3], "Child": [[0.0, 0.0, 1.0], [0.0] * 3, [0.0] * 3]},
        number_of_servers=[1, 2, 3],
    )  # fmt: skip
    peer = []
    for seed in range(20):
        ciw.seed(seed)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(800)
        came: dict[int, float] = {}
        gone: dict[int, float] = {}
        for record in simulation.get_all_records():
            came[record.id_number] = min(came.get(record.id_number, np.inf), record.arrival_date)
            gone[record.id_number] = max(gone.get(record.id_number, 0.0), record.exit_date)
        peer.append(np.mean([gone[i] - came[i] for i in came if 100 <= came[i] < 700]))
    ours = replications(clinic(), 3.0, "clinic-ciw", first="reception", classes=(1 / 3, 2 / 3))
    assert abs(z_between(np.array([hours_inside(*run).mean() for run in ours]), np.array(peer))) < 4


def test_that_priority_classes_at_full_load_wait_as_ciw_makes_them():
    """Guide on priorities: two classes of 5 an hour each before one server of 10, so the second never settles.

    Both engines start empty and stop at 100; who had not left by then is not counted, in either.
    """
    network = ciw.create_network(
        arrival_distributions={f"Class {c}": [ciw.dists.Exponential(5)] for c in range(2)},
        service_distributions={f"Class {c}": [ciw.dists.Exponential(10)] for c in range(2)},
        priority_classes={"Class 0": 0, "Class 1": 1},
        number_of_servers=[1],
    )
    sketch = Sketch(classes=2)
    sketch.pool("crew", 1)
    sketch.station("desk", k.DESK, pool="crew", time=exponential(10), to={"out": 1}, priority=(0, 1))
    sketch.station("out", k.SINK)
    ours, theirs = np.zeros((2, 150)), np.zeros((2, 60))
    for r in range(ours.shape[1]):
        hours = poisson(10, 100, "full-load", r)
        cls = generator("full-load-class", r).integers(2, size=hours.size)
        out = sketch.case(sketch.parties(hours, "desk", cls=cls, seed=key("full", r)), 100, draw_key=r).run()
        left = out.exit_tick >= 0
        ours[:, r] = [(out.exit_tick / HOUR - hours)[left & (cls == c)].mean() for c in range(2)]
    for r in range(theirs.shape[1]):
        ciw.seed(r)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(100)
        records = simulation.get_all_records()
        for c in range(2):
            theirs[c, r] = np.mean([x.exit_date - x.arrival_date for x in records if x.customer_class == f"Class {c}"])
    for c in range(2):
        assert abs(z_between(ours[c], theirs[c])) < 4


def test_that_customers_who_renege_after_six_are_barrers():
    """Guide on reneging: M/M/1, rate 5 against 2, patience exactly 6; the offered wait has a density of pieces.

    Below the patience it is P0 x 5 exp(3 x), above it falls as exp(-2 x): who finds more than 6 gives up.
    """
    came, rate, patience = 5.0, 2.0, 6.0
    drift = came - rate
    below = came * np.expm1(drift * patience) / drift
    above = came * np.exp(drift * patience) / rate
    empty = 1 / (1 + below + above)
    wait = empty * came * (patience * np.exp(drift * patience) / drift - np.expm1(drift * patience) / drift**2)
    sketch = Sketch()
    sketch.pool("crew", 1)
    hope = quantiles.constant(patience * HOUR)
    sketch.station("desk", k.DESK, pool="crew", time=exponential(rate), to={"out": 1}, patience=hope, gives_up="gone")
    sketch.station("out", k.SINK)
    sketch.station("gone", k.SINK)
    gone, inside, longest = [], [], 0.0
    for case, out, watched in replications(sketch, came, "barrer", first="desk"):
        gave_up = out.last_station == 2
        hours = (out.exit_tick - case.parties.tick) / HOUR
        gone.append(gave_up[watched].mean())
        inside.append(hours[watched & ~gave_up].mean())
        longest = max(longest, float(np.abs(hours[gave_up] - patience).max()))
    assert abs(z_of(np.array(gone), empty * above)) < 4
    assert abs(z_of(np.array(inside), wait / (1 - empty * above) + 1 / rate)) < 4
    assert longest < 1 / 3600  # whoever gives up has waited six, to the tick


def balance(room: int) -> tuple[float, float]:
    """(share turned away, mean inside) of the guide's two nodes under one capacity, from the balance equations."""
    states = [(a, b) for a in range(room + 1) for b in range(room + 1 - a)]
    number = {state: i for i, state in enumerate(states)}
    flow = np.zeros((len(states), len(states)))
    for (a, b), i in number.items():
        first, second = min(a, 3) * 1.0, min(b, 2) * 1.0
        moves = [((a + 1, b), 2.0), ((a, b + 1), 1.0), ((a - 1, b), first / 2), ((a - 1, b + 1), first / 2)]
        for state, pace in (*moves, ((a, b - 1), second)):
            if state in number and pace > 0:
                flow[i, number[state]] += pace
                flow[i, i] -= pace
    equations = np.vstack([flow.T, np.ones(len(states))])
    p = np.linalg.lstsq(equations, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    people = np.array([a + b for a, b in states])
    return float(p[people == room].sum()), float(p @ people)


def test_that_a_system_of_four_turns_away_as_its_chain_says():
    """Guide on system capacity: nodes of 3 and 2 servers hold four together; published P(4) = 0.319, one run."""
    sketch = Sketch(classes=2)
    sketch.site("system", room=4, rule=k.DIVERT, otherwise="rejected")
    sketch.pool("first", 3)
    sketch.pool("second", 2)
    sketch.station("door", k.DELAY, to=[{"first": 1}, {"second": 1}])
    first = {"second": 0.5, "out": 0.5}
    sketch.station("first", k.DESK, site="system", pool="first", time=exponential(1.0), to=first)
    sketch.station("second", k.DESK, site="system", pool="second", time=exponential(1.0), to={"out": 1})
    sketch.station("out", k.SINK)
    sketch.station("rejected", k.SINK)
    away, people = balance(4)
    turned, inside = [], []
    for case, out, watched in replications(sketch, 3.0, "capacity", first="door", classes=(2 / 3, 1 / 3)):
        rejected = out.last_station == 4
        turned.append(rejected[watched].mean())
        hours = (out.exit_tick - case.parties.tick) / HOUR
        inside.append(hours[watched & ~rejected].mean())
    assert abs(z_of(np.array(turned), away)) < 4
    assert abs(z_of(np.array(inside), people / (3.0 * (1 - away)))) < 4


def test_that_slots_take_whom_the_guide_lets_them():
    """Guide on slotted services: 2, 5 and 3 at 1.5, 2.3 and 2.8, again and again; each takes who waits, to its size."""
    sketch = Sketch()
    sketch.station("line", k.BATCH)
    sketch.station("out", k.SINK)
    slots = [(2.8 * cycle + at, size) for cycle in range(30) for at, size in ((1.5, 2), (2.3, 5), (2.8, 3))]
    for at, size in slots:
        sketch.at(at, k.BATCH, "line", size, 0, "out")
    hours = poisson(5.0, 84.0, "slots")
    out = sketch.case(sketch.parties(hours, "line"), 85).run()
    served, expected = 0, []
    for at, size in slots:
        taken = min(size, int(np.searchsorted(hours, at)) - served)
        expected.append(taken)
        served += taken
    assert out.boarded.tolist() == expected
    left = np.unique(out.exit_tick[out.exit_tick >= 0])
    assert set(left.tolist()) <= {round(at * HOUR) for at, _ in slots}
