"""The event loop: parties move through stations, one instant after another.

What happens next is decided in this order, and the oracle does the same:

1. a party that must move now moves (first come, first moved);
2. else the door of the site that somebody left last admits its first party, if there is room;
3. else the next instant: a calendar row goes before a party, parties go by number.

Nothing here is a float: times are ticks, shares are 32-bit thresholds, draws are 64 bits, so two machines
that run this compute the same bits.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cauce.model.kernel.arrays import (
    AT_DOOR,
    BATCH,
    CAPACITY,
    DELAY,
    DEPART,
    DESK,
    DIVERT,
    ENTERED,
    KEEP,
    LEFT,
    NONE,
    PRIORITIES,
    QUOTA,
    REGIME,
    RESET,
    SERVED,
    SHIFT,
    SINK,
    TICKS_PER_HOUR,
)
from cauce.model.kernel.draws import decide, mix, quantile
from cauce.model.kernel.heap import event_of, pop, push
from cauce.model.kernel.state import NOBODY, count_over, fresh, join, leave, replace, restage

NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)
LOW24 = np.uint64((1 << 24) - 1)
_24, _32 = np.uint64(24), np.uint64(32)


@njit(cache=True, nogil=True)
def service_ticks(network, tables, parties, state, party, station):
    """How long a party takes at a station: its class's table, more for each further member."""
    table = network.service[station, parties.cls[party]]
    if table < 0:
        return np.int64(0)
    u = decide(state.identity[party], network.stream[station], state.attempt[party], 0)
    ticks = quantile(tables.body[table], tables.tail[table], u)
    return ticks * (1024 + network.per_member[station] * (parties.size[party] - 1)) >> 10


@njit(cache=True, nogil=True)
def route(network, parties, state, out, party, station, regime, tick, trace):
    """Where a party goes on from a station, by regime, pressure, class and its own luck."""
    pressed = 0
    watched = network.press_site[station]
    if watched >= 0 and state.persons[watched] >= network.press_at[station]:
        pressed = 1
    row = network.route_row[regime, pressed, station, parties.cls[party]]
    share = network.row_start[row]
    last = network.row_start[row + 1] - 1
    if share < last:
        u = decide(state.identity[party], network.stream[station], state.attempt[party], 1) >> _32
        while np.uint64(network.row_cum[share]) < u:
            share += 1
    if party == trace:
        note(out, tick, LEFT, station, 2 * regime + pressed)
    return network.row_to[share]


@njit(cache=True, nogil=True)
def note(out, tick, what, station, how):
    """Write one row of the traced party's path."""
    for row in range(out.trace.shape[0]):
        if out.trace[row, 1] < 0:
            out.trace[row, 0] = tick
            out.trace[row, 1] = what
            out.trace[row, 2] = station
            out.trace[row, 3] = how
            return


@njit(cache=True, nogil=True)
def serve(network, tables, parties, state, out, size, pool, tick, trace):
    """Free servers of a pool take the next in line; returns the new size of the heap."""
    while state.busy[pool] < state.servers[pool]:
        line = pool * PRIORITIES
        end = line + PRIORITIES
        while line < end and state.head[line] == NOBODY:
            line += 1
        if line == end:
            break
        party = leave(state, line)
        station = state.at[party]
        state.busy[pool] += 1
        out.waited[station] += tick - state.since[party]
        out.started[station] += 1
        if party == trace:
            note(out, tick, SERVED, station, 0)
        ticks = service_ticks(network, tables, parties, state, party, station)
        size = push(state.heap, size, event_of(tick + ticks, party))
    return size


@njit(cache=True, nogil=True)
def depart(network, parties, state, station, seats, least, to, lines, work):
    """A vehicle leaves: whoever still fits goes, in order of the line; returns (persons, end of the ring).

    Those who do not fit keep their place.  Nobody leaves for a place that has no room.
    """
    site = network.site[to]
    if site >= 0:
        seats = min(seats, state.capacity[site] - state.persons[site])
    boarded = 0
    if state.waiting[station] < max(least, 1):
        return boarded, work
    for line in range(lines + station * PRIORITIES, lines + (station + 1) * PRIORITIES):
        before, party = NOBODY, state.head[line]
        while party != NOBODY and boarded < seats:
            following = state.after[party]
            if boarded + parties.size[party] <= seats:
                boarded += parties.size[party]
                if before == NOBODY:
                    state.head[line] = following
                else:
                    state.after[before] = following
                if following == NOBODY:
                    state.tail[line] = before
                state.work_party[work] = party
                state.work_to[work] = to
                state.work_free[work] = 1
                work = work + 1 if work + 1 < state.work_party.size else 0
            else:
                before = party
            party = following
    state.waiting[station] -= boarded
    return boarded, work


