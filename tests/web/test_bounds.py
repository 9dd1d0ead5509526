"""Pages of lists ask the same few questions however many rows there are, and read no more rows than they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pydantic import ValidationError

from cauce.policy.programme import State
from cauce.web.domain import (
    arrivals,
    authorisations,
    caps,
    cases,
    clock,
    erasures,
    filing,
    manifests,
    pauses,
    replies,
    restamps,
    rules,
    selection,
    shelters,
)
from cauce.web.domain.answers import Answers
from cauce.web.domain.casework import claim
from cauce.web.models import Held, Release, Staff
from cauce.web.views.casework import work
from tests.web import custody_fixtures, factory, pathway
from tests.web.conftest import Travel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cache() -> None:
    call_command("createcachetable", verbosity=0)


class Rows:
    """Rows for every list, some more at each turn."""

    def __init__(self) -> None:
        self.centre, self.shelter = factory.site(), factory.site("casa", "shelter")
        self.lead = factory.staff("centre-lead", sites=[self.centre])
        self.officer, self.supervisor = factory.staff("officer"), factory.staff("supervisor")
        self.steward = factory.staff("steward")
        self.papers = [factory.authorised()[0] for _ in range(12)]  # before anybody waits in line
        shelters.reach(self.lead, self.shelter, contact="casa@example.org", language="es")

    def more(self) -> None:
        """One more of each kind."""
        waiting = factory.in_hand(factory.case(state=State.REQUESTED), self.officer)
        cases.advance(factory.case(state=State.REQUESTED), State.WAITING, actor="test", act="moved")
        factory.case(state=State.QUEUED)
        claim(factory.case(state=State.SELECTED), self.officer)
        arrivals.arrive(self.papers.pop(), factory.staff("port"), port="MIA", flight="AA123")
        gone = factory.case()
        cases.advance(gone, State.WITHDRAWN, actor="applicant", act="withdrawn")
        erasures.propose(gone.reference, "asked", self.steward)
        selection.perform(selection.announce(waiting.programme, self.supervisor), 1, self.supervisor)
        caps.propose(rules.windows(waiting.programme)[0], 30_000, "88 FR 1243", self.supervisor)
        self._board()

    def _board(self) -> None:
        held = custody_fixtures.adult(self.centre, self.lead)
        restamps.propose(self.lead, held, what="entered", at=clock.now(), reason="slip")
        Held.objects.filter(pk=held.pk).update(stage_since=clock.now() - timedelta(days=2))
        off = custody_fixtures.adult(self.centre, self.lead)
        Held.objects.filter(pk=off.pk).update(stage="released", left_at=clock.now())
        Release.objects.create(held=off, done_at=clock.now())
        number = f"B{custody_fixtures.person().name[-6:]}"
        manifests.open_manifest(
            self.lead, self.centre, number=number, kind="bus", purpose="lateral", to="There", seats=9,
            departs_at=clock.now() + timedelta(hours=6),
        )  # fmt: skip
        asked = shelters.ask(
            self.lead, self.shelter, persons=9, families=1, night=shelters.night_of(self.shelter), address=str
        )
        shelters.answer(asked, replies.Answer(3))
        shelters.turn_away(asked, persons=2, kind="any", reason="full")


LISTS: dict[str, tuple[str, list[str]]] = {
    "staff-home": ("supervisor", []), "staff-line": ("officer", ["review"]), "line-travel": ("officer", ["travel"]),
    "line-waiting": ("officer", ["waiting"]), "staff-programme": ("supervisor", []),
    "staff-audit": ("auditor", []), "staff-accounts": ("steward", []), "staff-erasures": ("steward", []),
    "staff-port": ("supervisor", []), "draws": ("officer", []), "board": ("lead", []), "board-live": ("lead", []),
    "board-times": ("lead", []), "board-gaps": ("lead", []), "board-missing": ("lead", []),
    "board-manifests": ("lead", []), "board-shelters": ("lead", []),
}  # fmt: skip


def _asked(client: Client, address: str) -> list[str]:
    """The questions that a page asks the database."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return [re.sub(r"\d+|'[^']*'", "?", query["sql"])[:200] for query in asked.captured_queries]


def test_that_lists_ask_the_same_questions_however_long_they_are() -> None:
    rows = Rows()
    who: dict[str, Staff] = {
        "lead": rows.lead, "officer": rows.officer, "supervisor": rows.supervisor, "steward": rows.steward,
        "auditor": factory.staff("auditor"),
    }  # fmt: skip
    clients = {role: factory.sign_in(Client(), member) for role, member in who.items()}
    rows.more()
    rows.more()
    asked: list[dict[str, list[str]]] = []
    for _turn in range(2):
        pages = {
            page: (clients[role], reverse("staff-line" if page.startswith("line-") else page, args=given))
            for page, (role, given) in LISTS.items()
        }
        for client, address in pages.values():
            client.get(address)  # so that what is written once a minute is written
        asked.append({page: _asked(*opened) for page, opened in pages.items()})
        for _more in range(5):
            rows.more()
    for page, before in asked[0].items():
        assert len(asked[1][page]) == len(before) < 40, (page, *(set(asked[1][page]) ^ set(before)))


