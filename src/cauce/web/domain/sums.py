"""The sums of the caps, looked at each minute: counter, ledger and holds of a window agree, or it gives out no place.

The window in which a programme counts today is summed whole each time.  Any other, such as one of a month that is
over, only when its counter or its ledger has moved since it was last proven; `cauce web check` sums them all.
A bed or a seat goes on being given out: whoever is in custody does not wait for a sum.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from cauce.web.domain import audit, caps, clock, rules
from cauce.web.domain.faults import Refused
from cauce.web.models import Entry, Window

log = logging.getLogger("cauce.web")


def look() -> int:
    """Sum what has moved; how many windows are wrong.  Two workers at once do no harm."""
    last: int = Entry.objects.aggregate(last=Max("id"))["last"] or 0
    found = list(caps.summed(_looked_at()))
    with transaction.atomic():
        for window in sorted(found, key=lambda window: window.pk):  # as all who write several windows
            if caps.account(window).agrees:
                _prove(window, last)
            else:
                _mark(window)
    return wrong().count()


def _looked_at() -> QuerySet[Window]:
    moved = ~Q(used=F("proven_used")) | Q(pk__in=Entry.objects.filter(id__gt=_proven()).values("window"))
    return Window.objects.filter(Q(proven_entry=None) | Q(wrong_at__isnull=False) | moved | Q(pk__in=_in_force()))


def _proven() -> int:
    """The last line of any ledger that was there when sums were looked at."""
    return Window.objects.aggregate(last=Max("proven_entry"))["last"] or 0


def _in_force() -> list[int]:
    """The windows in which the programme counts now; none while it takes nobody."""
    try:
        return [window.pk for window in rules.windows(rules.programme().id)]
    except Refused:
        return []


def _prove(window: Window, last: int) -> None:
    mine = Window.objects.filter(pk=window.pk)
    if window.wrong_at:  # what is held before its window, as everybody who gives places back
        caps.prolong(mine, clock.now() - window.wrong_at)
    if (window.proven_used, window.proven_entry) != (window.used, last):
        mine.update(proven_used=window.used, proven_entry=last)
    if window.wrong_at and mine.exclude(wrong_at=None).update(wrong_at=None):
        audit.record(f"window:{window.pk}", "clock", "sum-right", used=window.used)


def _mark(window: Any) -> None:
    """Said once, when it is found."""
    if Window.objects.filter(pk=window.pk, wrong_at=None).update(wrong_at=clock.now()):
        used, ledger, held = window.used, window.ledger, window.held
        audit.record(f"window:{window.pk}", "clock", "sum-wrong", used=used, ledger=ledger, held=held)
        words = "window %s (%s) does not agree with its ledger: counter %s, ledger %s, held %s"
        log.error(words, window.pk, window.pool, used, ledger, held)


def wrong() -> QuerySet[Window]:
    """The windows that are wrong, as far as anybody has looked."""
    return Window.objects.filter(wrong_at__isnull=False)


def unlooked_for(since: timedelta) -> bool:
    """Whether something moved so long ago and nobody has looked."""
    return Entry.objects.filter(id__gt=_proven(), at__lte=clock.now() - since).exists()


def require_right(windows: Iterable[Window]) -> None:
    """Go on only if every window is right, as far as anybody has looked.

    Raises
    ------
    Refused
        One is wrong.
    """
    if any(window.wrong_at is not None for window in windows):
        cause = _("the number of places given out does not agree with its ledger")
        raise Refused(cause, mend=_("nothing is given out until somebody has found why; tell your supervisor"))
