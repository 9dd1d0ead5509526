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
    DESK,
    DIVERT,
    DONE,
    ENTERED,
    KEEP,
    LEFT,
    PRIORITIES,
    QUOTA,
    REGIME,
    SERVED,
    SHIFT,
    SINK,
    TICKS_PER_HOUR,
)
from cauce.model.kernel.draws import decide, mix_all, quantile
from cauce.model.kernel.heap import event_of, pop, push
from cauce.model.kernel.state import (
    LINE,
    NOBODY,
    PARTY,
    POOL,
    SITE,
    STATION,
    WORK,
    bin_of,
    count_stay,
    end_stay,
    fill,
    join,
    leave,
)

NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)
LOW24 = np.uint64((1 << 24) - 1)
_24, _32 = np.uint64(24), np.uint64(32)


@njit(cache=True, nogil=True)
def note(trace, tick, what, station, how):
    """Write one row of the traced party's path; what does not fit is left out."""
    for row in range(trace.shape[0]):
        if trace[row, 1] < 0:
            trace[row, 0] = tick
            trace[row, 1] = what
            trace[row, 2] = station
            trace[row, 3] = how
            return


@njit(cache=True, nogil=True, inline="always")
def service_ticks(party, station, service, body, tail, p, s):
    """How long a party takes at a station: its class's table, more for each further member."""
    ticks = np.int64(0)
    table = service[s, party[p].cls]
    if table >= 0:
        u = decide(party[p].identity, station.size, party[p].attempt, s, 0)
        ticks = quantile(body, tail, table, u)
        ticks = ticks * (1024 + station[s].per_member * (party[p].size - 1)) >> 10
    return ticks


@njit(cache=True, nogil=True)
def route(party, station, site, route_row, row_start, row_cum, row_to, regime, p):
    """Where a party goes on, by regime, pressure, class and its own luck: (station, pressed)."""
    s = party[p].at
    pressed = 0
    watched = station[s].press_site
    if watched >= 0 and site[watched].persons >= station[s].press_at:
        pressed = 1
    row = route_row[regime, pressed, s, party[p].cls]
    share = row_start[row]
    if share < row_start[row + 1] - 1:
        u = np.uint32(decide(party[p].identity, station.size, party[p].attempt, s, 1) >> _32)
        while row_cum[share] < u:
            share += 1
    return np.int64(row_to[share]), pressed


@njit(cache=True, nogil=True)
def serve(party, station, pool, line, service, body, tail, heap, waited, started, events, q, tick):
    """Free servers of crew q take the next in line.

    Returns (new size of the heap, last party that began to be served or -1).
    """
    began = NOBODY
    while pool[q].busy < pool[q].servers:
        number = q * PRIORITIES
        end = number + PRIORITIES
        while number < end and line[number].head == NOBODY:
            number += 1
        if number == end:
            break
        began = leave(party, line, number)
        s = party[began].at
        pool[q].busy += 1
        waited[s] += tick - party[began].since
        started[s] += 1
        ticks = service_ticks(party, station, service, body, tail, began, s)
        events = push(heap, events, event_of(tick + ticks, began))
    return events, began


@njit(cache=True, nogil=True)
def depart(party, station, site, line, work, s, seats, least, to, lines, last):
    """A vehicle leaves station s: whoever still fits goes, in order of the line.

    Those who do not fit keep their place.  Nobody leaves for a place that has no room.
    Returns (persons boarded, end of the ring of work).
    """
    goal = station[to].site
    if goal >= 0 and goal != station[s].site:
        seats = min(seats, site[goal].capacity - site[goal].persons)
    boarded = 0
    if station[s].waiting < max(least, 1):
        return boarded, last
    for number in range(lines + s * PRIORITIES, lines + (s + 1) * PRIORITIES):
        before, p = np.int32(NOBODY), line[number].head
        while p != NOBODY and boarded < seats:
            following = party[p].after
            if boarded + party[p].size <= seats:
                boarded += party[p].size
                if before == NOBODY:
                    line[number].head = following
                else:
                    party[before].after = following
                if following == NOBODY:
                    line[number].tail = before
                work[last].party, work[last].to, work[last].free = p, to, 1
                last = last + 1 if last + 1 < work.size else 0
            else:
                before = p
            p = following
    station[s].waiting -= boarded
    return boarded, last


