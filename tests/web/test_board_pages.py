"""What the pages of the board say of somebody who leaves: by their forms, on the clocks of the site, in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cauce.web.domain import clock, custody, departures, manifests, releases, restamps, shelters
from cauce.web.models import Held, Release, Restamp, Site
from tests.web import factory
from tests.web.conftest import Travel
from tests.web.custody_fixtures import adult, family, onward, person, site, staff
from tests.web.test_departures import BACK, ON
from tests.web.test_leaving import WHOLE, bus, released, two_shelters

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def desk(at: Site) -> Client:
    """A desk of a centre."""
    return factory.sign_in(Client(), factory.staff("centre", sites=[at]))


def shown(client: Client, name: str, *args: Any) -> str:
    """A page as text."""
    page = client.get(reverse(name, args=args))
    assert page.status_code == 200
    return page.content.decode()


def sent(client: Client, name: str, held: Held, prefix: str, **given: Any) -> tuple[int, str]:
    """A form of somebody's page."""
    fields = {f"{prefix}-{key}": value for key, value in given.items()}
    page = client.post(reverse(name, args=[held.reference]), fields)
    return page.status_code, page.content.decode()


def test_that_somebody_is_handed_over_by_the_form_of_their_page_and_no_button_leads_out() -> None:
    here = site()
    held = adult(here, staff("centre-lead", here), "waiting-exit")
    client = desk(here)
    assert client.post(
        reverse("board-move", args=[held.reference]), {"stage": "returned", "version": held.version}
    ).status_code == 302  # fmt: skip
    held.refresh_from_db()
    assert held.stage == "waiting-exit"
    given = {"way": "returned", "receiver": "Planted Agency", "version": held.version}
    status, page = sent(client, "board-hand-over", held, "handover", **given)
    assert status == 422 and "not given along" in page
    things = {f"{name}_given": "on" for name in releases.THINGS}
    assert sent(client, "board-hand-over", held, "handover", **given, **things)[0] == 302
    held.refresh_from_db()
    page = shown(client, "board-person", held.reference)
    assert held.stage == "returned" and "Planted Agency" in page and "They have not left" in page
    assert sent(client, "board-undo", held, "undo", reason="slip")[0] == 302
    assert Restamp.objects.get().what == "undo"
    lead = factory.sign_in(Client(), factory.staff("centre-lead", sites=[here]))
    assert "Has not left: it was a slip" in shown(lead, "board-times")
    lead.post(reverse("board-second", args=[Restamp.objects.get().pk]))
    held.refresh_from_db()
    assert held.stage == "waiting-exit"
    assert "(A slip of the hand)" in shown(client, "board-person", held.reference)


