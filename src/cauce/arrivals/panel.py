"""A panel: counts by month (or week) and corridor, the one table every forecast is fitted to and scored on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.errors import RequestError

Float = NDArray[np.float64]
NEEDED = ("month", "sector", "nationality", "encounters")


@dataclass(frozen=True)
class Panel:
    """Counts, oldest month first; a missing row of the record is a zero."""

    months: tuple[date, ...]
    """First days of the months, or of the weeks."""
    corridors: tuple[tuple[str, str], ...]
    """(sector or other part, nationality)."""
    counts: Float  # (month, corridor) [event]
    left_out: frozenset[tuple[str, date]] = frozenset()
    """Nationality-months that are no evidence for a fit: a measured effect has used them."""

    @classmethod
    def of(cls, table: pl.DataFrame, *, least: int = 0) -> Panel:
        """From a table of month, sector, nationality, encounters; corridors of more than `least` encounters.

        Raises
        ------
        RequestError
            A column is missing, or nothing is left.
        """
        missing = [c for c in NEEDED if c not in table.columns]
        if missing:
            raise RequestError(f"the table has no column {missing[0]!r}", mend=f"give one with {', '.join(NEEDED)}")
        summed = table.group_by("month", "sector", "nationality").agg(pl.col("encounters").sum())
        totals = summed.group_by("sector", "nationality").agg(pl.col("encounters").sum())
        kept = totals.filter(pl.col("encounters") > least).sort("sector", "nationality")
        corridors = tuple(kept.select("sector", "nationality").iter_rows())
        if not corridors or summed.height == 0:
            raise RequestError(f"no corridor has more than {least} encounters", mend="give a longer record")
        first, last = summed["month"].min(), summed["month"].max()
        months = tuple(pl.select(pl.date_range(first, last, "1mo")).to_series().to_list())  # type: ignore[arg-type]
        row, column = {m: i for i, m in enumerate(months)}, {c: i for i, c in enumerate(corridors)}
        counts = np.zeros((len(months), len(corridors)))
        for month, sector, nationality, encounters in summed.iter_rows():
            if (sector, nationality) in column:
                counts[row[month], column[sector, nationality]] = encounters
        return cls(months, corridors, counts)

    @classmethod
    def of_weeks(cls, table: pl.DataFrame, name: tuple[str, str] = ("nationwide", "all")) -> Panel:
        """One series by week, from a table of week, encounters.

        Raises
        ------
        RequestError
            A column or a week is missing, or a week stands twice.
        """
        for column in ("week", "encounters"):
            if column not in table.columns:
                raise RequestError(f"the table has no column {column!r}", mend="give one with week, encounters")
        ordered = table.sort("week")
        weeks = tuple(ordered["week"].to_list())
        for earlier, later in pairwise(weeks):
            if later - earlier != timedelta(days=7):
                cause = f"the weekly table goes from {earlier} to {later}"
                raise RequestError(cause, mend="give every week once, also those without encounters")
        return cls(weeks, (name,), ordered["encounters"].to_numpy().astype(np.float64)[:, None])

    def before(self, cutoff: int) -> Panel:
        """The months before number `cutoff`: all that a forecast made then may see."""
        return Panel(self.months[:cutoff], self.corridors, self.counts[:cutoff], self.left_out)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Whether a fit learns from a count, shape (month, corridor)."""
        return np.array([[(n, month) not in self.left_out for _, n in self.corridors] for month in self.months])

    @property
    def routes(self) -> NDArray[np.int64]:
        """Number of each corridor's nationality, shape (corridor,)."""
        names = {n: i for i, n in enumerate(sorted({n for _, n in self.corridors}))}
        return np.array([names[n] for _, n in self.corridors])
