"""A four-way heap of events, each one unsigned 64-bit number: tick in the high 40 bits, party in the low 24.

One comparison orders by time and then by party, so the order of events is the same everywhere.  The first
event is taken but its place is kept (`hole`), because what happens next mostly makes a new event: that one
then sinks from the top, which is half the work of a removal and an addition.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_0, _1, _2, _4 = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(4)
_24 = np.uint64(24)


@njit(cache=True, nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True)
def event_of(tick, party):
    """Key of an event.

    tick   int  from 0 to 2^40
    party  int  from 0 to 2^24
    """
    return (np.uint64(tick) << _24) | np.uint64(party)


@njit(cache=True, nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True)
def sink(heap, size, event):
    """Put an event in the place of the first one.

    heap   (slots + 1,) uint64  WRITTEN
    size   uint64               events in the heap, the first one included
    event  uint64
    """
    at = _0
    while True:
        child = (at << _2) + _1
        if child >= size:
            break
        best, least = child, heap[child]
        for other in range(child + _1, min(child + _4, size)):
            if heap[other] < least:
                best, least = other, heap[other]
        if event <= least:
            break
        heap[at] = least
        at = best
    heap[at] = event


@njit(cache=True, nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True)
def push(heap, now, event):
    """Add an event.

    heap   (slots + 1,) uint64  WRITTEN
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


@njit(cache=True, nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True)
def close(heap, now):
    """Fill the hole that a taken event left, if nothing has.

    heap  (slots + 1,) uint64  WRITTEN
    now   record               events, hole WRITTEN
    """
    if now.hole != 0:
        now.hole = 0
        now.events -= _1
        if now.events > _0:
            sink(heap, now.events, heap[now.events])
