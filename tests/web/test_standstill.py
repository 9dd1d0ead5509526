"""That a step stands still is told to whom it concerns: holders first, a few at a time, with no fact of a case."""

from __future__ import annotations

import threading

import pytest
from django.core import mail
from django.db import connections
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import cases, clock, outbox, pauses, references, standstill, vault
from cauce.web.interfaces import mail as letters
from cauce.web.models import Authorisation, Case, Event, Notice, Pause
from tests.web import factory
from tests.web.conftest import Travel

one = pytest.mark.django_db


def paused(step: str) -> Pause:
    """A step that two people stopped."""
    ana, berta = factory.staff("supervisor"), factory.staff("supervisor")
    pause = pauses.propose(step, "a reason", ana)
    pauses.second(pause, berta)
    return pause


def told() -> list[str]:
    """The references of who was written to about a pause."""
    return [str(name) for name in Notice.objects.filter(kind="pause").values_list("case__reference", flat=True)]


def everybody() -> dict[str, Case]:
    """A case in each state that a pause may or may not concern."""
    (paper,) = factory.authorised()
    found = {"holder": paper.member.case}
    for state in (State.QUEUED, State.REVIEW, State.CONFIRMED, State.REQUESTED, State.WAITING):
        found[state.name.lower()] = factory.case(state=state)
    found["withdrawn"] = factory.case()
    cases.advance(found["withdrawn"], State.WITHDRAWN, actor="applicant", act="withdrawn")
    return found


@one
@pytest.mark.parametrize(
    ("step", "whom"),
    [
        ("file", {"holder"}),
        ("review", {"holder", "queued", "review"}),
        ("authorise", {"holder", "requested", "waiting"}),
    ],
)
def test_that_a_pause_is_told_to_holders_and_to_who_waits_in_that_step(step: str, whom: set[str]) -> None:
    found = everybody()
    pause = paused(step)
    for _round in range(4):
        standstill.tell()
    assert sorted(told()) == sorted(found[name].reference for name in whom)
    pause.refresh_from_db()
    assert pause.told == len(whom) and standstill.whole(pause)
    (line,) = Event.objects.filter(subject=f"pause:{step}", act="pause-told")
    assert line.details == {"pause": pause.pk, "messages": len(whom)}


@one
def test_that_who_wants_no_message_whose_paper_ran_out_or_who_is_erased_is_not_written_to(travel: Travel) -> None:
    quiet = factory.case(safe="none")
    (over,) = factory.authorised()
    gone = factory.case()
    Authorisation.objects.filter(pk=over.pk).update(ends_on=travel.now.date())
    vault.destroy(gone.key)  # nobody can read how they are reached
    heard = factory.case()
    pause = paused("authorise")
    for _round in range(4):
        standstill.tell()
    assert told() == [heard.reference] and quiet.reference not in told()
    pause.refresh_from_db()
    assert pause.told == 1 and standstill.whole(pause)


@one
def test_that_only_as_many_are_written_as_are_sent_and_holders_come_first(
    monkeypatch: pytest.MonkeyPatch, travel: Travel
) -> None:
    waiting = [factory.case() for _n in range(5)]
    holders = [factory.authorised()[0].member.case for _n in range(4)]
    outbox.send_due(letters.send, 1000)
    monkeypatch.setattr(outbox, "MOST", 3)
    pause = paused("authorise")
    written = []
    while not standstill.whole(pause):
        travel.on(seconds=1)
        written.append(standstill.tell())
        assert outbox.due().count() <= 3
        assert standstill.tell() == 0 or written[-1] < 3  # full: others are sent first
        outbox.send_due(letters.send, 3)
        pause.refresh_from_db()
    in_turn = list(Notice.objects.filter(kind="pause").order_by("written_at").values_list("case", flat=True))
    assert sorted(in_turn[:4]) == sorted(case.pk for case in holders)
    assert sorted(in_turn[4:]) == sorted(case.pk for case in waiting)
    assert pause.told == 9


