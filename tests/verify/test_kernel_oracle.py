"""The kernel against the oracle, party by party and array by array, on networks drawn at random."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from drawn import drawn_case
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import HOUR, Case, Sketch
from oracle import Oracle

from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles, state
from cauce.model.kernel.simulate import simulate

SEEDS = range(150)


def oracle(case: Case, traced: int = -1) -> k.Outputs:
    return Oracle(case, case.outputs(trace=traced >= 0), traced).run()


def assert_same(compiled: k.Outputs, slow: k.Outputs) -> None:
    for name, one, other in zip(k.Outputs._fields, compiled, slow, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
def test_that_kernel_and_oracle_agree_on_keyed_networks(seed: int):
    case = drawn_case(seed)
    assert_same(case.run(), oracle(case))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(min_value=len(SEEDS), max_value=2**31))
def test_that_kernel_and_oracle_agree_on_any_network(seed: int):
    case = drawn_case(seed)
    assert_same(case.run(), oracle(case))


@pytest.mark.parametrize("seed", range(40))
def test_that_a_traced_party_leaves_the_oracles_path(seed: int):
    case = drawn_case(seed)
    traced = seed % case.parties.tick.size
    assert_same(case.run(traced=traced), oracle(case, traced))


@pytest.mark.parametrize("seed", range(20))
def test_that_a_trace_changes_nothing(seed: int):
    case = drawn_case(seed)
    plain, traced = case.run(), case.run(traced=3)
    assert_same(plain._replace(trace=traced.trace), traced)


@pytest.mark.parametrize("seed", range(20))
def test_that_memory_may_grow_in_the_middle_of_a_run(seed: int, monkeypatch: pytest.MonkeyPatch):
    case = drawn_case(seed)
    plain = case.run()
    monkeypatch.setattr(state, "SLOTS", 2)
    assert_same(case.run(), plain)


def test_that_the_person_table_changes_nothing_else():
    for seed in range(10):
        case = drawn_case(seed)
        full, slim = case.run(), case.run(person_table=False)
        for name in k.Outputs._fields:
            if getattr(slim, name).size:
                np.testing.assert_array_equal(getattr(slim, name), getattr(full, name), err_msg=name)


def test_that_people_are_conserved():
    for seed in range(60):
        case = drawn_case(seed)
        out = case.run()
        arrived, warm, exited, inside = out.totals
        before = case.parties.tick < case.horizon
        assert arrived == case.parties.size[before & (case.parties.held < 0)].sum()
        assert warm == case.parties.size[before & (case.parties.held >= 0)].sum()
        assert arrived + warm == exited + inside
        gone = out.exit_tick >= 0
        assert exited == case.parties.size[gone].sum() == out.entries[case.network.kind == k.SINK].sum()
        assert inside == case.parties.size[before & ~gone].sum()
        stages, sites = np.cumsum(out.stage_census, axis=1), np.cumsum(out.site_census, axis=1)
        assert stages.min() >= 0 and sites.min() >= 0 and np.cumsum(out.over, axis=1).min() >= 0
        assert stages[:, -1].sum() == inside  # whoever is inside stands in one stage
        assert (np.diff(np.cumsum(out.over, axis=1), axis=0) <= 0).all()  # over 48 h are over 24 h too


def test_that_the_bits_are_the_same_whichever_thread_runs():
    cases = [drawn_case(seed) for seed in range(16)]
    alone = [case.run() for case in cases]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(Case.run, cases), strict=True):
            assert_same(one, other)


def test_that_the_keyed_networks_use_everything():
    """The agreement above would say little if nobody ever met a door, a cap or a denial."""
    seen = dict.fromkeys(
        ("held", "diverted", "boarded", "waited", "inside", "again", "over", "in line", "sure", "trips", "gave up"), 0
    )
    for seed in SEEDS:
        case = drawn_case(seed)
        out, net = case.run(), case.network
        seen["held"] += int(out.held_at_door.sum() > 0)
        seen["diverted"] += int(out.diverted.sum() > 0)
        seen["boarded"] += int(out.boarded.sum() > 0)
        seen["waited"] += int(out.waited.sum() > 0)
        seen["inside"] += int(out.totals[3] > 0)
        seen["again"] += int(out.attempts.max() > 1)
        seen["over"] += int(np.abs(out.over).sum() > 0)
        waiting = (net.kind == k.QUOTA) & (net.quota_else < 0)
        seen["in line"] += int(waiting[out.last_station[out.last_station >= 0]].any())
        sure = state.prepare(net, case.calendar, 1, 1, 0, -1).step["exit"].min(axis=1) < state.NOWHERE
        seen["sure"] += int(out.entries[sure].sum() > 0)
        seen["trips"] += int(out.trips.sum() > 0)
        seen["gave up"] += int(gave_up(case))
    assert min(seen.values()) >= 15, seen


def gave_up(case: Case) -> bool:
    """Whether anybody lost patience: without it something else would have happened."""
    patient = case.network._replace(patience=np.full_like(case.network.patience, -1))
    plain = Case(**{**vars(case), "network": patient}).run()
    return not np.array_equal(plain.entries, case.run().entries)


def test_that_going_round_in_circles_is_told():
    sketch = Sketch()
    sketch.station("here", k.DELAY, to={"there": 1})
    sketch.station("there", k.DELAY, to={"here": 1})
    case = sketch.case(sketch.parties([0.5, 1.5], "here"), 24)
    assert simulate(*case.arguments(), case.outputs()) == k.ENDLESS


def test_that_two_who_hand_a_place_to_each_other_for_ever_are_told():
    sketch = Sketch()
    sketch.site("cell", room=1)
    sketch.station("in", k.DELAY, site="cell", to={"out": 1})
    sketch.station("out", k.DELAY, site=k.NONE, to={"in": 1})
    sketch.station("stay", k.DELAY, site="cell", time=quantiles.constant(HOUR), to={"in": 1})
    parties = sketch.parties([0.1, 0.2, 0.3], "in")
    case = sketch.case(parties._replace(station=np.array([2, 0, 0], np.int16)), 24)
    assert simulate(*case.arguments(), case.outputs()) == k.ENDLESS
