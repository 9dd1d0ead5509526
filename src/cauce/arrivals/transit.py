"""Counts on the way as leading regressors: who crosses the Darién or Honduras this month arrives in the next.

A nationality's step in log arrivals is regressed on its steps in transit, one coefficient a publication, pooled over
nationalities and shrunk towards nothing; only months that were out when the panel's newest month came out are
used, each by the `lag_days` of its publication.  The pool of walks begins from the level that this foretells.
A publication that is absent is dropped; with none the pool is the plain one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.walks import Pool, WalkPool
from cauce.data import observe

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Transit:
    """Transit counts of all publications, and how long each takes to come out.

    Attributes
    ----------
    table : DataFrame
        month (date), table (publication), nationality, persons [person].
    lags : mapping
        Publication -> days from the end of a month to its publication [days].
    arrivals_lag : int
        The same of the arrivals themselves: a cutoff is the day on which its newest month came out [days].
    """

    table: pl.DataFrame
    lags: Mapping[str, int]
    arrivals_lag: int

    def known(self, newest: date) -> dict[str, pl.DataFrame]:
        """What each publication had put out when the arrivals of the month `newest` came out."""
        as_of = pl.select(pl.lit(newest).dt.month_end()).item() + timedelta(days=self.arrivals_lag)
        parts = {name: self.table.filter(pl.col("table") == name) for name in self.lags}
        return {n: observe.published_by(part, as_of, self.lags[n]) for n, part in parts.items() if part.height}


@dataclass(frozen=True)
class TransitPool:
    """The pool of walks, from the level that transit foretells for the month ahead."""

    priors: Priors
    transit: Transit
    name: str = "transit-pool"

    def fit(self, panel: Panel) -> Pool:
        """Fit to a panel by month; see `WalkPool.fit` for what it raises."""
        pool = WalkPool(self.priors).fit(panel)
        drift = self.drift(panel)
        return replace(pool, walks=tuple(replace(walk, level=walk.level + drift / walk.kept) for walk in pool.walks))

    def drift(self, panel: Panel) -> Float:
        """Log step that transit foretells for the first month after the panel, shape (corridor,)."""
        names = sorted({nationality for _, nationality in panel.corridors})
        floor = self.priors["transit_floor"].value
        arrivals = np.stack([panel.counts[:, panel.routes == r].sum(axis=1) for r in range(len(names))], axis=1)
        steps = np.diff(np.log(arrivals + floor), axis=0)
        known = self.transit.known(panel.months[-1])
        leads = [self._lead(table, panel, names, floor) for _, table in sorted(known.items()) if table.height]
        if not leads:
            return np.zeros(len(panel.corridors))
        x = np.stack([past for past, _ in leads], axis=-1).reshape(-1, len(leads))
        y = steps[1:].ravel()
        seen = np.isfinite(x).all(axis=1)
        x, y = x[seen], y[seen]
        weight = np.sqrt(np.broadcast_to(arrivals[2:].mean(axis=0), steps[1:].shape).ravel()[seen])
        weight = weight / weight.mean() if y.size else weight
        square = (x * weight[:, None]).T @ x
        ridge = self.priors["transit_shrinkage"].value / max(y.size, 1) * np.diag(np.diag(square) + 1e-9)
        slopes = np.linalg.solve(square + ridge, (x * weight[:, None]).T @ y)
        ahead = np.nan_to_num(np.stack([new for _, new in leads], axis=-1)) @ slopes
        return np.asarray(ahead[panel.routes])

    def _lead(self, table: pl.DataFrame, panel: Panel, names: list[str], floor: float) -> tuple[Float, Float]:
        """Steps in transit that were out for each step in arrivals but the first, and for the one ahead.

        Shapes (month - 2, nationality) and (nationality,); NaN before the publication began.
        """
        summed = table.group_by("month", "nationality").agg(pl.col("persons").sum())
        counts = {(m, n): float(p) for m, n, p in summed.iter_rows()}
        first, newest = min(m for m, _ in counts), max(m for m, _ in counts)
        behind = sum(month > newest for month in panel.months)
        logs = np.array(
            [[np.log(counts.get((m, n), 0.0) + floor) if m >= first else np.nan for n in names] for m in panel.months]
        )
        led = np.full((len(panel.months), len(names)), np.nan)
        led[behind + 1 :] = np.diff(logs[: len(logs) - behind], axis=0)
        return led[1:-1], led[-1]
