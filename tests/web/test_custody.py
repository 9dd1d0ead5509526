"""The clock of custody, who may change a time, and what cannot have happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cauce.web.domain import audit, census, clock, custody, manifests, restamps
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Event, Held, Movement, Site
from tests.web.conftest import Travel
from tests.web.custody_fixtures import adult, family, person, site, staff, storm

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_that_the_clock_runs_from_the_first_custody_and_no_transfer_resets_it(travel: Travel) -> None:
    here, there = site("here"), site("there")
    lead = staff("centre-lead", here, there)
    held = adult(here, lead, "waiting-exit", first_custody_at=clock.now() - 50 * HOUR)
    bus = manifests.open_manifest(
        lead, here, number="B1", kind="bus", purpose="lateral", to="There", to_site=there,
        departs_at=clock.now() + HOUR, seats=10,
    )  # fmt: skip
    manifests.board(lead, bus, held)
    travel.on(hours=1)
    assert manifests.depart(lead, bus) == 1
    held.refresh_from_db()
    assert (held.site, held.stage) == (there, "intake")
    assert census.clocked(held, clock.now()) == (51, "")
    travel.on(hours=21, minutes=1)
    assert census.clocked(held, clock.now()) == (72, "over")
    board = census.board(Site.objects.filter(pk=there.pk))
    assert (board.persons, board.over) == (1, 1)


def test_that_who_passes_the_limit_is_seen_12_and_24_hours_ahead_with_what_blocks_them() -> None:
    here = site()
    lead = staff("centre-lead", here)
    for hours, by in ((73, "seat"), (72, "bed"), (61, "bed"), (60, "vetting"), (59, ""), (47, "paper")):
        held = adult(here, lead, first_custody_at=clock.now() - hours * HOUR)
        custody.block(lead, held, by=by, way_out="", version=held.version)
    board = census.board(Site.objects.all())
    assert (board.over, board.in12, board.in24) == (2, 2, 3)
    assert {b.by: (b.over, b.in12, b.in24) for b in board.blocked} == {
        "seat": (1, 0, 0), "bed": (1, 1, 1), "vetting": (0, 1, 1), "": (0, 0, 1),
    }  # fmt: skip


@pytest.mark.parametrize("hours", [1, -24 * 31])
def test_that_a_first_custody_that_cannot_be_is_refused(hours: int) -> None:
    here = site()
    with pytest.raises(Refused):
        custody.take_in(staff("centre", here), here, [person()], first_custody_at=clock.now() + hours * HOUR)
    assert not Held.objects.exists()


def test_that_the_same_person_twice_is_asked_about(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    custody.take_in(lead, here, [person("José  Pérez")])
    with pytest.raises(custody.Twice):
        custody.take_in(lead, here, [person("josé pérez")])
    assert custody.take_in(lead, here, [person("josé pérez")], sure=True)


def test_that_nobody_is_in_one_party_twice_however_sure_somebody_is() -> None:
    here = site()
    lead = staff("centre-lead", here)
    same = [person("José  Pérez", "family"), person("josé pérez", "family")]
    for sure in (False, True):
        with pytest.raises(Refused, match="in this party twice"):
            custody.take_in(lead, here, same, sure=sure)
    assert not Held.objects.exists()
    assert len(custody.take_in(lead, here, [person("José", "family"), person("José Luis", "family")])) == 2


@pytest.mark.django_db(transaction=True)
def test_that_desks_that_take_in_the_same_person_at_once_take_in_one() -> None:
    here = site()
    lead, same = staff("centre-lead", here), person()
    asked_about = storm(lambda _number: custody.take_in(lead, here, [same]), 6)
    assert [type(fault) for fault in asked_about] == [custody.Twice] * 5
    assert Held.objects.count() == 1


@pytest.mark.parametrize(
    "kinds", [[], ["family"], ["single-adult", "single-adult"], ["single-adult", "family"], ["somebody"]]
)
def test_that_a_party_that_is_none_is_refused(kinds: list[str]) -> None:
    here = site()
    with pytest.raises(Refused):
        custody.take_in(staff("centre", here), here, [person(demographic=kind) for kind in kinds])


def test_that_relatives_processed_apart_find_each_other() -> None:
    here = site()
    lead = staff("centre-lead", here)
    parents = family(here, lead, 2)
    (grandmother,) = custody.take_in(lead, here, [person()], kin=parents[0].reference)
    page = census.people(Site.objects.all(), census.Filter())
    assert {one.held.pk for one in page.people if one.kin_apart} == {grandmother.pk, *(p.pk for p in parents)}


def test_that_a_move_is_made_once_and_only_where_it_follows() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead)
    stale = Held.objects.get(pk=held.pk)
    custody.move(lead, held, "medical", held.version)
    with pytest.raises(Stale):
        custody.move(lead, stale, "processing", stale.version)
    for stage in custody.GONE:
        with pytest.raises(Refused, match="does not follow"):
            custody.move(lead, held, stage, held.version)
    moves = Movement.objects.filter(held=held).order_by("pk").values_list("before", "after")
    assert list(moves) == [("", "intake"), ("intake", "medical")]
    assert audit.verify().sound


def test_that_another_time_needs_a_reason_and_a_second_person(travel: Travel) -> None:
    here = site()
    lead, other = staff("centre-lead", here), staff("centre-lead", here)
    held = adult(here, lead)
    travel.on(hours=5)
    at = clock.now() - 2 * HOUR
    with pytest.raises(Refused):
        restamps.propose(lead, held, what="medical", at=at, reason="because Ana asked")
    stamp = restamps.propose(lead, held, what="medical", at=at, reason="network")
    held.refresh_from_db()
    assert held.stage == "intake"
    with pytest.raises(Refused):
        restamps.approve(lead, stamp)
    restamps.approve(other, stamp)
    held.refresh_from_db()
    assert (held.stage, held.stage_since) == ("medical", at)
    move = Movement.objects.get(held=held, after="medical")
    assert (move.at, move.recorded_at, move.second) == (at, clock.now(), other.user.get_username())
    with pytest.raises(Stale):
        restamps.approve(other, stamp)


def test_that_another_first_custody_is_no_move_before_which_the_entry_lies(travel: Travel) -> None:
    here = site()
    lead, other = staff("centre-lead", here), staff("centre-lead", here)
    held = adult(here, lead)
    travel.on(hours=1)
    for what, hours in (("first-custody", 10), ("entered", 2), ("entered", 3)):
        at = clock.now() - hours * HOUR
        restamps.approve(other, restamps.propose(lead, held, what=what, at=at, reason="network"))
        held.refresh_from_db()
    assert (held.first_custody_at, held.entered_at) == (clock.now() - 10 * HOUR, clock.now() - 3 * HOUR)


def test_that_another_time_is_dropped_by_who_asked_or_who_could_agree_and_by_nobody_else() -> None:
    here = site()
    desk, stranger, lead = staff("centre", here), staff("centre", here), staff("centre-lead", here)
    held = adult(here, desk)
    for who in (desk, lead):
        stamp = restamps.propose(desk, held, what="entered", at=clock.now(), reason="slip")
        with pytest.raises(NotFound):
            restamps.withdraw(stranger, stamp)
        restamps.withdraw(who, stamp)
        assert not restamps.pending(Site.objects.all()).exists()
        for again in (restamps.withdraw, restamps.approve):
            with pytest.raises(Stale):
                again(lead, stamp)
    assert Event.objects.filter(act="time-withdrawn").count() == 2


@pytest.mark.parametrize(
    ("what", "hours"),
    [("first-custody", 1), ("first-custody", -1), ("entered", 1), ("entered", -9), ("medical", -6), ("medical", 1)],
)
def test_that_a_time_that_cannot_have_been_is_refused(travel: Travel, what: str, hours: int) -> None:
    """In hours from now; the person came in 5 hours ago, was first held 8 hours ago."""
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, first_custody_at=clock.now() - 3 * HOUR)
    travel.on(hours=5)
    with pytest.raises(Refused):
        restamps.propose(lead, held, what=what, at=clock.now() + hours * HOUR, reason="slip")


def test_that_gaps_in_the_record_are_listed(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held, whole = adult(here, lead), adult(here, lead)
    since, mine = clock.now(), Site.objects.all()
    Movement.objects.create(
        held=held, site=here, before="medical", after="processing", at=clock.now(), recorded_at=clock.now(), actor="x"
    )
    assert [(gap.held, gap.what) for gap in custody.gaps(mine, since)] == [(held, "missing-move")]
    travel.on(hours=25)
    assert {(gap.held, gap.what) for gap in custody.gaps(mine, clock.now())} == {
        (held, "nobody-moved"),
        (whole, "nobody-moved"),
    }


def test_that_nobody_acts_at_a_site_that_is_not_theirs() -> None:
    here, there = site("here"), site("there")
    stranger = staff("centre-lead", there)
    held = adult(here, staff("centre", here))
    with pytest.raises(NotFound):
        custody.move(stranger, held, "medical", held.version)
    with pytest.raises(NotFound):
        custody.told(stranger, held)
    with pytest.raises(NotFound):
        custody.take_in(staff("shelter", here), here, [person()])


def test_that_the_clock_counts_true_hours_over_a_change_of_the_clocks(travel: Travel) -> None:
    """On 12 March 2023 the clocks of Denver skip an hour: 72 hours by the wall are 71 by the law."""
    travel.now = datetime(2023, 3, 11, 12, tzinfo=UTC)
    here = site()
    held = adult(here, staff("centre", here))
    travel.on(hours=71, minutes=59)
    assert census.clocked(held, clock.now()) == (71, "near")
    travel.on(minutes=1)
    assert census.clocked(held, clock.now()) == (72, "over")


@pytest.mark.parametrize(
    ("kind", "born", "cause"),
    [
        ("single-adult", ["2013-05-01"], "no adult"), ("single-adult", ["2004-12-13"], "no adult"),
        ("family", ["2013-05-01", "2010-05-01"], "has an adult"),
        ("unaccompanied-child", ["1990-05-01"], "18 or older"), ("unaccompanied-child", ["2004-12-12"], "18 or older"),
        ("single-adult", ["2022-12-13"], "in the future"), ("family", ["1990-05-01", "2022-12-13"], "in the future"),
        ("family", ["1990-05-01", "2022-12-12"], ""), ("single-adult", ["2004-12-12"], ""),
        ("unaccompanied-child", ["2004-12-13"], ""),
    ],
)  # fmt: skip
def test_that_the_kind_fits_the_ages(kind: str, born: list[str], cause: str) -> None:
    here = site()
    lead = staff("centre", here)
    party = [replace(person(demographic=kind), born=day) for day in born]
    if not cause:
        assert len(custody.take_in(lead, here, party)) == len(born)
        return
    with pytest.raises(Refused, match=cause):
        custody.take_in(lead, here, party)
    assert not Held.objects.exists()
    if "18" in cause:
        assert custody.take_in(lead, here, party, in_doubt=True)
    else:
        with pytest.raises(Refused, match=cause):
            custody.take_in(lead, here, party, in_doubt=True, sure=True, anew=True)


def test_that_what_somebody_waited_for_ends_with_the_stage_and_their_way_out_with_the_centre(travel: Travel) -> None:
    here, there = site("here"), site("there")
    lead, other = staff("centre-lead", here, there), staff("centre-lead", here, there)
    since = clock.now() - 50 * HOUR
    held = adult(here, lead, "processing", first_custody_at=since)
    custody.block(lead, held, by="vetting", way_out="transfer", version=held.version)
    custody.move(lead, held, "waiting-exit", held.version)
    assert (held.blocked_by, held.way_out) == ("", "transfer")
    custody.block(lead, held, by="seat", way_out="transfer", version=held.version)
    bus = manifests.open_manifest(
        lead, here, number="B1", kind="bus", purpose="lateral", to="There", to_site=there,
        departs_at=clock.now() + HOUR, seats=10,
    )  # fmt: skip
    manifests.board(lead, bus, held)
    travel.on(hours=1)
    manifests.depart(lead, bus)
    held.refresh_from_db()
    landed = clock.now()
    assert (held.blocked_by, held.way_out, held.entered_at, held.first_custody_at) == ("", "", landed, since)
    travel.on(hours=2)
    custody.move(lead, held, "processing", held.version)
    travel.on(hours=2)
    for at in (landed - 2 * HOUR, landed + 3 * HOUR):
        with pytest.raises(Refused, match="first move"):
            restamps.propose(lead, held, what="entered", at=at, reason="busy")
    restamps.approve(other, restamps.propose(lead, held, what="entered", at=landed + HOUR, reason="busy"))
    held.refresh_from_db()
    assert held.entered_at == landed + HOUR
