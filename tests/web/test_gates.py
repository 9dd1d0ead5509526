"""Doors: who is not let in, what a link can't do, and what every answer of the service carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cauce.policy.programme import State
from cauce.web.domain import audit
from cauce.web.interfaces.accounts import SHOWN
from cauce.web.models import Case, Event
from tests.web import custody_fixtures, factory, pathway, places
from tests.web.test_leaving import bus
from tests.web.test_roles import ROLES

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {
    "reference": "7HQ2-0000-0000-0000X", "name": "review", "number": 1, "verdict": "denied", "page": "help",
    "code": "es", "token": "a-token", "secret": "a-secret", "act": "attest", "identity": UUID(int=1),
    "uuid": UUID(int=1), "key": "k", "uidb36": "1", "pk": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _cache() -> None:
    call_command("createcachetable", verbosity=0)


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """All addresses of the service, with an example in the place of what varies."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLResolver):
            yield from patterns(found, before + example(found))
        else:
            yield before + example(found), found


def example(found: Any) -> str:
    """A pattern as an address."""
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(GIVEN[m[1]]), str(found.pattern))
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: str(GIVEN[m[1]]), route)
    return re.sub(r"\(([^|)]*)[^)]*\)", r"\1", route).lstrip("^").rstrip("$")


EVERY = sorted({f"/{address}" for address, _found in patterns()})
STAFF = [address for address in EVERY if address.startswith("/staff/")]
METHODS = ("get", "post", "put", "delete", "patch", "options", "head", "trace")


def shut(response: Any) -> bool:
    """Whether an answer lets nobody in: there is no such page, or first they prove who they are.

    Whoever is sent elsewhere was let in; so is whoever must only show a factor again.
    """
    if response.status_code == 302:
        to = response.headers["Location"].partition("?")[0]
        return to in {reverse(name) for name in ("account_login", "mfa_activate_totp", "mfa_reauthenticate")}
    return response.status_code in (404, 405)


def test_that_there_are_addresses_of_every_face() -> None:
    for face in (
        "/apply/",
        "/staff/cases/",
        "/staff/board/",
        "/staff/programme/",
        "/account/",
        "/papers/",
        "/shelter/",
    ):
        assert any(address.startswith(face) for address in EVERY), face


@pytest.mark.parametrize("address", STAFF)
def test_that_nobody_reaches_a_page_of_staff_without_signing_in(client: Client, address: str) -> None:
    for method in METHODS:
        response = getattr(client, method)(address)
        assert response.status_code in (302, 404, 405), (method, response.status_code)
        if response.status_code == 302:
            assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("address", STAFF)
def test_that_a_password_alone_an_account_alone_and_a_closed_account_reach_nothing(address: str) -> None:
    once, nobody, closed = Client(), Client(), Client()
    once.force_login(factory.staff("officer").user)
    lonely = factory.staff("officer")
    factory.sign_in(nobody, lonely)
    lonely.delete()
    member = factory.staff("supervisor")
    factory.sign_in(closed, member)
    member.user.is_active = False
    member.user.save()
    for client in (once, nobody, closed):
        for method in ("get", "post"):
            response = getattr(client, method)(address)
            assert response.status_code == 403 or shut(response), (
                method,
                response.status_code,
                response.headers.get("Location"),
            )


@pytest.mark.parametrize("role", ROLES)
def test_that_a_role_reaches_only_what_the_table_gives_it(role: str) -> None:
    """Walked over all addresses: what is not theirs is not there, and what is theirs opens."""
    here, case = factory.site(), factory.case(state=State.SELECTED)
    client = factory.sign_in(Client(), factory.staff(role, sites=[here]))
    there = [address.replace(GIVEN["reference"], case.reference) for address in STAFF]
    opened = {a for a in there if not all([shut(client.get(a)), shut(client.post(a))])}
    begins = {
        "officer": ("/staff/$", "/staff/lines", "/staff/cases"), "port": ("/staff/$", "/staff/port"),
        "supervisor": ("/staff/$", "/staff/lines", "/staff/cases", "/staff/programme", "/staff/port",
        "/staff/trace"),
        "centre": ("/staff/$", "/staff/board"), "centre-lead": ("/staff/$", "/staff/board"),
        "shelter": ("/staff/$", "/staff/board/shelters"), "auditor": ("/staff/$", "/staff/audit", "/staff/retention",
        "/staff/cases"), "planner": ("/staff/$", "/staff/board/lane.csv",
        "/staff/board/published.csv"), "steward": ("/staff/$", "/staff/accounts", "/staff/retention"),
    }  # fmt: skip
    for address in opened:
        assert any(f"{address}$".startswith(begin) for begin in begins[role]), address
    for begin in begins[role]:
        assert any(f"{address}$".startswith(begin) for address in opened), begin


