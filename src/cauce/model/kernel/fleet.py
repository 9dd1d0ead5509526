"""Vehicles: those of the timetable, and fleets that leave by a rule, take time, and come back.

A fleet's two events go by the last numbers: its time to wait is over, one of its vehicles is back.
"""

from __future__ import annotations

import numpy as np

from cauce.model.kernel.arrays import MOST_FLEETS, MOST_PARTIES, PRIORITIES, TICKS_PER_HOUR
from cauce.model.kernel.compiled import aside
from cauce.model.kernel.heap import ASIDE, event_of, hasten, push
from cauce.model.kernel.state import NOBODY, STAY, send


@aside
def depart(state, now, s, seats, least, to):
    """A vehicle leaves station s: whoever still fits goes, in order of the line.  Persons boarded.

    Those who do not fit keep their place.  Nobody leaves for another site that has no room.

    state  State  line, station, move WRITTEN
    Oracle: tests/verify/oracle.py
    """
    here, goal = state.station[s], state.station[to].site
    if goal < STAY and goal != here.site:
        seats = min(seats, state.site[goal].capacity - state.site[goal].persons)
    boarded = 0
    if here.waiting < least:
        return boarded
    lines = (state.pool.size + np.uint32(s)) * PRIORITIES
    for number in range(lines, lines + PRIORITIES):
        line = state.line[number]
        before, i = NOBODY, line.head
        while i != NOBODY and boarded < seats:
            following = state.party[i].after
            size = state.party[i].size
            if boarded + size <= seats:
                boarded += size
                if before == NOBODY:
                    line.head = following
                else:
                    state.party[before].after = following
                if following == NOBODY:
                    line.tail = before
                if state.wait.size > 0:
                    state.wait[i].until = 0
                    if following != NOBODY:
                        state.wait[following].before = before
                send(state, now, i, to, 1)
            else:
                before = i
            i = following
    here.waiting -= boarded
    return boarded


@aside
def call_fleets(state, now, out, s):
    """Somebody has come to station s: its vehicles may leave.

    state  State    fleet, line, station, move, heap WRITTEN
    out    Outputs  trips [vehicle], carried [person] WRITTEN
    """
    for f in range(state.station[s].fleet, state.station[s].fleet + state.station[s].fleets):
        leave_by_rule(state, now, out, f, 0)


@aside
def leave_by_rule(state, now, out, f, over):
    """Vehicles of fleet f leave while its rule says so.

    over  int  1 when the time to wait is over
    state  State    fleet, line, station, move, heap WRITTEN
    out    Outputs  trips [vehicle], carried [person] WRITTEN
    Oracle: tests/verify/oracle.py
    """
    fleet = state.fleet[f]
    here = state.station[fleet.station]
    while fleet.ready > 0 and here.waiting >= fleet.least:
        if here.waiting < fleet.seats and fleet.hold > 0 and over == 0:
            if fleet.due == 0:
                look_again(state, now, f, now.tick + fleet.hold)
            return
        over = fleet.due = 0
        boarded = depart(state, now, np.uint32(fleet.station), fleet.seats, fleet.least, np.uint32(fleet.to))
        if boarded == 0:  # no room where they go
            look_again(state, now, f, now.tick + TICKS_PER_HOUR)
            return
        fleet.ready -= 1
        out.trips[f, now.day] += 1
        out.carried[f, now.day] += boarded
        back = now.tick + fleet.away
        if back < now.horizon:
            push(state.heap, now, event_of(back, ASIDE | np.uint32(MOST_PARTIES + MOST_FLEETS + f)))


@aside
def look_again(state, now, f, due):
    """Have fleet f look at its line at a tick; one such event stands in the heap at most.

    state  State  fleet, heap WRITTEN
    """
    fleet = state.fleet[f]
    fleet.due = due
    number = ASIDE | np.uint32(MOST_PARTIES + f)
    if fleet.pending == 0:
        if due < now.horizon:
            fleet.pending = due
            push(state.heap, now, event_of(due, number))
    elif due < fleet.pending:
        hasten(state.heap, now, event_of(fleet.pending, number), event_of(due, number))
        fleet.pending = due


@aside
def turn_fleet(state, now, out, number):
    """A fleet's event: its time to wait is over, or a vehicle is back.

    state   State  fleet, line, station, move, heap WRITTEN
    number  int    of the event, less MOST_PARTIES
    """
    if number >= MOST_FLEETS:
        f = number - MOST_FLEETS
        state.fleet[f].ready += 1
        leave_by_rule(state, now, out, f, 0)
        return
    fleet = state.fleet[number]
    fleet.pending = 0
    if fleet.due == now.tick:
        fleet.due = 0
        leave_by_rule(state, now, out, number, 1)
    elif fleet.due > now.tick:
        look_again(state, now, number, fleet.due)
