"""A four-way heap of events, each one unsigned 64-bit number: tick in the high 39 bits, what in the low 25.

`what` is a party whose step ends, or, with the 25th bit set, a party whose patience ends, or a fleet.  One
comparison orders by time and then by what, so the order of events is the same everywhere.  The first
event is taken but its place is kept (`hole`), because what happens next mostly makes a new event: that one
then sinks from the top, which is half the work of a removal and an addition.
"""

from __future__ import annotations

import numpy as np

from cauce.model.kernel.compiled import aside, part

_0, _1, _2, _3 = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)
_25 = np.uint64(25)
ASIDE = np.uint32(1 << 24)  # bit of the events that are no party's step
LOW25 = np.uint64((1 << 25) - 1)


@part
def event_of(tick, party):
    """Key of an event.

    tick   int  from 0 to 2^39
    party  int  from 0 to 2^24, or more for an event aside
    """
    return (np.uint64(tick) << _25) | np.uint64(party)


@part
def second(heap):
    """The event after the first, NEVER if there is none.

    heap  (slots + 5,) uint64
    """
    return min(min(heap[1], heap[2]), min(heap[3], heap[4]))


@part
def sink(heap, size, event):
    """Put an event in the place of the first one.

    heap   (slots + 5,) uint64  WRITTEN
    size   uint64               events in the heap, the first one included
    event  uint64
    """
    at = _0
    child = _1
    while child < size:  # beyond the heap stands NEVER, so four children can always be compared
        one, two = heap[child], heap[child + _1]
        three, four = heap[child + _2], heap[child + _3]
        left = two < one
        right = four < three
        first, second = (two if left else one), (four if right else three)
        best = child + (_1 if left else _0)
        least = first
        if second < first:
            best = child + (_3 if right else _2)
            least = second
        if event <= least:
            break
        heap[at] = least
        at = best
        child = (at << _2) + _1
    heap[at] = event


@part
def push(heap, now, event):
    """Add an event.

    heap   (slots + 5,) uint64  WRITTEN
    now    record               events, hole WRITTEN
    event  uint64
    """
    if now.hole != 0:
        now.hole = 0
        sink(heap, now.events, event)
    else:
        at = now.events
        now.events = at + _1
        while at > _0:
            parent = (at - _1) >> _2
            if heap[parent] <= event:
                break
            heap[at] = heap[parent]
            at = parent
        heap[at] = event


@part
def close(heap, now):
    """Fill the hole that a taken event left, if nothing has.

    heap  (slots + 5,) uint64  WRITTEN
    now   record               events, hole WRITTEN
    """
    if now.hole != 0:
        now.hole = 0
        size = now.events - _1
        now.events = size
        event = heap[size]
        heap[size] = NEVER
        if size > _0:
            sink(heap, size, event)


@aside
def hasten(heap, now, old, new):
    """Put an event that stands in the heap to an earlier time.

    heap  (slots + ...,) uint64  WRITTEN
    """
    at = _0
    while at < now.events and heap[at] != old:
        at += _1
    while at > _0:
        parent = (at - _1) >> _2
        if heap[parent] <= new:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = new
