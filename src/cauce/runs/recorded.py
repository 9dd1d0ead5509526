"""What official records say of a replay's days and of its ways out, where nothing was counted at the site itself.

weekly      how the weeks of a period went nationwide, for the days of a month that is known by its total alone
released    which share of those not expelled was released, by class, from the border-wide dispositions
parted      a book's pathways with that share on those that end in release
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.border import Border, read_rows
from cauce.data import observe
from cauce.errors import DataError
from cauce.model.network import Layout
from cauce.runs.windows import window
from cauce.terms import Demographic

Float = NDArray[np.float64]
WEEKS, DISPOSITIONS = "weekly_nationwide.csv", "disposition_shares.csv"
EVERYBODY, OTHERS = "all", "rest"
AWAY, FREED = ("transfers-to-ice", "title-8-repatriations"), "releases"


def weekly(border: Border, first: date, days: int) -> Float:
    """Level of each day by the nationwide weeks, straight on the log from mid-week to mid-week, shape (day,).

    Weeks that end after the last day are not read; from the last one on the level stays.  All ones where the
    border ships no weeks.
    """
    if not (border.root / "reference" / WEEKS).is_file():
        return np.ones(days)
    last = first + timedelta(days=days)
    table = observe.read_reference(border.reference(WEEKS)).filter(pl.col("week") + timedelta(days=7) <= last)
    if table.is_empty():
        return np.ones(days)
    middle = np.array([(week - first).days + 3.5 for week in table["week"].to_list()])
    found = np.interp(np.arange(days) + 0.5, middle, np.log(table["encounters"].to_numpy()))
    return np.asarray(np.exp(found - found.mean()))


def released(border: Border, layout: Layout) -> Float:
    """Share released of adults and families who were not expelled, by class, shape (class,); NaN: not in the record.

    The border-wide table has nationalities and demographics, but not both at once: the share sent away of a
    class is that of its nationality times that of its demographic over everybody's, at most one.

    Raises
    ------
    DataError
        The table has no such months.
    """
    if not (border.root / "reference" / DISPOSITIONS).is_file():
        return np.full(len(layout.classes), np.nan)
    months = window(border, "ways")
    rows = observe.read_reference(border.reference(DISPOSITIONS)).filter(
        pl.col("component") == EVERYBODY, pl.col("period") == f"{months.first:%Y-%m}/{months.last:%m}"
    )
    if rows.is_empty():
        cause = f"holds no dispositions of {months.first:%Y-%m} to {months.last:%Y-%m}, the window 'ways'"
        raise DataError(cause, mend="name a period of the table in replay/windows.csv", file=Path(DISPOSITIONS))
    persons = {(n, d, o): p for n, d, o, p in rows.select("nationality", "demographic", "outcome", "persons").rows()}

    def away(nationality: str, demographic: str) -> float:
        sent = sum(persons.get((nationality, demographic, outcome), 0) for outcome in AWAY)
        return float(sent / max(sent + persons.get((nationality, demographic, FREED), 0), 1))

    grown = (Demographic.SINGLE_ADULT, Demographic.FAMILY)
    told = {n for n, _, _ in persons} - {EVERYBODY}
    sent, freed = (sum(persons.get((EVERYBODY, d, o), 0) for d in grown for o in ways) for ways in (AWAY, (FREED,)))
    whole = sent / max(sent + freed, 1)
    found = []
    for nationality, demographic in layout.classes:
        if demographic in grown:
            mine = away(nationality if nationality in told else OTHERS, EVERYBODY)
            found.append(1 - min(mine * away(EVERYBODY, demographic) / whole, 1.0))
        else:
            found.append(np.nan)
    return np.array(found)


def freeing(border: Border) -> frozenset[str]:
    """Pathways that the dispositions count as releases: `replay/ways.csv`.

    Raises
    ------
    DataError
        The table is not as it should be.
    """
    path = border.root / "replay" / "ways.csv"
    rows = read_rows(path, ("pathway", "outcome")) if path.is_file() else ()
    return frozenset(row["pathway"] for row in rows if row["outcome"] == FREED)


def parted(ways: Sequence[tuple[str, float]], free: frozenset[str], share: float) -> tuple[tuple[str, float], ...]:
    """The ways with `share` on those that set free, in the book's proportions on either side, summing to one.

    As the book says where the record says nothing (NaN), or the book has ways of one side only.
    """
    whole = sum(s for _, s in ways)
    out = sum(s for way, s in ways if way in free)
    if np.isnan(share) or not 0 < out < whole:
        return tuple((way, s / whole) for way, s in ways)
    return tuple((way, s / out * share if way in free else s / (whole - out) * (1 - share)) for way, s in ways)
