"""How a party moves: into a site, through stations, to a server, onto a vehicle, out.

Every function works on one party's record at one instant; what it takes from and gives to a site, a crew or
a cap is all it changes.  The order of things is told in `simulate.py`.
"""

from __future__ import annotations

import numpy as np

from cauce.model.kernel.ahead import ask_for
from cauce.model.kernel.arrays import (
    AT_DOOR,
    BATCH,
    DELAY,
    DESK,
    DIVERT,
    ENTERED,
    LEFT,
    PRIORITIES,
    QUOTA,
    SERVED,
    SINK,
)
from cauce.model.kernel.compiled import aside, part
from cauce.model.kernel.counts import bin_of, end_stay, give_back, note, show
from cauce.model.kernel.draws import decide, quantile
from cauce.model.kernel.fleet import call_fleets
from cauce.model.kernel.heap import event_of, push
from cauce.model.kernel.patience import hope
from cauce.model.kernel.state import NOBODY, NOWHERE, STAY, join, leave, open_door, send

_32 = np.uint64(32)
ROUNDS = 10_000  # stations passed in one instant beyond which somebody goes round in circles


@part
def service_ticks(state, tables, me, s):
    """How long a party takes at a station: its class's table, more for each further member [tick]."""
    table = state.step[s, me.cls].table
    if table < 0:
        return np.int64(0)
    u = decide(me.identity, state.station[s].luck, me.attempt, 0)
    ticks = quantile(tables.body, tables.tail, np.uint32(table), u)
    return ticks * (1024 + np.int64(state.station[s].per_member) * (me.size - 1)) >> 10


@part
def route(state, now, out, me):
    """Station a party goes on to, by regime, pressure, class and its own luck."""
    s = me.at
    here = state.station[s]
    pressed = np.uint32(0)
    if here.press_site != NOWHERE and state.site[here.press_site].persons >= here.press_at:
        pressed = np.uint32(1)
    if me.number == now.traced:
        note(out.trace, now.tick, LEFT, s, 2 * now.regime + pressed)
    share = state.go[now.regime, pressed, s, me.cls]
    if share < 0:
        return np.uint16(~share)
    at = np.uint32(share)
    u = np.uint32(decide(me.identity, here.luck, me.attempt, 1) >> _32)
    while state.share[at].cum < u:
        at += np.uint32(1)
    return state.share[at].to


@part
def begin(state, now, tables, out, i):
    """A free server of the crew begins to serve a party.

    state  State    pool, heap WRITTEN
    out    Outputs  waited [tick x party], started [party] WRITTEN
    """
    me = state.party[i]
    s = me.at
    if state.wait.size > 0:
        state.wait[i].until = 0
    state.pool[state.station[s].pool].busy += 1
    out.waited[s] += now.tick - me.since
    out.started[s] += 1
    if me.number == now.traced:
        note(out.trace, now.tick, SERVED, s, 2 * now.regime)
    ends = now.tick + service_ticks(state, tables, me, s)
    if ends < now.horizon:
        push(state.heap, now, event_of(ends, me.number))


@part
def call(state, now, tables, out, q):
    """Free servers of crew q take the next: the lowest priority number first, then who came first.

    state  State    pool, line, heap WRITTEN
    out    Outputs  waited, started WRITTEN
    Oracle: tests/verify/oracle.py
    """
    pool = state.pool[q]
    while pool.waiting > 0 and pool.busy < pool.servers:
        number = np.uint32(q * PRIORITIES)
        while state.line[number].head == NOBODY:
            number += np.uint32(1)
        pool.waiting -= 1
        i = leave(state, number)
        head = state.line[number].head
        if head != NOBODY:
            ask_for(state.party, head)
        begin(state, now, tables, out, i)


@aside
def reset(state, now, out, number, allowance, carry):
    """A cap begins anew; the line is served strictly in order.

    state  State  left, line, move WRITTEN
    Oracle: tests/verify/oracle.py
    """
    left = np.int64(allowance) + (state.left[number] if carry == 1 else 0)
    line = state.line[state.line.size - state.site.size - state.left.size + number]
    while line.head != NOBODY and state.party[line.head].size <= left:
        i = line.head
        me = state.party[i]
        line.head = me.after
        left -= me.size
        if state.wait.size > 0:
            state.wait[i].until = 0
        send(state, now, i, route(state, now, out, me), 0)
    state.left[number] = left


@part
def move_site(state, now, limits, out, me, held, goal, tick, bin_):
    """Leave a site and enter another; the custody clock starts, runs on or stops.

    state  State    site, freed WRITTEN  [person]
    out    Outputs  site_census, custody_hours, over WRITTEN
    Conserves the persons of all sites and of nowhere together.  Oracle: tests/verify/oracle.py
    """
    was = is_ = np.uint8(0)
    if me.place != NOWHERE:
        left = state.site[me.place]
        was = left.clock
        left.persons -= me.size
        out.site_census[me.place, bin_, me.group] -= me.size
        if state.line[left.door].head != NOBODY:
            open_door(state, now, me.place)
    if goal != NOWHERE:
        entered = state.site[goal]
        is_ = entered.clock
        entered.persons += me.size
        out.site_census[goal, bin_, me.group] += me.size
    me.place = goal
    if is_ > was:
        me.began = -held[me.number] if me.opening == 1 else tick
    elif was > is_:
        end_stay(out, limits, me, tick)


