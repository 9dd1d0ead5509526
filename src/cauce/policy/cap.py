"""The cap: a counter that cannot be oversold, the ledger that proves it, and the line before it.

CapLedger    one counting period; taking is one act under one lock: look, and take all or nothing for a group
             that travels together; every act is a line of a ledger which is only ever added to
CapWindows   a programme through its periods: a new month begins empty (or with what the last one left, where the
             book says so), the nationalities share what there is, whoever finds no place waits in line

What is counted is authorisations (persons who may travel), not requests and not arrivals.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.policy.measure import instant
from cauce.policy.rulebook import Cap, Rulebook

Act = Literal["hold", "release", "issue", "recap"]
Selection = Literal["fifo", "lottery", "half-and-half"]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: who, what, how many persons it takes (a release gives back), under which cap."""

    number: int
    group: str
    act: Act
    persons: int
    cap: int


class CapLedger:
    """A cap on persons within one counting period.

    Parameters
    ----------
    cap : int
        Persons, from 0 up.
    pause : callable, optional
        Called between looking and taking; a test widens the window of a race with it.
    guarded : bool
        False leaves the lock out: only for the canary that proves the race can be seen.
    """

    def __init__(self, cap: int, *, pause: Callable[[], None] | None = None, guarded: bool = True) -> None:
        self._cap = _whole(cap)
        self._used = 0
        self._entries: list[Entry] = []
        self._holding: dict[str, int] = {}
        self._issued: set[str] = set()
        self._pause = pause or (lambda: None)
        self._lock: AbstractContextManager[object] = threading.Lock() if guarded else nullcontext()

    @property
    def cap(self) -> int:
        return self._cap

    @property
    def used(self) -> int:
        return self._used

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def take(self, group: str, persons: int) -> bool:
        """Hold places for a whole group, or for nobody of it; a group that holds already is not counted again.

        Raises
        ------
        RequestError
            A group of nobody, or one that holds places for another number of people.
        """
        if persons < 1:
            raise RequestError(f"group {group!r} has {persons} people", mend="count at least one person")
        with self._lock:
            held = self._holding.get(group)
            if held is not None:
                if held != persons:
                    cause = f"group {group!r} holds places for {held} people, not {persons}"
                    raise RequestError(cause, mend="release them first, or ask for the newcomers by themselves")
                return True
            used = self._used
            if used + persons > self._cap:
                return False
            self._pause()
            self._used = used + persons
            self._holding[group] = persons
            self._write(group, "hold", persons)
            return True

    def issue(self, group: str) -> bool:
        """The places held become authorisations given out; True if the group held any."""
        with self._lock:
            if group not in self._holding:
                return False
            if group not in self._issued:
                self._issued.add(group)
                self._write(group, "issue", 0)
            return True

    def release(self, group: str, *, recycle: bool = False) -> bool:
        """Give a group's places back (denied, withdrawn, run out); True if it gave any.

        Places already issued come back only with `recycle`: whether unused authorisations return to the pool
        is a choice of policy.
        """
        with self._lock:
            if group not in self._holding or (group in self._issued and not recycle):
                return False
            persons = self._holding.pop(group)
            self._issued.discard(group)
            self._used -= persons
            self._write(group, "release", -persons)
            return True

    def recap(self, cap: int) -> None:
        """Change the cap from now on; what is held stays held, even above a lower cap."""
        with self._lock:
            self._cap = _whole(cap)
            self._write("", "recap", 0)

    def agrees(self) -> bool:
        """Whether the ledger, read from its first line, never passed its cap and ends at the counter."""
        total = 0
        for entry in self.entries:
            total += entry.persons
            if total < 0 or (entry.act == "hold" and total > entry.cap):
                return False
        return total == self._used

    def _write(self, group: str, act: Act, persons: int) -> None:
        self._entries.append(Entry(len(self._entries), group, act, persons, self._cap))