@njit(cache=True, nogil=True)
def simulate(network, calendar, tables, parties, limits, day_of_hour, horizon, draw_key, traced, out):
    """Run from tick 0 to the horizon.

    network, calendar, tables, parties  see arrays.py
    limits       (L,) int64      limits of the custody clock, ascending [tick]
    day_of_hour  (H + 1,) int16  report day of each hour
    horizon      int             end [tick]
    draw_key     uint64          key of the draw
    traced       int             party whose path is written, -1 for none
    out          Outputs         WRITTEN
    Conserves totals: arrived + warm == exited + inside.  Oracle: tests/verify/oracle.py
    """
    people = parties.tick.size
    quotas = np.int64(network.quota.max()) + 1
    party, station = np.zeros(people, PARTY), np.zeros(network.kind.size, STATION)
    site, pool = np.zeros(network.site_capacity.size, SITE), np.zeros(network.pool_servers.size, POOL)
    departures = pool.size * PRIORITIES  # first line of the departures, then of the quotas, then the doors
    in_line = departures + station.size * PRIORITIES
    door = in_line + quotas
    line = np.zeros(door + site.size, LINE)
    fill(network, parties, mix_all(parties.key, draw_key), party, station, site, pool, line)
    run(
        party, station, site, pool, line, np.zeros(quotas, np.int64), np.zeros(people + 1, WORK),
        np.zeros(people + 1, np.uint64), np.zeros(site.size + 1, np.int32), departures, in_line, door,
        network.service, network.priority, network.route_row, network.row_start, network.row_cum,
        network.row_to, tables.body, tables.tail, calendar.tick, calendar.what, calendar.a, calendar.b,
        calendar.c, calendar.d, parties.tick, parties.station, parties.held, limits, day_of_hour, horizon,
        traced, out.entries, out.stage_census, out.site_census, out.over, out.custody_hours, out.boarded,
        out.diverted, out.held_at_door, out.waited, out.started, out.totals, out.exit_tick,
        out.custody_ticks, out.last_station, out.attempts, out.trace,
    )  # fmt: skip
    finish(party, station, site, limits, horizon, out)
    return DONE


