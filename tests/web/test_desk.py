"""The pages of staff: who gets in, what they see, what is refused."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import authorisations, carriers, casework, filing, groups, rules
from cauce.web.domain.answers import Contact
from cauce.web.models import Authorisation, Case, Event, Hold, Staff
from cauce.web.views.casework.cases import LINES, masked
from tests.web import factory, places
from tests.web.test_roles import ALLOWED, ROLES


@pytest.fixture(autouse=True)
def _cache(db: None) -> None:
    call_command("createcachetable", verbosity=0)


def code_of(member: Staff) -> str:
    device = Authenticator.objects.get(user=member.user, type="totp")
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(decrypt(device.data["secret"]), counter))


def password(client: Client, member: Staff) -> object:
    return client.post("/account/login/", {"login": member.user.username, "password": factory.PASSWORD})


def test_that_a_password_and_a_code_open_the_work_and_a_password_alone_opens_nothing(client: Client) -> None:
    member = factory.staff("officer")
    assert password(client, member).url == reverse("mfa_authenticate")
    assert client.get("/staff/").status_code == 302
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.get("/staff/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": code_of(member)})
    assert client.get("/staff/").status_code == 200


def test_that_who_has_no_second_factor_can_only_enrol_one(client: Client) -> None:
    member = factory.staff("officer")
    Authenticator.objects.all().delete()
    password(client, member)
    assert client.get("/staff/").url == reverse("mfa_activate_totp")


def test_that_a_session_from_before_the_second_factor_still_has_to_show_it(client: Client) -> None:
    member = factory.staff("officer")
    client.force_login(member.user)
    assert client.get("/staff/").url.startswith(reverse("mfa_reauthenticate"))
    client.post(reverse("mfa_reauthenticate"), {"code": code_of(member)})
    assert client.get("/staff/").status_code == 200


def test_that_nobody_signs_up_and_no_password_is_reset_by_mail(client: Client) -> None:
    factory.staff("officer")
    client.post("/account/signup/", {"username": "eve", "password1": "a long word for eve"})
    assert not get_user_model().objects.filter(username="eve").exists()
    for path in ("/account/password/reset/", "/account/email/", "/account/password/set/"):
        assert client.get(path).status_code == 404, path


def test_that_guessing_passwords_is_slowed_down(client: Client) -> None:
    member = factory.staff("officer")
    for _ in range(6):
        client.post("/account/login/", {"login": member.user.username, "password": "wrong"})
    assert "url" not in dir(password(client, member))


@pytest.mark.parametrize("role", ROLES)
def test_that_each_role_reaches_its_pages_and_no_other(client: Client, role: str) -> None:
    factory.sign_in(client, factory.staff(role))
    assert client.get("/staff/").status_code == 200
    pages = {
        "staff-line": ("read-queue", ["review"]), "staff-programme": ("select", []),
        "staff-accounts": ("make-account", []), "staff-audit": ("read-audit", []),
    }  # fmt: skip
    for name, (act, args) in pages.items():
        assert client.get(reverse(name, args=args)).status_code == (200 if act in ALLOWED[role] else 404), name


def test_that_a_case_is_decided_on_the_pages(client: Client) -> None:
    officer, port = factory.staff("officer"), factory.staff("port")
    factory.sign_in(client, officer)
    case = factory.case({}, state=State.REQUESTED)
    page = client.get(reverse("staff-line", args=["travel"])).content.decode()
    assert case.reference in page
    number = casework.sheet(case).answers.people[0].passport_number
    assert number not in page and f"…{number[-3:]}" in page
    assert "Only look" in client.get(reverse("staff-case", args=[case.reference])).content.decode()
    client.post(reverse("staff-claim", args=[case.reference]))
    page = client.get(reverse("staff-case", args=[case.reference])).content.decode()
    assert "87 FR 63507" in page
    client.post(reverse("staff-act", args=[case.reference, "authorise"]), {"version": version(page)})
    page = client.get(reverse("staff-case", args=[case.reference])).content.decode()
    issue = reverse("staff-issue", args=[case.reference])
    again = client.post(issue, {"version": version(page)})
    assert again.url.startswith(reverse("account_reauthenticate"))
    done = client.post(again.url, {"password": factory.PASSWORD})
    assert done.status_code == 302
    paper = Authorisation.objects.get()
    shown = client.get(reverse("paper", args=[paper.pk])).content.decode()
    assert "DEMONSTRATION" in shown and "<svg" in shown and number not in shown and "Persona" not in shown
    carrier = Client()
    for typed, said in ((carriers.code(paper), "Valid"), (paper.number, "Not valid"), ("x/1/y", "Not valid")):
        assert f"<strong>{said}</strong>" in carrier.post("/papers/", {"code": typed}).content.decode()
    gate = factory.sign_in(Client(), port)
    assert "Persona" in gate.post(reverse("staff-port"), {"code": carriers.code(paper)}).content.decode()
    gate.post(reverse("staff-arrive", args=[paper.pk]), {"port": "MIA", "flight": "AA921", "admitted": "yes"})
    assert Case.objects.get().state == State.PAROLED


def test_that_two_people_end_a_review_on_the_pages_by_what_one_of_them_found(client: Client) -> None:
    case = factory.case(state=State.SELECTED)
    officer, supervisor = factory.sign_in(client, factory.staff("officer")), Client()
    factory.sign_in(supervisor, factory.staff("supervisor"), again=True)
    address = reverse("staff-case", args=[case.reference])
    officer.post(reverse("staff-claim", args=[case.reference]))
    officer.post(
        reverse("staff-act", args=[case.reference, "review"]),
        {"version": version(officer.get(address).content.decode())},
    )
    page = officer.get(address).content.decode()
    codes = re.findall(r'name="found"[^>]*value="(\w+)"', page)
    propose = reverse("staff-act", args=[case.reference, "propose-not-confirm"])
    assert codes and 'name="reason"' not in page
    assert officer.post(propose, {"version": version(page), "reason": codes}).status_code == 409
    assert officer.post(propose, {"version": version(page), "found": codes[:1]}).status_code == 302
    assert "confirm the supporter" not in re.sub("not to confirm", "", officer.get(address).content.decode())
    home = supervisor.get(reverse("staff-home")).content.decode()
    assert case.reference in home and "No confirmation of the supporter" in home
    asked = supervisor.post(address, {"why": "second-signature"}).content.decode()
    signed = supervisor.post(
        reverse("staff-second", args=[case.reference, "not-confirmed"]), {"version": version(asked)}
    )
    assert signed.status_code == 302 and Case.objects.get().state == State.NOT_CONFIRMED


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", sorted(LINES))
def test_that_who_left_in_private_keeps_no_line_from_anybody(client: Client, name: str) -> None:
    left, other = factory.case({}, {"relation": "partner"}, state=State.QUEUED), factory.case(state=State.QUEUED)
    told = filing.answers(left).here[2]
    groups.leave(left, told.passport_country, told.passport_number, told.born, Contact(safe="none"))
    Case.objects.filter(pk__in=[left.pk, other.pk]).update(state=LINES[name][1][0].value)
    for case in (left, other) if name == "holding" else ():
        Hold.objects.create(window=rules.windows(case.programme)[0], holder=case.reference, persons=1)
    page = factory.sign_in(client, factory.staff("officer")).get(reverse("staff-line", args=[name]))
    shown = page.content.decode()
    assert page.status_code == 200 and left.reference in shown and other.reference in shown
    assert masked(told.passport_number) not in shown


def test_that_whoever_holds_a_place_stands_in_a_line_of_their_own(client: Client) -> None:
    officer = factory.staff("officer")
    factory.sign_in(client, officer)
    held, asks = factory.in_hand(factory.case(), officer), factory.case()
    assert authorisations.authorise(held, officer, held.version)

    def there(name: str) -> set[str]:
        page = client.get(reverse("staff-line", args=[name])).content.decode()
        return {case.reference for case in (held, asks) if case.reference in page}

    assert (there("holding"), there("travel")) == ({held.reference}, {asks.reference})
    page = places.opened(case=held.pk).get(reverse("pathway-status")).content.decode()
    assert "A place is held for you" in page


def test_that_looking_at_a_record_needs_a_reason_and_is_written_down(client: Client) -> None:
    factory.sign_in(client, factory.staff("auditor"))
    case = factory.case({})
    address = reverse("staff-case", args=[case.reference])
    assert "Persona" not in client.get(address).content.decode()
    assert client.post(address, {"why": "because"}).status_code == 422
    assert "Persona" in client.post(address, {"why": "audit"}).content.decode()
    assert Event.objects.get(subject=case.reference, act="read").details == {"why": "audit"}


@pytest.mark.django_db(transaction=True)
def test_that_a_steward_makes_an_account_whose_owner_enrols_first(client: Client) -> None:
    steward = factory.sign_in(client, factory.staff("steward"))
    answer = steward.post(reverse("staff-accounts"), {"name": "ana", "role": "officer"})
    again = steward.post(answer.url, {"password": factory.PASSWORD})
    said = re.search(r'class="code">([^<]+)<', again.content.decode())
    assert said is not None
    fresh = Client()
    fresh.post("/account/login/", {"login": "ana", "password": said[1]})
    assert fresh.get("/staff/").url == reverse("mfa_activate_totp")
    again = fresh.get(reverse("mfa_activate_totp"))
    assert fresh.post(again.url, {"password": said[1]}).url == reverse("mfa_activate_totp")
    page = fresh.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    fresh.post(reverse("mfa_activate_totp"), {"code": totp.format_hotp_value(totp.hotp_value(secret, counter))})
    assert fresh.get("/staff/").status_code == 200
