"""What the tests of the service share: rows that are only ever added must be let go between tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management.commands import flush
from django.db import connection
from django.utils import translation

from cauce.web.domain import clock
from cauce.web.models import Checkpoint, Entry, Event, Movement
from tests.web.browser import arrive, chromium, plain_visitor, visitor

__all__ = ["arrive", "chromium", "plain_visitor", "visitor"]


@pytest.fixture(scope="session", autouse=True)
def _rows_may_go() -> Iterator[None]:
    """Tests that commit end with a flush; it needs the permit of the retention job."""
    whole = flush.Command.handle

    def with_permit(self: flush.Command, **options: object) -> None:
        postgresql = connection.vendor == "postgresql"
        with connection.cursor() as cursor:
            cursor.execute(
                "SET app.purge = 'on'" if postgresql else "INSERT INTO web_purgepermit (given_at) VALUES ('2022-12-01')"
            )
            for model in (Event, Checkpoint, Entry, Movement):
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
            whole(self, **options)
            if postgresql:
                cursor.execute("SET app.purge = 'off'")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", with_permit)
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
def _in_english() -> Iterator[None]:
    """A page leaves its language behind in the thread; every test begins in English."""
    with translation.override("en"):
        yield
