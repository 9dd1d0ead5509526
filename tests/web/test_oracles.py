"""Whoever asks for an application that is not theirs learns nothing: every wrong answer is the same work and words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cauce.web.domain import recovery, standing, vault
from cauce.web.domain.references import reference
from cauce.web.models import Member, PersonKey, Tally
from tests.web.pathway import filed

pytestmark = pytest.mark.django_db


class Work:
    """What an answer cost: questions to the database, hashes, things opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: dict[str, int] = {}
        self._patch = monkeypatch
        self._count(vault.hmac, "new", "hashes")
        self._count(vault, "_unwrap", "keys")
        self._count(vault.json, "loads", "opened")
        self._count(standing.hmac, "compare_digest", "compared")
        self._count(recovery, "compare_digest", "compared")

    def _count(self, where: Any, name: str, what: str) -> None:
        whole = getattr(where, name)

        def counted(*given: Any, **more: Any) -> Any:
            self.counts[what] = self.counts.get(what, 0) + 1
            return whole(*given, **more)

        self._patch.setattr(where, name, counted)

    def of(self, address: str, told: dict[str, str]) -> tuple[list[str], dict[str, int], str]:
        """The questions, the counts and the words of a wrong answer of somebody new."""
        client = Client()
        client.get(address)
        Tally.objects.all().delete()  # how often something was tried is counted whether or not it is there
        self.counts.clear()
        with CaptureQueriesContext(connection) as asked:
            page = client.post(address, told)
        assert page.status_code in (404, 409, 422), page.status_code
        words = re.sub(r"<input[^>]*>|<option[^>]*>", "", page.content.decode())
        shapes = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in asked.captured_queries]
        return shapes, dict(self.counts), words


def test_that_a_wrong_reference_and_a_wrong_code_are_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    case, _code = filed()
    work, address = Work(monkeypatch), reverse("pathway-open")
    tried = {
        "not there": {"reference": reference(), "code": reference()},
        "another's": {"reference": case.reference, "code": reference()},
        "no reference": {"reference": "nothing at all", "code": reference()},
        "no code": {"reference": case.reference, "code": "nothing at all"},
    }
    found = {what: work.of(address, told) for what, told in tried.items()}
    assert found["not there"][1]["hashes"] and found["not there"][1]["compared"]
    for what, cost in found.items():
        assert cost == found["not there"], what


def test_that_every_way_not_to_recover_a_code_is_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    case, _code = filed({}, {"passport_number": "C1", "relation": "child", "born": "2012-05-06", "guardian": 1})
    damaged, _code = filed({"passport_number": "D1"}, key="damaged")
    PersonKey.objects.filter(pk__in=Member.objects.filter(case=damaged).values("key")).update(
        wrapped=b"\0\1" + b"x" * 60
    )
    vault.pretend()  # once in a process its key is made
    work, address = Work(monkeypatch), reverse("pathway-recover")

    def told(name: str, number: str, year: str) -> dict[str, str]:
        return {
            "reference": name, "passport_country": "VEN", "passport_number": number, "born_day": "4",
            "born_month": "3", "born_year": year,
        }  # fmt: skip

    found = {
        "not there": work.of(address, told(reference(), "V00000001", "1990")),
        "another passport": work.of(address, told(case.reference, "V00000009", "1990")),
        "another day": work.of(address, told(case.reference, "V00000001", "1991")),
        "a child": work.of(address, {**told(case.reference, "C1", "2012"), "born_day": "6", "born_month": "5"}),
        "no reference": work.of(address, told("nothing at all", "V00000001", "1990")),
        "cannot be read": work.of(address, told(damaged.reference, "D1", "1990")),
    }
    unread = found.pop("cannot be read")
    assert found["not there"][1]["opened"] and found["not there"][1]["keys"]
    for what, cost in found.items():
        assert cost == found["not there"], what
    assert (unread[0], unread[2]) == (found["not there"][0], found["not there"][2])


def test_that_slips_of_the_pen_of_others_do_not_shut_out_anybody() -> None:
    """The limit by reference counts what was typed if it is no reference, not all of them together."""
    for n in range(9):
        client = Client()
        told = {
            "reference": f"slip {n}", "passport_country": "VEN", "passport_number": "V1", "born_day": "4",
            "born_month": "3", "born_year": "1990",
        }  # fmt: skip
        assert b"do not belong to an application" in client.post(reverse("pathway-recover"), told).content, n