@njit(cache=True, nogil=True)
def simulate(network, calendar, tables, parties, limits, day_of_hour, horizon, draw_key, trace, out):
    """Run from tick 0 to the horizon.

    network, calendar, tables, parties  see arrays.py
    limits       (L,) int64      limits of the custody clock [tick]
    day_of_hour  (H + 1,) int16  report day of each hour
    horizon      int             end [tick]
    draw_key     uint64          key of the draw
    trace        int             party whose path is written, -1 for none
    out          Outputs         WRITTEN
    Conserves totals: arrived + warm == exited + inside.  Oracle: tests/verify/oracle.py
    """
    stations, people, rows = network.kind.size, parties.tick.size, calendar.tick.size
    pools = network.pool_servers.size
    departures = pools * PRIORITIES
    quotas = np.int64(network.quota.max()) + 1
    in_line = departures + stations * PRIORITIES
    door = in_line + quotas
    state = fresh(network, parties, draw_key, quotas, mix)
    end_of_ring = state.work_party.size
    events = first = last = freed = 0  # heap size, ring of work, stack of freed sites
    next_row = next_party = 0
    regime = 0
    tick = np.int64(0)
    while True:
        if first != last:  # 1. a party that must move now
            p, s, free = state.work_party[first], np.int64(state.work_to[first]), state.work_free[first]
            first = first + 1 if first + 1 < end_of_ring else 0
        elif freed > 0:  # 2. a door
            n = state.freed[freed - 1]
            p = state.head[door + n]
            if p == NOBODY or state.persons[n] + parties.size[p] > state.capacity[n]:
                freed -= 1
                state.is_freed[n] = 0
                continue
            leave(state, door + n)
            s, free = np.int64(state.at[p]), 1
        else:  # 3. the next instant
            event = state.heap[0] if events > 0 else NEVER
            is_new = False
            if next_party < people:
                arrival = event_of(parties.tick[next_party], next_party)
                if arrival < event:
                    event, is_new = arrival, True
            if next_row < rows and np.uint64(calendar.tick[next_row]) <= event >> _24:
                tick = calendar.tick[next_row]
                if tick >= horizon:
                    break
                what, a, b = calendar.what[next_row], calendar.a[next_row], calendar.b[next_row]
                c, d = calendar.c[next_row], calendar.d[next_row]
                if what == DEPART:
                    out.boarded[next_row], last = depart(network, parties, state, a, b, c, d, departures, last)
                elif what == SHIFT:
                    state.servers[a] = b
                    events = serve(network, tables, parties, state, out, events, a, tick, trace)
                elif what == RESET:
                    state.left[a] = b + (state.left[a] if c == 1 else 0)
                    line = in_line + a
                    while state.head[line] != NOBODY and parties.size[state.head[line]] <= state.left[a]:
                        p = leave(state, line)
                        state.left[a] -= parties.size[p]
                        state.work_party[last] = p
                        state.work_to[last] = route(
                            network, parties, state, out, p, state.at[p], regime, tick, trace
                        )
                        state.work_free[last] = 0
                        last = last + 1 if last + 1 < end_of_ring else 0
                elif what == REGIME:
                    regime = a
                elif what == CAPACITY:
                    state.capacity[a] = b
                    if state.is_freed[a] == 0:
                        state.freed[freed], state.is_freed[a] = a, 1
                        freed += 1
                next_row += 1
                continue
            if event == NEVER or np.int64(event >> _24) >= horizon:
                break
            tick = np.int64(event >> _24)
            p = np.int32(event & LOW24)
            if is_new:
                next_party += 1
                s = np.int64(parties.station[p])
                free = 1 if parties.held[p] >= 0 else 0
                out.totals[free] += parties.size[p]
            else:
                events = pop(state.heap, events)
                s = np.int64(state.at[p])
                if network.kind[s] == DESK:
                    pool = network.pool[s]
                    state.busy[pool] -= 1
                    events = serve(network, tables, parties, state, out, events, pool, tick, trace)
                s = np.int64(route(network, parties, state, out, p, s, regime, tick, trace))
                free = 0
        events, last, freed = enter(
            network, tables, parties, limits, day_of_hour, state, out,
            p, s, free, tick, regime, departures, in_line, door, events, last, freed, trace,
        )  # fmt: skip
    finish(network, parties, state, out, horizon, limits)


