"""The cap can't be broken: against the rulebook's own ledger one caller at a time, and by many callers at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.models import F
from django.db.utils import DatabaseError, IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cauce.policy.cap import CapLedger
from cauce.web.domain import caps, clock
from cauce.web.domain.faults import NotFound, Refused, SoldOut, Stale
from cauce.web.models import Entry, Hold, Window
from tests.web import factory
from tests.web.conftest import Travel

GROUPS = st.sampled_from(["a", "b", "c", "d"])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), GROUPS, st.integers(1, 5)),
        st.tuples(st.just("issue"), GROUPS, st.just(0)),
        st.tuples(st.sampled_from(["release", "recycle"]), GROUPS, st.just(0)),
    ),
    max_size=25,
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cap=st.integers(0, 12), acts=ACTS)
def test_that_one_caller_at_a_time_it_does_what_the_rulebooks_ledger_does(cap: int, acts: list) -> None:
    with transaction.atomic():
        window, ledger = caps.open_window("programme:x", cap), CapLedger(cap)
        for act, group, persons in acts:
            assert _ours(window, act, group, persons) == _theirs(ledger, act, group, persons), (act, group)
        window.refresh_from_db()
        assert window.used == ledger.used
        entries = Entry.objects.filter(window=window).order_by("id").values_list("holder", "act", "persons")
        assert list(entries) == [(e.group, e.act, e.persons) for e in ledger.entries]
        transaction.set_rollback(True)


def _ours(window: Window, act: str, group: str, persons: int) -> bool | str:
    try:
        if act == "take":
            with transaction.atomic():
                caps.take([window], group, persons, "test")
            return True
        if act == "issue":
            return caps.issue([window], group, "test") or Hold.objects.filter(window=window, holder=group).exists()
        return caps.release([window], group, "test", recycle=act == "recycle")
    except SoldOut:
        return False
    except Refused:
        return "refused"


def _theirs(ledger: CapLedger, act: str, group: str, persons: int) -> bool | str:
    from cauce.errors import RequestError

    try:
        if act == "take":
            return ledger.take(group, persons)
        return ledger.issue(group) if act == "issue" else ledger.release(group, recycle=act == "recycle")
    except RequestError:
        return "refused"


THREADS = 64


def _storm(work: Callable[[int], None]) -> list[BaseException]:
    """The same work by 64 threads that start together; what went wrong in any."""
    faults: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


@pytest.mark.django_db(transaction=True)
def test_that_64_threads_at_the_edge_never_oversell() -> None:
    window = caps.open_window("programme:x", 100)

    def work(number: int) -> None:
        for turn in range(3):
            with contextlib.suppress(SoldOut):
                caps.take([window], f"{number}-{turn}", 1 + (number + turn) % 5, "test")

    assert _storm(work) == []
    window.refresh_from_db()
    (account,) = caps.reconcile()
    assert account.agrees
    wanted = sum(1 + (number + turn) % 5 for number in range(THREADS) for turn in range(3))
    assert wanted > window.cap
    assert window.cap - 4 <= window.used <= window.cap  # full but for what no group left fits in


@pytest.mark.django_db(transaction=True)
def test_that_two_windows_are_taken_both_or_neither_and_nobody_waits_for_each_other() -> None:
    windows = [caps.open_window("programme:x", 60), caps.open_window("programme:x", 40, "month")]

    def work(number: int) -> None:
        order = windows if number % 2 else windows[::-1]
        with contextlib.suppress(SoldOut):
            caps.take(order, str(number), 1 + number % 3, "test")

    assert _storm(work) == []
    total, month = caps.reconcile()
    assert total.agrees and month.agrees
    assert total.used == month.used


@pytest.mark.django_db(transaction=True)
def test_that_the_same_group_asking_64_times_holds_once() -> None:
    window = caps.open_window("programme:x", 10)

    def work(_: int) -> None:
        with contextlib.suppress(Stale):
            caps.take([window], "one", 3, "test")

    assert _storm(work) == []
    window.refresh_from_db()
    assert window.used == 3


@pytest.mark.django_db(transaction=True)
def test_that_the_canary_sings_a_naive_cap_is_oversold_by_the_same_storm() -> None:
    """Proof that the storm would show a race: read, then write, with neither the condition nor the check."""
    with connection.schema_editor() as editor:
        editor.execute("CREATE TABLE canary (used integer NOT NULL)")
        editor.execute("INSERT INTO canary VALUES (0)")
    cap, taken, lock = 40, [0], threading.Lock()
    pause = threading.Barrier(16, timeout=2)  # as many as the pool has connections

    def work(_: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT used FROM canary")
            (used,) = cursor.fetchone()
            if used < cap:
                with contextlib.suppress(threading.BrokenBarrierError):
                    pause.wait()
                cursor.execute("UPDATE canary SET used = %s", [used + 1])
                with lock:
                    taken[0] += 1

    try:
        assert _storm(work) == []
        assert taken[0] > cap
    finally:
        with connection.schema_editor() as editor:
            editor.execute("DROP TABLE canary")


@pytest.mark.django_db(transaction=True)
def test_that_the_database_itself_refuses_to_oversell() -> None:
    window = caps.open_window("programme:x", 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        Window.objects.filter(pk=window.pk).update(used=F("cap") + 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["update", "delete"])
def test_that_a_line_of_the_ledger_cannot_be_changed_or_removed(change: str) -> None:
    window = caps.open_window("programme:x", 10)
    caps.take([window], "a", 2, "test")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        lines = Entry.objects.filter(window=window)
        lines.update(persons=0) if change == "update" else lines.delete()
    assert Entry.objects.get(window=window).persons == 2


@pytest.mark.django_db
def test_that_a_lowered_cap_keeps_what_is_held_and_gives_out_nothing_new() -> None:
    window = caps.open_window("programme:x", 10)
    for holder in "abc":
        caps.take([window], holder, 3, "test")
    caps.recap(window, 5, "test")
    window.refresh_from_db()
    assert (window.cap, window.wanted, window.used) == (9, 5, 9)
    for holder, used, cap in (("a", 6, 6), ("b", 3, 5)):
        with pytest.raises(SoldOut), transaction.atomic():
            caps.take([window], "d", 1, "test")
        caps.release([window], holder, "test")
        window.refresh_from_db()
        assert (window.used, window.cap) == (used, cap)
    assert caps.take([window], "d", 2, "test")


@pytest.mark.django_db
def test_that_a_cap_is_changed_by_two_people_and_once() -> None:
    window, officer = caps.open_window("programme:x", 10), factory.staff("officer")
    ana, berta = factory.staff("supervisor"), factory.staff("supervisor")
    with pytest.raises(NotFound):
        caps.propose(window, 20, "88 FR 1279", officer)
    amendment = caps.propose(window, 20, "88 FR 1279", ana)
    with pytest.raises(NotFound):
        caps.approve(amendment, officer)
    with pytest.raises(Refused, match="two people"):
        caps.approve(amendment, ana)
    caps.approve(amendment, berta)
    with pytest.raises(Stale):
        caps.approve(amendment, berta)
    window.refresh_from_db()
    assert window.cap == 20


@pytest.mark.django_db(transaction=True)
def test_that_ten_thousand_holds_run_out_in_one_go_and_two_workers_do_no_harm(travel: Travel) -> None:
    window, now = caps.open_window("beds:x", 20_000), clock.now()
    Hold.objects.bulk_create(
        Hold(window=window, holder=str(n), persons=1, expires_at=now + timedelta(days=1)) for n in range(10_000)
    )
    Entry.objects.bulk_create(
        Entry(window=window, holder=str(n), act="hold", persons=1, cap=20_000, at=now, actor="t") for n in range(10_000)
    )
    Window.objects.filter(pk=window.pk).update(used=10_000)
    assert caps.expire() == 0
    travel.on(days=2)
    given_back: list[int] = []

    def work() -> None:
        given_back.append(caps.expire())
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    window.refresh_from_db()
    assert (window.used, sum(given_back)) == (0, 10_000)
    assert all(account.agrees for account in caps.reconcile())
