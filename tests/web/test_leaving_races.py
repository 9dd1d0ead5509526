"""Who boards while something else happens to the bus or to them: one waits for the other, and neither is half done."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from cauce.web.domain import caps, custody, manifests, releases, seats
from cauce.web.domain.faults import Refused
from cauce.web.models import Boarding, Held, Manifest, Release, Staff
from tests.web.custody_fixtures import adult, family, site, staff, storm
from tests.web.test_leaving import WHOLE, bus, released

pytestmark = pytest.mark.django_db(transaction=True)


def _while_boarding(monkeypatch: pytest.MonkeyPatch, board: Callable[[], object], other: Callable[[], object]) -> None:
    """Board, and just before the seats are counted let something else be done; it may finish if nobody stops it."""
    whole, began = seats.window, threading.Event()

    def meanwhile() -> None:
        began.wait(5)
        try:
            other()
        finally:
            connections.close_all()

    def waits(manifest: Manifest) -> Any:
        if threading.current_thread() is threading.main_thread() and not began.is_set():
            began.set()
            beside.join(1)
        return whole(manifest)

    beside = threading.Thread(target=meanwhile)
    with monkeypatch.context() as patch:
        patch.setattr(seats, "window", waits)
        beside.start()
        board()
        beside.join()


def _sound() -> None:
    assert all(account.agrees for account in caps.reconcile())
    live = Boarding.objects.filter(live=True)
    assert not live.exclude(manifest__state="open").exists()  # nobody sits on what has left
    assert not live.filter(manifest__purpose="lateral").exclude(held__stage="waiting-exit").exists()


def test_that_a_bus_leaves_with_who_was_boarding_it(monkeypatch: pytest.MonkeyPatch) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held, lateral = adult(here, lead, "waiting-exit"), bus(here, lead)
    _while_boarding(monkeypatch, lambda: manifests.board(lead, lateral, held), lambda: manifests.depart(lead, lateral))
    held.refresh_from_db()
    assert held.stage == "transferred" and Boarding.objects.get().travelled
    _sound()


def test_that_a_bus_that_does_not_leave_keeps_nobody_who_was_boarding_it(monkeypatch: pytest.MonkeyPatch) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held, lateral = adult(here, lead, "waiting-exit"), bus(here, lead)
    _while_boarding(monkeypatch, lambda: manifests.board(lead, lateral, held), lambda: manifests.cancel(lead, lateral))
    assert not Boarding.objects.filter(live=True).exists()
    assert [account.used for account in caps.reconcile()] == [0]
    _sound()


def test_that_who_goes_back_while_boarding_sits_on_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held, lateral = adult(here, lead, "waiting-exit"), bus(here, lead)
    again = Held.objects.select_related("site").get(pk=held.pk)
    _while_boarding(
        monkeypatch,
        lambda: manifests.board(lead, lateral, held),
        lambda: custody.move(lead, again, "processing", again.version),
    )
    assert Held.objects.get().stage == "processing"
    assert not Boarding.objects.filter(live=True).exists()
    _sound()


def test_that_a_no_said_while_boarding_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held, onward = released(here, lead), bus(here, lead, purpose="onward")
    manifests.consent(lead, held, yes=True)
    _while_boarding(
        monkeypatch,
        lambda: manifests.board(lead, onward, held),
        lambda: manifests.consent(lead, held, yes=False),
    )
    assert not Boarding.objects.filter(live=True).exists()
    _sound()


def half_let_go() -> tuple[Staff, Held, Held, Manifest]:
    """Two of a family before an onward bus: the first is let go and wants to travel, the second is not yet let go."""
    here = site()
    lead = staff("centre-lead", here)
    (first, second), onward = family(here, lead, 2, "waiting-exit"), bus(here, lead, purpose="onward")
    releases.prepare(lead, first, WHOLE, first.version)
    releases.confirm(lead, first, first.version, sure=True)
    releases.prepare(lead, second, WHOLE, second.version)
    manifests.consent(lead, first, yes=True)
    return lead, first, second, onward


def test_that_who_is_let_go_while_their_family_boards_is_not_left_behind() -> None:
    lead, first, second, onward = half_let_go()
    others: list[None] = []

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """The second is let go after it was read who boards, before what was said by them is."""
        if sql.startswith("SELECT") and Release._meta.db_table in sql and not others:
            others.append(None)
            releases.confirm(lead, second, second.version, sure=True)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(between), pytest.raises(Refused, match="still inside"):
        manifests.board(lead, onward, first)
    assert others and not Boarding.objects.exists()


def test_that_nobody_is_let_go_while_their_family_boards() -> None:
    """Another desk lets the second go while the first would board alone: it waits until that is refused."""
    lead, first, second, onward = half_let_go()
    done: list[bool] = []

    def let_go() -> None:
        try:
            releases.confirm(lead, second, second.version, sure=True)
            done.append(True)
        finally:
            connections.close_all()

    beside = threading.Thread(target=let_go)

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and Release._meta.db_table in sql and not beside.ident:
            beside.start()
            beside.join(1)
            assert not done  # it waits for who boards
        return execute(sql, params, many, context)

    with connection.execute_wrapper(between), pytest.raises(Refused, match="still inside"):
        manifests.board(lead, onward, first)
    beside.join()
    assert done and not Boarding.objects.exists()


def test_that_nobody_is_left_on_a_bus_that_goes_while_many_board_and_get_off() -> None:
    here = site()
    lead = staff("centre-lead", here)
    people = [adult(here, lead, "waiting-exit") for _ in range(12)]
    lateral = bus(here, lead, 6)

    def work(number: int) -> None:
        held = Held.objects.select_related("site").get(pk=people[number // 2].pk)
        with contextlib.suppress(Refused):
            _one(lead, lateral, held, number)

    assert storm(work, 24) == []
    _sound()
    lateral.refresh_from_db()
    if lateral.state == "open":  # it met somebody who was moved just then: it did nothing, and is asked again
        assert not Boarding.objects.filter(travelled=True).exists()
        manifests.depart(lead, lateral)
        _sound()
    gone = Held.objects.filter(stage="transferred").count()
    assert gone == Boarding.objects.filter(travelled=True).count() == caps.reconcile()[0].used


def _one(lead: Staff, lateral: Manifest, held: Held, number: int) -> None:
    if number == 13:
        manifests.depart(lead, lateral)
    elif number % 8 == 7:
        custody.move(lead, held, "processing", held.version)
    else:
        manifests.board(lead, lateral, held)


def test_that_desks_that_let_one_family_go_at_once_let_everybody_go_once() -> None:
    here = site()
    lead = staff("centre-lead", here)
    people = family(here, lead, 4, "waiting-exit")
    for held in people:
        releases.prepare(lead, held, WHOLE, held.version)

    def work(number: int) -> None:
        held = Held.objects.select_related("site", "key").get(pk=people[number % 4].pk)
        with contextlib.suppress(Refused):
            releases.confirm(lead, held, held.version)

    assert storm(work, 12) == []
    assert set(Held.objects.values_list("stage", flat=True)) == {"released"}
    assert [held.movements.filter(after="released").count() for held in people] == [1] * 4
