"""How often somebody may try within an hour: counted by keyed hashes, and forgotten the hour after."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cauce.web.domain import clock, vault
from cauce.web.domain.faults import Refused
from cauce.web.models import Tally

TABLE = Path(__file__).parents[1] / "limits.csv"
HOUR = 3600


class TooOften(Refused):
    """Tried more often than a person would."""


@cache
def table() -> dict[str, int]:
    """The most tries an hour, by act."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["act"]: int(row["most"]) for row in csv.DictReader(lines)}


def count(act: str, who: str) -> None:
    """Count one try of somebody: an address, a reference, a case.

    Raises
    ------
    TooOften
        As often within this hour as the table allows.
    """
    hour = int(clock.now().timestamp()) // HOUR
    mine = Tally.objects.filter(who=vault.index(f"try:{act}", who), hour=hour)
    if mine.filter(tries__lt=table()[act]).update(tries=F("tries") + 1):
        return
    if not mine.exists():
        Tally.objects.filter(hour__lt=hour).delete()
        try:
            with transaction.atomic():
                Tally.objects.create(who=vault.index(f"try:{act}", who), hour=hour, tries=1)
                return
        except IntegrityError:
            if mine.filter(tries__lt=table()[act]).update(tries=F("tries") + 1):
                return
    raise TooOften(_("this was tried too often from here"), mend=_("wait an hour, then try again"))
