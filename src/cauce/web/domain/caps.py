"""The cap engine: places that are given out once, whoever asks, however many ask at once.

Three locks, any of which would do: a conditional UPDATE that takes places only where there are any, as the last
statement of the transaction; a CHECK in the database; and a ledger of added rows that must sum to the counter.
What it does with one caller at a time is `policy.cap.CapLedger`, against which it is tested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from cauce.web.domain import audit, clock, roles, statements
from cauce.web.domain.faults import Refused, SoldOut, Stale
from cauce.web.models import Amendment, Entry, Hold, Staff, Window


def open_window(pool: str, cap: int, label: str = "") -> Window:
    """The window of a pool by its label, opened with `cap` places if it is not there yet."""
    if cap < 0:
        raise Refused(_("there cannot be fewer than no places"), mend=_("give a whole number from 0 up"))
    window, _made = Window.objects.get_or_create(
        pool=pool, label=label, defaults={"cap": cap, "wanted": cap, "opened_at": clock.now()}
    )
    return window


def take(
    windows: Sequence[Window], holder: str, persons: int, actor: str, *, expires_at: datetime | None = None
) -> bool:
    """Hold places for all of a group in every window, or for nobody in none; False if the group holds them already.

    Call it as the last thing of a transaction: the rows of the windows are locked from here to its end, in the
    order of their keys, so that no two callers wait for each other.

    Raises
    ------
    SoldOut
        A window has not as many places left; nothing is held.
    Refused
        A group of nobody, or one that holds places for another number of people.
    """
    if persons < 1:
        raise Refused(_("a group of nobody cannot have places"), mend=_("count at least one person"))
    with transaction.atomic(savepoint=False):  # a refusal undoes all of the transaction that this is the last of
        fresh = [
            window
            for window in sorted(windows, key=lambda window: window.pk)
            if _hold(window, holder, persons, actor, expires_at)
        ]
        for window in fresh:
            if not statements.take(window.pk, persons):
                raise SoldOut(_("there are no places left for this group"), mend=_("it can wait in line"))
        return bool(fresh)


def _hold(window: Window, holder: str, persons: int, actor: str, expires_at: datetime | None) -> bool:
    """Write a hold, and its line of the ledger; False if the group has it already."""
    if statements.add_once(Hold(window=window, holder=holder, persons=persons, expires_at=expires_at)):
        _write(window, holder, "hold", persons, actor)
        return True
    held = Hold.objects.filter(window=window, holder=holder).first()
    if held is None:
        raise Stale(_("somebody is taking these places for this group just now"), mend=_("look again"))
    if held.persons != persons:
        cause = _("this group holds places for another number of people")
        raise Refused(cause, mend=_("release them first, or ask for the newcomers by themselves"))
    return False


def _holds(windows: Sequence[Window], holder: str) -> QuerySet[Hold]:
    return Hold.objects.filter(window__in=windows, holder=holder)


def issue(windows: Sequence[Window], holder: str, actor: str) -> bool:
    """The places held become final; False if there were none, or they are final already."""
    with transaction.atomic():
        changed = 0
        for hold in _holds(windows, holder).filter(issued=False).select_related("window").order_by("window_id"):
            if Hold.objects.filter(pk=hold.pk, issued=False).update(issued=True, expires_at=None):
                _write(hold.window, holder, "issue", 0, actor)
                changed += 1
        return bool(changed)


def release(windows: Sequence[Window], holder: str, actor: str, *, recycle: bool = False) -> bool:
    """Give places back; those that are final come back only with `recycle`, which is a choice of policy."""
    return _free(_holds(windows, holder), actor, recycle)


def release_all(holders: Collection[str], actor: str, *, recycle: bool = False) -> bool:
    """The same for all places of some, in whatever window."""
    return _free(Hold.objects.filter(holder__in=holders), actor, recycle)


def _free(holds: QuerySet[Hold], actor: str, recycle: bool) -> bool:
    """Take holds away, each with its line of the ledger; the counters last, once each, in the order of their keys."""
    freed = Counter[Window]()
    with transaction.atomic():
        for hold in holds.select_related("window").order_by("window_id", "holder"):
            free = Hold.objects.filter(pk=hold.pk, **({} if recycle else {"issued": False}))
            if free.delete()[0]:
                _write(hold.window, hold.holder, "release", -hold.persons, actor)
                freed[hold.window] += hold.persons
        for window, persons in freed.items():
            _give_back(window, persons)
    return bool(freed)


def _give_back(window: Window, persons: int) -> None:
    used = F("used") - persons
    Window.objects.filter(pk=window.pk).update(used=used, cap=Greatest(F("wanted"), used))


def recap(window: Window, cap: int, actor: str) -> None:
    """Change how many places there are; what is held stays held, and the surplus goes as it is given back."""
    with transaction.atomic():
        Window.objects.filter(pk=window.pk).update(wanted=cap, cap=Greatest(cap, F("used")))
        window.refresh_from_db()
        _write(window, "", "recap", 0, actor)


def propose(window: Window, cap: int, source: str, staff: Staff | None) -> Amendment:
    """Propose another cap; it changes nothing until somebody else approves.

    Raises
    ------
    Refused
        Without its source.
    """
    actor = roles.require(staff, "propose-cap")
    if not source.strip() or cap < 0:
        raise Refused(_("a new cap needs a number from 0 up and its legal source"), mend=_("name the notice"))
    with transaction.atomic():
        amendment = Amendment.objects.create(
            window=window, cap=cap, source=source.strip(), proposed_by=actor, proposed_at=clock.now()
        )
        audit.record(f"window:{window.pk}", actor, "cap-proposed", cap=cap, source=source, amendment=amendment.pk)
        return amendment


def proposed(pool: str) -> list[Amendment]:
    """The changes of a pool's caps that nobody has approved yet, the newest first."""
    waiting = Amendment.objects.filter(window__pool=pool, approved_at=None, withdrawn_at=None)
    return list(waiting.select_related("window").order_by("-pk"))