@njit(cache=True, nogil=True)
def enter(
    network, tables, parties, limits, day_of_hour, state, out,
    p, s, free, tick, regime, departures, in_line, door, events, last, freed, trace,
):  # fmt: skip
    """Move party p to station s, and on through everything that takes no time.

    free  1: room at the station's site was kept, or the party was inside at the start
    Returns the new (size of the heap, end of the ring, size of the stack).  See `simulate` for the rest.
    """
    cls, size = parties.cls[p], np.int32(parties.size[p])
    group = network.group[cls]
    day = day_of_hour[tick // TICKS_PER_HOUR]
    warm = parties.held[p] >= 0 and state.at[p] < 0
    seen = np.int64(-1) if warm else tick  # who was inside at the start is counted from the first hour on
    while True:
        site = np.int64(network.site[s])
        if site != KEEP and site != state.place[p]:
            if site >= 0 and free == 0:
                full = state.persons[site] + size > state.capacity[site]
                if full and network.site_rule[site] == DIVERT:
                    out.diverted[site, day] += size
                    s = np.int64(network.site_else[site])
                    continue
                if network.site_rule[site] != DIVERT and (full or state.head[door + site] != NOBODY):
                    out.held_at_door[site, day] += size
                    state.at[p] = s
                    restage(state, out, p, network.door_stage[site], seen, group, size)
                    join(state, door + site, p)
                    if p == trace:
                        note(out, tick, AT_DOOR, s, 0)
                    return events, last, freed
            left = replace(state, network, out, p, site, seen, group, size, door, limits)
            if left >= 0 and state.is_freed[left] == 0:
                state.freed[freed], state.is_freed[left] = left, 1
                freed += 1
        if warm:
            state.began[p] = -parties.held[p]
            warm, seen = False, tick
            restage(state, out, p, network.stage[s], np.int64(-1), group, size)
        free = 0
        if network.attempt[s] == 1:
            state.attempt[p] += 1
        state.at[p], state.since[p] = s, tick
        out.entries[s, day, cls] += size
        if state.stage[p] != network.stage[s]:
            restage(state, out, p, network.stage[s], tick, group, size)
        if p == trace:
            note(out, tick, ENTERED, s, regime)
        kind = network.kind[s]
        if kind == DELAY:
            ticks = service_ticks(network, tables, parties, state, p, s)
            if ticks > 0:
                return push(state.heap, events, event_of(tick + ticks, p)), last, freed
        elif kind == DESK:
            pool = network.pool[s]
            join(state, pool * PRIORITIES + network.priority[s, cls], p)
            return serve(network, tables, parties, state, out, events, pool, tick, trace), last, freed
        elif kind == BATCH:
            join(state, departures + s * PRIORITIES + network.priority[s, cls], p)
            state.waiting[s] += size
            return events, last, freed
        elif kind == QUOTA:
            q = network.quota[s]
            if state.head[in_line + q] == NOBODY and state.left[q] >= size:
                state.left[q] -= size
            elif network.quota_else[s] >= 0:
                s = np.int64(network.quota_else[s])
                continue
            else:
                join(state, in_line + q, p)
                return events, last, freed
        elif kind == SINK:
            out.totals[2] += size
            left = replace(state, network, out, p, NONE, tick, group, size, door, limits)
            if left >= 0 and state.is_freed[left] == 0:
                state.freed[freed], state.is_freed[left] = left, 1
                freed += 1
            restage(state, out, p, -1, tick, group, size)
            if out.exit_tick.size > 0:
                out.exit_tick[p], out.last_station[p] = tick, s
                out.attempts[p] = state.attempt[p]
            return events, last, freed
        s = np.int64(route(network, parties, state, out, p, s, regime, tick, trace))


@njit(cache=True, nogil=True)
def finish(network, parties, state, out, horizon, limits):
    """Count those who are inside at the horizon.

    Conserves totals[0] + totals[1] == totals[2] + totals[3].
    """
    for p in range(parties.tick.size):
        if state.at[p] < 0 or network.kind[state.at[p]] == SINK:
            continue
        out.totals[3] += parties.size[p]
        place = state.place[p]
        if place >= 0 and network.site_clock[place] == 1:
            group = network.group[parties.cls[p]]
            count_over(state, out, p, horizon, group, parties.size[p], limits, True)
            if out.custody_ticks.size > 0:
                out.custody_ticks[p] += horizon - state.began[p]
        if out.exit_tick.size > 0:
            out.last_station[p] = state.at[p]
            out.attempts[p] = state.attempt[p]
