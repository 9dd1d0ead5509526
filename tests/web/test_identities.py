"""Who somebody is: corrected by one, of another kind by two, joined by a newborn, found by their relatives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from cauce.web.domain import clock, custody, identities, manifests, replies, restamps, shelters
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Event, Held, Restamp, Window
from tests.web import factory
from tests.web.custody_fixtures import adult, family, onward, person, site, staff
from tests.web.test_leaving import asked, bus

pytestmark = pytest.mark.django_db


def test_that_a_slip_in_who_somebody_is_is_corrected_and_found_again_by_it() -> None:
    here = site()
    lead = staff("centre", here)
    held, other = adult(here, lead), adult(here, lead)
    was = custody.person_of(held)
    right = replace(was, name="Ana Right", born="1991-06-02", nationality="COL", language="pt")
    stale = Held.objects.select_related("site", "key").get(pk=held.pk)
    assert identities.correct(lead, held, right, held.version) is None
    assert custody.person_of(held) == right and not Restamp.objects.exists()
    assert Event.objects.get(act="person-corrected").details == {"fields": ["name", "born", "nationality", "language"]}
    with pytest.raises(custody.Twice):
        custody.take_in(lead, here, [right])
    with pytest.raises(Stale):
        identities.correct(lead, stale, was, stale.version)
    for wrong, cause in (
        (replace(right, name=" "), "has a name"), (replace(right, nationality="XXX"), "nationality"),
        (replace(right, born="2013-01-01"), "no adult"), (replace(right, born="2023-01-01"), "in the future"),
        (replace(right, name=custody.person_of(other).name, born="1990-05-01"), "another reference"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=cause):
            identities.correct(lead, held, wrong, held.version)
        held.refresh_from_db()
        assert custody.person_of(held) == right
    with pytest.raises(NotFound):
        identities.correct(staff("centre", site("there")), held, was, held.version)


def test_that_another_kind_needs_a_reason_and_a_second_person() -> None:
    here = site()
    desk, lead = staff("centre", here), staff("centre-lead", here)
    held = adult(here, desk)
    child = replace(custody.person_of(held), born="2010-05-01", demographic="unaccompanied-child")
    with pytest.raises(Refused, match="needs a reason"):
        identities.correct(desk, held, child, held.version)
    held.refresh_from_db()
    stamp = identities.correct(desk, held, child, held.version, reason="slip")
    held.refresh_from_db()
    assert stamp is not None and held.demographic == "single-adult"
    with pytest.raises(NotFound):
        restamps.approve(desk, stamp)
    restamps.approve(lead, stamp)
    held.refresh_from_db()
    assert held.demographic == "unaccompanied-child"
    assert Event.objects.get(act="kind-changed").details["what"] == "unaccompanied-child"


def test_that_who_is_of_no_family_after_all_is_a_party_of_their_own_and_its_seats_are_free() -> None:
    here = site()
    lead, other = staff("centre-lead", here), staff("centre-lead", here)
    mother, brother, child = family(here, lead, 3, "waiting-exit")
    Held.objects.filter(pk=child.pk).update(
        **custody.sealed(child, replace(custody.person_of(child), born="2012-01-01"))
    )
    child.refresh_from_db()
    manifests.board(lead, lateral := bus(here, lead), mother)
    alone = replace(custody.person_of(child), demographic="unaccompanied-child")
    stamp = identities.correct(lead, child, alone, child.version, reason="busy")
    assert stamp is not None
    restamps.approve(other, stamp)
    for one in (mother, brother, child):
        one.refresh_from_db()
    assert child.party != mother.party == brother.party and set(custody.relatives([child.party])) == {mother, brother}
    assert (child.demographic, mother.demographic) == ("unaccompanied-child", "family")
    assert Window.objects.get(pool=lateral.pool).used == 0


def test_that_a_child_alone_joins_the_family_of_their_one_relative_by_two_people() -> None:
    here = site()
    lead, other = staff("centre-lead", here), staff("centre-lead", here)
    (child,) = custody.take_in(lead, here, [person(demographic="unaccompanied-child")])
    (cousin,) = custody.take_in(lead, here, [person(demographic="unaccompanied-child")], kin=child.reference)
    mother = adult(here, lead)
    kin = replace(custody.person_of(child), demographic="family")
    with pytest.raises(Refused, match="one relative"):
        identities.correct(lead, child, kin, child.version, reason="busy")
    identities.relate(lead, mother, child.reference)
    with pytest.raises(Refused, match="together already"):
        identities.relate(lead, child, mother.reference)
    child.refresh_from_db()
    stamp = identities.correct(lead, child, kin, child.version, reason="busy")
    assert stamp is not None
    restamps.approve(other, stamp)
    for one in (mother, child):
        one.refresh_from_db()
    assert child.party == mother.party and child.demographic == mother.demographic == "family"
    assert set(custody.relatives([mother.party])) == {cousin}


def test_that_a_newborn_joins_their_mother_with_a_clock_of_their_own_and_beds_for_both_are_asked_anew() -> None:
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    shelters.answer(asked(lead, shelter)[0], replies.Answer(5))
    mother = adult(here, lead)
    shelters.hold(lead, mother, shelter, kind="any", night=shelters.night_of(shelter))
    born = custody.Person("Eva Planted", "2022-12-12", "VEN", "family")
    made = identities.join(lead, mother, born)
    mother.refresh_from_db()
    assert (made.party, made.demographic, mother.demographic) == (mother.party, "family", "family")
    assert (made.first_custody_at, made.stage, shelters.bed_of(mother)) == (clock.now(), "intake", None)
    with pytest.raises(custody.Twice):
        identities.join(lead, mother, born)
    (child,) = custody.take_in(lead, here, [person(demographic="unaccompanied-child")])
    gone = onward(adult(here, lead), lead, "waiting-exit")
    Held.objects.filter(pk=gone.pk).update(left_at=clock.now(), stage="transferred")
    for held, cause in ((child, "two people"), (gone, "has left")):
        with pytest.raises(Refused, match=cause):
            identities.join(lead, held, person(demographic="family"))
    with pytest.raises(Refused, match="in the future"):
        identities.join(lead, mother, replace(born, name="Lea", born="2022-12-13"))


def test_that_relatives_are_written_down_later_whoever_has_others_already() -> None:
    here = site()
    lead = staff("centre-lead", here)
    one, two, three, four = (adult(here, lead) for _ in range(4))
    identities.relate(lead, one, two.reference)
    identities.relate(lead, three, four.reference)
    identities.relate(lead, one, three.reference)
    assert set(custody.relatives([one.party])) == {two, three}
    with pytest.raises(NotFound):
        identities.relate(lead, one, "nobody")


def test_that_who_somebody_is_is_corrected_on_their_page(client: Client) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held, other = adult(here, lead), adult(here, lead)
    factory.sign_in(client, factory.staff("centre", sites=[here]))
    address = reverse("board-who", args=[held.reference])
    page = client.get(address).content.decode()
    assert custody.person_of(held).name in page and address in client.get(
        reverse("board-person", args=[held.reference])
    ).content.decode()  # fmt: skip
    born = {"born_day": "1", "born_month": "5", "born_year": "1990", "nationality": "VEN"}

    def send(form: str, **given: object) -> tuple[int, str]:
        told = client.post(address, {"form": form, **{f"{form}-{name}": value for name, value in given.items()}})
        return told.status_code, told.content.decode()

    person = {"name": "Ana Right", **born, "language": "es", "version": held.version}
    assert send("correct", **person, demographic="family")[0] == 422
    assert send("correct", **person, demographic="single-adult")[0] == 302
    assert custody.person_of(Held.objects.select_related("key").get(pk=held.pk)).name == "Ana Right"
    assert send("relate", reference="nobody")[0] == 422
    assert send("relate", reference=other.reference)[0] == 302
    assert send("join", name="Eva", **{**born, "born_year": "2020"})[0] == 302
    assert Held.objects.filter(party=held.party, demographic="family").count() == 2
    assert client.get(reverse("board-person", args=[held.reference])).status_code == 200
