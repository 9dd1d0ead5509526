"""The kernel against the oracle, party by party and array by array, on networks drawn at random.

The networks use everything the contract has: delays, desks with priorities and shifts, departures with a
minimum load and room at the destination, caps with and without a line, doors that hold and divert,
pressure, regimes, repeats, families, people inside from the start.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import HOUR, Case, Sketch
from oracle import Oracle

from cauce.keys import generator
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles

HOURS = 96


def drawn_case(seed: int) -> Case:
    """A network with every feature, its numbers drawn with a key."""
    rng = generator("drawn network", seed)
    sketch = Sketch(classes=3, groups=(0, 1, 0), regimes=2)
    whole = rng.random() < 0.25  # everything on whole hours: many things at one instant

    def time(mean: float):
        if whole:
            return quantiles.constant(max(1, round(mean)) * HOUR)
        return (
            quantiles.exponential(mean * HOUR),
            quantiles.lognormal(mean * HOUR, float(rng.choice([0.3, 1.0]))),
            quantiles.constant(round(mean * HOUR)),
        )[rng.integers(3)]

    def some(*values):
        return values[rng.integers(len(values))]

    def room() -> int:
        return int(some(2**31 - 1, 8, 15, 30))

    sketch.site("camp", room=room(), clock=False, door_stage=9)
    sketch.site("hall", room=room(), door_stage=10)
    sketch.site("ward", room=room(), rule=some(k.HOLD, k.DIVERT), otherwise="street", door_stage=11)
    sketch.site("annex", room=room(), rule=k.DIVERT, otherwise="ward-stay", door_stage=12, clock=bool(rng.integers(2)))
    sketch.pool("crew", int(rng.integers(1, 5)))
    sketch.pool("nurses", int(rng.integers(1, 4)))
    levels = tuple(int(x) for x in rng.integers(0, 4, 3))

    def ways(*names: str) -> list[list[dict[str, float]]]:
        return [[dict(zip(names, rng.dirichlet(np.ones(len(names))) + 0.01, strict=True)) for _ in range(3)]
                for _ in range(2)]  # fmt: skip

    sketch.station("field", k.DELAY, time=[time(2), time(1), None], to={"intake": 1}, attempt=1, stage=0,
                   site=some(k.NONE, "camp"))  # fmt: skip
    sketch.station("intake", k.DESK, pool="crew", time=[time(1), time(0.5), time(1.5)], to=ways("nurse", "chat"), stage=1,
                   site="hall", priority=levels, per_member=300)  # fmt: skip
    sketch.station("nurse", k.DESK, pool="nurses", time=time(0.7), to={"desk": 1}, stage=2, site=some("hall", k.KEEP))
    sketch.station("chat", k.DESK, pool="crew", time=[time(0.3), None, time(0.3)], to={"desk": 1}, stage=1, site=k.KEEP,
                   priority=levels[::-1])  # fmt: skip
    sketch.station("desk", k.DELAY, time=None, to=ways("lawful", "plane", "bus", "annex-stay", "return"),
                   pressed=ways("plane", "street", "out"), press=(some("hall", "ward"), int(rng.integers(3, 20))),
                   stage=3, site=k.KEEP)  # fmt: skip
    sketch.station("lawful", k.QUOTA, quota="places", denied=some(None, "street"), to={"out": 1, "ward-stay": 1}, stage=4,
                   site=some("hall", k.KEEP, k.NONE))  # fmt: skip
    sketch.station("return", k.QUOTA, quota=some("places", "bridge"), to=ways("camp-stay", "out"), stage=4, site=k.KEEP)
    sketch.station("plane", k.BATCH, stage=5, site=some("hall", k.KEEP), priority=levels)
    sketch.station("bus", k.BATCH, stage=5, site=some("ward", "annex", k.KEEP))
    sketch.station("ward-stay", k.DELAY, time=time(9), to={"out": 1, "bus": 1}, stage=6, site="ward")
    sketch.station("annex-stay", k.DELAY, time=time(7), to=ways("out", "bus", "plane"), stage=6, site="annex")
    sketch.station("camp-stay", k.DELAY, time=time(6), to=ways("field", "out"), stage=7, site="camp", per_member=50)
    sketch.station("street", k.DELAY, time=time(4), to={"ward-stay": 1, "out": 2}, stage=8)
    sketch.station("out", k.SINK)
    for hour in range(0, HOURS, int(some(6, 12))):
        sketch.at(hour, k.SHIFT, "crew", int(rng.integers(0, 6)))
        sketch.at(hour + int(rng.integers(0, 6)), k.SHIFT, "nurses", int(rng.integers(1, 4)))
        sketch.at(hour, k.QUOTA, "places", int(rng.integers(0, 12)), int(rng.integers(0, 2)))
        sketch.at(hour + 1, k.BATCH, "plane", int(rng.integers(1, 20)), int(some(0, 5, 10)),
                  some("ward-stay", "out", "camp-stay", "street"))  # fmt: skip
        sketch.at(hour + (0 if whole else rng.random()), k.BATCH, "bus", int(rng.integers(1, 20)), int(some(0, 3)),
                  some("out", "annex-stay", "plane"))  # fmt: skip
        if "bridge" in sketch.quotas:
            sketch.at(hour + 2, k.QUOTA, "bridge", int(rng.integers(0, 9)), int(rng.integers(0, 2)))
        if rng.random() < 0.5:
            sketch.at(hour + 3, k.CAPACITY, some("camp", "hall", "ward", "annex"), int(rng.integers(3, 40)))
        sketch.at(hour + 4, k.REGIME, int(rng.integers(0, 2)))
    n, inside = int(rng.integers(20, 250)), int(rng.integers(0, 20))
    hours = np.sort(rng.uniform(0, HOURS * 1.02, n))
    if whole:
        hours = np.floor(hours)
    stations = list(sketch.names)
    opening = [stations.index(s) for s in ("intake", "plane", "ward-stay", "camp-stay", "lawful", "street", "bus")]
    coming = [stations.index(s) for s in ("field", "field", "intake", "ward-stay", "annex-stay", "plane")]
    parties = sketch.parties(
        np.concatenate([np.zeros(inside), hours]), "field", cls=rng.integers(0, 3, inside + n),
        size=rng.choice([1, 1, 1, 2, 3, 5], inside + n),
        held=np.concatenate([rng.integers(0, 200 * HOUR, inside), np.full(n, -1)]), seed=seed,
    )  # fmt: skip
    start = np.concatenate([rng.choice(opening, inside), rng.choice(coming, n)]).astype(np.int16)
    return sketch.case(parties._replace(station=start), HOURS, draw_key=seed * 7919 + 1)


def assert_same(compiled: k.Outputs, slow: k.Outputs) -> None:
    for name, one, other in zip(k.Outputs._fields, compiled, slow, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("seed", range(60))
def test_that_kernel_and_oracle_agree_on_keyed_networks(seed: int):
    case = drawn_case(seed)
    assert_same(case.run(), Oracle(case, case.outputs()).run())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(min_value=60, max_value=2**31))
def test_that_kernel_and_oracle_agree_on_any_network(seed: int):
    case = drawn_case(seed)
    assert_same(case.run(), Oracle(case, case.outputs()).run())


def test_that_the_keyed_networks_use_everything():
    """The agreement above would say little if nobody ever met a door, a cap or a denial."""
    seen = dict.fromkeys(("held", "diverted", "boarded", "waited", "inside", "repeats", "over", "denied"), 0)
    for seed in range(60):
        case = drawn_case(seed)
        out = case.run()
        seen["held"] += int(out.held_at_door.sum() > 0)
        seen["diverted"] += int(out.diverted.sum() > 0)
        seen["boarded"] += int(out.boarded.sum() > 0)
        seen["waited"] += int(out.waited.sum() > 0)
        seen["inside"] += int(out.totals[3] > 0)
        seen["repeats"] += int(out.attempts.max() > 1)
        seen["over"] += int(out.over.sum() != 0)
        seen["denied"] += int((case.network.quota_else >= 0).any())
    assert min(seen.values()) >= 10, seen
