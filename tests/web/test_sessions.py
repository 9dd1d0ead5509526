"""How long somebody stays signed in, and what is left in the browser when it ends."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import cauce.web
from cauce.web.domain import drafts, mandates, pauses, supporters
from cauce.web.interfaces import accounts
from cauce.web.models import Case
from cauce.web.views.pathway.frame import OPEN_FOR
from tests.web import factory, pathway, places

pytestmark = pytest.mark.django_db
MINUTE = 60


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of sessions, which a test moves."""
    at = [float(int(time.time()))]
    monkeypatch.setattr(accounts.time, "time", lambda: at[0])
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromtimestamp(at[0], UTC))
    return at


def works(client: Client) -> bool:
    """Whether the work of staff opens, or they sign in first."""
    answer = client.get(reverse("staff-home"))
    assert answer.status_code == 200 or answer.headers["Location"].startswith(reverse("account_login"))
    return answer.status_code == 200


def test_that_who_works_all_day_signs_in_anew_after_twelve_hours(now: list[float]) -> None:
    client = factory.sign_in(Client(), factory.staff("officer"))
    for _turn in range(12 * 6 - 1):
        now[0] += 10 * MINUTE
        assert works(client)
    now[0] += 10 * MINUTE
    ended = client.get(reverse("staff-home"))  # and what the browser kept of it goes, as when they sign out
    assert ended.headers["Location"].startswith(reverse("account_login")) and "Clear-Site-Data" in ended.headers
    assert not works(client)


def test_that_an_application_open_beside_keeps_no_member_of_staff_signed_in(now: list[float]) -> None:
    case, code = pathway.filed()
    client = factory.sign_in(Client(), factory.staff("officer"))
    opened = client.post(reverse("pathway-open"), {"reference": case.reference, "code": code})
    assert opened.status_code == 303
    now[0] += 19 * MINUTE
    assert works(client)
    now[0] += 20 * MINUTE
    assert not works(client)


def test_that_a_session_that_was_altered_or_made_up_or_signed_out_of_holds_nothing() -> None:
    client = factory.sign_in(Client(), factory.staff("officer"))
    (kept,) = Session.objects.all()
    assert works(client)
    Session.objects.update(session_data=f"{kept.session_data[:-8]}AAAAAAAA")
    assert not works(client)
    Session.objects.all().delete()
    client = factory.sign_in(Client(), factory.staff("officer"))
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert works(client)
    client.post(reverse("account_logout"))
    for cookie in (key, "a" * 32, "short"):
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
        assert not works(client)


def test_that_an_applicant_has_an_hour_for_a_page(now: list[float]) -> None:
    case, code = pathway.filed()
    client, status = Client(), reverse("pathway-status")
    client.post(reverse("pathway-open"), {"reference": case.reference, "code": code})
    for _turn in range(3):
        now[0] += 58 * MINUTE
        assert client.get(status).status_code == 200
    now[0] += 59 * MINUTE
    assert client.get(reverse("pathway-longer")).status_code == 200  # in another window, with a form half filled in
    now[0] += 59 * MINUTE
    assert client.get(status).status_code == 200
    now[0] += 61 * MINUTE
    assert client.get(status).status_code == 303
    assert client.get(reverse("pathway-longer")).status_code == 404


def test_that_an_applicant_opens_it_anew_after_twelve_hours(now: list[float]) -> None:
    case, code = pathway.filed()
    told, status = {"reference": case.reference, "code": code}, reverse("pathway-status")
    client = Client()
    client.post(reverse("pathway-open"), told)
    for _turn in range(13):
        now[0] += 55 * MINUTE
        assert client.get(status).status_code == 200
    now[0] += 5 * MINUTE
    assert client.get(status).status_code == 303
    client.post(reverse("pathway-open"), told)
    assert client.get(status).status_code == 200


