"""The model run on the record: who would be inside on a morning, from the month before it.

`census` starts empty, lets the recorded month's people come (persons, so that the kernel makes the repeats),
and counts who is inside at the end, by station, class and hours held.  It is what an operator would read
off the board that morning; it uses the month's record, which CBP publishes later, for nothing else.
"""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from cauce.arrivals import timing
from cauce.arrivals.priors import Priors
from cauce.border import Border
from cauce.data import observe
from cauce.keys import key as fold
from cauce.model import timetable
from cauce.model.clock import TICKS_PER_HOUR, Clock
from cauce.model.network import Drawn, Layout, Regimes, assemble
from cauce.model.people import Outputs, Parties
from cauce.model.simulate import simulate
from cauce.policy.rulebook import Rulebook
from cauce.runs import crowd
from cauce.terms import Demographic

HOURS_A_BAND = 12  # [h] how finely the census keeps the time held


def census(border: Border, morning: datetime, seed: int = 1) -> pl.DataFrame:
    """Who is inside on a morning after a month of recorded arrivals.

    Returns
    -------
    DataFrame
        station, nationality, demographic, hours_held, persons.
    """
    zone = ZoneInfo(border.card.timezone)
    first = (morning.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    clock = Clock(
        datetime(first.year, first.month, first.day, morning.hour, tzinfo=zone), (morning.date() - first).days
    )
    book = Rulebook.read(border).known_on(morning.date())
    table = observe.read_reference(border.reference(border.card.encounters)).filter(pl.col("month") <= first)
    codes = tuple(c for c in border.nationalities if c in set(table["nationality"].to_list()))
    layout = Layout.of(border, book, codes)
    priors = Priors.read(border.root / "arrivals.yaml")
    people = np.rint(crowd.persons(table, layout)[-1:]).astype(np.int64)
    length = np.array([calendar.monthrange(first.year, first.month)[1]])
    key = fold(seed, "replay")
    days = timing.daily(people, length, priors, key)
    families = np.array([d == Demographic.FAMILY for _, d in layout.classes])
    came = timing.parties(np.vstack([days, days[-1:]]), families, priors, key, people[0] / people.sum())
    regimes = Regimes.of(layout, book, clock)
    drawn = Drawn.of(layout, clock, timetable.Trips.of(layout, clock), None)
    case = assemble(layout, book, regimes, clock, drawn)
    lawful = crowd.lane(layout, book, clock, key, crowd.open_days(layout, book, clock))
    ready = crowd.prepare(case, came, ~came.growth, lawful, crowd.Census(()).parties(layout, key))
    run = simulate(case, ready.parties, key, person_table=True)
    return _inside(layout, ready.parties, run.out)


def census_file(border: Border, morning: datetime) -> str:
    """The census of a morning as the CSV that scenarios name, with its provenance."""
    return (
        f"# Who is inside on {morning:%Y-%m-%d} at {morning:%H:%M}: cauce.runs.replay.census on the recorded"
        " month before, from empty on its first day.\n"
        "# Computed, not observed: a model's state that stands in for the board of that morning.\n"
        + census(border, morning).write_csv()
    )


def _inside(layout: Layout, parties: Parties, out: Outputs) -> pl.DataFrame:
    inside = (out.exit_tick < 0) & (out.last_station >= 0)
    station, cls = out.last_station[inside], parties.cls[inside]
    band = out.custody_ticks[inside] // (HOURS_A_BAND * TICKS_PER_HOUR) * HOURS_A_BAND
    clocked = np.array([s.site == layout.process.custody for s in layout.documents])[station]
    frame = pl.DataFrame(
        {
            "station": [layout.stations[s] for s in station],
            "nationality": [layout.classes[c][0] for c in cls],
            "demographic": [layout.classes[c][1].value for c in cls],
            "hours_held": np.where(clocked, band, 0),
            "persons": parties.size[inside],
        }
    )
    keys = ["station", "nationality", "demographic", "hours_held"]
    return frame.group_by(keys).agg(pl.col("persons").cast(pl.Int64).sum()).sort(keys)
