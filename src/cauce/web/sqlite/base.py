"""SQLite has one writer; who comes meanwhile polls with growing pauses, and some wait for seconds while others pass.

So the threads of this process queue before `BEGIN IMMEDIATE` instead, and each is woken when its turn has come.
Other processes are still held apart by SQLite itself.  (Django wants this module to be called `base`.)
"""

from __future__ import annotations

import threading
from typing import Any

from django.db.backends.sqlite3 import base

_GATE = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that passes the gate from the begin of a transaction to its end."""

    passed = False

    def _start_transaction_under_autocommit(self) -> None:
        _GATE.acquire()
        self.passed = True
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._open_gate()
            raise

    def _open_gate(self) -> None:
        if self.passed:
            self.passed = False
            _GATE.release()

    def _commit(self) -> Any:
        try:
            return super()._commit()
        finally:
            if not self.connection or not self.connection.in_transaction:
                self._open_gate()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._open_gate()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._open_gate()