def test_that_a_new_code_and_a_new_link_close_what_was_opened_with_the_old_one() -> None:
    case, code = pathway.filed(supporter="s@example.org")
    thief, theirs, own = Client(), Client(), Client()
    thief.post(reverse("pathway-open"), {"reference": case.reference, "code": code})
    theirs.post(reverse("pathway-resume"), {"code": code})
    status, recover = reverse("pathway-status"), reverse("pathway-recover")
    assert [client.get(status).status_code for client in (thief, theirs)] == [200, 200]
    asked = {
        "reference": case.reference, "passport_country": "VEN", "passport_number": "V00000001", "born_day": "4",
        "born_month": "3", "born_year": "1990",
    }  # fmt: skip
    assert own.post(recover, asked).status_code == 200
    assert [client.get(status).status_code for client in (thief, theirs, own)] == [303, 303, 200]
    assert thief.post(reverse("pathway-withdraw"), {"version": case.version}).status_code == 404
    support = case.supports.get()
    before = places.opened(support=support.pk)
    assert before.get(reverse("pathway-supporter")).status_code == 200
    supporters.resend(support, pathway.link, "applicant")
    assert before.get(reverse("pathway-supporter")).status_code == 404


def test_that_a_helper_who_then_applies_acts_on_their_own_application() -> None:
    helped, _code = pathway.filed()
    mandate = mandates.give(helped, "Luisa", "l@example.org", "act", 30, pathway.link)
    client, status = places.opened(mandate=mandate.pk), reverse("pathway-status")
    assert helped.reference in client.get(status).content.decode()
    page = client.post(reverse("pathway-begin")).content.decode()
    code = re.search(r'class="code">([^<]+)<', page)
    assert code is not None
    draft = drafts.by_code(code[1])
    assert draft is not None
    for name, answer in pathway.told({"passport_number": "B1"}).items():
        drafts.save(draft, name, answer, draft.version)
    sent = {"version": str(draft.version), "form_key": "k" * 24, "true": "on"}
    assert client.post(reverse("pathway-check-answers"), sent).status_code == 200
    shown = client.get(status).content.decode()
    own = Case.objects.exclude(pk=helped.pk).get()
    assert own.reference in shown and helped.reference not in shown
    again = client.post(reverse("pathway-check-answers"), sent).content.decode()
    assert own.reference in again


def test_that_a_page_says_before_it_closes_where_something_is_open() -> None:
    case, code = pathway.filed()
    client, link = Client(), reverse("pathway-longer")
    assert link not in client.get(reverse("pathway-open")).content.decode()  # nothing is open, nothing closes
    client.post(reverse("pathway-open"), {"reference": case.reference, "code": code})
    assert link in client.get(reverse("pathway-reach")).content.decode()
    style = (Path(cauce.web.__file__).parent / "static" / "cauce" / "cauce.css").read_text()
    (shown,) = re.findall(r"\.closing {[^}]*animation: closing 0s (\d+)s", style)
    assert OPEN_FOR - int(shown) >= 2 * MINUTE


def test_that_signing_out_leaves_nothing_in_the_browser() -> None:
    client = factory.sign_in(Client(), factory.staff("officer"))
    assert "Clear-Site-Data" not in client.get(reverse("staff-home")).headers
    assert client.post(reverse("account_logout")).headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get(reverse("home")).headers


def test_that_everybody_reads_which_step_stands_still_and_why() -> None:
    one, two = factory.staff("supervisor"), factory.staff("supervisor")
    case, code = pathway.filed()
    client = Client()
    client.post(reverse("pathway-open"), {"reference": case.reference, "code": code})
    pages = [reverse(name) for name in ("home", "pathway-status")]
    pause = pauses.propose("authorise", "a review of the programme", one, why="court")
    assert not [page for page in pages if b"a review of the programme" in client.get(page).content]
    pauses.second(pause, two)
    for page in pages:
        words = client.get(page).content.decode()
        assert "a review of the programme" in words and "Papers already issued stay good" in words
        assert "a court ordered it" in words
        assert "lo ordenó un tribunal" in client.get(page, headers={"accept-language": "es"}).content.decode()
    pauses.propose_end(pause, one)
    pauses.end(pause, two)
    assert not [page for page in pages if b"a review of the programme" in client.get(page).content]
