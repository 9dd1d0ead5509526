"""A four-way heap of events, each one unsigned 64-bit number: tick in the high 40 bits, party in the low 24.

One comparison orders by time and then by party, so the order of events is the same everywhere.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def push(heap, size, event):
    """Add an event; returns the new size.

    heap   (P + 1,) uint64  WRITTEN
    size   int              events in the heap
    event  uint64
    """
    at = size
    while at > 0:
        parent = (at - 1) >> 2
        if heap[parent] <= event:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = event
    return size + 1


@njit(cache=True, nogil=True, inline="always")
def pop(heap, size):
    """Take away the first event (heap[0], read it before); returns the new size.

    heap  (P + 1,) uint64  WRITTEN
    size  int              events in the heap, at least 1
    """
    size -= 1
    event = heap[size]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= size:
            break
        best = child
        least = heap[child]
        last = min(child + 4, size)
        for other in range(child + 1, last):
            if heap[other] < least:
                best = other
                least = heap[other]
        if event <= least:
            break
        heap[at] = least
        at = best
    heap[at] = event
    return size


@njit(cache=True, nogil=True, inline="always")
def event_of(tick, party):
    """Key of an event.

    tick   int  from 0 to 2^40
    party  int  from 0 to 2^24
    """
    return (np.uint64(tick) << np.uint64(24)) | np.uint64(party)
