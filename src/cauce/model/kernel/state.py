"""What the kernel remembers while it runs: one record a party, station, site, crew and line.

A party's record fills less than a cache line, and a record is read without counting references.  Lines are
linked lists through the parties themselves: a party stands in at most one line at a time.  Line numbers:
desks pool x 4 + priority, then departures station x 4 + priority, then quotas, then doors.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cauce.model.kernel.arrays import HOUR_BINS, TICKS_PER_HOUR

NOBODY = -1

PARTY = np.dtype(
    [
        ("identity", np.uint64),  # party's key mixed with the draw's
        ("began", np.int64),  # tick at which custody began
        ("since", np.int64),  # tick at which the station was entered
        ("after", np.int32),  # next in line
        ("at", np.int16),  # station, or the one waited for at a door; -1 not yet here
        ("place", np.int16),  # site, -2 nowhere
        ("stage", np.int16),  # census stage, -1 nowhere
        ("cls", np.int16),
        ("size", np.int16),
        ("attempt", np.int8),
        ("group", np.int8),
    ],
    align=True,
)
STATION = np.dtype(
    [
        ("per_member", np.int32),
        ("press_at", np.int32),
        ("waiting", np.int32),  # persons in line for a departure
        ("kind", np.int16),
        ("site", np.int16),
        ("stage", np.int16),
        ("pool", np.int16),
        ("press_site", np.int16),
        ("quota", np.int16),
        ("denied", np.int16),
        ("attempt", np.int16),
    ],
    align=True,
)
SITE = np.dtype(
    [
        ("persons", np.int32),
        ("capacity", np.int32),
        ("rule", np.int16),
        ("otherwise", np.int16),
        ("clock", np.int16),
        ("door_stage", np.int16),
        ("freed", np.int16),  # 1 while on the stack of sites whose door is to be served
    ],
    align=True,
)
POOL = np.dtype([("servers", np.int32), ("busy", np.int32)], align=True)
LINE = np.dtype([("head", np.int32), ("tail", np.int32)], align=True)
WORK = np.dtype([("party", np.int32), ("to", np.int16), ("free", np.int16)], align=True)


@njit(cache=True, nogil=True)
def fill(network, parties, identity, party, station, site, pool, line):
    """Write the records at tick 0: nobody anywhere."""
    for p in range(party.size):
        me = party[p]
        me.identity = identity[p]
        me.after = NOBODY
        me.at = -1
        me.place = -2
        me.stage = -1
        me.cls = parties.cls[p]
        me.size = parties.size[p]
        me.group = network.group[parties.cls[p]]
    for s in range(station.size):
        here = station[s]
        here.per_member = network.per_member[s]
        here.press_at = network.press_at[s]
        here.kind = network.kind[s]
        here.site = network.site[s]
        here.stage = network.stage[s]
        here.pool = network.pool[s]
        here.press_site = network.press_site[s]
        here.quota = network.quota[s]
        here.denied = network.quota_else[s]
        here.attempt = network.attempt[s]
    for n in range(site.size):
        place = site[n]
        place.capacity = network.site_capacity[n]
        place.rule = network.site_rule[n]
        place.otherwise = network.site_else[n]
        place.clock = network.site_clock[n]
        place.door_stage = network.door_stage[n]
    for q in range(pool.size):
        pool[q].servers = network.pool_servers[q]
    for i in range(line.size):
        line[i].head = NOBODY
        line[i].tail = NOBODY


@njit(cache=True, nogil=True, inline="always")
def join(party, line, number, p):
    """Stand at the end of a line."""
    party[p].after = NOBODY
    last = line[number].tail
    if last == NOBODY:
        line[number].head = p
    else:
        party[last].after = p
    line[number].tail = p


@njit(cache=True, nogil=True, inline="always")
def leave(party, line, number):
    """Take the first of a line, which must not be empty."""
    p = line[number].head
    line[number].head = party[p].after
    if line[number].head == NOBODY:
        line[number].tail = NOBODY
    return p


@njit(cache=True, nogil=True, inline="always")
def bin_of(tick):
    """First whole hour at which a change at `tick` shows: the count at an hour is taken just before it.

    What was so before the start (a negative tick) shows from the first hour on.
    """
    return 0 if tick < 0 else tick // TICKS_PER_HOUR + 1


@njit(cache=True, nogil=True)
def count_stay(over, limits, began, until, group, size, still_inside):
    """Count a stay in custody among those over each limit, from the hour it passed the limit.

    over    (L, H + 1, X) int32  WRITTEN, differences [person]
    limits  (L,) int64           [tick]
    """
    for number in range(limits.size):
        passed = began + limits[number]
        if until > passed:
            over[number, bin_of(passed), group] += size
            if not still_inside:
                over[number, bin_of(until), group] -= size


@njit(cache=True, nogil=True, inline="always")
def end_stay(custody_hours, over, limits, began, until, group, size):
    """A stay in custody ends: its hours, and since when it was over each limit."""
    custody_hours[group, min((until - began) // TICKS_PER_HOUR, HOUR_BINS - 1)] += size
    if until - began > limits[0]:
        count_stay(over, limits, began, until, group, size, False)