def test_that_a_child_alone_who_goes_back_and_a_handover_of_before_wait_for_a_second_person(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    child = onward(custody.take_in(lead, here, [person(demographic="unaccompanied-child")])[0], lead, "waiting-exit")
    held = adult(here, lead, "waiting-exit")
    travel.on(hours=2)  # 13:00
    client = desk(here)
    page = shown(client, "board-person", child.reference)
    assert "only if two people agree" in page and reverse("board-prepare", args=[child.reference]) not in page
    given = {"receiver": "Planted Agency", **{f"{name}_given": "on" for name in releases.THINGS}}
    assert sent(client, "board-hand-over", child, "handover", way="returned", version=child.version, **given)[0] == 302
    when = {"day_day": "12", "day_month": "12", "day_year": "2022", "hour": "12:15", "reason": "paper"}
    status, _page = sent(
        client, "board-hand-over", held, "handover", way="transferred", version=held.version, **given, **when
    )
    assert status == 302
    assert {(stamp.held, stamp.what, stamp.at, stamp.reason) for stamp in Restamp.objects.all()} == {
        (child, "returned", clock.now(), "child"),
        (held, "transferred", datetime(2022, 12, 12, 19, 15, tzinfo=UTC), "paper"),
    }


def test_that_hours_are_those_of_the_site_on_every_page(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit", first_custody_at=clock.now() - 80 * HOUR)
    gone = released(here, lead, papers_given=False)
    manifests.consent(lead, gone, yes=True)
    restamps.propose(lead, held, what="entered", at=clock.now(), reason="slip")
    leaves = datetime(2022, 12, 13, 2, 30, tzinfo=UTC)
    carrier = manifests.open_manifest(
        lead, here, number="B9", kind="bus", purpose="lateral", to="There", departs_at=leaves, seats=9
    )
    manifests.board(lead, carrier, held)
    client = factory.sign_in(Client(), factory.staff("centre-lead", sites=[here]))
    Held.objects.filter(pk=held.pk).update(stage_since=clock.now() - 30 * HOUR)
    pages = {name: shown(client, name) for name in (
        "board", "board-live", "board-times", "board-gaps", "board-missing", "board-manifests",
    )}  # fmt: skip
    pages["board-manifest"] = shown(client, "board-manifest", carrier.pk)
    pages["board-person"] = shown(client, "board-person", held.reference)
    for name, page in pages.items():
        assert "UTC" not in page and "MST" in page, name
    assert "2022-12-12 19:30 MST" in pages["board-manifest"] and "2022-12-12 19:30 MST" in pages["board-manifests"]
    assert "As of 2022-12-12 11:00 MST" in pages["board-live"]
    assert ">B9<" in pages["board"] and gone.reference in pages["board-manifests"]


def test_that_a_manifest_whose_hour_is_past_says_so(travel: Travel) -> None:
    here = site()
    lateral = bus(here, staff("centre-lead", here))
    client = desk(here)
    for late in (False, True):
        for page in (shown(client, "board-manifests"), shown(client, "board-manifest", lateral.pk)):
            assert ("Its hour is past" in page) is late
        travel.on(hours=6)


def test_that_a_move_names_its_bus_and_the_row_that_stays_holds_no_word_that_a_hand_wrote() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    lateral = bus(here, lead, number="Bus of Ana Planted")
    manifests.board(lead, lateral, held)
    manifests.depart(lead, lateral)
    assert "(Bus of Ana Planted)" in shown(desk(here), "board-person", held.reference)
    assert "Planted" not in str(list(held.movements.values()))


def test_that_who_wants_to_go_onward_is_listed_with_their_bus_until_they_have_travelled() -> None:
    here = site()
    lead = staff("centre-lead", here)
    one, other, silent = released(here, lead), released(here, lead), released(here, lead)
    for held in (one, other):
        manifests.consent(lead, held, yes=True)
    goes = bus(here, lead, purpose="onward")
    manifests.board(lead, goes, one)
    mine = Site.objects.filter(pk=here.pk)
    assert set(manifests.onward(mine)) == {(one, goes.number), (other, "")}
    manifests.depart(lead, goes)
    assert manifests.onward(mine) == [(other, "")]
    assert silent.reference not in shown(desk(here), "board-manifests")


def test_that_the_leaflet_says_its_days_with_words_and_what_was_not_given_back() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    Held.objects.filter(pk=held.pk).update(language="en")
    held.refresh_from_db()
    client = desk(here)
    releases.prepare(lead, held, replace(WHOLE, medicines_given=False, papers_given=False), held.version)
    page = shown(client, "board-leaflet", held.reference)
    assert "March 1, 2023, Court" in page and "Jan. 9, 2023, Planted Office" in page and "2023-0" not in page
    assert "A012 345 678" in page and "You were not given back" in page and "Papers, Medicines." in page
    bare = releases.Package(papers_given=True, medicines_given=True, belongings_given=True)
    releases.prepare(lead, held, bare, held.version)
    page = shown(client, "board-leaflet", held.reference)
    assert "not known to the court" in page and "You were not given back" not in page
    releases.prepare(lead, held, replace(bare, file_number="A012 345 678"), held.version)
    assert "Ask the court by the number of your file" in shown(client, "board-leaflet", held.reference)


def test_that_the_beds_held_and_their_end_stand_on_the_page_and_in_the_package() -> None:
    here = site()
    lead = staff("centre-lead", here)
    shelter, _other = two_shelters(lead)
    held = family(here, lead, 3, "waiting-exit")[0]
    client = desk(here)
    assert "No beds are held." in shown(client, "board-person", held.reference)
    shelters.hold(lead, held, shelter, kind="any", night=shelters.night_of(shelter))
    page = shown(client, "board-person", held.reference)
    assert "3 beds are held at Casa." in page and "Until 2022-12-12 14:00 MST; then others get them." in page
    assert '<option value="casa" selected>' in page


def test_that_what_was_left_empty_is_filled_in_on_the_page_of_who_was_let_go() -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = released(here, lead, address="", papers_given=False)
    client = desk(here)
    page = shown(client, "board-person", held.reference)
    assert "can be filled in for 30 days" in page and reverse("board-leaflet", args=[held.reference]) in page
    kept = {
        "hearing_on_day": "1", "hearing_on_month": "3", "hearing_on_year": "2023", "court": "Court",
        "check_in_on_day": "9", "check_in_on_month": "1", "check_in_on_year": "2023", "phone": "+1 555 0100",
        "check_in_place": "Planted Office", "file_number": "A012 345 678", "medicines_given": "on",
        "belongings_given": "on", "papers_given": "on", "address": "2 Other Street",
    }  # fmt: skip
    status, page = sent(client, "board-prepare", held, "release", **{**kept, "version": held.version, "court": "Other"})
    assert status == 422 and "stays as it is" in page
    assert sent(client, "board-prepare", held, "release", **kept, version=held.version)[0] == 302
    assert releases.missing(Release.objects.get()) == ()
    departed = adult(here, lead, "waiting-exit")
    departures.leave(lead, departed, ON, departed.version)
    page = shown(client, "board-person", departed.reference)
    assert "can be filled in" not in page and reverse("board-leaflet", args=[departed.reference]) not in page
    assert BACK.receiver in page
