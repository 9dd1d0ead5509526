"""Two checks against long official records, where the files are at hand: they ship with nobody.

dispositions   what became of people border-wide, by month and citizenship: shares of one fiscal year, the next to test
custody        children held, by day: a forecast that forgets as fast as the past did, against persistence
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

import cauce
from cauce.border import Border
from cauce.data import registry
from cauce.errors import RequestError
from cauce.terms import Authority

BESIDE = Path(cauce.__file__).parents[3] / "shared" / "data"  # beside a checkout; an installed package has none
DISPOSITIONS, CUSTODY = ("ohss_monthly", "bookouts_citizenship"), ("hhs_uac_daily", "daily")
PLACES = {DISPOSITIONS: "ohss/bookouts_citizenship.csv", CUSTODY: "hhs/uac_daily.csv"}

LEARNT = date(2021, 10, 1), date(2022, 9, 1)  # fiscal year 2022: its shares are learnt
TESTED = date(2022, 10, 1), date(2023, 9, 1)  # fiscal year 2023: predicted from them
TOGETHER = ("all", "rest")  # groups that hold others
BESIDES = (
    "all",
    f"{Authority.TITLE_42.value}-expulsions",
    "migrant-protection-protocols",
)  # no part of what the shares divide
ROUNDED = 10  # [person] the publisher rounds to ten
SMALL = 100  # [person/month] fewer than ten times the rounding say nothing of a share
T90 = 1.363430  # 90th percentile of Student's t, 11 degrees of freedom: twelve months give mean and sd

HORIZONS = (1, 3, 7, 14)  # [day]
WINDOW = 28  # [day] whose mean the forecast falls back to
LEAST = 30  # [day] pairs of days before a first forecast


def find(border: Border, files: Sequence[Path]) -> dict[tuple[str, str], pl.DataFrame]:
    """Tables by publication and name: of the files named, else of the folder of records beside the checkout.

    Raises
    ------
    RequestError
        A file named is none of those that are asked for here.
    DataError
        A file is not as published.
    """
    found = {}
    for path in files:
        card, table = registry.identify(path)
        if (card.id, table.name) not in PLACES:
            known = " and ".join(f"{a}/{b}" for a, b in PLACES)
            raise RequestError(f"{path} is {card.id}/{table.name}, which tests nothing here", mend=f"give {known}")
        found[card.id, table.name] = registry.read(path, border)
    if not files:
        found = {k: registry.read(BESIDE / p, border) for k, p in PLACES.items() if (BESIDE / p).is_file()}
    return found


@dataclass(frozen=True)
class Dispositions:
    """How many monthly shares of the test year fall inside the 80% intervals of the year before."""

    cells: int
    inside: int
    width: float
    error: float
    last_error: float
    by_outcome: tuple[tuple[str, int, int], ...]

    @property
    def coverage(self) -> float:
        return self.inside / self.cells if self.cells else float("nan")

    def text(self) -> str:
        off = self.coverage - 0.8
        said = "within" if abs(off) <= 0.05 else "MISSED:"  # the design asks for five points
        ways = ", ".join(f"{name} {i} of {n}" for name, n, i in self.by_outcome)
        return (
            f"Dispositions border-wide, FY2023 by citizenship and month from FY2022's shares: n={self.cells},"
            f" {self.coverage:.0%} inside 80% ({said} {off:+.0%} of the nominal), mean width {self.width:.2f},"
            f" mean error {self.error:.3f} against {self.last_error:.3f} for the last month's share.\n  {ways}"
        )


def dispositions(table: pl.DataFrame) -> Dispositions:
    """Predict each citizenship's monthly share of each outcome from the twelve months before.

    On log odds a month is drawn from mean and spread of the learnt year; its interval is Student's.
    """
    chosen = table.filter(~pl.col("group").is_in(TOGETHER), ~pl.col("series").is_in(BESIDES))
    whole = chosen.group_by("month", "group").agg(pl.col("count").sum().alias("whole"))
    joined = chosen.join(whole, on=("month", "group")).filter(pl.col("whole") >= SMALL)
    odds = (pl.col("count").fill_null(0) + ROUNDED / 2) / (pl.col("whole") - pl.col("count").fill_null(0) + ROUNDED / 2)
    joined = joined.with_columns(
        odds.log().alias("logit"), (pl.col("count").fill_null(0) / pl.col("whole")).alias("share")
    )
    tally: dict[str, list[int]] = {}
    width, error, last_error = [], [], []
    for (_, series), part in sorted(joined.group_by("group", "series")):
        learnt = part.filter(pl.col("month").is_between(*LEARNT)).sort("month")
        tested = part.filter(pl.col("month").is_between(*TESTED)).sort("month")
        seen = learnt["logit"].to_numpy()
        if seen.size < 12 or not tested.height:
            continue
        half = T90 * seen.std(ddof=1) * (1 + 1 / seen.size) ** 0.5
        low, middle, high = (1 / (1 + np.exp(-(seen.mean() + d))) for d in (-half, 0.0, half))
        truth = tested["share"].to_numpy()
        slack = ROUNDED / 2 / tested["whole"].to_numpy()  # a count is known to within half its rounding
        count = tally.setdefault(str(series), [0, 0])
        count[0] += truth.size
        count[1] += int(((truth >= low - slack) & (truth <= high + slack)).sum())
        width += [high - low] * truth.size
        error += list(abs(truth - middle))
        last_error += list(abs(truth - learnt["share"].to_numpy()[-1]))
    cells, inside = (sum(c[k] for c in tally.values()) for k in (0, 1))
    rows = tuple((name, *c) for name, c in sorted(tally.items()))
    return Dispositions(cells, inside, _mean(width), _mean(error), _mean(last_error), rows)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Custody:
    """Mean absolute error by horizon: (days ahead, n, ours, persistence, persistence over the mean held)."""

    rows: tuple[tuple[int, int, float, float, float], ...]

    def text(self) -> str:
        lines = ["Children held, day by day, from the past alone (error of ours over that of persistence):"]
        for days, n, ours, last, relative in self.rows:
            won = "" if ours < last else "  persistence wins"
            lines.append(
                f"  {days:2} days ahead: n={n:3}, {ours / last:.2f} ({ours:.0f} against {last:.0f};"
                f" persistence is off by {relative:.0%} of those held){won}"
            )
        return "\n".join(lines)


def custody(table: pl.DataFrame) -> Custody:
    """Forecast the children held from the days before; nothing later is looked at.

    The distance from the mean of the last weeks shrinks by a factor a day, fitted on the days before.
    """
    held = {d: float(n) for d, n in table.select("date", "in_cbp").iter_rows() if n is not None}
    days = sorted(held)
    ours: dict[int, list[float]] = {h: [] for h in HORIZONS}
    last: dict[int, list[float]] = {h: [] for h in HORIZONS}
    pairs: list[tuple[float, float]] = []  # distance today, distance tomorrow
    for now in days:
        recent = np.array([held[d] for d in days if now - timedelta(days=WINDOW) < d <= now])
        middle, distance = float(recent.mean()), held[now] - float(recent.mean())
        if len(pairs) >= LEAST:
            kept = _kept(np.array(pairs))
            for h in HORIZONS:
                then = now + timedelta(days=h)
                if then in held:
                    ours[h].append(abs(middle + kept**h * distance - held[then]))
                    last[h].append(abs(held[now] - held[then]))
        before = now - timedelta(days=1)
        if before in held:
            pairs.append((held[before] - middle, distance))
    mean = float(np.mean([held[d] for d in days]))
    return Custody(
        tuple((h, len(ours[h]), _mean(ours[h]), _mean(last[h]), _mean(last[h]) / mean) for h in HORIZONS if ours[h])
    )


def _kept(pairs: NDArray[np.float64]) -> float:
    """Least squares through the origin, within [0, 1]."""
    x, y = pairs.T
    return float(np.clip((x @ y) / (x @ x), 0.0, 1.0)) if x.any() else 0.0


def _mean(numbers: Sequence[float]) -> float:
    return float(np.mean(numbers)) if len(numbers) else float("nan")