def test_that_a_form_from_elsewhere_changes_nothing() -> None:
    made = places.everywhere()
    counts = {table: rows for table, rows in _rows().items() if table.startswith(_TOLD)}
    for name, place in made.items():
        place.client.handler.enforce_csrf_checks = True
        for said in ({}, {"csrfmiddlewaretoken": "A" * 64}, {"csrfmiddlewaretoken": ""}):
            response = place.client.post(place.address, {**place.honest, **said}, HTTP_ORIGIN="https://evil.example")
            assert response.status_code == 403, (name, response.status_code)
            assert "<h1" in response.content.decode()
    member = factory.sign_in(Client(enforce_csrf_checks=True), factory.staff("supervisor"))
    for address in STAFF:
        assert member.post(address).status_code in (403, 404), address
    assert {table: rows for table, rows in _rows().items() if table.startswith(_TOLD)} == counts


_TOLD = ("web_case", "web_member", "web_draft", "web_support", "web_event", "web_notice", "web_shelter", "web_window")


def _rows(*but: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the service holds but sessions and its cache."""
    found = {}
    for table in connection.introspection.table_names():
        if not table.startswith(("django_", "web_cache", "sqlite", *but)):
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT * FROM "{table}"')
                found[table] = sorted((tuple(map(_plain, row)) for row in cursor.fetchall()), key=str)
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def test_that_looking_changes_nothing() -> None:
    """All addresses and all links of messages, by everybody, with GET and HEAD."""
    made = places.everywhere()
    clients = [Client(), *(place.client for place in made.values())]
    addresses = [*EVERY, *(place.address for place in made.values())]
    before = _rows()
    for client in clients:
        for address in addresses:
            for method in (client.get, client.head):
                assert method(address).status_code < 500, address
    assert _rows() == before


@pytest.mark.parametrize("role", ROLES)
def test_that_looking_at_pages_of_staff_changes_nothing(role: str) -> None:
    here = factory.site()
    lead = factory.staff("centre-lead", sites=[here])
    held = custody_fixtures.adult(here, lead)
    case = factory.case()
    client = factory.sign_in(Client(), factory.staff(role, sites=[here]))
    own = {GIVEN["reference"]: (held.reference, case.reference)}
    addresses = [address.replace(was, now) for was, both in own.items() for now in both for address in STAFF]
    before, acts = _rows("web_event"), Event.objects.count()
    for address in sorted(set(addresses)):
        assert client.get(address).status_code < 500
    assert _rows("web_event") == before
    assert {event.act for event in Event.objects.order_by("pk")[acts:]} <= {"read"}  # that somebody looked


def test_that_signing_out_asks_first(client: Client) -> None:
    factory.sign_in(client, factory.staff("officer"))
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get("/staff/").status_code == 200
    client.post(reverse("account_logout"))
    assert client.get("/staff/").status_code == 302


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "http:evil.example", "https:/evil.example", "/%09/evil.example", "\t//evil.example", "///evil.example",
     "https://testserver@evil.example/"],
)  # fmt: skip
def test_that_no_link_of_ours_leads_elsewhere(client: Client, onward: str) -> None:
    response = client.get(reverse("language", args=["es"]), {"next": onward})
    assert not re.match(r"(?i)\s*([a-z]+:|[/\\]{2})", response.headers["Location"]), response.headers["Location"]
    member = factory.staff("officer")
    signed_in = client.post(
        "/account/login/", {"login": member.user.username, "password": factory.PASSWORD, "next": onward}
    )
    assert "evil" not in signed_in.headers.get("Location", "").partition("?")[0]


def test_that_another_hosts_name_is_refused_and_enters_no_link(client: Client) -> None:
    for host in ("evil.example", "localhost.evil.example", "localhost:80@evil.example", "127.0.0.1.nip.io", "a b", ""):
        assert client.get("/", headers={"host": host}).status_code == 400, host
        assert client.post(reverse("pathway-begin"), headers={"host": host}).status_code == 400, host
    page = client.get("/", headers={"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"})
    assert "evil" not in page.content.decode()


def test_that_a_session_begins_anew_when_something_is_opened(client: Client) -> None:
    case, code = pathway.filed()
    fixed = places.opened(planted="x")
    before = fixed.cookies[settings.SESSION_COOKIE_NAME].value
    fixed.post(reverse("pathway-open"), {"reference": case.reference, "code": code})
    assert fixed.cookies[settings.SESSION_COOKIE_NAME].value != before
    attacker = Client()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = before
    assert attacker.get(reverse("pathway-status")).status_code != 200
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32  # one that nobody was given
    client.post(reverse("pathway-begin"))
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 32


def test_that_two_browsers_of_one_machine_do_not_mix_what_is_open(client: Client) -> None:
    mine, code = pathway.filed()
    other, _code = pathway.filed({"passport_number": "V2"}, key="2")
    client.post(reverse("pathway-open"), {"reference": mine.reference, "code": code})
    assert other.reference not in client.get(reverse("pathway-status")).content.decode()
    wrong = client.post(reverse("pathway-open"), {"reference": other.reference, "code": code})
    assert wrong.status_code in (404, 409, 422)
    client.get(reverse("pathway-leave"))
    assert client.get(reverse("pathway-status")).status_code == 303


def test_that_cookies_cannot_be_read_or_sent_from_elsewhere(client: Client) -> None:
    client.get(reverse("pathway-prescreen"))
    client.post(reverse("pathway-begin"))
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["domain"], name
    assert not client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] or settings.SESSION_COOKIE_AGE <= 3600


HEADERS = {
    "Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store",
}  # fmt: skip


def _odd_answers(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, Any]]:
    yield 200, client.get("/")
    yield 404, client.get("/nowhere")
    yield 302, client.get("/staff/")
    yield 405, client.post(reverse("draws"))
    yield 413, client.post(reverse("pathway-resume"), {"code": "A" * 300_000})
    yield 422, client.post(reverse("pathway-resume"), {"code": "x"})
    yield 400, client.post(reverse("pathway-resume"), {str(n): "x" for n in range(300)})
    yield 403, Client(enforce_csrf_checks=True).post(reverse("pathway-resume"))
    yield 400, client.get("/", headers={"host": "evil.example"})
    client.raise_request_exception = False
    monkeypatch.setattr("cauce.web.views.pathway.application.drafts.begin", lambda *_: 1 / 0)
    yield 500, client.post(reverse("pathway-begin"))


def test_that_every_answer_carries_its_guards(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for status, response in _odd_answers(client, monkeypatch):
        assert response.status_code == status
        for name, begin in HEADERS.items():
            assert begin in response.headers.get(name, ""), (status, name, response.headers.get(name))
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert "Server" not in response.headers and "X-Powered-By" not in response.headers


def test_that_a_fault_shows_a_reference_and_nothing_else(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {status: response.content.decode() for status, response in _odd_answers(client, monkeypatch)}
    assert re.search(r'class="code">[0-9A-Z-]{19}[0-9A-Z*~$=]<', answers[500])
    assert "division" not in answers[500] and "Traceback" not in answers[500]


@pytest.mark.parametrize("address", EVERY)
def test_that_no_method_surprises_a_page(client: Client, address: str) -> None:
    for method in METHODS:
        assert getattr(client, method)(address).status_code < 500, method


def test_that_one_site_sees_nothing_of_another() -> None:
    here, there = factory.site("here"), factory.site("there")
    theirs = factory.staff("centre-lead", sites=[there])
    held = custody_fixtures.adult(there, theirs)
    onward = bus(there, theirs)
    member = factory.staff("centre-lead", sites=[here])
    mine = factory.sign_in(Client(), member)
    before = _rows()
    for address in STAFF:
        address = address.replace(GIVEN["reference"], held.reference)
        address = address.replace("manifests/1", f"manifests/{onward.pk}")
        if held.reference in address or "manifests/" in address:
            assert mine.get(address).status_code in (404, 405), address
            assert mine.post(address, {"version": "0", "stage": "processing"}).status_code in (404, 405), address
    assert held.reference not in mine.get(reverse("board")).content.decode()
    assert _rows() == before
    factory.sign_in(mine, member, again=True)
    census = mine.get(reverse("board-census"))
    assert census.status_code == 200 and "there" not in census.content.decode()


def test_that_a_stale_page_and_a_form_sent_twice_do_nothing_more() -> None:
    officer = factory.staff("officer")
    case = factory.in_hand(factory.case(), officer)
    client, version = factory.sign_in(Client(), officer), case.version
    address = reverse("staff-act", args=[case.reference, "authorise"])
    assert client.post(address, {"version": version}).status_code == 302
    acts = Event.objects.count()
    assert client.post(address, {"version": version}).status_code == 409
    for odd in ("", "-1", "x", "9" * 30, "²", str(version + 99)):
        assert client.post(address, {"version": odd}).status_code in (404, 409), odd
    assert Event.objects.count() == acts and audit.verify().sound
    assert Case.objects.get().version == version + 1


def test_that_a_second_factor_of_another_opens_nothing(client: Client) -> None:
    mine, other = factory.staff("officer"), factory.staff("officer")
    client.force_login(mine.user)
    session = client.session
    session[SHOWN] = other.user.pk
    session.save()
    assert client.get("/staff/").status_code == 302


def test_that_a_secret_link_is_never_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    made = places.everywhere()["shelter"]
    secret = made.address.rpartition("/")[2]
    made.client.post(made.address, {"form": "answer", "answer-any": "many"})
    made.client.get(f"/support/{secret}")
    made.client.handler.enforce_csrf_checks = True
    made.client.post(made.address, made.honest)
    made.client.raise_request_exception = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cauce.web.views.board.leaving.shelters.by_link", lambda _: 1 / 0)
        assert made.client.get(made.address).status_code == 500
    assert len([record for record in caplog.records if "shelter" in record.getMessage()]) >= 3
    assert secret not in caplog.text


def test_that_what_the_rules_do_not_know_as_a_move_is_a_page() -> None:
    (paper,) = factory.authorised()
    client = places.opened(case=paper.member.case_id)
    Case.objects.update(state="paroled")
    late = client.post(
        reverse("pathway-withdraw"), {"version": Case.objects.get().version}, headers={"accept-language": "es"}
    )
    assert late.status_code == 409 and "esta solicitud" in late.content.decode()
    assert "cannot become" not in late.content.decode()
    assert client.post(reverse("pathway-confirm"), {"version": Case.objects.get().version}).status_code == 409
