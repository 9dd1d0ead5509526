"""What many cases share (a phone, an address, the same words): shown with how common that is, to a person, who decides.

An alert never denies, never moves a case in the line, and never looks at where somebody is from.  The people of the
case are told that somebody looks at it.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import Count, Model

from cauce.web.domain import audit, clock, roles
from cauce.web.domain.outbox import tell
from cauce.web.models import Alert, Case, Staff, Support

TABLE = Path(__file__).parents[1] / "alerts.csv"
_WHERE: dict[str, tuple[type[Model], str, str]] = {
    "phone": (Support, "phone_index", "case"),
    "address": (Support, "address_index", "case"),
    "words": (Support, "words_index", "case"),
    "contact": (Case, "contact_index", "pk"),
}


@cache
def thresholds() -> dict[str, int]:
    """From how many cases on somebody looks, by kind."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["kind"]: int(row["from_count"]) for row in csv.DictReader(lines)}


def look(case: Case) -> tuple[Alert, ...]:
    """Raise the alerts of a case, each with its count and how common as much is; those of today, if seen before."""
    found = []
    with transaction.atomic():
        for kind, least in thresholds().items():
            count, rate = _shared(case, kind)
            if count < least:
                continue
            alert, new = Alert.objects.update_or_create(
                case=case, kind=kind, defaults={"count": count, "rate": rate},
                create_defaults={"count": count, "rate": rate, "raised_at": clock.now(), "told_at": clock.now()},
            )  # fmt: skip
            if new:
                audit.record(case.reference, "clock", "alert", kind=kind, count=count, rate=round(rate, 4))
                tell(case)
            found.append(alert)
    return tuple(found)


def _shared(case: Case, kind: str) -> tuple[int, float]:
    """How many cases share it with this one, and the share of all cases that share as much."""
    model, column, of = _WHERE[kind]
    rows = model._default_manager.exclude(**{column: ""})
    mine = rows.filter(**{of: case.pk}).values_list(column, flat=True).last() if kind == "contact" else (
        rows.filter(case=case).order_by("asked_at").values_list(column, flat=True).last()
    )  # fmt: skip
    if mine is None:
        return 0, 0.0
    sizes = rows.values(column).annotate(cases=Count(of, distinct=True)).values_list(column, "cases")
    groups = dict(sizes.order_by())
    as_much = sum(size for size in groups.values() if size >= groups[mine])
    return groups[mine], as_much / sum(groups.values())


def close(alert: Alert, staff: Staff | None) -> None:
    """Somebody has looked and found it in order."""
    actor = roles.require(staff, "close-alert")
    with transaction.atomic():
        if Alert.objects.filter(pk=alert.pk, closed_by="").update(closed_by=actor):
            audit.record(alert.case.reference, actor, "alert-closed", kind=alert.kind)
