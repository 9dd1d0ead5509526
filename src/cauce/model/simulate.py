"""One run: one rulebook, one draw, from the census in the morning to the horizon.

The order of the day
--------------------
1. *Set times first.*  At one instant the calendar goes before people, in this order: crews change, places
   open, caps are reset, rules change, vehicles leave (rows of one kind in the order of the border's tables).
2. *Then people*, in order of time; at one instant in order of their number.  Somebody who has finished a
   step is routed by the rules then in force, enters the next step, and may at once begin to be served.
3. *Entering a place* that is full means waiting at its door (and staying where one is), or going on to
   the next choice; when somebody leaves, the door is served first come, first served.
4. *Expelled people* come back as a new attempt of the same party: the kernel makes the repeats, nobody else.
5. *At the horizon* whoever is inside is counted as inside.  Persons in = persons out + persons inside, on
   every run, or the run is refused.

Draws are keyed by party, attempt, step and what is decided, so a party that meets the same step under two
policies meets it with the same luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.errors import DocumentError
from cauce.model.clock import TICKS_PER_HOUR
from cauce.model.kernel import arrays as k
from cauce.model.kernel.simulate import simulate as compiled
from cauce.model.network import Assembled
from cauce.model.outcomes import Counts, Reader

BLOCK = 1 << 18  # parties counted at a time


@dataclass(frozen=True)
class Run:
    """What one run gives."""

    daily: NDArray[np.float64]
    """(outcome, day), in the order of the border's outcomes."""
    counts: Counts
    persons: Mapping[str, int]
    """`arrived`, `warm` (inside at the start), `exited`, `inside` (at the horizon) [person]."""
    out: k.Outputs


def simulate(case: Assembled, parties: k.Parties, draw_key: int, *, trace: int = -1, person_table: bool = False) -> Run:
    """Simulate one case with the given parties.

    Parameters
    ----------
    case : Assembled
        Network, calendar and tables of one rulebook and one draw of the parameters.
    parties : Parties
        Everybody who enters, sorted by tick; warm ones (`held >= 0`) at tick 0.
    draw_key : int
        64-bit key of the draw.
    trace : int, optional
        Row of the party whose path is recorded.
    person_table : bool, optional
        Keep exit time, custody time, last station and attempts of every party.

    Raises
    ------
    DocumentError
        Steps that take no time lead back to each other.
    AssertionError
        People were lost or made: a defect of ours, never a user's mistake.
    """
    clock, layout = case.clock, case.layout
    out = k.outputs(
        case.network,
        case.calendar,
        parties,
        days=clock.days,
        hours=clock.hours,
        limits=len(layout.process.clock_hours),
        groups=int(case.network.group.max()) + 1,
        person_table=person_table,
        trace=trace >= 0,
    )
    status = compiled(
        case.network,
        case.calendar,
        case.tables,
        parties,
        np.array([h * TICKS_PER_HOUR for h in layout.process.clock_hours], dtype=np.int64),
        clock.day_of_hour,
        clock.horizon,
        draw_key,
        trace,
        out,
    )
    if status == k.ENDLESS:
        raise DocumentError(
            "people go round in circles within one instant",
            mend="give one of the steps they pass a time",
            file=layout.border.network,
        )
    arrived, warm, exited, inside = (int(x) for x in out.totals)
    assert arrived + warm == exited + inside, (
        f"people were lost: {arrived} arrived + {warm} warm != {exited} out + {inside} inside"
    )
    warm_ones = parties.held >= 0  # inside at the start: they stand at their station, they did not enter it
    first_day = out.entries[:, 0]
    np.subtract.at(first_day, (parties.station[warm_ones], parties.cls[warm_ones]), parties.size[warm_ones])
    counts = Counts.of(out, first_attempts(case, parties))
    persons = {"arrived": arrived, "warm": warm, "exited": exited, "inside": inside}
    return Run(Reader(case).read(counts), counts, persons, out)


def first_attempts(case: Assembled, parties: k.Parties) -> NDArray[np.int64]:
    """Persons who cross for the first time, shape (day, class); in blocks, so that memory stays flat."""
    shape = case.clock.days, len(case.layout.classes)
    persons = np.zeros(shape[0] * shape[1])
    gate = case.layout.index[case.layout.process.encounter]
    for start in range(0, parties.tick.size, BLOCK):
        block = slice(start, start + BLOCK)
        crossing = (parties.station[block] == gate) & (parties.held[block] < 0)
        day = case.clock.day_of_hour[parties.tick[block][crossing] // TICKS_PER_HOUR]
        cell = day.astype(np.int64) * shape[1] + parties.cls[block][crossing]
        persons += np.bincount(cell, weights=parties.size[block][crossing], minlength=persons.size)
    return np.rint(persons).astype(np.int64).reshape(shape)
