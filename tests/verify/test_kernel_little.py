"""Little's law, exactly: where everything happens on whole hours, counts by the hour are integrals.

Then persons summed over the hours, times an hour, are the hours that persons spent: to the tick.
"""

from __future__ import annotations

import numpy as np
import pytest
from drawn import Drawing
from networks import HOUR, Sketch

from cauce.keys import generator
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles

WHOLE = [seed for seed in range(240) if Drawing(seed).whole]


@pytest.mark.parametrize("seed", WHOLE)
def test_that_persons_at_all_hours_are_the_hours_of_all_persons(seed: int):
    case = Drawing(seed).case()
    out, parties = case.run(), case.parties
    came = parties.tick < case.horizon
    left = np.where(out.exit_tick >= 0, out.exit_tick, case.horizon)
    spent = int(((left - parties.tick) * parties.size)[came].sum())
    counted = np.cumsum(out.stage_census, axis=1)[:, 1:].sum(dtype=np.int64)
    assert counted * HOUR == spent


@pytest.mark.parametrize("seed", WHOLE)
def test_that_persons_in_custody_at_all_hours_are_the_custody_of_all_persons(seed: int):
    case = Drawing(seed).case()
    out, parties, network = case.run(), case.parties, case.network
    first = network.site[parties.station]
    clocked = (first >= 0) & (network.site_clock[first] == 1) & (network.kind[parties.station] != k.SINK)
    before = np.where((parties.held > 0) & clocked, parties.held, 0)  # held before the start: not in these counts
    spent = int(((out.custody_ticks - before) * parties.size).sum())
    sites = np.cumsum(out.site_census, axis=1)[network.site_clock == 1, 1:]
    assert sites.sum(dtype=np.int64) * HOUR == spent


@pytest.mark.parametrize("servers", [1, 3])
def test_that_waits_and_services_are_the_time_inside(servers: int):
    sketch = Sketch()
    sketch.pool("crew", servers)
    sketch.station("desk", k.DESK, pool="crew", time=quantiles.constant(2 * HOUR), to={"out": 1})
    sketch.station("out", k.SINK)
    rng = generator("little", servers)
    parties = sketch.parties(np.sort(rng.integers(0, 200, 90 * servers)), "desk")
    out = sketch.case(parties, 400).run()
    assert out.started[0] == parties.tick.size == out.totals[2]
    assert out.waited[0] + out.started[0] * 2 * HOUR == (out.exit_tick - parties.tick).sum()
    assert np.cumsum(out.stage_census, axis=1)[0].sum() * HOUR == (out.exit_tick - parties.tick).sum()


def test_that_the_whole_networks_are_many_and_use_their_sites():
    assert len(WHOLE) >= 40
    assert sum(int(np.abs(Drawing(s).case().run().site_census).sum() > 0) for s in WHOLE) >= 40
