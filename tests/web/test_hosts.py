"""Staff and public under names of their own: nothing of the one is there under a name of the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cauce.errors import RequestError
from cauce.web.domain import shelters, vault, watch
from cauce.web.keyring import hosts
from cauce.web.models import Event, Notice, ShelterAsk
from tests.web import factory, pages

PUBLIC, DESK = "localhost", "127.0.0.1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def _apart(settings: Any) -> None:
    settings.PUBLIC_HOSTS, settings.STAFF_HOSTS = [PUBLIC], [DESK]
    call_command("createcachetable", verbosity=0)


@pytest.mark.usefixtures("_apart")
def test_that_every_page_is_there_under_the_names_of_its_readers_alone() -> None:
    world = pages.World()
    for who in pages.PAGES:
        for address in world.addresses(who):
            of_staff = address.startswith(("/staff/", "/account/"))
            there, elsewhere = (
                world.clients[who].get(address, headers={"host": host})
                for host in ((DESK, PUBLIC) if of_staff else (PUBLIC, DESK))
            )
            assert there.status_code in (200, 302), (address, there.status_code)
            assert not (there.status_code == 302 and there.url.startswith("http")), address
            if address == reverse("home"):
                assert (elsewhere.status_code, elsewhere.url) == (302, reverse("staff-home"))
            elif address == reverse("paper", args=world.arguments["paper"]):
                assert elsewhere.status_code == 200
            elif of_staff:
                assert elsewhere.status_code == 404 and b"Not found" in elsewhere.content, address
            else:
                assert (elsewhere.status_code, elsewhere.url) == (302, f"http://{PUBLIC}{address}"), address


@pytest.mark.usefixtures("_apart")
@pytest.mark.parametrize("host", [DESK, f"{DESK}:8000", f"{DESK}."])
def test_that_no_form_of_the_public_is_taken_under_a_name_of_staff_and_none_of_staff_elsewhere(host: str) -> None:
    assert Client(headers={"host": host}).post(reverse("pathway-begin")).status_code == 404
    assert Client(headers={"host": PUBLIC}).post(reverse("pathway-begin")).status_code == 200
    told = {"login": "somebody", "password": "a password of theirs"}
    assert Client(headers={"host": PUBLIC}).post(reverse("account_login"), told).status_code == 404
    assert Client(headers={"host": host}).post(reverse("account_login"), told).status_code == 200
    client = factory.sign_in(Client(headers={"host": PUBLIC}), factory.staff("supervisor"))
    assert client.post(reverse("staff-serve")).status_code == 404
    assert client.post(reverse("staff-serve"), headers={"host": host}).status_code == 302


@pytest.mark.usefixtures("_apart")
def test_that_a_link_to_a_shelter_and_a_printed_paper_bear_the_name_of_the_public() -> None:
    (paper,) = factory.authorised()
    officer = factory.staff("officer")
    client = factory.sign_in(Client(headers={"host": DESK}), officer)
    shown = client.get(reverse("paper", args=[paper.pk])).content.decode()
    assert f"{PUBLIC}{reverse('papers-check')}" in shown and f"{DESK}{reverse('papers-check')}" not in shown
    assert Event.objects.filter(act="paper-opened").latest("pk").actor == officer.user.username
    here = factory.site("centre")
    lead, shelter = factory.staff("centre-lead", sites=[here]), factory.site("shelter", "shelter")
    shelters.reach(lead, shelter, contact="shelter@example.org", language="es")
    night = shelters.night_of(shelter)
    day = {f"ask-night_{part}": getattr(night, part) for part in ("day", "month", "year")}
    told = {"form": "ask", "ask-shelter": shelter.code, "ask-persons": 8, "ask-families": 1, **day}
    asked = factory.sign_in(Client(headers={"host": DESK}), lead).post(reverse("board-shelters"), told)
    assert asked.status_code == 302 and ShelterAsk.objects.count() == 1
    notice = Notice.objects.filter(kind="shelter-ask").get()
    link = vault.unseal(notice.key, f"notice.carries.{notice.pk}", notice.carries)
    assert any(str(value).startswith(f"http://{PUBLIC}/shelter/") for value in link.values())


def test_that_without_names_of_their_own_both_share_all(settings: Any) -> None:
    client = Client(headers={"host": PUBLIC})
    assert client.get(reverse("home")).status_code == 200
    assert client.get(reverse("account_login")).status_code == 200


def test_that_names_that_cannot_part_them_are_one_sentence() -> None:
    assert hosts(" www.example.org, Example.org", "desk.example.org") == (
        ["www.example.org", "example.org"], ["desk.example.org"],
    )  # fmt: skip
    assert hosts("example.org", None) == (["example.org"], []) and hosts(None, "") == ([], [])
    for public in (None, "", ".example.org", "*"):
        with pytest.raises(RequestError, match="needs a name of the public"):
            hosts(public, "desk.example.org")
    with pytest.raises(RequestError, match=r"desk\.example\.org is in CAUCE_HOSTS and"):
        hosts("www.example.org,desk.example.org", "desk.example.org")


@pytest.mark.parametrize("staff", [[], ["desk.example.org"]])
def test_that_the_check_says_whether_they_are_apart(settings: Any, staff: list[str]) -> None:
    settings.DEMONSTRATION, settings.STAFF_HOSTS = False, staff
    settings.ALLOWED_HOSTS = ["www.example.org", *staff]
    (finding,) = [finding for finding in watch.look() if finding.what == "hosts"]
    assert finding.well and ("CAUCE_STAFF_HOSTS" in finding.said) is (not staff)
