"""How often somebody may try."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory, override_settings

from cauce.web.domain import limits
from cauce.web.interfaces import origin
from cauce.web.models import Tally
from tests.web.conftest import Travel
from tests.web.test_caps import THREADS, _storm


@pytest.mark.django_db
def test_that_tries_end_at_the_most_and_begin_anew_the_hour_after(travel: Travel) -> None:
    most = limits.table()["recover-reference"]
    for _try in range(most):
        limits.count("recover-reference", "somebody")
    with pytest.raises(limits.TooOften):
        limits.count("recover-reference", "somebody")
    limits.count("recover-reference", "somebody else")
    travel.on(hours=1)
    limits.count("recover-reference", "somebody")
    assert not Tally.objects.filter(tries=most).exists()  # the hour that is over is forgotten


@pytest.mark.django_db(transaction=True)
def test_that_all_who_try_at_once_are_counted() -> None:
    refused = []

    def work(_: int) -> None:
        try:
            limits.count("resume", "somebody")
        except limits.TooOften:
            refused.append(1)

    assert _storm(work) == []
    assert len(refused) == THREADS - limits.table()["resume"]


@pytest.mark.django_db
def test_that_the_second_of_two_first_tries_is_no_try_too_many() -> None:
    """The other's first try is kept between our look, which found none, and our own."""
    others: list[None] = []

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and not others:
            others.append(None)
            limits.count("resume", "somebody")
        return result

    with connection.execute_wrapper(between):
        limits.count("resume", "somebody")
    assert Tally.objects.get().tries == 2


@pytest.mark.parametrize(
    ("proxies", "passed", "address"),
    [(0, "6.6.6.6", "127.0.0.1"), (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"), (2, "9.9.9.9", "127.0.0.1")],
)
def test_that_only_our_own_proxies_are_believed(proxies: int, passed: str, address: str) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": passed})
    with override_settings(PROXIES=proxies):
        assert origin.address(request) == address
