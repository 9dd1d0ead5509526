"""After filing: groups that change, lost codes, helpers, corrections, the check that keeps nothing, hostile input."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cauce.policy.programme import State
from cauce.web.domain import (
    audit,
    casework,
    corrections,
    drafts,
    filing,
    groups,
    limits,
    mandates,
    outbox,
    standing,
    supporters,
)
from cauce.web.domain import recovery as lost
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.limits import TooOften
from cauce.web.interfaces import mail as letters
from cauce.web.models import Case, Draft, Event, Notice
from tests.web import factory, places
from tests.web.conftest import Travel
from tests.web.pathway import BORN, filed, link, told
from tests.web.test_pathway import OFFER, PERSON, answer, apply

ASKED = {
    "nationality": "VEN", "family": "no", "age": "adult", "outside": "yes", "supporter": "yes",
    "passport_valid": "yes", "own_flight": "yes", "vaccinated": "yes", "other_nationality": "no", "removed": "no",
    "stopped_at_sea": "no", "other_bar": "no", "crossed": "no",
}  # fmt: skip
CROSSED = {"crossed": "yes", "place_1": "PAN", "on_1_day": "1", "on_1_month": "11", "on_1_year": "2022"}
ALONE = Contact(email="own@example.org")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "By the rules of today, you may apply"),
        ({**CROSSED, "manner_1": "irregular"}, "this would be a no"),
        ({**CROSSED, "manner_1": "unknown"}, "A person would have to look at it"),
        ({"passport_valid": "unknown"}, "A person would have to look at it"),
        ({"nationality": "HTI"}, "this would be a no"),
    ],
)
def test_that_the_check_says_what_the_rules_say_and_keeps_nothing(
    client: Client, changes: dict[str, str], said: str
) -> None:
    page = client.post(reverse("pathway-prescreen"), {**ASKED, **changes})
    assert said in page.content.decode()
    assert not Session.objects.exists()
    assert not any(model.objects.exists() for model in (Case, Draft, Event, Notice))


@pytest.mark.django_db
def test_that_who_leaves_a_group_keeps_the_place_and_takes_the_children(travel: Travel) -> None:
    case, code = filed({}, {}, {"born": "2015-02-03", "guardian": 2, "relation": "child"})
    travel.on(days=9)
    told = Notice.objects.count()
    own, own_code = groups.leave(case, "VEN", "V00000002", BORN, ALONE)
    case.refresh_from_db()
    assert (own.persons, case.persons, own.state) == (2, 1, "queued")
    assert own.filed_at == case.filed_at + groups.BEHIND
    assert [person.relation for person in filing.answers(own).people] == ["self", "child"]
    assert Notice.objects.count() == told
    assert standing.open_up(own.reference, own_code) == own
    with pytest.raises(NotFound):
        standing.open_up(own.reference, code)
    assert audit.verify().sound


@pytest.mark.django_db
def test_that_a_child_or_the_last_one_does_not_leave() -> None:
    case, _code = filed({}, {"born": "2015-02-03", "guardian": 1, "relation": "child"})
    with pytest.raises(Refused, match="guardian"):
        groups.leave(case, "VEN", "V00000002", date(2015, 2, 3), ALONE)
    with pytest.raises(Refused, match="could not go on"):
        groups.leave(case, "VEN", "V00000001", BORN, ALONE)
    with pytest.raises(NotFound):
        groups.leave(case, "VEN", "V00000001", date(1990, 3, 5), ALONE)


@pytest.mark.django_db
def test_that_a_newborn_is_added_without_a_new_place(travel: Travel) -> None:
    case, _code = filed()
    before, digest = case.filed_at, case.snapshot_digest
    child = filing.answers(case).people[0].model_copy(
        update={
            "name": "Luz", "born": date(2022, 12, 1), "relation": "child", "guardian": 1, "passport_number": "",
            "passport_country": "",
        }
    )  # fmt: skip
    member = groups.add_newborn(case, child, case.version, "applicant")
    assert (case.persons, case.filed_at, member.position, member.child) == (2, before, 2, True)
    assert case.snapshot_digest != digest
    with pytest.raises(Refused, match="last year"):
        groups.add_newborn(case, child.model_copy(update={"born": date(2020, 1, 1)}), case.version, "applicant")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("second", "cause"),
    [
        ({"passport_number": " v-000 00001"}, "same passport"),
        ({"passport_number": "", "name": "PERSONA  1"}, "same name and date of birth"),
    ],
)
def test_that_nobody_is_in_one_application_twice(second: dict[str, str], cause: str) -> None:
    with pytest.raises(Refused, match=cause):
        filed({}, second)
    filed({}, {"passport_number": "", "name": "Persona 1", "born": "1990-03-05"})  # another day, another person


@pytest.mark.django_db
def test_that_a_newborn_is_added_once() -> None:
    case, _code = filed()
    child = filing.answers(case).people[0].model_copy(
        update={"name": "Luz", "born": filing.today(), "relation": "child", "guardian": 1, "passport_number": ""}
    )  # fmt: skip
    groups.add_newborn(case, child, case.version, "applicant")
    with pytest.raises(Refused, match="same name and date of birth"):
        groups.add_newborn(case, child, case.version, "applicant")
    assert case.persons == 2
    twin = child.model_copy(update={"name": "Luz María"})
    groups.add_newborn(case, twin, case.version, "applicant")


@pytest.mark.django_db
def test_that_a_lost_code_is_made_anew_and_cannot_be_guessed() -> None:
    case, code = filed()
    for number, born in (("V1", BORN), ("V00000001", date(1991, 1, 1))):
        with pytest.raises(NotFound, match="do not belong"):
            lost.renew(case.reference, "VEN", number, born)
    found, fresh = lost.renew(case.reference, "VEN", "v 00000001", BORN)
    assert found == case
    with pytest.raises(NotFound):
        standing.open_up(case.reference, code)
    assert standing.open_up(case.reference, fresh) == case
    for _try in range(limits.table()["recover-reference"] - 3):
        lost.renew(case.reference, "VEN", "V00000001", BORN)
    with pytest.raises(TooOften):
        lost.renew(case.reference, "VEN", "V00000001", BORN)


@pytest.mark.django_db
def test_that_a_helper_acts_under_their_own_name_until_stopped(travel: Travel) -> None:
    case, _code = filed()
    tokens: list[str] = []
    mandate = mandates.give(
        case, "Luisa", "l@example.org", "see", 30, lambda token: tokens.append(token) or link(token)
    )
    helper = Client()
    assert helper.get(reverse("pathway-helper-link", args=tokens)).status_code == 303
    assert case.reference in helper.get(reverse("pathway-status")).content.decode()
    assert helper.get(reverse("pathway-reach")).status_code == 404
    assert helper.get(reverse("pathway-withdraw")).status_code == 404
    mandates.revoke(case, str(mandate.pk))
    assert helper.get(reverse("pathway-status")).status_code == 404
    acts = list(Event.objects.filter(subject=case.reference).values_list("act", flat=True))
    assert acts == ["filed", "mandate-given", "mandate-revoked"]


@pytest.mark.django_db
def test_that_a_correction_is_kept_without_its_words() -> None:
    case, _code = filed()
    corrections.reach(case, Contact(email="new@example.org", safe="email"), case.version, "applicant")
    assert standing.contact(case).email == "new@example.org"
    assert {row.field for row in case.corrections.all()} == {"email", "safe"}
    with pytest.raises(Stale):
        corrections.reach(case, Contact(email="x@example.org"), case.version - 1, "applicant")


@pytest.mark.django_db
def test_that_messages_go_out_in_the_language_in_which_somebody_answers_and_another_is_chosen() -> None:
    draft, _code = drafts.begin("en")
    for language, (name, kept) in zip(("en", "ht", "en", "pt"), told().items(), strict=False):
        with translation.override(language):
            drafts.save(draft, name, kept, draft.version)
        assert Draft.objects.get().language == draft.language == language
    case, code = filed()
    assert case.language == "es" and Notice.objects.get(kind="filed").language == "es"
    client, page = Client(), reverse("pathway-reach")
    client.post(reverse("pathway-open"), {"reference": case.reference, "code": code})
    shown = client.get(page).content.decode()
    assert '<option value="es" selected' in shown
    sent = {"email": "ana@example.org", "phone": "", "safe": "any", "version": str(case.version)}
    assert client.post(page, {**sent, "language": "xx"}).status_code == 422
    with pytest.raises(Refused):
        corrections.reach(case, standing.contact(case), case.version, "applicant", language="xx")
    assert client.post(page, {**sent, "language": "ht"}).status_code == 303
    case.refresh_from_db()
    assert case.language == "ht" and [row.field for row in case.corrections.all()] == ["language"]
    status = client.get(reverse("pathway-status")).content.decode()
    assert "Kreyòl ayisyen</dd>" in status and "language of our messages" in status


@pytest.mark.django_db
def test_that_a_supporter_is_replaced_and_the_old_link_serves_no_more(travel: Travel) -> None:
    case, _code = filed(supporter="first@example.org")
    first = supporters.of(case)
    assert first is not None
    supporters.ask(case, "second@example.org", "Ana", link, "applicant")
    with pytest.raises(NotFound):
        supporters.find(str(first.pk))
    second = supporters.of(case)
    assert second is not None
    travel.on(days=31)
    with pytest.raises(NotFound):
        supporters.find(str(second.pk))
    supporters.resend(second, link, "applicant")
    assert supporters.find(str(second.pk)) == second


@pytest.mark.django_db
def test_that_whoever_waits_reads_that_their_programme_has_ended(travel: Travel) -> None:
    case, _code = filed()
    gone, _code = filed({"passport_number": "GONE1"}, key="gone")
    standing.withdraw(gone, gone.version, "applicant")
    for day, closed in ((datetime(2023, 1, 5, 18, tzinfo=UTC), False), (datetime(2023, 1, 7, 18, tzinfo=UTC), True)):
        travel.now = day
        shown = places.opened(case=case.pk).get(reverse("pathway-status")).content.decode()
        assert ("programme to which you applied is not open" in shown) == closed
        assert ("no application can be sent" in Client().get(reverse("home")).content.decode()) == closed
        ended = places.opened(case=gone.pk).get(reverse("pathway-status")).content.decode()
        assert "programme to which you applied" not in ended


def written(kind: str) -> int:
    """How many messages of a kind there are."""
    return Notice.objects.filter(kind=kind).count()


@pytest.mark.django_db
def test_that_a_supporter_and_the_people_hear_of_each_other_and_stepping_back_stays_possible(travel: Travel) -> None:
    tokens: list[str] = []
    case, _code = filed()
    support = supporters.ask(
        case, "s@example.org", "Ana", lambda token: tokens.append(token) or link(token), "applicant"
    )
    browser = Client()
    browser.get(reverse("pathway-supporter-link", args=tokens))
    browser.post(reverse("pathway-supporter"), OFFER)
    assert (written("news"), written("supporter-news")) == (1, 0)
    support.refresh_from_db()
    supporters.attest(support, "applicant")
    assert (written("news"), written("supporter-news")) == (1, 1)
    travel.on(days=200)
    late = Client()
    assert late.get(reverse("pathway-supporter-link", args=tokens)).status_code == 303  # the link that they were sent
    supporters.resend(support, lambda token: tokens.append(token) or link(token), "applicant")
    assert Client().get(reverse("pathway-supporter-link", args=tokens[:1])).status_code == 404
    late.get(reverse("pathway-supporter-link", args=tokens[1:]))
    assert late.post(reverse("pathway-supporter-withdraw")).status_code == 200
    assert (written("news"), written("supporter-news")) == (2, 1)
    assert supporters.of(case) is None


@pytest.mark.django_db
def test_that_a_supporter_whose_papers_are_asked_for_is_written_to_and_reads_what_to_do() -> None:
    officer = factory.staff("officer")
    case = factory.in_hand(factory.case(state=State.REVIEW), officer)
    support, before = supporters.of(case), written("supporter-news")
    assert support is not None
    page = places.opened(support=support.pk)
    assert "nothing more to do" in page.get(reverse("pathway-supporter")).content.decode()
    casework.ask_evidence(case, officer, case.version)
    assert written("supporter-news") == before + 1
    outbox.send_due(letters.send)
    assert any("whose link you were sent" in letter.body or "enlace" in letter.body for letter in mail.outbox)
    shown = page.get(reverse("pathway-supporter")).content.decode()
    assert "asks to see papers" in shown and "nothing more to do" not in shown
    assert "Send the link again" in places.opened(case=case.pk).get(reverse("pathway-status")).content.decode()


@pytest.mark.django_db
def test_that_odds_are_said_only_of_enough_cases(travel: Travel) -> None:
    for n in range(standing.FEWEST):
        travel.on(minutes=1)
        case, _code = filed({"passport_number": f"N{n}"}, key=str(n))
        assert (standing.odds(case) is None) == (n + 1 < standing.FEWEST)
    assert standing.place(case) == standing.FEWEST
    Case.objects.filter(pk=case.pk).update(state="denied")
    odds = standing.odds(case)
    assert odds is not None
    assert odds.share == 1 / standing.FEWEST


@pytest.mark.django_db
def test_that_who_withdraws_may_apply_again() -> None:
    case, _code = filed()
    standing.withdraw(case, case.version, "applicant")
    again, _code = filed(key="again")
    assert again.state == "queued"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Ana\x00", "A" * 201, "   ", "\u202e"])
def test_that_a_name_that_cannot_be_kept_is_refused_with_its_mend(client: Client, name: str) -> None:
    client.post(reverse("pathway-begin"))
    answer(client, "group", {"persons": "1", "together": "yes"})
    said = {**PERSON["person"], "name": name, "version": "1"}
    page = client.post(reverse("pathway-page", args=["person-1"]), said)
    assert page.status_code == 422
    assert '<div class="fault" role="alert"' in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["=cmd()|x", "<script>alert(1)</script>", "محمد علي", "Ñandú O’Brien-Pérez"])
def test_that_a_name_in_any_script_is_kept_and_shown_harmlessly(client: Client, name: str) -> None:
    _code, page = apply(client, {**PERSON, "person": {**PERSON["person"], "name": name}})
    assert "<script>alert" not in page.content.decode()
    kept = Draft.objects.get()
    assert kept.version == 9


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["", "-1", "x", "999999999999", "0"])
def test_that_a_stale_page_is_refused_kindly(client: Client, version: str) -> None:
    client.post(reverse("pathway-begin"))
    answer(client, "group", {"persons": "1", "together": "yes"})
    page = client.post(reverse("pathway-page", args=["person-1"]), {**PERSON["person"], "version": version})
    assert page.status_code == 409
    assert "another window" in page.content.decode()


@pytest.mark.django_db
def test_that_forms_from_elsewhere_are_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    for name in ("pathway-begin", "pathway-prescreen", "pathway-open", "pathway-recover"):
        assert strict.post(reverse(name), {}).status_code == 403


@pytest.mark.django_db
def test_that_every_page_of_an_applicant_is_small(client: Client, settings: object) -> None:
    styles = sum(
        len(gzip.compress((settings.WEB / "static" / name).read_bytes()))  # type: ignore[attr-defined]
        for name in ("vendor/pico.css", "cauce/cauce.css", "vendor/htmx.js")
    )
    client.post(reverse("pathway-begin"))
    answer(client, "group", {"persons": "1", "together": "yes"})
    addresses = [reverse(n) for n in ("home", "help", "privacy", "pathway-prescreen", "pathway-check-answers")]
    for address in [*addresses, reverse("pathway-page", args=["crossings-1"])]:
        page = client.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) + styles <= 130_000, address
