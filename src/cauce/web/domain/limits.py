"""How often somebody may try within an hour: counted by keyed hashes, and forgotten the hour after."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

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
    mine = {"who": vault.index(f"try:{act}", who), "hour": int(clock.now().timestamp()) // HOUR}
    room = Tally.objects.filter(**mine, tries__lt=table()[act])
    if room.update(tries=F("tries") + 1):
        return
    _tally, fresh = Tally.objects.get_or_create(**mine, defaults={"tries": 0})
    if fresh:
        Tally.objects.filter(hour__lt=mine["hour"]).delete()
    if not room.update(tries=F("tries") + 1):
        raise TooOften(_("this was tried too often from here"), mend=_("wait an hour, then try again"))
