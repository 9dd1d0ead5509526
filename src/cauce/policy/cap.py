"""The cap: a counter that cannot be oversold, and the ledger that proves it.

Taking is one act under one lock: look, and take all or nothing for a group that travels together.  Every act
is a line of the ledger, which is only ever added to; what is used always equals the ledger's sum.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

from cauce.errors import RequestError

Act = Literal["hold", "release"]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: who, what, how many persons (release is negative)."""

    number: int
    group: str
    act: Act
    persons: int


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
        if cap < 0:
            raise RequestError(f"the cap is {cap}, below zero", mend="give a whole number from 0 up")
        self.cap = cap
        self._used = 0
        self._entries: list[Entry] = []
        self._holding: dict[str, int] = {}
        self._pause = pause or (lambda: None)
        self._lock: AbstractContextManager[object] = threading.Lock() if guarded else nullcontext()

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
            A group of nobody.
        """
        if persons < 1:
            raise RequestError(f"group {group!r} has {persons} people", mend="count at least one person")
        with self._lock:
            if group in self._holding:
                return True
            used = self._used
            if used + persons > self.cap:
                return False
            self._pause()
            self._used = used + persons
            self._holding[group] = persons
            self._entries.append(Entry(len(self._entries), group, "hold", persons))
            return True

    def release(self, group: str) -> bool:
        """Give a group's places back (denied, withdrawn, expired); True if it held any."""
        with self._lock:
            persons = self._holding.pop(group, 0)
            if persons:
                self._used -= persons
                self._entries.append(Entry(len(self._entries), group, "release", -persons))
            return persons > 0

    def agrees(self) -> bool:
        """Whether the counter equals the ledger and lies within the cap."""
        return self._used == sum(e.persons for e in self._entries) and 0 <= self._used <= self.cap