@one
def test_that_the_message_is_in_the_readers_language_and_says_nothing_of_the_case() -> None:
    (paper,) = factory.authorised()
    case = paper.member.case
    outbox.send_due(letters.send)
    mail.outbox.clear()
    paused("authorise")
    for language, words in (("es", "sigue valiendo hasta su fecha"), ("en", "stays good until its date")):
        Case.objects.filter(pk=case.pk).update(language=language)
        Pause.objects.update(told_groups=0, told_after=None)
        standstill.tell()
        assert outbox.send_due(letters.send) == (1, 0)
        letter = mail.outbox[-1]
        text = f"{letter.subject} {letter.body}"
        assert words in " ".join(str(letter.body).split())
        for fact in (case.reference, paper.number, "Persona", "a reason", "authorise", str(paper.ends_on)):
            assert fact not in text, fact


@one
def test_that_nobody_is_told_any_more_of_a_step_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for _n in range(3):
        factory.case()
    Notice.objects.all().delete()
    monkeypatch.setattr(outbox, "MOST", 2)
    pause = paused("authorise")
    assert [standstill.tell() for _round in range(2)] == [0, 2]  # no holder, then the first of who waits
    pauses.propose_end(pause, factory.staff("supervisor"))
    Notice.objects.all().delete()
    pauses.end(pause, factory.staff("supervisor"))
    assert standstill.tell() == 0 and not told()


@one
def test_that_a_pause_that_only_one_person_wants_is_told_to_nobody() -> None:
    factory.case()
    pauses.propose("authorise", "a reason", factory.staff("supervisor"))
    assert standstill.tell() == 0 and not told()


@one
def test_that_staff_read_how_many_were_written_to_and_a_holder_that_the_paper_stays_good() -> None:
    (paper,) = factory.authorised()
    supervisor = factory.sign_in(Client(), factory.staff("supervisor"))
    page = Client().get(reverse("paper", args=[paper.pk])).content.decode()
    assert "stands still" not in page
    paused("authorise")
    standstill.tell()
    assert "wait in this step: 1." in (shown := supervisor.get(reverse("staff-programme")).content.decode())
    assert "More follow by themselves" in shown
    standstill.tell()
    assert "More follow by themselves" not in supervisor.get(reverse("staff-programme")).content.decode()
    assert "this paper stays good" in Client().get(reverse("paper", args=[paper.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_that_workers_at_once_write_to_everybody_once() -> None:
    for _n in range(40):
        factory.case(state=State.QUEUED)
    Notice.objects.all().delete()
    paused("review")
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        for _round in range(4):
            standstill.tell()
        connections.close_all()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told()) == sorted(Case.objects.values_list("reference", flat=True))
    assert Pause.objects.get().told == 40


@one
def test_that_thousands_are_told_a_hundred_at_a_time() -> None:
    model = factory.case(state=State.QUEUED)
    made, key = [], model.key
    for _n in range(3000):
        made.append(Case(
            reference=references.reference(), programme=model.programme, state=model.state, persons=1, language="es",
            key=key, snapshot=b"", snapshot_digest="", contact=b"", contact_index="",
            resume_index=references.link(), idempotency=references.link(), filed_at=clock.now(), moved_at=clock.now(),
        ))  # fmt: skip
    for case in made:
        case.contact = vault.seal(key, f"case.contact.{case.pk}", {"email": "ana@example.org"})
    Case.objects.bulk_create(made)
    Notice.objects.all().delete()
    pause, rounds = paused("review"), 0
    while not standstill.whole(pause):
        assert standstill.tell() <= outbox.MOST
        Notice.objects.filter(sent_at=None).update(sent_at=clock.now())
        pause.refresh_from_db()
        rounds += 1
    assert pause.told == 3001 == Notice.objects.filter(kind="pause").count()
    assert rounds == 1 + 31
