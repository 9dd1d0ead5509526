"""The sums of the caps are looked at each minute, and what is wrong stops what it must and nothing else."""

from __future__ import annotations

import logging
import threading

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web import service
from cauce.web.domain import audit, authorisations, caps, clock, rules, sums, watch
from cauce.web.domain.faults import Refused
from cauce.web.models import Case, Entry, Event, Hold, Window
from tests.web import factory
from tests.web.conftest import Travel, unguarded


def served() -> Window:
    """The window in which the programme counts today."""
    (window,) = rules.windows(rules.programme().id)
    return window


def said(what: str) -> watch.Finding:
    """One finding of the check."""
    return next(finding for finding in watch.look() if finding.what == what)


@pytest.mark.django_db
@pytest.mark.parametrize("harm", ["counter", "ledger", "hold"])
def test_that_a_wrong_sum_stops_holding_issuing_and_serving_until_it_is_right(
    harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    officer = factory.staff("officer")
    ready, fresh = (factory.in_hand(factory.case(), officer) for _n in range(2))
    assert authorisations.authorise(ready, officer, ready.version)
    assert sums.look() == 0
    window = served()
    hold = Hold.objects.get()
    if harm == "counter":
        Window.objects.filter(pk=window.pk).update(used=7)
    elif harm == "ledger":
        with unguarded() as cursor:
            cursor.execute("DELETE FROM web_entry")
    else:
        Hold.objects.all().delete()
    with caplog.at_level(logging.ERROR, logger="cauce.web"):
        assert [sums.look() for _minute in range(3)] == [1, 1, 1]
    (line,) = caplog.records  # said once, with numbers only
    assert "does not agree with its ledger" in line.getMessage() and ready.reference not in line.getMessage()
    assert Event.objects.get(act="sum-wrong").subject == f"window:{window.pk}"
    with pytest.raises(Refused, match="does not agree with its ledger"):
        authorisations.authorise(fresh, officer, fresh.version)
    if harm == "hold":
        hold.save(force_insert=True)  # whoever mends it gives back just what was lost
        assert Window.objects.get(pk=window.pk).wrong_at  # until somebody looks
    with pytest.raises(Refused, match="does not agree with its ledger"):
        authorisations.issue(ready, officer, ready.version)
    assert Case.objects.get(pk=ready.pk).state == State.REQUESTED and not said("sums").well
    assert window.pool in said("sums").said
    waiting = factory.case(state=State.WAITING)
    assert authorisations.serve(waiting.programme) == ()
    if harm == "counter":
        Window.objects.filter(pk=window.pk).update(used=1)
    elif harm == "ledger":
        Entry.objects.create(
            window=window, holder=ready.reference, act="hold", persons=1, cap=window.cap, at=clock.now(), actor="mender"
        )
    assert sums.look() == 0 and Event.objects.filter(act="sum-right").count() == 1
    assert said("sums").well
    authorisations.issue(ready, officer, ready.version)
    assert authorisations.serve(waiting.programme) == (waiting.reference,)
    assert audit.verify().sound


@pytest.mark.django_db
def test_that_what_is_held_may_go_back_and_beds_are_given_out_while_a_sum_is_wrong() -> None:
    officer = factory.staff("officer")
    ready = factory.in_hand(factory.case(), officer)
    authorisations.authorise(ready, officer, ready.version)
    beds = caps.open_window("beds:casa:any:2022-12-12", 5)
    Window.objects.filter(pk=served().pk).update(used=7)
    Window.objects.filter(pk=beds.pk).update(used=1)
    assert sums.look() == 2
    authorisations.release(ready, officer, ready.version)
    assert caps.take([beds], "party", 2, "lead")
    assert sums.look() == 2  # and it stays said


@pytest.mark.django_db
def test_that_a_window_at_rest_is_not_summed_again_until_it_moves() -> None:
    over = caps.open_window("programme:x", 50, "2022-11")
    for n in range(20):
        caps.take([over], str(n), 1, "test")
    assert sums.look() == 0
    assert set(sums._looked_at().values_list("pk", flat=True)) == {served().pk}
    caps.issue([over], "3", "test")  # a line that adds nothing is a move too
    assert over.pk in sums._looked_at().values_list("pk", flat=True)
    assert sums.look() == 0
    Window.objects.filter(pk=over.pk).update(used=19)
    assert sums.look() == 1 and Window.objects.get(pk=over.pk).wrong_at


@pytest.mark.django_db
def test_that_a_minute_in_which_nothing_moved_asks_little_and_writes_nothing() -> None:
    for n in range(40):
        caps.take([caps.open_window("programme:x", 50, f"{n:02d}")], "a", 1, "test")
    served()
    sums.look()
    with CaptureQueriesContext(connection) as asked:
        sums.look()
    words = [query["sql"].split()[0] for query in asked.captured_queries]
    assert len(words) <= 9 and not {"UPDATE", "INSERT", "DELETE"} & set(words)


@pytest.mark.django_db(transaction=True)
def test_that_no_sum_is_called_wrong_while_places_move() -> None:
    window, over = served(), threading.Event()

    def move(number: int) -> None:
        for turn in range(12):
            caps.take([window], f"{number}-{turn}", 1 + turn % 3, "test")
            if turn % 2:
                caps.release([window], f"{number}-{turn}", "test")
        connections.close_all()

    wrong: list[int] = []

    def watch_it() -> None:
        while not over.is_set():
            wrong.append(sums.look())
        connections.close_all()

    threads = [threading.Thread(target=move, args=(n,)) for n in range(8)]
    watcher = threading.Thread(target=watch_it)
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    watcher.join()
    assert wrong and set(wrong) == {0}
    assert Window.objects.get(pk=window.pk).used == 8 * sum(1 + turn % 3 for turn in range(0, 12, 2))


@pytest.mark.django_db
def test_that_sums_nobody_looks_at_are_said(travel: Travel) -> None:
    caps.take([served()], "a", 1, "test")
    assert said("sums").well
    travel.on(minutes=11)
    assert not said("sums").well and "start the worker" in said("sums").said
    sums.look()
    assert said("sums").well


@pytest.mark.django_db
def test_that_the_worker_looks_each_minute_and_not_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    now, last, looked = [100.0], dict[str, float](), list[float]()
    monkeypatch.setattr(service.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sums, "look", lambda: looked.append(now[0]) or 0)
    for _round in range(30):
        service._round(last)
        now[0] += 5.0
    assert looked == [100.0, 160.0, 220.0]


@pytest.mark.django_db
def test_that_a_supervisor_reads_that_no_place_goes_out() -> None:
    call_command("createcachetable", verbosity=0)
    Window.objects.filter(pk=served().pk).update(used=3)
    client = factory.sign_in(Client(), factory.staff("supervisor"))
    assert "no place goes out until" not in client.get(reverse("staff-programme")).content.decode()
    sums.look()
    assert "no place goes out until" in client.get(reverse("staff-programme")).content.decode()


@pytest.mark.django_db
def test_that_a_look_that_fails_is_said_and_marks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    window = caps.open_window("programme:x", 5)
    Window.objects.filter(pk=window.pk).update(used=2)

    def broken(*_given: object, **_more: object) -> None:
        raise Refused("the disk is full", mend="give it room")

    monkeypatch.setattr(sums.audit, "record", broken)
    with pytest.raises(Refused), transaction.atomic():
        sums.look()
    assert Window.objects.get(pk=window.pk).wrong_at is None  # a mark and its line come together or not at all