class CapWindows:
    """The cap of a programme, period after period, and the line of groups that wait for a place.

    Nobody overtakes: while somebody waits, whoever asks joins the line, and the line stops at the first group
    for whom there is no room.

    Parameters
    ----------
    book : Rulebook
        Says on each day how many persons the programme takes, per what, less what is used already.
    programme : str
        Its name in the book.
    selection : {"fifo", "lottery", "half-and-half"}, optional
        Order in which those who wait are served; half-and-half is the oldest and one by lot in turn.  Without
        it the book decides, by the programme's `random_share` on the day.
    key : int
        Key of the lots, to be published beforehand.
    """

    def __init__(self, book: Rulebook, programme: str, *, selection: Selection | None = None, key: int = 0) -> None:
        self._book, self._programme, self._selection, self._key = book, book.measure(programme).id, selection, key
        self._ledgers: dict[tuple[int, ...], CapLedger] = {}
        self._carried: dict[tuple[int, ...], int] = {}
        self._offered: dict[tuple[int, ...], int] = {}
        self._walked = 0
        self._of: dict[str, CapLedger] = {}
        self._waiting: dict[str, int] = {}
        self._served = 0
        self._lock = threading.RLock()

    @property
    def waiting(self) -> tuple[str, ...]:
        """Groups that wait, the oldest first."""
        return tuple(self._waiting)

    @property
    def ledgers(self) -> tuple[CapLedger, ...]:
        """One for each period that was asked for."""
        return tuple(self._ledgers.values())

    def ledger(self, when: datetime) -> CapLedger:
        """The ledger of the period of an instant.

        Raises
        ------
        RequestError
            The programme is not in force then, or has no cap.
        """
        cap = self._book.cap(self._programme, when)
        if cap is None:
            cause = f"{self._programme!r} takes nobody under a cap on {when:%Y-%m-%d}"
            raise RequestError(cause, mend="see `cauce rules` for the days on which it is in force")
        with self._lock:
            period = cap.period(when)
            if self._book.measure(self._programme).cap_carries_over and period < max(self._ledgers, default=period):
                cause = f"the period of {when:%Y-%m-%d} is closed: what it left went to a later one"
                raise RequestError(cause, mend="ask in the order of time")
            if period not in self._carried:
                self._carried[period] = self._left_before(when, cap)
            amount = round(cap.amount) + self._carried[period]
            found = self._ledgers.setdefault(period, CapLedger(amount))
            if found.cap != amount:
                found.recap(amount)
            return found

    def _left_before(self, when: datetime, cap: Cap) -> int:
        """What the periods before left, where the book lets it be carried over; a period of no asking leaves all."""
        measure = self._book.measure(self._programme)
        if not measure.cap_carries_over:
            return 0
        begins = instant(measure.in_force[0].from_).replace(tzinfo=cap.zone)
        days = (when - begins).days + 1
        for day in range(self._walked, days):  # each day is looked at once, however many periods are asked for
            noon = (begins + timedelta(days=day)).replace(hour=12, minute=0)
            then = self._book.cap(self._programme, noon)
            if then is not None:
                self._offered.setdefault(then.period(noon), round(then.amount))
        self._walked, this = max(self._walked, days), cap.period(when)
        offered = sum(amount for period, amount in self._offered.items() if period < this)
        return max(offered - sum(ledger.used for period, ledger in self._ledgers.items() if period < this), 0)

    def ask(self, group: str, persons: int, when: datetime) -> bool:
        """Hold places for a group, or put it in line; True if it holds them."""
        ledger = self.ledger(when)
        with self._lock:
            if group in self._of:
                return True
            if group not in self._waiting and not self._waiting and ledger.take(group, persons):
                self._of[group] = ledger
                return True
            if persons < 1:
                raise RequestError(f"group {group!r} has {persons} people", mend="count at least one person")
            self._waiting.setdefault(group, persons)
            return False

    def serve(self, when: datetime) -> tuple[str, ...]:
        """Give what places there are to the line; the groups that got them, in order."""
        ledger, served = self.ledger(when), []
        with self._lock:
            for group in in_turn(self.waiting, self.selection(when), self._key, served=self._served):
                if not ledger.take(group, self._waiting[group]):
                    break
                del self._waiting[group]
                self._of[group] = ledger
                served.append(group)
            self._served += len(served)
        return tuple(served)

    def selection(self, when: datetime) -> Selection:
        """The order in which those who wait are served on a day."""
        if self._selection is not None:
            return self._selection
        by_lot = self._book.measure(self._programme).value("random_share", self._book.local(when))
        share = 0.0 if by_lot is None else by_lot.value
        return "fifo" if share == 0 else "lottery" if share == 1 else "half-and-half"

    def leave(self, group: str, *, recycle: bool = False) -> bool:
        """A group withdraws, from the line or with its places; True if it had either."""
        with self._lock:
            if self._waiting.pop(group, None) is not None:
                return True
            ledger = self._of.get(group)
            if ledger is None or not ledger.release(group, recycle=recycle):
                return False
            del self._of[group]
            return True

    def issue(self, group: str) -> bool:
        """The places of a group become authorisations; True if it held any."""
        ledger = self._of.get(group)
        return ledger is not None and ledger.issue(group)


def in_turn(waiting: Sequence[str], selection: Selection, key: int, *, served: int = 0) -> tuple[str, ...]:
    """The order in which groups are served; lots depend on the key and the group's name alone.

    served : how many had their turn before: half and half goes on where it was, the oldest after an even number

    >>> in_turn(("a", "b", "c"), "fifo", 1)
    ('a', 'b', 'c')
    """
    if selection == "fifo":
        return tuple(waiting)
    by_lot = sorted(waiting, key=lambda group: (fold(key, "lot", group), group))
    if selection == "lottery":
        return tuple(by_lot)
    order: dict[str, None] = {}
    lines = [iter(waiting), iter(by_lot)]
    while len(order) < len(waiting):
        for line in lines if served % 2 == 0 else lines[::-1]:
            following = next((group for group in line if group not in order), None)
            if following is not None:
                order[following] = None
    return tuple(order)


def _whole(cap: int) -> int:
    if cap < 0:
        raise RequestError(f"the cap is {cap}, below zero", mend="give a whole number from 0 up")
    return cap
