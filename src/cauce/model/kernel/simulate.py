"""The event loop: parties move through stations, one instant after another.

What happens next is decided in this order, and the oracle does the same:

1. a party that must move now moves (first come, first moved);
2. else the door of the site that somebody left last admits its first party, if there is room;
3. else the next instant: a calendar row goes before a party, parties go by number.

A server who has finished with somebody takes the next in line before the one served goes on.  Who is let in
at a door or boards a vehicle has room at the destination for sure; room is counted in persons.

Nothing here is a float: times are ticks, shares are 32-bit thresholds, draws are 64 bits, so two machines
that run this compute the same bits.  Nothing is allocated inside the loop, so it counts no references
(see `compiled.py`) and runs beside other threads.
"""

from __future__ import annotations

import numpy as np

from cauce.model.kernel.ahead import ask_for
from cauce.model.kernel.arrays import (
    BATCH,
    CAPACITY,
    DESK,
    DONE,
    ENDLESS,
    MOST_FLEETS,
    MOST_PARTIES,
    MOST_TICKS,
    QUOTA,
    REGIME,
    SHIFT,
    TICKS_PER_HOUR,
    Calendar,
    Int16,
    Int64,
    Network,
    Outputs,
    Parties,
    Tables,
)
from cauce.model.kernel.compiled import aside, entry, part
from cauce.model.kernel.counts import count_over
from cauce.model.kernel.draws import mix
from cauce.model.kernel.fleet import depart, turn_fleet
from cauce.model.kernel.flow import call, enter, reset, route
from cauce.model.kernel.heap import ASIDE, LOW25, NEVER, close, event_of, second
from cauce.model.kernel.patience import give_up
from cauce.model.kernel.state import NOBODY, NOWHERE, grown, leave, open_door, prepare

FULL = 2  # the loop wants more records
_25 = np.uint64(25)
ROUNDS = 100  # moves for each record in one instant beyond which people go round in circles


def simulate(
    network: Network,
    calendar: Calendar,
    tables: Tables,
    parties: Parties,
    limits: Int64,
    day_of_hour: Int16,
    horizon: int,
    draw_key: int,
    traced: int,
    out: Outputs,
) -> int:
    """Run from tick 0 to the horizon.

    network, calendar, tables, parties  see arrays.py
    limits       (L,) int64      limits of the custody clock, ascending [tick]
    day_of_hour  (H + 1,) int16  report day of each hour
    horizon      int             end [tick], at most H hours
    draw_key     uint64          key of the draw
    traced       int             party whose path is written, -1 for none
    out          Outputs         WRITTEN
    Returns DONE, or ENDLESS when people went round in circles within one instant.
    Conserves totals: arrived + warm == exited + inside.  Oracle: tests/verify/oracle.py
    """
    if parties.tick.size > MOST_PARTIES or horizon > MOST_TICKS or network.fleet.station.size > MOST_FLEETS:
        raise ValueError(f"a run takes at most {MOST_PARTIES} parties, {MOST_TICKS} ticks and {MOST_FLEETS} fleets")
    state = prepare(network, calendar, parties.tick.size, int(horizon), draw_key, traced)
    while (status := run(state, calendar, tables, parties, network.group, limits, day_of_hour, out)) == FULL:
        state = grown(state)
    finish(state, limits, out)
    return int(status)


