"""A release in the round: the whole party goes, a bed waits where they are sent, and what was empty is filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from cauce.web.domain import caps, clock, custody, manifests, releases, replies, retention, shelters
from cauce.web.domain.faults import Refused, SoldOut, Stale
from cauce.web.models import Held, Hold, Notice, Release, Site, Staff, Window
from tests.web.conftest import Travel
from tests.web.custody_fixtures import adult, family, onward, person, site, staff
from tests.web.test_leaving import WHOLE, asked, bus, released, two_shelters

pytestmark = pytest.mark.django_db


def stages(*people: Held) -> list[str]:
    """Where some people stand now."""
    return [Held.objects.get(pk=held.pk).stage for held in people]


def beds(lead: Staff, number: int = 9, kind: str = "any", until: time | None = None) -> Site:
    """A shelter that said how many beds it has tonight."""
    shelter = site("casa", "shelter")
    shelters.answer(asked(lead, shelter)[0], replies.Answer(number, kind, until))
    return shelter


def test_that_a_family_is_let_go_in_one_turn_and_who_follows_may_go_after_hours(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    mother, child, brother = family(here, lead, 3, "waiting-exit")
    for held in (mother, child):
        releases.prepare(lead, held, WHOLE, held.version)
    travel.now = datetime(2022, 12, 13, 2, 58, tzinfo=UTC)  # 19:58 in Denver
    stale = Held.objects.select_related("site").get(pk=mother.pk)
    releases.confirm(lead, mother, mother.version, sure=True)
    assert stages(mother, child, brother) == ["released", "released", "waiting-exit"]
    with pytest.raises(Stale):
        releases.confirm(lead, stale, stale.version, sure=True)
    travel.on(minutes=10)
    stranger = adult(here, lead, "waiting-exit")
    for held in (stranger, brother):
        releases.prepare(lead, held, WHOLE, held.version)
    with pytest.raises(Refused, match="night"):
        releases.confirm(lead, stranger, stranger.version)
    assert [one.held for one in releases.confirm(lead, brother, brother.version)] == [brother]
    travel.on(hours=7)
    assert not releases.may_go(brother, clock.now())


def test_that_a_party_in_which_one_lacks_something_is_asked_about_as_one() -> None:
    here = site()
    lead = staff("centre-lead", here)
    mother, child = family(here, lead, 2, "waiting-exit")
    releases.prepare(lead, mother, WHOLE, mother.version)
    releases.prepare(lead, child, replace(WHOLE, medicines_given=False), child.version)
    with pytest.raises(Refused, match="missing"):
        releases.confirm(lead, mother, mother.version)
    assert stages(mother, child) == ["waiting-exit"] * 2
    releases.confirm(lead, mother, mother.version, sure=True)
    assert stages(mother, child) == ["released"] * 2


@pytest.mark.parametrize("first", [True, False])
def test_that_relatives_are_not_parted_by_a_release_or_a_bus_unless_somebody_is_sure(first: bool) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    other = onward(custody.take_in(lead, here, [person()], kin=held.reference)[0], lead, "waiting-exit")
    goes = held if first else other
    goes.refresh_from_db()
    lateral = bus(here, lead)
    with pytest.raises(Refused, match="would not be on it"):
        manifests.board(lead, lateral, goes)
    assert manifests.board(lead, lateral, goes, sure=True)
    releases.prepare(lead, goes, WHOLE, goes.version)
    with pytest.raises(Refused, match="relatives"):
        releases.confirm(lead, goes, goes.version)
    releases.confirm(lead, goes, goes.version, sure=True)


def test_that_a_bus_to_another_centre_does_not_part_who_is_inside_from_who_was_let_go() -> None:
    here = site()
    lead = staff("centre-lead", here)
    mother, child = family(here, lead, 2, "waiting-exit")
    releases.prepare(lead, mother, WHOLE, mother.version)
    releases.confirm(lead, mother, mother.version, sure=True)
    lateral = bus(here, lead)
    with pytest.raises(Refused, match="would not be on it"):
        manifests.board(lead, lateral, child)
    assert len(manifests.board(lead, lateral, child, sure=True)) == 1


# --- a bed ------------------------------------------------------------------------------------------------


def test_that_a_shelter_nobody_named_is_that_of_the_beds_held_and_they_are_kept() -> None:
    here = site()
    lead = staff("centre-lead", here)
    shelter, held = beds(lead), adult(here, lead, "waiting-exit")
    shelters.hold(lead, held, shelter, kind="any", night=shelters.night_of(shelter))
    releases.prepare(lead, held, WHOLE, held.version)
    assert releases.leaflet(held, Release.objects.get())["shelter"] == shelter
    releases.confirm(lead, held, held.version)
    assert (Release.objects.get().shelter, Hold.objects.get(window__pool__startswith="beds:").issued) == (shelter, True)
    bed = shelters.bed_of(held)
    assert bed is not None and (bed.site, bed.persons, bed.until) == (shelter, 1, None)


def test_that_nobody_is_sent_to_a_shelter_that_holds_no_bed_for_them_unless_somebody_is_sure(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    one, _other = two_shelters(lead)
    held = adult(here, lead, "waiting-exit")
    releases.prepare(lead, held, replace(WHOLE, shelter=one), held.version)
    shelters.hold(lead, held, one, kind="any", night=shelters.night_of(one))
    assert releases.leaflet(held, Release.objects.get())["bed"]
    travel.on(hours=3)
    caps.expire()
    assert not releases.leaflet(held, Release.objects.get())["bed"]
    with pytest.raises(Refused, match="no beds are held for this party at Casa"):
        releases.confirm(lead, held, held.version)
    releases.confirm(lead, held, held.version, sure=True)


def test_that_beds_are_held_until_the_door_closes_and_no_longer(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    shelter = beds(lead, until=time(12, 30))  # it is 11:00
    shelters.hold(lead, adult(here, lead), shelter, kind="any", night=shelters.night_of(shelter))
    assert Hold.objects.get(window__pool__startswith="beds:").expires_at == clock.now() + timedelta(minutes=90)


def test_that_no_bed_is_held_for_a_child_alone_and_those_for_families_are_for_families() -> None:
    here = site()
    lead = staff("centre-lead", here)
    shelter = beds(lead, kind="family")
    night = shelters.night_of(shelter)
    (child,) = custody.take_in(lead, here, [person(demographic="unaccompanied-child")])
    for held, cause in ((child, "child alone"), (adult(here, lead), "for families")):
        with pytest.raises(Refused, match=cause):
            shelters.hold(lead, held, shelter, kind="family", night=night)
    assert Window.objects.get(pool__startswith="beds:").used == 0
    shelters.hold(lead, family(here, lead, 9)[0], shelter, kind="family", night=night)
    with pytest.raises(SoldOut):
        shelters.hold(lead, family(here, lead, 2)[0], shelter, kind="family", night=night)


# --- what is written --------------------------------------------------------------------------------------


def test_that_two_desks_do_not_erase_each_others_hearing() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    seen = Held.objects.select_related("site", "key").get(pk=held.pk)
    releases.prepare(lead, held, WHOLE, held.version)
    with pytest.raises(Stale):
        releases.prepare(lead, seen, releases.Package(address="2 Other Street"), seen.version)
    assert Release.objects.get().hearing_on == WHOLE.hearing_on


def test_that_a_check_in_has_a_place() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    with pytest.raises(Refused, match="without its place"):
        releases.prepare(lead, held, replace(WHOLE, check_in_place=""), held.version)
    releases.prepare(lead, held, WHOLE, held.version)
    told = releases.leaflet(held, Release.objects.get())
    assert (told["check_in_place"], told["file_number"]) == ("Planted Office", "A012 345 678")
    assert b"Planted Office" not in bytes(Release.objects.get().check_in_place or b"")


def test_that_what_was_left_empty_is_filled_in_for_30_days_and_nothing_else_changes(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    empty = {"hearing_on": None, "court": "", "check_in_on": None, "check_in_place": "", "address": ""}
    held = released(here, lead, **empty, medicines_given=False, reminders=True)
    assert not Notice.objects.exists()
    travel.on(days=1)
    for other in ({"phone": "+1 555 0199"}, {"papers_given": False}, {"reminders": False}, {"phone": ""}):
        with pytest.raises(Refused, match="when they left"):
            releases.prepare(lead, held, replace(WHOLE, **{"reminders": True, **other}), held.version)
    releases.prepare(lead, held, replace(WHOLE, reminders=True), held.version)
    release = Release.objects.get()
    assert (releases.missing(release), release.done_at) == ((), clock.now() - timedelta(days=1))
    assert releases.told(held, release, "address") == WHOLE.address
    assert Notice.objects.get().kind == "reminder"  # of the check-in that is known only now
    with pytest.raises(Refused, match="when they left"):
        releases.prepare(lead, held, replace(WHOLE, reminders=True, hearing_on=date(2023, 4, 1)), held.version)
    late = released(here, lead, **empty)
    travel.now = clock.now() + retention.kept("release")
    with pytest.raises(Refused, match="more than 30 days"):
        releases.prepare(lead, late, replace(WHOLE, hearing_on=date(2023, 4, 1), check_in_on=None), late.version)
