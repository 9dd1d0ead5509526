"""What the tests of the service share: rows that are only ever added must be let go between tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.management.commands import flush
from django.db import connection
from django.utils import translation

from cauce.web.domain import clock
from tests.web.browser import arrive, chromium, plain_visitor, visitor

__all__ = ["arrive", "chromium", "plain_visitor", "visitor"]


@contextmanager
def unguarded() -> Iterator[Any]:
    """A cursor past the triggers that keep rows: what only the owner of the database can do, and no code of ours."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = 'replica'")
            yield cursor
            cursor.execute("SET session_replication_role = 'origin'")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        for _name, sql in triggers:
            cursor.execute(sql)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Nobody drops a database that goes with its whole folder, whoever may still have it open."""
    return True


@pytest.fixture(scope="session", autouse=True)
def _rows_may_go() -> Iterator[None]:
    """Tests that commit end with a flush."""
    whole = flush.Command.handle

    def past_the_triggers(self: flush.Command, **options: object) -> None:
        with unguarded():
            whole(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", past_the_triggers)
        yield


class Travel:
    """The clock of a test: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2022, 12, 12, 18, tzinfo=UTC)

    def on(self, **span: float) -> None:
        """Move on by a time span, such as `days=90`."""
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Every test lives on 12 December 2022, and may travel."""
    travel = Travel()
    monkeypatch.setattr(clock, "now", lambda: travel.now)
    return travel


@pytest.fixture(autouse=True)
def _second_factors_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of second factors stands still in a test too: a code is good until it is typed."""
    begun = time.time()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: begun))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A page leaves its language behind in the thread; every test begins in English."""
    with translation.override("en"):
        yield
