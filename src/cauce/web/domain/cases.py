"""How a case moves: by compare-and-swap on its state and version, along the moves of the rulebook's programme."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.errors import RequestError
from cauce.policy.programme import MOVES, State, move
from cauce.web.domain import audit, clock
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.references import read
from cauce.web.models import Case, Member

ENDED = frozenset(state for state, onward in MOVES.items() if not onward) | {State.NOT_CONFIRMED}
"""States from which nothing follows; who was not confirmed files anew, and that is another case."""
ARRIVED = frozenset({State.PAROLED, State.REPAROLED})
"""States in which this service has done its work."""


def find(reference: str) -> Case:
    """The case of a reference as somebody typed it.

    Raises
    ------
    NotFound
        No case, or no reference.
    """
    proper = read(reference)
    case = None if proper is None else Case.objects.filter(reference=proper).first()
    if case is None:
        raise NotFound(_("there is no application with this reference"), mend=_("check it, symbol by symbol"))
    return case


def alone(case: Case) -> None:
    """Nobody else moves a case or uses its papers until this transaction ends; SQLite has one writer anyway."""
    list(Case.objects.select_for_update().filter(pk=case.pk).values_list("pk"))


def advance(case: Case, *to: State, actor: str, act: str, version: int | None = None, **details: Any) -> None:
    """Move a case along, and write it down; `details` hold references, counts and hashes only.

    version : that of the page on which somebody decided; the case's own if not given.

    Raises
    ------
    Refused
        A move does not exist.
    Stale
        Somebody moved the case in the meantime.
    """
    before, seen = State(case.state), case.version if version is None else version
    try:
        after, now = move(before, *to), clock.now()
    except RequestError:  # whoever works on the rules reads which moves there are; whoever waits reads this
        cause = _("this cannot be done with this application now")
        raise Refused(cause, mend=_("open it again to see where it is")) from None
    with transaction.atomic():
        mine = Case.objects.filter(pk=case.pk, state=before.value, version=seen)
        ends = {"ended_at": now} if after in ENDED else {"requested_at": now} if State.REQUESTED in to else {}
        if not mine.update(state=after.value, version=seen + 1, moved_at=now, **ends):
            raise Stale(_("somebody else changed this application since you opened it"), mend=_("open it again"))
        if after in ENDED:
            Member.objects.filter(case=case).update(live=False)
        audit.record(case.reference, actor, act, **{"before": before.value, "after": after.value, **details})
    case.state, case.version, case.moved_at = after.value, seen + 1, now
