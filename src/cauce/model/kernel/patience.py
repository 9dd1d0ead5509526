"""Patience: who stands in line too long gives up, and goes elsewhere.

Each party has one event of this kind in the heap at most; when it comes too early it is put to the time that
now holds, and when nobody waits any more it is dropped.
"""

from __future__ import annotations

import numpy as np

from cauce.model.kernel.arrays import BATCH, DESK, GAVE_UP
from cauce.model.kernel.compiled import aside
from cauce.model.kernel.counts import give_back, note
from cauce.model.kernel.draws import decide, quantile
from cauce.model.kernel.heap import ASIDE, event_of, hasten, push
from cauce.model.kernel.state import NOBODY, NOWHERE


@aside
def hope(state, now, tables, i):
    """A party that has joined a line will wait so long and no longer.

    state  State  wait, heap WRITTEN
    Oracle: tests/verify/oracle.py
    """
    me, mine = state.party[i], state.wait[i]
    mine.until = 0
    table = state.patience[me.at, me.cls]
    if table < 0:
        return
    u = decide(me.identity, state.station[me.at].luck, me.attempt, 2)
    until = now.tick + max(quantile(tables.body, tables.tail, np.uint32(table), u), 1)
    if until >= now.horizon:
        return
    mine.until = until
    number = ASIDE | me.number
    if mine.pending == 0:
        mine.pending = until
        push(state.heap, now, event_of(until, number))
    elif until < mine.pending:
        hasten(state.heap, now, event_of(mine.pending, number), event_of(until, number))
        mine.pending = until


@aside
def give_up(state, now, out, i):
    """The event of a party's patience: the station it goes to, or NOWHERE when it goes on waiting or is gone.

    state  State    wait, line, party, station, pool, heap, spare WRITTEN
    out    Outputs  trace WRITTEN
    Oracle: tests/verify/oracle.py
    """
    me, mine = state.party[i], state.wait[i]
    mine.pending = 0
    if me.at == NOWHERE:
        give_back(state, now, i)
        return NOWHERE
    if mine.until == 0:
        return NOWHERE
    if mine.until > now.tick:
        mine.pending = mine.until
        push(state.heap, now, event_of(mine.until, ASIDE | me.number))
        return NOWHERE
    mine.until = 0
    s = me.at
    here = state.station[s]
    line = state.line[state.step[s, me.cls].line]
    if line.head == i:
        line.head = me.after
    else:
        state.party[mine.before].after = me.after
        if me.after == NOBODY:
            line.tail = mine.before
        else:
            state.wait[me.after].before = mine.before
    if here.kind == BATCH:
        here.waiting -= me.size
    elif here.kind == DESK:
        state.pool[here.pool].waiting -= 1
    if me.number == now.traced:
        note(out.trace, now.tick, GAVE_UP, s, 2 * now.regime)
    return state.gives_up[s]