def test_that_no_list_reads_what_was_told_or_lots_that_it_does_not_show() -> None:
    rows = Rows()
    rows.more()
    supervisor, officer = (factory.sign_in(Client(), member) for member in (rows.supervisor, rows.officer))
    read = {
        page: " ".join(_whole(client, page)) for client, page in ((supervisor, "staff-programme"), (officer, "draws"))
    }
    assert all('"candidates", "' not in sql for sql in read.values())
    assert '"snapshot"' not in " ".join(_whole(officer, "staff-line", "review"))
    assert '"snapshot"' not in read["staff-programme"]


def _whole(client: Client, page: str, *given: str) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(page, args=given)).status_code == 200
    return [query["sql"] for query in asked.captured_queries]


def test_that_the_line_is_not_read_while_the_cap_is_full() -> None:
    made = factory.case(state=State.WAITING)
    (window,) = rules.windows(made.programme)
    caps.recap(window, 1, "test")
    caps.take([window], "somebody", 1, "test")
    with CaptureQueriesContext(connection) as asked:
        assert authorisations.serve(made.programme) == ()
    assert not [query for query in asked.captured_queries if '"web_case"' in query["sql"]]
    caps.recap(window, 2, "test")
    assert authorisations.serve(made.programme) == (made.reference,)


def test_that_the_line_waits_in_silence_while_the_programme_takes_nobody(travel: Travel) -> None:
    made = factory.case(state=State.WAITING)
    travel.on(days=90)
    assert authorisations.serve(made.programme) == ()


def test_that_what_stands_still_is_one_question(django_assert_num_queries: Callable) -> None:
    one, other = factory.staff("supervisor"), factory.staff("supervisor")
    for step in reversed(pauses.STEPS):
        pauses.second(pauses.propose(step, "a reason", one), other)
    with django_assert_num_queries(1):
        assert [pause.step for pause in pauses.now()] == list(pauses.STEPS)


def test_that_who_left_takes_nobodys_room() -> None:
    told = filing.answers(pathway.filed()[0]).model_dump()
    (person,) = told["people"]
    assert len(Answers.model_validate({**told, "people": [None, *[person] * 8]}).here) == 8
    with pytest.raises(ValidationError, match="more than 8"):
        Answers.model_validate({**told, "people": [person] * 9})


def test_that_accounts_are_walked_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cauce.web.views.casework.work.PAGE", 3)
    steward = factory.staff("steward", name="a-steward")
    names = ["a-steward", *(factory.staff("officer", name=f"officer-{n}").user.username for n in range(7))]
    client, address, seen = factory.sign_in(Client(), steward), reverse("staff-accounts"), []
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'<th scope="row">([^<]+)</th>', page)
        onward = re.search(r'href="(\?after=[^"]+)"', page)
        address = reverse("staff-accounts") + onward[1] if onward else ""
    assert seen == names


def test_that_a_line_of_alerts_stays_one_on_its_next_page(monkeypatch: pytest.MonkeyPatch, travel: Travel) -> None:
    monkeypatch.setattr("cauce.web.views.casework.cases.PAGE", 1)
    officer = factory.staff("officer")
    for alerted in (True, False, True):
        made = factory.case(state=State.SELECTED)
        travel.on(minutes=1)
        if alerted:
            made.alerts.create(kind="phone", count=3, rate=0.1, raised_at=clock.now())
    client, address, seen = factory.sign_in(Client(), officer), reverse("staff-line", args=["review"]), []
    onward = "?alerts=1"
    while onward:
        page = client.get(address + onward).content.decode()
        seen += re.findall(r"/staff/cases/([^/\"]+)/\">", page)
        found = re.search(r'href="(\?after=[^"]+)"', page)
        onward = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == 2


@pytest.mark.django_db
def test_that_a_long_line_is_told_to_be_long_and_not_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "COUNTED", 2)
    client, seen = factory.sign_in(Client(), factory.staff("officer")), []
    for _ in range(3):
        factory.case()
        shown = client.get(reverse("staff-home")).content.decode()
        seen.append([word for word in ("1", "2", "&gt; 2") if f"<strong>{word}</strong>" in shown])
    assert seen == [["1"], ["2"], ["&gt; 2"]]
