"""What the kernel remembers while it runs, and the small acts on it.

Lines are linked lists through the parties themselves: a party stands in at most one line at a time.
Line numbers: desks pool x 4 + priority, then departures station x 4 + priority, then quotas, then doors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from cauce.model.kernel.arrays import HOUR_BINS, PRIORITIES, TICKS_PER_HOUR, Int8, Int16, Int32, Int64, UInt64

NOBODY = -1


class State(NamedTuple):
    """Working arrays of one run."""

    heap: UInt64  # (P + 1,) events
    identity: UInt64  # (P,) party's key mixed with the draw's
    after: Int32  # (P,) next in line
    at: Int16  # (P,) station
    place: Int16  # (P,) site, -2 nowhere
    stage: Int16  # (P,) census stage, -1 nowhere
    attempt: Int8  # (P,)
    began: Int64  # (P,) tick at which custody began
    since: Int64  # (P,) tick at which the station was entered
    head: Int32  # (lines,)
    tail: Int32  # (lines,)
    persons: Int32  # (N,) at each site
    capacity: Int32  # (N,)
    servers: Int32  # (Q,)
    busy: Int32  # (Q,)
    left: Int32  # (K,) places of each quota
    waiting: Int32  # (S,) persons in line for a departure
    work_party: Int32  # (P + 1,) ring of parties to move now
    work_to: Int16  # (P + 1,) where to
    work_free: Int8  # (P + 1,) 1: room was kept for them
    freed: Int32  # (N,) stack of sites that somebody left
    is_freed: Int8  # (N,)


@njit(cache=True, nogil=True)
def fresh(network, parties, draw_key, quotas, mix):
    """State at tick 0: nobody anywhere."""
    people, stations = parties.tick.size, network.kind.size
    sites, pools = network.site_capacity.size, network.pool_servers.size
    lines = (pools + stations) * PRIORITIES + quotas + sites
    identity = np.empty(people, np.uint64)
    for p in range(people):
        identity[p] = mix(parties.key[p] ^ draw_key)
    return State(
        np.empty(people + 1, np.uint64),
        identity,
        np.full(people, NOBODY, np.int32),
        np.full(people, -1, np.int16),
        np.full(people, -2, np.int16),
        np.full(people, -1, np.int16),
        np.zeros(people, np.int8),
        np.zeros(people, np.int64),
        np.zeros(people, np.int64),
        np.full(lines, NOBODY, np.int32),
        np.full(lines, NOBODY, np.int32),
        np.zeros(sites, np.int32),
        network.site_capacity.copy(),
        network.pool_servers.copy(),
        np.zeros(pools, np.int32),
        np.zeros(quotas, np.int32),
        np.zeros(stations, np.int32),
        np.empty(people + 1, np.int32),
        np.empty(people + 1, np.int16),
        np.empty(people + 1, np.int8),
        np.empty(sites, np.int32),
        np.zeros(sites, np.int8),
    )


@njit(cache=True, nogil=True)
def join(state, line, party):
    """Stand at the end of a line."""
    state.after[party] = NOBODY
    last = state.tail[line]
    if last == NOBODY:
        state.head[line] = party
    else:
        state.after[last] = party
    state.tail[line] = party


@njit(cache=True, nogil=True)
def leave(state, line):
    """Take the first of a line, which must not be empty."""
    party = state.head[line]
    state.head[line] = state.after[party]
    if state.head[line] == NOBODY:
        state.tail[line] = NOBODY
    return party


@njit(cache=True, nogil=True)
def bin_of(tick):
    """First whole hour at which a change at `tick` shows: the count at an hour is taken just before it.

    What was so before the start (a negative tick) shows from the first hour on.
    """
    return 0 if tick < 0 else tick // TICKS_PER_HOUR + 1


@njit(cache=True, nogil=True)
def restage(state, out, party, stage, tick, group, size):
    """Move a party between census stages; stage -1 is nowhere."""
    bin_ = bin_of(tick)
    old = state.stage[party]
    if old >= 0:
        out.stage_census[old, bin_, group] -= size
    if stage >= 0:
        out.stage_census[stage, bin_, group] += size
    state.stage[party] = stage


@njit(cache=True, nogil=True)
def replace(state, network, out, party, site, tick, group, size, door, limits):
    """Move a party between sites; site -2 is nowhere.  Starts and stops the custody clock.

    Returns the site left if somebody waits at its door, else -1.
    """
    bin_ = bin_of(tick)
    old = state.place[party]
    was_held = old >= 0 and network.site_clock[old] == 1
    is_held = site >= 0 and network.site_clock[site] == 1
    if old >= 0:
        state.persons[old] -= size
        out.site_census[old, bin_, group] -= size
    if site >= 0:
        state.persons[site] += size
        out.site_census[site, bin_, group] += size
    state.place[party] = site
    if was_held and not is_held:
        held = tick - state.began[party]
        out.custody_hours[group, min(held // TICKS_PER_HOUR, HOUR_BINS - 1)] += size
        count_over(state, out, party, tick, group, size, limits, False)
        if out.custody_ticks.size > 0:
            out.custody_ticks[party] += held
    elif is_held and not was_held:
        state.began[party] = tick
    if old >= 0 and state.head[door + old] != NOBODY:
        return old
    return -1


@njit(cache=True, nogil=True)
def count_over(state, out, party, tick, group, size, limits, still_inside):
    """Count a stay in custody up to `tick` among those over each limit, from the hour it passed the limit."""
    began = state.began[party]
    for number in range(limits.size):
        if tick - began > limits[number]:
            passed = began + limits[number]
            out.over[number, bin_of(passed), group] += size
            if not still_inside:
                out.over[number, bin_of(tick), group] -= size
