"""Who may do what, from one table: deny by default, asked by every verb and not by its page alone."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cauce.web.domain.faults import NotFound, Refused
from cauce.web.models import Site, Staff

TABLE = Path(__file__).parents[1] / "roles.csv"


@dataclass(frozen=True)
class Act:
    """One row of the table.

    states : those of an application in which it has a meaning; empty for any.
    who : role -> "all" or "site".
    """

    name: str
    states: frozenset[str]
    who: dict[str, str]


@cache
def table() -> dict[str, Act]:
    """The matrix, as it is published."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    roles = [role for role, _label in Staff.ROLES]
    return {
        row["act"]: Act(
            row["act"], frozenset(filter(None, row["states"].split("|"))), {r: row[r] for r in roles if row[r]}
        )
        for row in csv.DictReader(lines)
    }


def may(staff: Staff | None, act: str, site: Site | None = None) -> bool:
    """Whether somebody may do an act, at a site if it is about one.  An act that no row names is nobody's."""
    if staff is None or act not in table() or not staff.user.is_active:
        return False
    reach = table()[act].who.get(staff.role)
    if reach == "site" and site is not None:
        return staff.sites.filter(pk=site.pk).exists()
    return reach is not None


def sites(staff: Staff, act: str) -> QuerySet[Site]:
    """The sites at which somebody may do an act."""
    reach = table()[act].who.get(staff.role) if may(staff, act) else None
    if reach is None:
        return Site.objects.none()
    return Site.objects.all() if reach == "all" else staff.sites.all()


def require(staff: Staff | None, act: str, site: Site | None = None, *, state: str | None = None) -> str:
    """Their name for the audit, if they may do this.

    Raises
    ------
    NotFound
        Not theirs to do: it looks as if it were not there.
    Refused
        Theirs, but not in this state of the application.
    """
    if staff is None or not may(staff, act, site):
        raise NotFound(_("there is no such page, or it is not for you"), mend=_("check the address"))
    states = table()[act].states
    if state is not None and states and state not in states:
        raise Refused(_("this cannot be done with this application now"), mend=_("open it again to see where it is"))
    return name(staff)


def name(staff: Staff) -> str:
    """By which the audit knows them."""
    return str(staff.user.get_username())