@entry
def run(state, calendar, tables, parties, group, limits, day_of_hour, out):
    """The loop of `simulate`; returns FULL when a newcomer finds no free record, to be called again.

    state  State  WRITTEN, the others as in `simulate`
    """
    now = state.now[0]
    budget = np.int64(ROUNDS) * (state.party.size + 16)
    now.budget = budget
    while now.budget > 0:
        if now.first != now.last:  # 1. a party that must move now
            move = state.move[now.first]
            now.first = now.first + 1 if now.first + 1 < state.move.size else 0
            i, to, free = move.slot, move.to, np.int64(move.free)
            now.budget -= 1
        elif now.freed > 0:  # 2. a door
            n = state.freed[now.freed - 1]
            site = state.site[n]
            i = state.line[site.door].head
            if i == NOBODY or site.persons + state.party[i].size > site.capacity:
                now.freed -= 1
                site.freed = 0
                continue
            i = leave(state, site.door)
            to, free = state.party[i].at, np.int64(1)
            now.budget -= 1
        else:  # 3. the next instant
            now.budget = budget
            close(state.heap, now)
            event = state.heap[0]
            is_new = False
            if now.newcomer < parties.tick.size:
                newcomer = event_of(parties.tick[now.newcomer], now.newcomer)
                if newcomer < event:
                    event, is_new = newcomer, True
            tick = np.int64(event >> _25)
            row = now.row
            if row < calendar.tick.size and calendar.tick[row] <= tick:
                is_row = True
                tick = calendar.tick[row]
            else:
                is_row = False
            if tick >= now.horizon:
                return DONE
            now.tick = tick
            while tick >= now.hour_ends:
                now.hour = np.uint32(now.hour_ends // TICKS_PER_HOUR)
                now.day = np.uint32(day_of_hour[now.hour])
                now.hour_ends += TICKS_PER_HOUR
            if is_row:
                turn(state, now, calendar, tables, out, row)
                now.row += 1
                continue
            p = np.uint32(event & LOW25)
            if is_new:
                if now.spare == 0:
                    return FULL
                i = arrive(state, now, parties, group, p)
                to, free = np.uint16(parties.station[p]), np.int64(parties.held[p] >= 0)
                out.totals[free] += parties.size[p]
            elif p >= ASIDE:
                now.hole = 1
                number = p & ~ASIDE
                if number >= MOST_PARTIES:
                    turn_fleet(state, now, out, number - np.uint32(MOST_PARTIES))
                    continue
                i = state.slot[number]
                to, free = give_up(state, now, out, i), np.int64(0)
                if to == NOWHERE:
                    continue
            else:
                now.hole = 1
                following = second(state.heap)
                coming = np.uint32(following & LOW25)
                if following != NEVER and coming < ASIDE:
                    ask_for(state.party, state.slot[coming])
                i = state.slot[p]
                here = state.station[state.party[i].at]
                if here.kind == DESK:
                    state.pool[here.pool].busy -= 1
                    call(state, now, tables, out, here.pool)
                to, free = route(state, now, out, state.party[i]), np.int64(0)
        enter(state, now, tables, parties.held, limits, day_of_hour, out, i, to, free)
    return ENDLESS


@aside
def turn(state, now, calendar, tables, out, row):
    """What a calendar row says comes to pass.

    state  State    pool, line, heap, left, site, move WRITTEN
    out    Outputs  boarded WRITTEN  [person]
    """
    kind, n, b, c = calendar.what[row], np.uint32(calendar.a[row]), calendar.b[row], calendar.c[row]
    if kind == BATCH:
        out.boarded[row] = depart(state, now, n, b, c, np.uint32(calendar.d[row]))
    elif kind == SHIFT:
        state.pool[n].servers = b
        call(state, now, tables, out, n)
    elif kind == QUOTA:
        reset(state, now, out, n, b, c)
    elif kind == REGIME:
        now.regime = n
    elif kind == CAPACITY:
        state.site[n].capacity = b
        open_door(state, now, n)


@part
def arrive(state, now, parties, group, p):
    """A free record for a newcomer (or for somebody inside from the start): its slot.

    state  State   party, slot, spare WRITTEN
    """
    now.newcomer += 1
    now.spare -= 1
    i = state.spare[now.spare]
    state.slot[p] = i
    me = state.party[i]
    me.identity = mix(parties.key[p] ^ now.draw_key)
    me.number = p
    me.place = me.stage = NOWHERE
    me.cls = parties.cls[p]
    me.group = group[parties.cls[p]]
    me.size = parties.size[p]
    me.attempt = 0
    me.custody = 0
    me.opening = 1 if parties.held[p] >= 0 else 0
    return i


@entry
def finish(state, limits, out):
    """Count those who are inside at the horizon.

    state  State
    out    Outputs  totals, over, person tables WRITTEN
    Conserves totals[0] + totals[1] == totals[2] + totals[3].
    """
    horizon = state.now[0].horizon
    for i in range(state.party.size):
        me = state.party[i]
        if me.at == NOWHERE:
            continue
        out.totals[3] += me.size
        clocked = me.place != NOWHERE and state.site[me.place].clock == 1
        if clocked:
            count_over(out, limits, me, horizon, 1)
        if out.exit_tick.size > 0:
            out.custody_ticks[me.number] = me.custody + (horizon - me.began if clocked else 0)
            out.last_station[me.number] = me.at
            out.attempts[me.number] = min(me.attempt, 127)
