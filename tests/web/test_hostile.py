"""Whatever is sent to a public form, by whoever: the answer is a page, never a fault, and nothing in it runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cauce.web.domain import filing, limits, outbox
from cauce.web.interfaces import mail as letters
from cauce.web.models import Case, Member, Notice
from tests.web import pathway, places

pytestmark = pytest.mark.django_db

HOSTILE = (
    "\x00", "a\x00b", "\u202eexe.gpj", "\ufeff", "=cmd|' /C calc'!A0", "@SUM(1+1)", "-2+3", "+1",
    "{{ 7*7 }}{% debug %}", "qq{# gone #}{{ 49 }}qq",
    "' OR 1=1 --", "a\r\nBcc: victim@example.org", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
    "A" * 100_000, "9" * 5000, "9" * 25, "-1", "0", "1e309", "NaN", "٣", "²", "🏳️‍🌈" * 300, "\ud7ff\ue000",
    "../../etc/passwd", "%00", "%s%n%x", "${jndi:ldap://x}", "None", "null", "[]", "a" * 300 + "@example.org",
    "+1234567 a@example.org, b@example.org", "9999", "31", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
RUN = ("<script>alert", "<img src=x", "qq49qq")
"""What stands in an answer if what was sent is run: by a browser, or as a template."""
NAMES = (
    "version", "form_key", "checking", "csrfmiddlewaretoken", "persons", "on_1_day", "on_1_month", "on_1_year",
    "removed_on_day", "removed_on_month", "removed_on_year", "passport_expired_on_year", "place_1", "place_9",
    "guardian", "relation", "next", "why", "form", "__class__", "\x00", "",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("createcachetable", verbosity=0)
    monkeypatch.setattr(limits, "count", lambda *args, **kwargs: None)  # what is counted is tested elsewhere


def sound(response: Any, said: object) -> None:
    """It is a page with a frame, no fault of ours, and holds nothing that would run."""
    assert response.status_code < 500, (response.status_code, said)
    text = response.content.decode()
    if response.status_code not in (301, 302, 303):
        assert "<h1" in text and "Traceback" not in text, (response.status_code, said)
    for runs in RUN:
        assert runs not in text, said


def send(place: places.Place, said: dict[str, Any]) -> None:
    """Send it, see that the answer is sound, and leave no trace."""
    with transaction.atomic():
        sound(place.client.post(place.address, said), said)
        outbox.send_due(letters.send)
        transaction.set_rollback(True)


@pytest.fixture
def everywhere() -> dict[str, places.Place]:
    return places.everywhere()


def test_that_the_honest_are_understood_everywhere(everywhere: dict[str, places.Place]) -> None:
    for name, place in everywhere.items():
        with transaction.atomic():
            response = place.client.post(place.address, place.honest)
            sound(response, name)
            if name != "go on":  # with a code that nobody was given
                assert response.status_code != 422, (name, response.context["form"].errors)
            transaction.set_rollback(True)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:24])
def test_that_one_hostile_value_in_every_field_is_a_page(everywhere: dict[str, places.Place], value: str) -> None:
    for place in everywhere.values():
        send(place, dict.fromkeys({*place.honest, *NAMES}, value))


def test_that_a_hostile_value_among_honest_ones_is_a_page(everywhere: dict[str, places.Place]) -> None:
    for place in everywhere.values():
        for field in place.honest:
            for value in ("9" * 25, "\x00", "a" * 300 + "@example.org", "+1234567 a@b.org, c@d.org", "A" * 100_000):
                send(place, {**place.honest, field: value})


def _fuzz(everywhere: dict[str, places.Place]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    values = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60), st.integers().map(str))
    several = st.one_of(values, st.lists(values, max_size=3))
    names = {name: sorted({*place.honest, *NAMES}) for name, place in everywhere.items()}
    return st.sampled_from(sorted(names)).flatmap(
        lambda name: st.tuples(st.just(name), st.dictionaries(st.sampled_from(names[name]), several, max_size=6))
    )


def _throw(everywhere: dict[str, places.Place], examples: int) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(_fuzz(everywhere))
    def thrown(drawn: tuple[str, dict[str, Any]]) -> None:
        name, hostile = drawn
        place = everywhere[name]
        send(place, {**place.honest, **hostile})

    thrown()


def test_that_anything_thrown_at_any_form_is_a_page(everywhere: dict[str, places.Place]) -> None:
    _throw(everywhere, 100)


@pytest.mark.long
def test_that_anything_thrown_for_long_at_any_form_is_a_page(everywhere: dict[str, places.Place]) -> None:
    _throw(everywhere, 5000)


BODIES: dict[str, tuple[str, bytes]] = {
    "a body of a megabyte": ("application/x-www-form-urlencoded", b"name=" + b"A" * 1_000_000),
    "a megabyte of parts": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"A" * 1_000_000 + b"\r\n--x--\r\n",
    ),
    "a file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.exe"\r\n\r\n' + b"MZ" * 9 + b"\r\n--x--\r\n",
    ),
    "a thousand fields": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1000))),
    "no UTF-8": ("application/x-www-form-urlencoded", b"name=%ff%fe%80&version=%c3%28\xff"),
    "no UTF-8, raw": ("application/x-www-form-urlencoded; charset=utf-7", b"name=\xff\xfe+ADw-script+AD4-"),
    "a charset that is none": ("application/x-www-form-urlencoded; charset=nonsense", b"name=a"),
    "JSON": ("application/json", b'{"name": "Ana"}'),
    "XML": ("text/xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    "no boundary": ("multipart/form-data", b"x"),
    "a broken boundary": ("multipart/form-data; boundary=\xe9", b"x"),
    "parts cut off": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="na'),
    "no type": ("", b"name=Ana"),
    "each twice": ("application/x-www-form-urlencoded", b"version=0&version=1&name=A&name=B&persons=1&persons=9"),
    "empty": ("application/x-www-form-urlencoded", b""),
}


@pytest.mark.parametrize("body", sorted(BODIES))
@pytest.mark.parametrize("checked", [False, True], ids=["", "with CSRF"])
def test_that_a_body_no_form_of_ours_sends_is_a_page(
    everywhere: dict[str, places.Place], body: str, *, checked: bool
) -> None:
    kind, data = BODIES[body]
    for name, place in everywhere.items():
        place.client.handler.enforce_csrf_checks = checked
        with transaction.atomic():
            sound(place.client.generic("POST", place.address, data, content_type=kind), (name, body))
            transaction.set_rollback(True)


def test_that_too_much_is_refused_and_not_read(client: Client) -> None:
    for size, status in ((200_000, 422), (300_000, 413)):
        assert client.post(reverse("pathway-resume"), {"code": "A" * size}).status_code == status


PATHS = (
    "/%00", "/apply/%00", "/apply/person-%C2%B2", "/apply/person-99999999999999999999", "/apply/group-1",
    "/support/%00", "/support/" + "A" * 9000, "/shelter/%ff%fe", "/help-somebody/%F0%9F%8F%B3", "/papers/x/",
    "/language/zz?next=//evil",
    "/language/%00", "/draws/99999999999999999999999.txt", "/status/supporter/%2e%2e", "/?%ff=%00&next=%00", "/help?%",
    "/staff/cases/%00/", "/static/../settings.py", "/static/%2e%2e/keys", "//example.org/", "/check?nationality=%00",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_that_any_address_is_a_page(client: Client, everywhere: dict[str, places.Place], path: str) -> None:
    del everywhere
    for method in (client.get, client.post, client.put, client.delete, client.options, client.head):
        assert method(path).status_code < 500, (method.__name__, path)


@pytest.mark.parametrize(
    "cookie", ["\x00" * 32, '"\\000\\000\\000\\000\\000\\000\\000\\000"', "x" * 4000, "../../etc", "é"]
)
@pytest.mark.parametrize("name", ["session", "csrf", "language", "messages", "sessionid"])
def test_that_any_cookie_is_a_page(client: Client, cookie: str, name: str) -> None:
    header = f"{name}={cookie}"
    for path in ("/", reverse("pathway-status"), reverse("pathway-begin"), "/staff/"):
        assert client.get(path, HTTP_COOKIE=header).status_code < 500
        assert client.post(path, HTTP_COOKIE=header).status_code < 500


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:24])
def test_that_no_hostile_name_reaches_the_head_of_a_message(value: str) -> None:
    case, _code = pathway.filed(email="ana@example.org")
    notice = outbox.write("supporter-asked", "sam@example.org", case.key, "en", link=value, called=value)
    assert notice.pk
    assert outbox.send_due(letters.send)[1] == 0
    for message in mail.outbox:
        assert "\n" not in message.subject and message.to and not message.cc and not message.bcc
        assert value not in message.subject and "qq49qq" not in f"{message.subject}{message.body}"
        assert b"\nBcc" not in message.message().as_bytes().partition(b"\n\n")[0]


def test_that_one_message_that_cannot_be_sent_stops_no_other() -> None:
    case, _code = pathway.filed(email="ana@example.org")
    outbox.write("no-such-template", "a@example.org", case.key, "en")
    outbox.write("news", "a@example.org, b@example.org", case.key, "en")
    outbox.write("news", "last@example.org", case.key, "en")
    _sent, failed = outbox.send_due(letters.send)
    assert failed >= 1
    assert ["last@example.org"] in [message.to for message in mail.outbox]
    assert not [message.to for message in mail.outbox if "," in message.to[0]]


def test_that_what_was_typed_is_kept_to_the_letter_or_refused(client: Client) -> None:
    """A name in any script stays as it was written; what cannot be seen is left out, not turned into something else."""
    for number, name in enumerate(("María José Ñáñez", "محمد علي", "Ọlá Adéyẹmí", "王小明", "O'Brien-Ștefan", "Z̧͈͉͖͙")):
        made = pathway.filed({"name": name, "passport_number": f"K{number}"}, key=str(number))[0]
        assert filing.answers(made).people[0].name == name
    assert Case.objects.count() == Member.objects.count() == 6
    assert Notice.objects.exists()
