"""Effects as a table that leaves: what a simulation or a prior may take up, with what was known and until when.

`effects.csv` has one row an estimand, nationality (or part of the border), estimator and lag: the contract
`effects`.  `cauce.arrivals.effects` reads it, and refuses a file that would look ahead of a fit.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from cauce.border import Border, Named
from cauce.data import cards
from cauce.data.contracts import Contract
from cauce.decisions.evaluation import Found
from cauce.decisions.verdicts import Verdict

EARLY = Named(
    en="not judged: the months of the verdict were not all published",
    es="sin juzgar: los meses del veredicto no estaban todos publicados",
)


WHOLE_RECORD = ("count model", "structural series")  # estimators that see all months before


def rows(
    border: Border,
    found: Found,
    verdicts: tuple[Verdict, ...],
    sectors: Mapping[str, Verdict],
    as_of: date | None = None,
) -> list[dict[str, Any]]:
    """Every estimate as a row, or those published by `as_of`; infinite ends are left empty.

    A sector has its own verdict, everybody else that of their estimand.
    """
    lag = cards.find(border.card.publication).lag_days
    by_estimand = {v.estimand: v for v in verdicts}
    design, table = found.design, []
    judged = _published(found.months[found.assessed][-1], lag)
    for e in (
        *found.own,
        *found.together,
        *found.treated_walk,
        *found.by_sector,
        *found.total,
        *found.structural_total,
    ):
        months = (e.month.year - design.month.year) * 12 + e.month.month - design.month.month
        known = _published(e.month, lag)
        if as_of is not None and known > as_of:
            continue
        said = sectors.get(e.who, by_estimand[e.estimand]).says if as_of is None or judged <= as_of else EARLY
        table.append({
            "measure": "+".join(design.measures), "nationality": e.who, "estimand": e.estimand,
            "estimator": e.estimator, "lag_months": months, "month": e.month.isoformat(),
            **{f"log_{k}": _plain(v) for k, v in (("low", e.low), ("median", e.median), ("high", e.high))},
            "quantiles": "0.05 0.5 0.95", "draws": e.draws, "cutoff": f"{e.month:%Y-%m}",
            "months_used": f"{found.whole.months[0] if e.estimator in WHOLE_RECORD else design.first:%Y-%m}"
                           f" to {found.whole.months[found.known - 1]:%Y-%m}",
            "known_by": known.isoformat(), "ridge": design.ridge.en,
            "verdict": said.en, "verdict_es": said.es,
        })  # fmt: skip
    return table


def _published(month: date, lag: int) -> date:
    return (month + timedelta(days=32)).replace(day=1) + timedelta(days=lag - 1)


def _plain(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else ""


def as_csv(table: list[dict[str, Any]]) -> str:
    """The rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [c.name for c in Contract.read("effects").columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()
