"""Effects as a table that leaves: what a simulation or a prior may take up, with what was known and until when.

`effects.csv` has one row an estimand, nationality (or part of the border), estimator and lag.  A fit may use an
effect only if its cutoff is not later than the fit's own: `read_effects` refuses a file that would look ahead.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cauce.border import Border, read_rows
from cauce.data import cards
from cauce.decisions.evaluation import Found
from cauce.decisions.verdicts import Verdict
from cauce.errors import DataError

COLUMNS = (
    "measure", "nationality", "estimand", "estimator", "lag_months", "month", "log_low", "log_median", "log_high",
    "quantiles", "draws", "cutoff", "months_used", "known_by", "verdict", "ridge",
)  # fmt: skip


def rows(border: Border, found: Found, verdicts: tuple[Verdict, ...]) -> list[dict[str, Any]]:
    """Every estimate as a row; infinite ends are left empty."""
    lag = cards.find(border.card.publication).lag_days
    says = {v.estimand: v.says.en for v in verdicts}
    design, table = found.design, []
    for e in (*found.own, *found.together, *found.treated_walk, *found.by_sector, *found.total):
        months = (e.month.year - design.month.year) * 12 + e.month.month - design.month.month
        end = (e.month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        table.append({
            "measure": "+".join(design.measures), "nationality": e.who, "estimand": e.estimand,
            "estimator": e.estimator, "lag_months": months, "month": e.month.isoformat(),
            **{f"log_{k}": _plain(v) for k, v in (("low", e.low), ("median", e.median), ("high", e.high))},
            "quantiles": "0.05 0.5 0.95", "draws": e.draws, "cutoff": f"{e.month:%Y-%m}",
            "months_used": f"{design.first if e.estimator != 'count model' else found.whole.months[0]:%Y-%m}"
                           f" to {found.whole.months[found.known - 1]:%Y-%m}",
            "known_by": (end + timedelta(days=lag)).isoformat(), "verdict": says[e.estimand], "ridge": design.ridge.en,
        })  # fmt: skip
    return table


def _plain(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else ""


def as_csv(table: list[dict[str, Any]]) -> str:
    """The rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


def read_effects(path: Path, cutoff: date) -> tuple[dict[str, str], ...]:
    """Effects that a fit with a cutoff may use.

    Raises
    ------
    DataError
        It is no such table, or an effect was estimated with months later than the fit's cutoff.
    """
    found = read_rows(path, COLUMNS)
    for row in found:
        if row["cutoff"] > f"{cutoff:%Y-%m}":
            cause = f"an effect was estimated with {row['cutoff']}, and the fit's cutoff is {cutoff:%Y-%m}"
            raise DataError(cause, mend="leave out effects of later months", file=path, line=row.line)
    return tuple(dict(row) for row in found)