@njit(cache=True, nogil=True)
def run(
    party, station, site, pool, line, left, work, heap, freed, departures, in_line, door,
    service, priority, route_row, row_start, row_cum, row_to, body, tail,
    row_tick, what, a, b, c, d, comes, first_station, held, limits, day_of_hour, horizon, traced,
    entries, stage_census, site_census, over, custody_hours, boarded, diverted, held_at_door,
    waited, started, totals, exit_tick, custody_ticks, last_station, attempts, trace,
):  # fmt: skip
    """The loop of `simulate`, on plain arrays and records (see state.py), so that no reference is counted."""
    events = first = last = sites_freed = 0  # sizes of the heap, the ring of work, the stack of freed sites
    row = newcomer = regime = 0
    tick = np.int64(0)
    while True:
        if first != last:  # 1. a party that must move now
            p, s, free = work[first].party, np.int64(work[first].to), work[first].free
            first = first + 1 if first + 1 < work.size else 0
        elif sites_freed > 0:  # 2. a door
            n = freed[sites_freed - 1]
            p = line[door + n].head
            if p == NOBODY or site[n].persons + party[p].size > site[n].capacity:
                sites_freed -= 1
                site[n].freed = 0
                continue
            leave(party, line, door + n)
            s, free = np.int64(party[p].at), np.int16(1)
        else:  # 3. the next instant
            event = heap[0] if events > 0 else NEVER
            is_new = False
            if newcomer < comes.size and event_of(comes[newcomer], newcomer) < event:
                event, is_new = event_of(comes[newcomer], newcomer), True
            if row < row_tick.size and np.uint64(row_tick[row]) <= event >> _24:
                tick = row_tick[row]
                if tick >= horizon:
                    break
                kind, n = what[row], a[row]
                if kind == BATCH:
                    boarded[row], last = depart(
                        party, station, site, line, work, n, b[row], c[row], d[row], departures, last
                    )
                elif kind == SHIFT:
                    pool[n].servers = b[row]
                    events, p = serve(
                        party, station, pool, line, service, body, tail, heap, waited, started, events, n, tick
                    )
                elif kind == QUOTA:
                    left[n] = b[row] + (left[n] if c[row] == 1 else 0)
                    p = line[in_line + n].head
                    while p != NOBODY and party[p].size <= left[n]:
                        leave(party, line, in_line + n)
                        left[n] -= party[p].size
                        s, _ = route(party, station, site, route_row, row_start, row_cum, row_to, regime, p)
                        work[last].party, work[last].to, work[last].free = p, s, 0
                        last = last + 1 if last + 1 < work.size else 0
                        p = line[in_line + n].head
                elif kind == REGIME:
                    regime = n
                elif kind == CAPACITY:
                    site[n].capacity = b[row]
                    if site[n].freed == 0:
                        freed[sites_freed], site[n].freed = n, 1
                        sites_freed += 1
                row += 1
                continue
            if event == NEVER or np.int64(event >> _24) >= horizon:
                break
            tick, p = np.int64(event >> _24), np.int32(event & LOW24)
            if is_new:
                newcomer += 1
                s, free = np.int64(first_station[p]), np.int16(held[p] >= 0)
                totals[free] += party[p].size
            else:
                events = pop(heap, events)
                if station[party[p].at].kind == DESK:
                    q = station[party[p].at].pool
                    pool[q].busy -= 1
                    events, begun = serve(
                        party, station, pool, line, service, body, tail, heap, waited, started, events, q, tick
                    )
                    if begun == traced and begun >= 0:
                        note(trace, tick, SERVED, party[begun].at, 0)
                s, pressed = route(party, station, site, route_row, row_start, row_cum, row_to, regime, p)
                if p == traced:
                    note(trace, tick, LEFT, party[p].at, 2 * regime + pressed)
                free = np.int16(0)
        me, cls, size, group = party[p], party[p].cls, np.int32(party[p].size), party[p].group
        day = day_of_hour[tick // TICKS_PER_HOUR]
        warm = me.at < 0 and held[p] >= 0
        bin_ = 0 if warm else bin_of(tick)  # who was inside at the start is counted from the first hour on
        while True:  # enter station s, and go on through all that takes no time
            here = station[s]
            goal = here.site if here.kind != SINK else np.int16(-2)
            if goal != KEEP and goal != me.place:
                stage = here.stage
                if goal >= 0 and free == 0:
                    full = site[goal].persons + size > site[goal].capacity
                    if full and site[goal].rule == DIVERT:
                        diverted[goal, day] += size
                        s = np.int64(site[goal].otherwise)
                        continue
                    if site[goal].rule != DIVERT and (full or line[door + goal].head != NOBODY):
                        held_at_door[goal, day] += size
                        stage = site[goal].door_stage
                        if me.stage >= 0:
                            stage_census[me.stage, bin_, group] -= size
                        stage_census[stage, bin_, group] += size
                        me.at, me.stage = s, stage
                        join(party, line, door + goal, p)
                        if p == traced:
                            note(trace, tick, AT_DOOR, s, 2 * regime)
                        break
                was, is_ = False, False
                if me.place >= 0:
                    n = me.place
                    was = site[n].clock == 1
                    site[n].persons -= size
                    site_census[n, bin_, group] -= size
                    if line[door + n].head != NOBODY and site[n].freed == 0:
                        freed[sites_freed], site[n].freed = n, 1
                        sites_freed += 1
                if goal >= 0:
                    is_ = site[goal].clock == 1
                    site[goal].persons += size
                    site_census[goal, bin_, group] += size
                me.place = goal
                if is_ and not was:
                    me.began = -held[p] if warm else tick
                elif was and not is_:
                    end_stay(custody_hours, over, limits, me.began, tick, group, size)
                    if custody_ticks.size > 0:
                        custody_ticks[p] += tick - me.began
            free = np.int16(0)
            me.attempt += here.attempt
            me.at, me.since = s, tick
            entries[s, day, cls] += size
            if p == traced:
                note(trace, tick, ENTERED, s, 2 * regime)
            if here.kind == SINK:
                totals[2] += size
                if me.stage >= 0:
                    stage_census[me.stage, bin_, group] -= size
                    me.stage = -1
                if exit_tick.size > 0:
                    exit_tick[p], last_station[p], attempts[p] = tick, s, me.attempt
                break
            if me.stage != here.stage:
                if me.stage >= 0:
                    stage_census[me.stage, bin_, group] -= size
                stage_census[here.stage, bin_, group] += size
                me.stage = here.stage
            warm, bin_ = False, bin_of(tick)
            if here.kind == DELAY:
                ticks = service_ticks(party, station, service, body, tail, p, s)
                if ticks > 0:
                    events = push(heap, events, event_of(tick + ticks, p))
                    break
            elif here.kind == DESK:
                join(party, line, here.pool * PRIORITIES + priority[s, cls], p)
                events, begun = serve(
                    party, station, pool, line, service, body, tail, heap, waited, started, events, here.pool, tick
                )
                if begun == traced and begun >= 0:
                    note(trace, tick, SERVED, s, 0)
                break
            elif here.kind == BATCH:
                join(party, line, departures + s * PRIORITIES + priority[s, cls], p)
                here.waiting += size
                break
            elif here.kind == QUOTA:
                if line[in_line + here.quota].head == NOBODY and left[here.quota] >= size:
                    left[here.quota] -= size
                elif here.denied >= 0:
                    s = np.int64(here.denied)
                    continue
                else:
                    join(party, line, in_line + here.quota, p)
                    break
            s, pressed = route(party, station, site, route_row, row_start, row_cum, row_to, regime, p)
            if p == traced:
                note(trace, tick, LEFT, me.at, 2 * regime + pressed)


@njit(cache=True, nogil=True)
def finish(party, station, site, limits, horizon, out):
    """Count those who are inside at the horizon.

    Conserves totals[0] + totals[1] == totals[2] + totals[3].
    """
    for p in range(party.size):
        me = party[p]
        if me.at < 0 or (station[me.at].kind == SINK and me.stage < 0):
            continue
        out.totals[3] += me.size
        if me.place >= 0 and site[me.place].clock == 1:
            count_stay(out.over, limits, me.began, horizon, me.group, me.size, True)
            if out.custody_ticks.size > 0:
                out.custody_ticks[p] += horizon - me.began
        if out.exit_tick.size > 0:
            out.last_station[p], out.attempts[p] = me.at, me.attempt
