"""Who is handed over: to somebody who is named, by day, with their things and their family; and a slip is undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cauce.web.domain import census, clock, custody, departures, manifests, releases, replies, restamps, shelters
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Event, Held, Movement, Release, Restamp, Site, Staff
from tests.web.conftest import Travel
from tests.web.custody_fixtures import family, onward, person, site, staff
from tests.web.test_leaving import WHOLE, asked, released

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BACK = departures.Handover("returned", "Planted Agency", True, True, True)
ON = replace(BACK, way="transferred")


def waiting(here: Site, lead: Staff, demographic: str = "single-adult", **more: object) -> Held:
    """Somebody who waits to leave."""
    (held,) = custody.take_in(lead, here, [person(demographic=demographic)], **more)  # type: ignore[arg-type]
    return onward(held, lead, "waiting-exit")


@pytest.mark.parametrize("way", departures.WAYS)
@pytest.mark.parametrize(
    ("handover", "cause"),
    [
        (replace(BACK, receiver=" "), "never nobody's"),
        (replace(BACK, papers_given=False), "not given along"),
        (replace(BACK, medicines_given=False), "not given along"),
        (replace(BACK, belongings_given=False), "not given along"),
    ],
)
def test_that_nobody_is_handed_over_to_nobody_or_without_their_things(
    way: str, handover: departures.Handover, cause: str
) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = waiting(here, lead)
    with pytest.raises(Refused, match=cause):
        departures.leave(lead, held, replace(handover, way=way), held.version)
    held.refresh_from_db()
    assert held.stage == "waiting-exit" and not Release.objects.exists()
    departures.leave(lead, held, replace(BACK, way=way), held.version)
    release = Release.objects.get()
    assert (held.stage, release.done_at) == (way, clock.now())
    assert releases.told(held, release, "receiver") == "Planted Agency"
    assert "Planted" not in str(Movement.objects.values()) + str(Event.objects.values())


def test_that_what_was_not_given_along_is_on_the_list_of_what_is_missing() -> None:
    here = site()
    lead = staff("centre-lead", here)
    sent, whole, gone = waiting(here, lead), waiting(here, lead), waiting(here, lead)
    departures.leave(lead, sent, replace(ON, medicines_given=False), sent.version, sure=True)
    departures.leave(lead, whole, ON, whole.version)
    releases.prepare(lead, gone, releases.Package(**{**vars(WHOLE), "papers_given": False}), gone.version)
    releases.confirm(lead, gone, gone.version, sure=True)
    counted, newest = releases.incomplete(lead, Site.objects.all())
    assert counted == 2
    assert {one.held: lacks for one, lacks in newest} == {sent: ("medicines",), gone: ("papers",)}


@pytest.mark.parametrize("relation", ["party", "kin", "kin of theirs"])
@pytest.mark.parametrize("way", departures.WAYS)
def test_that_nobody_is_handed_over_apart_from_their_family_unless_somebody_is_sure(way: str, relation: str) -> None:
    here = site()
    lead = staff("centre-lead", here)
    if relation == "party":
        held = family(here, lead, 2, "waiting-exit")[0]
    else:
        parents, uncle = family(here, lead, 2), waiting(here, lead)
        (aunt,) = custody.take_in(lead, here, [person()], kin=parents[0].reference)
        onward(aunt, lead, "waiting-exit")
        (cousin,) = custody.take_in(lead, here, [person()], kin=uncle.reference)
        onward(cousin, lead, "waiting-exit")
        held = aunt if relation == "kin" else uncle
    with pytest.raises(Refused, match="stay inside"):
        departures.leave(lead, held, replace(BACK, way=way), held.version)
    departures.leave(lead, held, replace(BACK, way=way), held.version, sure=True)
    assert Event.objects.get(act="handed-over").details["apart"] is True


def test_that_every_relative_is_found_however_many_there_are_and_whoever_was_written_down_first() -> None:
    here = site()
    lead = staff("centre-lead", here)
    parents = family(here, lead, 2)
    kin = [custody.take_in(lead, here, [person()], kin=parents[0].reference)[0] for _ in range(3)]
    assert set(custody.relatives([parents[1].party])) == set(kin)
    assert all(set(custody.relatives([one.party])) == set(parents) for one in kin)
    page = census.people(Site.objects.all(), census.Filter())
    assert {one.held for one in page.people if one.kin_apart} == {*parents, *kin}


def test_that_nobody_is_sent_back_at_night_but_an_agency_takes_people_at_any_hour(travel: Travel) -> None:
    travel.now = datetime(2022, 12, 13, 3, tzinfo=UTC)  # 20:00 in Denver
    here = site()
    lead = staff("centre-lead", here)
    held, other = waiting(here, lead), waiting(here, lead)
    with pytest.raises(Refused, match="night"):
        departures.leave(lead, held, BACK, held.version, sure=True)
    departures.leave(lead, other, ON, other.version)
    travel.on(hours=10)
    departures.leave(lead, held, BACK, held.version)
    assert [one.stage for one in (held, other)] == ["returned", "transferred"]


def test_that_a_child_alone_goes_back_only_when_two_people_agree() -> None:
    here = site()
    desk, lead = staff("centre", here), staff("centre-lead", here)
    child = waiting(here, desk, "unaccompanied-child")
    with pytest.raises(Refused, match="two people"):
        departures.leave(lead, child, BACK, child.version, sure=True)
    stamp = restamps.propose_leaving(lead, child, BACK, child.version)
    child.refresh_from_db()
    assert child.stage == "waiting-exit"
    with pytest.raises(Refused, match="two people"):
        restamps.approve(lead, stamp)
    with pytest.raises(NotFound):
        restamps.approve(desk, stamp)
    other = staff("centre-lead", here)
    restamps.approve(other, stamp)
    child.refresh_from_db()
    move = Movement.objects.get(held=child, after="returned")
    assert (child.stage, move.actor, move.second) == ("returned", stamp.proposed_by, other.user.get_username())
    assert Release.objects.get().done_at == clock.now()
    second = waiting(here, desk, "unaccompanied-child")
    departures.leave(desk, second, ON, second.version)
    assert second.stage == "transferred"


def test_that_a_handover_at_another_time_is_for_two_people_and_keeps_the_rules_of_its_hour(travel: Travel) -> None:
    here = site()
    lead, other = staff("centre-lead", here), staff("centre-lead", here)
    held = waiting(here, lead)
    travel.on(hours=10)  # 21:00
    night, day = clock.now() - HOUR / 2, clock.now() - 3 * HOUR
    for at, reason, cause in (
        (night, "busy", "night"), (day, "because", "reason"), (day - 10 * HOUR, "busy", "before they entered"),
        (clock.now() + HOUR, "busy", "to come"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=cause):
            restamps.propose_leaving(lead, held, BACK, held.version, at=at, reason=reason)
    stamp = restamps.propose_leaving(lead, held, BACK, held.version, at=day, reason="busy")
    restamps.approve(other, stamp)
    held.refresh_from_db()
    assert (held.stage, held.left_at, Release.objects.get().done_at) == ("returned", day, day)


def test_that_two_people_undo_a_leaving_that_was_a_slip_and_the_clock_runs_on(travel: Travel) -> None:
    here = site()
    lead, other = staff("centre-lead", here), staff("centre-lead", here)
    since = clock.now() - 50 * HOUR
    sent = waiting(here, lead, first_custody_at=since)
    departures.leave(lead, sent, BACK, sent.version)
    gone = released(here, lead, reminders=False)
    travel.on(hours=2)
    for held in (sent, gone):
        with pytest.raises(Refused, match="reason"):
            restamps.propose_undo(lead, held, reason="Ana told me")
        stamp = restamps.propose_undo(lead, held, reason="slip")
        with pytest.raises(Refused, match="two people"):
            restamps.approve(lead, stamp)
        restamps.approve(other, stamp)
        held.refresh_from_db()
        assert (held.stage, held.left_at) == ("waiting-exit", None)
        with pytest.raises(Refused, match="has not left"):
            restamps.propose_undo(lead, held, reason="slip")
    assert (sent.first_custody_at, census.clocked(sent, clock.now())) == (since, (52, ""))
    assert not Release.objects.filter(done_at__isnull=False).exists()
    assert list(custody.gaps(Site.objects.all(), since)) == []
    releases.confirm(lead, gone, gone.version)
    assert gone.stage == "released"


def test_that_a_leaving_is_not_undone_of_who_is_inside_again_was_taken_onward_or_left_long_ago(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    (again,) = custody.take_in(lead, here, [person("Ana Again")])
    onward(again, lead, "waiting-exit")
    departures.leave(lead, again, ON, again.version)
    travel.on(minutes=11)
    custody.take_in(lead, here, [person("Ana Again")])
    taken, old = released(here, lead), released(here, lead)
    bus = manifests.open_manifest(
        lead, here, number="B1", kind="bus", purpose="onward", to="There", departs_at=clock.now() + HOUR, seats=9
    )
    manifests.consent(lead, taken, yes=True)
    manifests.board(lead, bus, taken)
    manifests.depart(lead, bus)
    for held, cause in ((again, "another reference"), (taken, "taken onward")):
        with pytest.raises(Refused, match=cause):
            restamps.propose_undo(lead, held, reason="slip")
    travel.on(days=31)
    with pytest.raises(Refused, match="too long ago"):
        restamps.propose_undo(lead, old, reason="slip")
    assert not Restamp.objects.exists()


@pytest.mark.parametrize("way", departures.WAYS)
def test_that_who_comes_back_within_30_days_keeps_their_first_custody_unless_somebody_says_otherwise(
    travel: Travel, way: str
) -> None:
    here = site()
    lead = staff("centre-lead", here)
    since = clock.now() - 60 * HOUR

    def comes(name: str, **more: bool) -> datetime:
        (held,) = custody.take_in(lead, here, [person(name)], **more)
        return held.first_custody_at

    for name in ("Ana", "Rosa", "Eva"):
        (held,) = custody.take_in(lead, here, [person(name)], first_custody_at=since)
        onward(held, lead, "waiting-exit")
        departures.leave(lead, held, replace(BACK, way=way), held.version)
    travel.on(hours=1)
    assert comes("ana") == since
    assert comes("Rosa", anew=True) == comes("Eva", sure=True) == clock.now()
    (held,) = custody.take_in(lead, here, [person("Lea")], first_custody_at=since)
    onward(held, lead, "waiting-exit")
    departures.leave(lead, held, replace(BACK, way=way), held.version)
    travel.on(days=31)
    assert comes("Lea") == clock.now()


def test_that_a_family_is_handed_over_in_one_turn_but_for_whom_another_way_out_is_meant() -> None:
    here = site()
    lead = staff("centre-lead", here)
    mother, child, brother = family(here, lead, 3, "waiting-exit")
    late = family(here, lead, 2, "waiting-exit")
    custody.block(lead, brother, by="", way_out="release", version=brother.version)
    with pytest.raises(Refused, match="stay inside"):
        departures.leave(lead, mother, ON, mother.version, together=True)
    assert departures.leave(lead, mother, ON, mother.version, together=True, sure=True) == [mother, child]
    assert departures.leave(lead, late[1], ON, late[1].version, together=True) == [late[1], late[0]]
    assert [Held.objects.get(pk=one.pk).stage for one in (mother, child, brother, *late)] == [
        "transferred", "transferred", "waiting-exit", "transferred", "transferred",
    ]  # fmt: skip
    assert Release.objects.filter(done_at=clock.now(), receiver__isnull=False).count() == 4


def test_that_beds_wait_for_nobody_of_whose_party_all_are_handed_over() -> None:
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    shelters.answer(asked(lead, shelter)[0], replies.Answer(5))
    one, other = family(here, lead, 2, "waiting-exit")
    shelters.hold(lead, one, shelter, kind="any", night=shelters.night_of(shelter))
    used = []
    for held in (one, other):
        departures.leave(lead, held, ON, held.version, sure=True)
        used.append(shelters.coming(shelter, shelters.night_of(shelter)))
    assert used == [2, 0]


def test_that_somebody_moved_in_the_meantime_is_handed_over_by_nobody() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = waiting(here, lead)
    stale = Held.objects.select_related("site").get(pk=held.pk)
    custody.block(lead, held, by="bed", way_out="", version=held.version)
    with pytest.raises(Stale):
        departures.leave(lead, stale, BACK, stale.version)
    with pytest.raises(Stale):
        restamps.propose_leaving(lead, stale, BACK, stale.version, at=clock.now(), reason="busy")
    assert not Release.objects.exists() and not Restamp.objects.exists()