@part
def leave_for_good(state, now, limits, out, held, i, s, tick, bin_, day):
    """A party enters exit s at a tick, now or later, and its record is free.

    state  State    site, party, spare WRITTEN
    out    Outputs  entries, totals, stage_census, site_census, custody and person tables WRITTEN
    Oracle: tests/verify/oracle.py
    """
    me = state.party[i]
    if me.place != NOWHERE:
        move_site(state, now, limits, out, me, held, NOWHERE, tick, bin_)
    show(out, me, NOWHERE, bin_)
    out.entries[s, day, me.cls] += me.size
    out.totals[2] += me.size
    if out.exit_tick.size > 0:
        attempt = me.attempt + state.station[s].attempt
        out.exit_tick[me.number], out.last_station[me.number] = tick, s
        out.custody_ticks[me.number] = me.custody
        out.attempts[me.number] = min(attempt, 127)
    if state.wait.size == 0 or state.wait[i].pending == 0:
        give_back(state, now, i)
    else:  # the record is free when the event that looks for it has been
        me.at = NOWHERE


@part
def enter(state, now, tables, held, limits, day_of_hour, out, i, to, free):
    """A party enters a station and goes on through all that takes no time.

    state  State   all WRITTEN
    i      uint32  slot
    to     uint16  station
    free   int     1 when room at the first station has been seen to
    Oracle: tests/verify/oracle.py
    """
    me = state.party[i]
    s, tick = np.uint16(to), now.tick
    for _ in range(ROUNDS):
        here = state.station[s]
        bin_ = np.uint32(0) if me.opening == 1 else now.hour + np.uint32(1)
        goal = here.site
        if here.kind == SINK:
            if me.number == now.traced:
                note(out.trace, tick, ENTERED, s, 2 * now.regime)
            leave_for_good(state, now, limits, out, held, i, s, tick, bin_, now.day)
            return
        if goal != STAY and goal != me.place:
            if goal != NOWHERE and free == 0:
                site = state.site[goal]
                full = site.persons + me.size > site.capacity
                if site.rule == DIVERT:
                    if full:
                        out.diverted[goal, now.day] += me.size
                        s = site.otherwise
                        continue
                elif full or state.line[site.door].head != NOBODY:
                    out.held_at_door[goal, now.day] += me.size
                    show(out, me, site.door_stage, bin_)
                    me.at = s
                    join(state, site.door, i)
                    if me.number == now.traced:
                        note(out.trace, tick, AT_DOOR, s, 2 * now.regime)
                    return
            move_site(state, now, limits, out, me, held, goal, tick, bin_)
        free = 0
        me.at, me.since = s, tick
        me.attempt += here.attempt
        out.entries[s, now.day, me.cls] += me.size
        if me.number == now.traced:
            note(out.trace, tick, ENTERED, s, 2 * now.regime)
        if me.stage != here.stage:
            show(out, me, here.stage, bin_)
        me.opening = 0
        if here.kind == DELAY:
            ends = tick + service_ticks(state, tables, me, s)
            if ends >= now.horizon:
                return
            if ends > tick:
                out_at = state.step[s, me.cls].exit
                seen = me.place != NOWHERE and state.site[me.place].unwatched == 0
                if out_at == NOWHERE or seen or me.number == now.traced:
                    push(state.heap, now, event_of(ends, me.number))
                else:  # the exit is sure and nothing reads it before: count it now, it needs no event
                    bin_ = np.uint32(bin_of(ends))
                    day = np.uint32(day_of_hour[bin_ - np.uint32(1)])
                    leave_for_good(state, now, limits, out, held, i, out_at, ends, bin_, day)
                return
        elif here.kind == DESK:
            pool = state.pool[here.pool]
            if pool.busy < pool.servers:
                begin(state, now, tables, out, i)
            else:
                pool.waiting += 1
                join(state, state.step[s, me.cls].line, i)
                if state.wait.size > 0:
                    hope(state, now, tables, i)
            return
        else:
            line = state.step[s, me.cls].line
            if here.kind == BATCH:
                here.waiting += me.size
                join(state, line, i)
                if state.wait.size > 0:
                    hope(state, now, tables, i)
                if here.fleets > 0:
                    call_fleets(state, now, out, s)
                return
            if here.kind == QUOTA:
                if state.line[line].head == NOBODY and state.left[here.quota] >= me.size:
                    state.left[here.quota] -= me.size
                elif here.denied != NOWHERE:
                    s = here.denied
                    continue
                else:
                    join(state, line, i)
                    if state.wait.size > 0:
                        hope(state, now, tables, i)
                    return
        s = route(state, now, out, me)
    now.budget = 0  # going round in circles
