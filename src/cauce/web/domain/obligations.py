"""What runs after an arrival: the end of the stay, the days by which something must be asked for or told."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from cauce.policy.programme import NOON, State, years_after
from cauce.web.domain import rules, standing
from cauce.web.models import Case

TABLE = Path(__file__).parents[1] / "obligations.csv"


@dataclass(frozen=True)
class Obligation:
    """One thing to keep in mind: on or by a day, or within days of each time that it happens."""

    what: str
    by: date | None
    days: int | None
    basis: str


def of(case: Case) -> tuple[Obligation, ...]:
    """What runs for a case whose people have arrived; nothing before."""
    arrived = standing.arrived_on(case)
    if arrived is None or case.state not in (State.PAROLED, State.REPAROLED):
        return ()
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(_obligation(row, case, arrived) for row in csv.DictReader(lines))


def _obligation(row: dict[str, str], case: Case, arrived: date) -> Obligation:
    if row["what"] == "parole-ends":
        years = rules.programme(case.programme).value("parole_years", datetime.combine(arrived, NOON))
        end = None if years is None else years_after(arrived, round(years.value))
        return Obligation(row["what"], end, None, row["basis"])
    days = int(row["days"]) if row["days"] else None
    by = years_after(arrived, int(row["years"])) if row["years"] else arrived if days == 0 else None
    return Obligation(row["what"], by, days or None, row["basis"])