def approve(amendment: Amendment, staff: Staff | None) -> None:
    """Put a proposed cap in force; by somebody else than who proposed it, and once.

    Raises
    ------
    Refused
        The same person.
    Stale
        It is decided already.
    """
    actor = roles.require(staff, "approve-cap")
    if actor == amendment.proposed_by:
        raise Refused(_("a cap is changed by two people"), mend=_("ask somebody else to approve"))
    with transaction.atomic():
        if not _open(amendment).update(approved_by=actor, approved_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        audit.record(f"window:{amendment.window_id}", actor, "cap-approved", cap=amendment.cap, amendment=amendment.pk)
        recap(amendment.window, amendment.cap, actor)


def drop(amendment: Amendment, staff: Staff | None) -> None:
    """Withdraw the change that one proposed, or decline somebody else's: the cap stays.

    Raises
    ------
    Stale
        It is decided already.
    """
    mine = staff is not None and roles.name(staff) == amendment.proposed_by
    actor = roles.require(staff, "propose-cap" if mine else "approve-cap")
    with transaction.atomic():
        if not _open(amendment).update(withdrawn_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        act = f"cap-{'withdrawn' if mine else 'declined'}"
        audit.record(f"window:{amendment.window_id}", actor, act, amendment=amendment.pk)


def _open(amendment: Amendment) -> QuerySet[Amendment]:
    return Amendment.objects.filter(pk=amendment.pk, approved_at=None, withdrawn_at=None)


OF_PROGRAMMES = "programme:"
"""How the names of the pools of programmes begin."""


def over() -> QuerySet[Hold]:
    """The holds that ran out; those of a programme do not while nobody may issue them."""
    stopped = Q(window__wrong_at__isnull=False)
    if statements.pause("authorise") is not None:
        stopped = Q()
    ran_out = Hold.objects.filter(issued=False, expires_at__lte=clock.now())
    return ran_out.exclude(stopped, window__pool__startswith=OF_PROGRAMMES)


def prolong(windows: QuerySet[Window], span: timedelta) -> None:
    """Give what is held for a programme the time for which nobody could issue it."""
    kept = Hold.objects.filter(issued=False, window__in=windows.filter(pool__startswith=OF_PROGRAMMES))
    kept.update(expires_at=F("expires_at") + span)


BATCH = 500


def expire() -> int:
    """Give back the places of holds that ran out, other than a programme's; how many.  Two workers do no harm."""
    done = 0
    while batch := _expire_batch():
        done += batch
    return done


def _expire_batch() -> int:
    with transaction.atomic():
        first = over().exclude(window__pool__startswith=OF_PROGRAMMES).order_by("window_id", "pk")
        if connection.features.has_select_for_update_skip_locked:  # SQLite has one writer at a time anyway
            first = first.select_for_update(skip_locked=True, of=("self",))
        found = list(first.select_related("window")[:BATCH])
        Hold.objects.filter(pk__in=[hold.pk for hold in found]).delete()
        for hold in found:
            _write(hold.window, hold.holder, "release", -hold.persons, "clock")
        for window, holds in groupby(found, key=lambda hold: hold.window):
            _give_back(window, sum(hold.persons for hold in holds))
        return len(found)


@dataclass(frozen=True)
class Account:
    """A window's counter beside what its ledger and its holds sum to."""

    pool: str
    label: str
    cap: int
    used: int
    ledger: int
    held: int

    @property
    def agrees(self) -> bool:
        return self.used == self.ledger == self.held and self.used <= self.cap


def reconcile(pool: str | None = None) -> tuple[Account, ...]:
    """The account of every window, or of those of a pool, all read at one instant; each must agree."""
    windows = summed(Window.objects.all() if pool is None else Window.objects.filter(pool=pool))
    return tuple(account(window) for window in windows)


def account(window: Any) -> Account:
    """The account of a window that was summed."""
    return Account(window.pool, window.label, window.cap, window.used, window.ledger, window.held)


def summed(windows: QuerySet[Window]) -> QuerySet[Any]:
    """Windows with the sums of their `ledger` and of what is `held`, all read at one instant."""
    sums = {"ledger": Coalesce(Subquery(_sum(Entry)), 0), "held": Coalesce(Subquery(_sum(Hold)), 0)}
    return windows.annotate(**sums).order_by("pool", "label")


def _sum(model: type[Entry] | type[Hold]) -> QuerySet[Any]:
    """Persons in the rows of the window of the outer query."""
    of_window = model._default_manager.filter(window=OuterRef("pk")).order_by().values("window")
    return of_window.annotate(total=Sum("persons")).values("total")


def _write(window: Window, holder: str, act: str, persons: int, actor: str) -> None:
    statements.add(
        Entry(window=window, holder=holder, act=act, persons=persons, cap=window.cap, at=clock.now(), actor=actor)
    )
