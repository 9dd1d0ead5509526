"""That a step stands still is told to whom it concerns: who holds papers first, then who waits in that step.

Only as many messages are written at a time as are sent in a round of the worker, so that thousands of them keep
no other message waiting, and nobody who writes.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, QuerySet

from cauce.policy.programme import State
from cauce.web.domain import audit, authorisations, filing, outbox, pauses
from cauce.web.domain.faults import NotFound
from cauce.web.domain.outbox import tell as send
from cauce.web.models import Authorisation, Case, Pause

WAITING: dict[str, tuple[State, ...]] = {
    "file": (),  # who has a draft reads it when they go on with it
    "review": (State.QUEUED, State.SELECTED, State.REVIEW, State.EVIDENCE),
    "authorise": (State.REQUESTED, State.WAITING),
}
"""The states of those who wait in a step."""


def tell() -> int:
    """Write the next messages about each step that stands still; how many.  Two workers at once do no harm."""
    return sum(_tell_some(pause) for pause in pauses.now() if not whole(pause))


def whole(pause: Pause) -> bool:
    """Whether everybody whom a pause concerns was told."""
    return pause.told_groups >= len(_concerned(pause))


def _concerned(pause: Pause) -> tuple[QuerySet[Case], ...]:
    good = Authorisation.objects.filter(used_at=None, revoked_at=None, ends_on__gt=filing.today())
    holders = Case.objects.filter(pk__in=good.values("member__case"), state__in=authorisations.LIVE)
    return holders, Case.objects.filter(state__in=[state.value for state in WAITING[pause.step]])


def _tell_some(pause: Pause) -> int:
    room = outbox.MOST - outbox.due().count()
    if room < 1:
        return 0
    left = _concerned(pause)[pause.told_groups].filter(erased_at=None)
    if pause.told_after is not None:
        left = left.filter(pk__gt=pause.told_after)
    some = list(left.select_related("key").defer("snapshot").order_by("pk")[:room])
    ends = len(some) < room
    further = {"told_groups": pause.told_groups + 1, "told_after": None} if ends else {"told_after": some[-1].pk}
    with transaction.atomic():
        mine = Pause.objects.filter(pk=pause.pk, until=None, told_groups=pause.told_groups, told_after=pause.told_after)
        if not mine.update(**further):  # another worker has told these, or the step goes on
            return 0
        written = sum(map(_told, some))
        Pause.objects.filter(pk=pause.pk).update(told=F("told") + written)
        pause.refresh_from_db()
        if whole(pause):
            audit.record(f"pause:{pause.step}", "clock", "pause-told", pause=pause.pk, messages=pause.told)
    return written


def _told(case: Case) -> bool:
    """Whether a case was written to; one that cannot be read keeps no other waiting."""
    try:
        return send(case, "pause")
    except NotFound:
        return False
