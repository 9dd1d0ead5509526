"""What the kernel writes down: people by the hour, stays in custody, one party's path.

Counts by the hour are differences: a change at a tick shows from the first whole hour after it, so that the
sum up to an hour is what was so just before that hour's events.
"""

from __future__ import annotations

import numpy as np

from cauce.model.kernel.arrays import HOUR_BINS, TICKS_PER_HOUR
from cauce.model.kernel.compiled import aside, part
from cauce.model.kernel.state import NOWHERE

_HOUR = np.uint64(TICKS_PER_HOUR)
_1 = np.uint64(1)


@part
def bin_of(tick):
    """First whole hour at which a change at `tick` shows (before the start: hour 0)."""
    return np.uint64(0) if tick < 0 else np.uint64(tick) // _HOUR + _1


@aside
def note(trace, tick, what, station, how):
    """Write one row of the traced party's path; what does not fit is left out.

    trace  (rows, 4) int64  WRITTEN
    """
    for row in range(trace.shape[0]):
        if trace[row, 1] < 0:
            trace[row, 0] = tick
            trace[row, 1] = what
            trace[row, 2] = station
            trace[row, 3] = how
            return


@part
def show(out, me, stage, bin_):
    """Count a party in another stage.

    out    Outputs  stage_census WRITTEN  [person]
    me     record   stage WRITTEN
    stage  uint16   NOWHERE for none
    bin_   uint     hour from which it shows
    Conserves the persons of both stages together.  Oracle: tests/verify/oracle.py
    """
    if me.stage != NOWHERE:
        out.stage_census[me.stage, bin_, me.group] -= me.size
    if stage != NOWHERE:
        out.stage_census[stage, bin_, me.group] += me.size
    me.stage = stage


@aside
def count_over(out, limits, me, until, inside):
    """Count a stay in custody among those over each limit, from the hour it passed the limit.

    out     Outputs     over WRITTEN  [person]
    limits  (L,) int64  [tick]
    me      record
    until   int         end of the stay [tick]
    inside  int         1 when it goes on beyond the horizon
    """
    for number in range(limits.size):
        passed = me.began + limits[number]
        if until > passed:
            out.over[number, bin_of(passed), me.group] += me.size
            if inside == 0:
                out.over[number, bin_of(until), me.group] -= me.size


@part
def end_stay(out, limits, me, tick):
    """A stay in custody ends: its hours, and since when it was over each limit.

    out  Outputs  custody_hours, over WRITTEN
    me   record   custody WRITTEN
    """
    ticks = tick - me.began
    hours = min(np.uint64(ticks) // _HOUR, np.uint64(HOUR_BINS - 1))
    out.custody_hours[me.group, hours] += me.size
    if limits.size > 0 and ticks > limits[0]:
        count_over(out, limits, me, tick, 0)
    me.custody += ticks


@part
def give_back(state, now, i):
    """Free the record of a party that exits.

    state  State   party, spare WRITTEN
    now    record  spare WRITTEN
    """
    state.party[i].at = NOWHERE
    state.spare[now.spare] = i
    now.spare += 1
