"""Seats, beds and releases: never given out twice, nobody moved against their will, nobody let go at night."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from cauce.web.domain import caps, clock, custody, manifests, releases, replies, restamps, retention, shelters, vault
from cauce.web.domain.faults import NotFound, Refused, SoldOut, Stale
from cauce.web.models import Boarding, Event, Held, Manifest, Notice, Release, ShelterAsk, Site, Staff, Window
from tests.web.conftest import Travel
from tests.web.custody_fixtures import adult, family, onward, person, site, staff, storm

HOUR = timedelta(hours=1)
WHOLE = releases.Package(
    hearing_on=date(2023, 3, 1), court="Court", check_in_on=date(2023, 1, 9), address="1 Planted Street",
    check_in_place="Planted Office", file_number="A012 345 678",
    phone="+1 555 0100", papers_given=True, medicines_given=True, belongings_given=True,
)  # fmt: skip


def bus(at: Site, by: Staff, seats: int = 10, **more: Any) -> Manifest:
    """A bus in six hours."""
    given = {"number": f"B{Manifest.objects.count()}", "kind": "bus", "purpose": "lateral", "to": "There", **more}
    return manifests.open_manifest(by, at, departs_at=clock.now() + 6 * HOUR, seats=seats, **given)


@pytest.mark.django_db(transaction=True)
def test_that_64_desks_never_sell_the_last_seats_twice() -> None:
    here = site()
    lead = staff("centre-lead", here)
    people = [adult(here, lead, "waiting-exit") for _ in range(64)]
    flight = bus(here, lead, 10)

    def work(number: int) -> None:
        with contextlib.suppress(SoldOut):
            manifests.board(lead, flight, people[number])

    assert storm(work) == []
    assert Boarding.objects.filter(manifest=flight, live=True).count() == 10
    (account,) = caps.reconcile()
    assert (account.agrees, account.used) == (True, 10)


@pytest.mark.django_db(transaction=True)
def test_that_nobody_is_on_two_manifests_however_many_desks_try() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    both = [bus(here, lead), bus(here, lead)]

    def work(number: int) -> None:
        with contextlib.suppress(Refused):
            manifests.board(lead, both[number % 2], held)

    assert storm(work, 16) == []
    assert Boarding.objects.filter(held=held, live=True).count() == 1
    assert sorted(account.used for account in caps.reconcile()) == [0, 1]
    assert all(account.agrees for account in caps.reconcile())


@pytest.mark.django_db
def test_that_a_family_boards_together_or_not_at_all() -> None:
    here = site()
    lead = staff("centre-lead", here)
    people = family(here, lead, 4, "waiting-exit")
    with pytest.raises(SoldOut):
        manifests.board(lead, bus(here, lead, 3), people[0])
    assert not Boarding.objects.exists()
    roomy = bus(here, lead, 4)
    assert len(manifests.board(lead, roomy, people[2])) == 4
    assert manifests.cancel(lead, roomy) == 4
    assert Window.objects.get(pool=roomy.pool).used == 0
    assert len(manifests.board(lead, bus(here, lead, 4), people[1])) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("away", ["released", "moved", "at another time"])
def test_that_who_leaves_otherwise_is_off_the_manifest_with_their_party_and_the_others_depart(
    travel: Travel, away: str
) -> None:
    here = site()
    lead, second = staff("centre-lead", here), staff("centre-lead", here)
    flight, other = bus(here, lead, 3), adult(here, lead, "waiting-exit")
    first, relative = family(here, lead, 2, "waiting-exit")
    for held in (first, other):
        manifests.board(lead, flight, held)
    travel.on(hours=1)
    if away == "released":
        releases.prepare(lead, first, WHOLE, first.version)
        releases.confirm(lead, first, first.version, sure=True)
    elif away == "moved":
        custody.move(lead, first, "medical", first.version)
    else:
        stamp = restamps.propose(lead, first, what="medical", at=clock.now(), reason="network")
        restamps.approve(second, stamp)
    assert [line.reference for line in manifests.passengers(flight)] == [other.reference]
    assert Window.objects.get(pool=flight.pool).used == 1
    assert manifests.depart(lead, flight) == 1
    stages = [Held.objects.get(pk=held.pk).stage for held in (first, relative, other)]
    assert stages == ["released" if away == "released" else "medical", "waiting-exit", "transferred"]
    assert all(account.agrees for account in caps.reconcile())


@pytest.mark.django_db
def test_that_nobody_departs_with_somebody_who_is_not_ready_and_it_is_said_who() -> None:
    here = site()
    lead = staff("centre-lead", here)
    flight, held, other = bus(here, lead), adult(here, lead, "waiting-exit"), adult(here, lead, "waiting-exit")
    for one in (held, other):
        manifests.board(lead, flight, one)
    Held.objects.filter(pk=held.pk).update(stage="medical")  # as of a desk that boarded while another one moved them
    with pytest.raises(Refused, match=re.escape(held.reference)):
        manifests.depart(lead, flight)
    manifests.leave(lead, flight, held)
    assert manifests.depart(lead, flight) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["lateral", "onward"])
def test_that_a_child_alone_is_never_put_among_adults(purpose: str) -> None:
    here = site()
    lead = staff("centre-lead", here)
    (child,) = custody.take_in(lead, here, [person(demographic="unaccompanied-child")])
    onward(child, lead, "waiting-exit")
    with pytest.raises(Refused):
        manifests.board(lead, bus(here, lead, purpose=purpose), child)
    with pytest.raises(Refused):
        releases.prepare(lead, child, WHOLE, child.version)


def released(at: Site, by: Staff, **more: Any) -> Held:
    """Somebody let go by day."""
    held = adult(at, by, "waiting-exit")
    releases.prepare(by, held, releases.Package(**{**vars(WHOLE), **more}), held.version)
    releases.confirm(by, held, held.version, sure=True)
    return held


@pytest.mark.django_db
def test_that_nobody_is_taken_onward_who_did_not_say_yes_and_a_no_gives_the_seat_back() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held, onward_bus = released(here, lead), bus(here, lead, purpose="onward")
    with pytest.raises(Refused):
        manifests.board(lead, onward_bus, held)
    manifests.consent(lead, held, yes=True)
    manifests.board(lead, onward_bus, held)
    manifests.consent(lead, held, yes=False)
    assert Window.objects.get(pool=onward_bus.pool).used == 0
    with pytest.raises(Refused):
        manifests.board(lead, onward_bus, held)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "by_day"),
    [
        ("2022-12-12T12:59", False), ("2022-12-12T13:00", True),  # 05:59 and 06:00 in Denver, in winter
        ("2022-12-13T02:59", True), ("2022-12-13T03:00", False),  # 19:59 and 20:00
        ("2022-12-13T06:59", False), ("2022-12-13T07:00", False),  # 23:59 and midnight
        ("2023-03-12T11:59", False), ("2023-03-12T12:00", True),  # 05:59 and 06:00, on the day the clocks change
    ],
)  # fmt: skip
def test_that_nobody_is_let_go_at_night_in_the_zone_of_the_site(travel: Travel, at: str, by_day: bool) -> None:
    travel.now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    undated = releases.Package(**{**vars(WHOLE), "hearing_on": None, "check_in_on": None})
    releases.prepare(lead, held, undated, held.version)
    if by_day:
        assert releases.confirm(lead, held, held.version, sure=True)[0].done_at == travel.now
    else:
        with pytest.raises(Refused, match="night"):
            releases.confirm(lead, held, held.version, sure=True)


@pytest.mark.django_db
def test_that_what_is_missing_is_asked_about_listed_for_30_days_and_then_gone(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    lacking = {"hearing_on": None, "address": ""}
    releases.prepare(lead, held, releases.Package(**{**vars(WHOLE), **lacking}), held.version)
    with pytest.raises(Refused, match="missing"):
        releases.confirm(lead, held, held.version)
    releases.confirm(lead, held, held.version, sure=True)
    mine = Site.objects.filter(pk=here.pk)
    counted, newest = releases.incomplete(lead, mine)
    assert (counted, [(r.held, m) for r, m in newest]) == (1, [(held, ("hearing", "address"))])
    with pytest.raises(NotFound):
        releases.incomplete(staff("planner"), mine)
    travel.now += retention.kept("release")
    travel.on(minutes=-1)
    assert releases.incomplete(lead, mine)[0] == 1
    travel.on(minutes=1)
    assert releases.incomplete(lead, mine) == (0, [])


@pytest.mark.django_db
def test_that_a_reminder_is_sent_only_to_who_asked_and_says_nothing() -> None:
    here = site()
    lead = staff("centre-lead", here)
    released(here, lead)
    assert not Notice.objects.exists()
    held = released(here, lead, reminders=True)
    (notice,) = Notice.objects.all()
    assert notice.due_at == datetime(2023, 1, 7, 16, tzinfo=UTC)  # nine in Denver, two days before
    assert notice.key != held.key
    assert vault.unseal(notice.key, f"notice.carries.{notice.pk}", notice.carries) == {}


@pytest.mark.django_db
def test_that_a_family_is_not_split_by_a_release_unless_somebody_is_sure() -> None:
    here = site()
    lead = staff("centre-lead", here)
    first, second = family(here, lead, 2)
    onward(first, lead, "waiting-exit")
    releases.prepare(lead, first, WHOLE, first.version)
    with pytest.raises(Refused, match="party"):
        releases.confirm(lead, first, first.version)
    onward(second, lead, "waiting-exit")
    with pytest.raises(Refused, match="party"):
        releases.confirm(lead, first, first.version)  # whose package nobody has filled in stays inside all the same
    releases.prepare(lead, second, WHOLE, second.version)
    custody.block(lead, second, by="", way_out="detention", version=second.version)
    with pytest.raises(Refused, match="party"):
        releases.confirm(lead, first, first.version)
    custody.block(lead, second, by="", way_out="", version=second.version)
    assert [one.held for one in releases.confirm(lead, first, first.version)] == [first, second]
    assert [Held.objects.get(pk=one.pk).stage for one in (first, second)] == ["released"] * 2


# --- shelters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("SI 50 fam, 20h", replies.Answer(50, "family", time(20))),
        ("sí, 50 familias hasta las 20:30", replies.Answer(50, "family", time(20, 30))),
        ("yes 30", replies.Answer(30)), ("Yes.", replies.Answer(None)), ("no", replies.Answer(0)),
        ("12 women until 8pm", replies.Answer(12, "women", time(20))), ("NO 0", replies.Answer(0)),
        ("sí 25 hombres 12am", replies.Answer(25, "men", time(0))), ("0", replies.Answer(0)),
        ("no 30", None), ("maybe 30", None), ("yes no", None), ("30 40", None), ("", None), ("fam", None),
        ("yes 25h", None), ("yes 13pm", None), ("si, hasta las 8", None), ("yes until 8", None),
        ("wi jiska 8", None), ("sim ate as 8", None), ("yes 30 by 8", None), ("hasta 8 30", None), ("yes until", None),
        ("no hombres", None), ("no men 20h", None), ("20 fam 10", None), ("fam 20 men 10", None),
        ("20 fam 10 fam", None), ("sim, 30 até às 20h", replies.Answer(30, "any", time(20))),
        ("yes 20 fam and 10 men, 20h", replies.Answer(20, "family", time(20), (("men", 10),))),
        ("20 fam y 10 hombres y 5 mujeres", replies.Answer(20, "family", None, (("men", 10), ("women", 5)))),
        ("y 30", replies.Answer(30)), ("si hasta las 20h 30", replies.Answer(30, "any", time(20))),
        ("-5", None), ("٣٠", None), ("yes 99999", None), ("20h", None),
    ],
)  # fmt: skip
def test_that_a_few_words_are_read_or_asked_again_but_never_guessed(text: str, read: replies.Answer | None) -> None:
    assert replies.read_answer(text) == read


def asked(lead: Staff, shelter: Site, persons: int = 80) -> tuple[ShelterAsk, str]:
    """A question to a shelter and the secret of its link."""
    kept: list[str] = []
    shelters.reach(lead, shelter, contact="+1 (555) 010-0199", language="es")

    def address(secret: str) -> str:
        kept.append(secret)
        return f"/shelter/{secret}"

    night = shelters.night_of(shelter)
    made = shelters.ask(lead, shelter, persons=persons, families=10, night=night, address=address)
    return made, kept[0]


@pytest.mark.parametrize(
    "text", ["SI 50 fam, 20h", "wi 50 fanmi jiska 20h", "Sim, 50 famílias até 20h", "yes 50 family 8pm"]
)
def test_that_a_few_words_are_read_in_every_language_of_the_service(text: str) -> None:
    assert replies.read_answer(text) == replies.Answer(50, "family", time(20))
    assert [replies.read_answer(no) for no in ("no", "non", "não")] == [replies.Answer(0)] * 3


@pytest.mark.django_db
def test_that_a_shelter_is_asked_answers_in_part_and_again_and_its_beds_are_never_oversold(travel: Travel) -> None:
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    question, secret = asked(lead, shelter)
    assert secret not in str(ShelterAsk.objects.values())
    assert shelters.by_link(secret) == question == shelters.by_phone("+1 (555) 010-0199")
    said = replies.read_answer("SI 3 fam, 20h")
    assert said is not None and shelters.answer(question, said) == 3
    people = family(here, lead, 3)
    night = shelters.night_of(shelter)
    shelters.hold(lead, people[0], shelter, kind="family", night=night)
    with pytest.raises(SoldOut):
        shelters.hold(lead, family(here, lead, 2)[0], shelter, kind="family", night=night)
    assert shelters.answer(question, replies.Answer(0, "family")) == 3  # what is held stays
    travel.on(hours=4)
    caps.expire()
    (bed,) = shelters.beds([shelter], night)
    assert (bed.beds, bed.used) == (0, 0)
    travel.on(hours=14, minutes=59)
    assert shelters.by_link(secret) == question  # asked at eleven, answered at any hour of the night
    travel.on(minutes=1)
    with pytest.raises(NotFound):
        shelters.by_link(secret)
    with pytest.raises(Stale):
        shelters.answer(question, replies.Answer(5))


@pytest.mark.django_db
def test_that_the_last_hour_of_intake_holds_across_midnight(travel: Travel) -> None:
    travel.now = datetime(2022, 12, 13, 6, 30, tzinfo=UTC)  # 23:30 in Denver
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    question, _secret = asked(lead, shelter)
    shelters.answer(question, replies.Answer(50, "any", time(0, 30)))
    assert shelters.night_of(shelter) == date(2022, 12, 12)
    travel.on(minutes=59)
    assert shelters.night_of(shelter) == date(2022, 12, 12)
    shelters.hold(lead, adult(here, lead), shelter, kind="any", night=shelters.night_of(shelter))
    travel.on(minutes=1)
    with pytest.raises(Refused, match="nobody in any more"):
        shelters.hold(lead, adult(here, lead), shelter, kind="any", night=shelters.night_of(shelter))


@pytest.mark.django_db
def test_that_beds_of_who_leaves_for_a_shelter_are_theirs() -> None:
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    question, _secret = asked(lead, shelter)
    shelters.answer(question, replies.Answer(5))
    held = adult(here, lead, "waiting-exit")
    shelters.hold(lead, held, shelter, kind="any", night=shelters.night_of(shelter))
    releases.prepare(lead, held, releases.Package(**{**vars(WHOLE), "shelter": shelter}), held.version)
    releases.confirm(lead, held, held.version)
    window = Window.objects.get(pool__startswith="beds:")
    assert (window.used, window.holds.get().issued) == (1, True)
    assert Release.objects.get(held=held).shelter == shelter


@pytest.mark.django_db
def test_that_the_newest_answer_of_a_shelter_leaves_no_beds_of_the_one_before() -> None:
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    question, _secret = asked(lead, shelter)
    night = shelters.night_of(shelter)

    def free() -> dict[str, int]:
        return {bed.kind: bed.free for bed in shelters.beds([shelter], night)}

    for words, beds in (
        ("SI 50 fam", {"family": 50}), ("no", {"family": 0, "any": 0}),
        ("20 men", {"family": 0, "any": 0, "men": 20}), ("SI 5 fam", {"family": 5, "any": 0, "men": 0}),
    ):  # fmt: skip
        said = replies.read_answer(words)
        assert said is not None and shelters.answer(question, said) == sum(beds.values())
        assert free() == beds
    shelters.hold(lead, family(here, lead, 3)[0], shelter, kind="family", night=night)
    assert shelters.answer(question, replies.Answer(0)) == 3  # what is held stays


def two_shelters(lead: Staff, beds: int = 5) -> tuple[Site, Site]:
    """Two shelters that said how many beds they have tonight."""
    both = site("casa", "shelter"), site("otra", "shelter")
    for shelter in both:
        shelters.answer(asked(lead, shelter)[0], replies.Answer(beds))
    return both


@pytest.mark.django_db
def test_that_a_party_holds_beds_at_one_shelter_and_only_what_happened_is_written_down() -> None:
    here = site()
    lead = staff("centre-lead", here)
    one, other = two_shelters(lead, beds=3)
    people, night = family(here, lead, 3), shelters.night_of(one)

    def used() -> dict[str, int]:
        return {bed.site.code: bed.used for bed in shelters.beds([one, other], night)}

    def acts() -> list[str]:
        written = Event.objects.filter(subject=people[0].reference, act__startswith="bed-").order_by("pk")
        return list(written.values_list("act", flat=True))

    shelters.hold(lead, people[0], one, kind="any", night=night)
    with pytest.raises(Stale):
        shelters.hold(lead, people[0], one, kind="any", night=night)
    shelters.hold(lead, people[0], other, kind="any", night=night)
    assert used() == {"casa": 0, "otra": 3} and acts() == ["bed-held", "bed-given-back", "bed-held"]
    shelters.hold(lead, family(here, lead, 2)[0], one, kind="any", night=night)
    with pytest.raises(SoldOut):
        shelters.hold(lead, people[0], one, kind="any", night=night)
    assert used() == {"casa": 2, "otra": 3}  # who finds no beds there keeps those elsewhere
    shelters.give_back(lead, people[0])
    with pytest.raises(Stale):
        shelters.give_back(lead, people[0])
    assert used() == {"casa": 2, "otra": 0} and len(acts()) == 4
    assert all(account.agrees for account in caps.reconcile())


@pytest.mark.django_db
def test_that_who_leaves_for_another_shelter_gives_back_the_beds_that_waited() -> None:
    here = site()
    lead = staff("centre-lead", here)
    one, other = two_shelters(lead)
    held = adult(here, lead, "waiting-exit")
    shelters.hold(lead, held, one, kind="any", night=shelters.night_of(one))
    releases.prepare(lead, held, releases.Package(**{**vars(WHOLE), "shelter": other}), held.version)
    with pytest.raises(Refused, match="no beds are held for this party at Otra"):
        releases.confirm(lead, held, held.version)
    releases.confirm(lead, held, held.version, sure=True)
    assert [bed.used for bed in shelters.beds([one, other], shelters.night_of(one))] == [0, 0]


@pytest.mark.django_db(transaction=True)
def test_that_parties_that_change_shelters_at_once_hold_beds_at_one_each_and_nobody_waits_for_ever() -> None:
    here = site()
    lead = staff("centre-lead", here)
    both = two_shelters(lead, beds=40)
    parties, night = [family(here, lead, 2)[0] for _ in range(4)], shelters.night_of(both[0])

    def work(number: int) -> None:
        for turn in range(4):
            with contextlib.suppress(Stale):
                shelters.hold(lead, parties[number % 4], both[(number + turn) % 2], kind="any", night=night)

    assert storm(work, 16) == []
    assert sum(bed.used for bed in shelters.beds(both, night)) == 8
    assert all(account.agrees for account in caps.reconcile())
