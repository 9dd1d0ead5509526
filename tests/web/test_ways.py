"""Ways in: what the verbs allow has a page or a command, asks what it records, and is written down."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from cauce.cli import app
from cauce.policy.programme import State
from cauce.web.domain import (
    audit,
    authorisations,
    caps,
    cases,
    clock,
    erasures,
    filing,
    groups,
    limits,
    manifests,
    releases,
    retention,
    roles,
    rules,
    selection,
    standing,
    supporters,
)  # fmt: skip
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Amendment, Authorisation, Case, Erasure, Event, Hold, Purge, Staff
from cauce.web.views.home import KEPT
from tests.web import custody_fixtures, factory, pathway, places
from tests.web.places import opened
from tests.web.test_desk import version

pytestmark = pytest.mark.django_db


def last(subject: str) -> Event:
    """The newest line of the audit about something."""
    found = Event.objects.filter(subject=subject).order_by("-sequence").first()
    assert found is not None
    return found


def test_that_together_or_whoever_can_is_changed_until_the_decision() -> None:
    case, _code = pathway.filed({}, {})
    client, digest = opened(case=case.pk), case.snapshot_digest
    address = reverse("pathway-together")
    assert address in client.get(reverse("pathway-status")).content.decode()
    page = client.get(address).content.decode()
    assert "Whoever can goes" in page and "How many people" not in page
    assert client.post(address, {"version": version(page)}).status_code == 422
    assert client.post(address, {"together": "no", "version": version(page)}).status_code == 303
    case.refresh_from_db()
    assert (case.together, case.snapshot_digest) == (False, digest)
    assert (last(case.reference).act, last(case.reference).details) == ("together-changed", {"together": False})
    assert client.post(address, {"together": "yes", "version": version(page)}).status_code == 409  # the page is old
    with pytest.raises(Stale):
        groups.decide_together(case, True, case.version - 1, "applicant")
    Hold.objects.create(window=rules.windows(case.programme)[0], holder=case.reference, persons=2)
    with pytest.raises(Refused, match="decided"):
        groups.decide_together(case, True, case.version, "applicant")
    assert address not in client.get(reverse("pathway-status")).content.decode()
    assert audit.verify().sound


def test_that_a_newborn_is_asked_for_and_nothing_is_assumed() -> None:
    case, _code = pathway.filed()
    client, address = opened(case=case.pk), reverse("pathway-newborn")
    page = client.get(address).content.decode()
    told = {
        "name": "Luz", "born_0": "1", "born_1": "12", "born_2": "2022", "born_day": "1", "born_month": "12",
        "born_year": "2022", "nationality": "VEN", "guardian_born_day": "4", "guardian_born_month": "3",
        "guardian_born_year": "1990", "version": version(page),
    }  # fmt: skip
    short = client.post(address, told)
    assert short.status_code == 422
    asked = {"passport_valid", "outside", "other_nationality", "vaccinated", "removed", "stopped_at_sea", "other_bar"}
    assert set(short.context["form"].errors) == asked | {"crossed"}
    answers = {**dict.fromkeys(asked, "no"), "outside": "yes", "stopped_at_sea": "unknown", "crossed": "yes"}
    crossing = {"place_1": "PAN", "manner_1": "irregular"}
    assert client.post(address, {**told, **answers, **crossing}).status_code == 303
    case.refresh_from_db()
    child = filing.answers(case).people[1]
    assert (child.relation, child.guardian, child.passport_number, child.passport_valid) == ("child", 1, "", "no")
    assert (child.stopped_at_sea, child.removed, child.crossings[0].place) == ("unknown", "no", "PAN")


def test_that_a_page_of_before_confirms_nobody_but_whom_it_showed() -> None:
    case = factory.case(state=State.QUEUED)
    first = supporters.of(case)
    assert first is not None
    said = supporters.Offer(**{name: supporters.told(first)[name] for name in supporters.Offer.model_fields})
    shown, client = str(first.pk), opened(case=case.pk)
    assert shown in client.get(reverse("pathway-status")).content.decode()
    other = supporters.ask(case, "other@example.org", "Ana", pathway.link, "applicant")
    supporters.offer(other, said)
    for act in ("attest", "decline", "resend"):
        for old in ({"support": shown}, {}):
            assert client.post(reverse("pathway-support", args=[act]), old).status_code == 409
    other.refresh_from_db()
    assert other.state == "offered"
    address = reverse("pathway-support", args=["attest"])
    assert client.post(address, {"support": str(other.pk)}).status_code == 303
    other.refresh_from_db()
    assert other.state == "attested"


def test_that_no_page_of_the_group_shows_that_somebody_left() -> None:
    case, _code = pathway.filed({}, {"name": "Planted Name", "passport_number": "L2", "born": "1991-07-08"})
    client = opened(case=case.pk)

    def seen() -> list[str]:
        """What its pages show, without what changes at every look."""
        addresses = [reverse(name) for name in ("pathway-status", "pathway-newborn", "pathway-leave-group")]
        pages = [client.get(address).content.decode() for address in addresses]
        return [re.sub(r'<input type="hidden"[^>]*>', "", page) for page in pages]

    before = seen()
    groups.leave(case, "VEN", "L2", date(1991, 7, 8), Contact(safe="none"))
    for after, one in zip(seen(), before, strict=True):
        assert after.splitlines() == one.splitlines()
    own = Case.objects.exclude(pk=case.pk).get()
    assert (standing.place(case), standing.place(own)) == (1, 2)
    assert "Planted" not in "".join(before) and reverse("pathway-leave-group") in before[0]


@pytest.mark.parametrize("state", [State.QUEUED, State.REVIEW])
def test_that_whoever_leaves_is_told_whether_the_place_stays(state: State) -> None:
    case = factory.case({}, {"relation": "partner"}, state=state)
    page = opened(case=case.pk).get(reverse("pathway-leave-group")).content.decode()
    assert ("You keep your place in the line" in page) == (state == State.QUEUED)
    assert ("looks at it anew" in page) != (state == State.QUEUED)


def test_that_the_adult_of_a_newborn_is_found_by_birth_and_passports_are_not_tried_out_there() -> None:
    born = ("1990-03-04", "1990-03-04", "1991-07-08", "2015-01-02")
    people = [{"born": day, "passport_number": f"G{n}", "guardian": 1} for n, day in enumerate(born)]
    case, _code = pathway.filed(*people, key="group")
    assert groups.guardian(case, date(1991, 7, 8)) == 3
    for born, why in ((date(1990, 3, 4), "two adults"), (date(2015, 1, 2), "needs a parent")):
        with pytest.raises(Refused, match=why):
            groups.guardian(case, born)
    pathway.filed({"passport_number": "KNOWN1"}, key="known")
    place = places.everywhere()["newborn"]
    told = {**place.honest, "passport_valid": "yes", "passport_number": "KNOWN1", "passport_country": "VEN"}
    for _try in range(limits.table()["refused"]):
        assert b"already pending" in place.client.post(place.address, told).content
    assert b"tried too often" in place.client.post(place.address, told).content


def test_that_a_newborn_may_have_a_passport() -> None:
    case, _code = pathway.filed()
    child = filing.answers(case).people[0].model_copy(
        update={"name": "Luz", "born": filing.today(), "relation": "child", "guardian": 1, "passport_number": "V77"}
    )  # fmt: skip
    member = groups.add_newborn(case, child, case.version, "applicant")
    assert filing.identification(member)["passport"] == "V77"


def test_that_the_thanks_lead_a_supporter_to_stepping_back() -> None:
    support = supporters.of(factory.case())
    assert support is not None
    client, back = opened(support=support.pk), reverse("pathway-supporter-withdraw")
    page = client.get(reverse("pathway-supporter")).content.decode()
    assert "Thank you" in page and f'href="{back}"' in page and "<form" not in page.split("<h1>")[1].split("</main>")[0]
    assert client.post(back).status_code == 200
    support.refresh_from_db()
    assert support.state == "withdrawn"


def test_that_the_status_leads_to_each_paper_and_opening_one_is_written_down() -> None:
    papers = factory.authorised({}, {})
    case = papers[0].member.case
    page = opened(case=case.pk).get(reverse("pathway-status")).content.decode()
    for paper in papers:
        assert f'href="{reverse("paper", args=[paper.pk])}"' in page
    assert Client().get(reverse("paper", args=[papers[0].pk])).status_code == 200
    line = last(case.reference)
    assert (line.actor, line.act, line.details) == ("bearer", "paper-opened", {"paper": papers[0].number})
    officer = factory.staff("officer")
    factory.sign_in(Client(), officer).get(reverse("paper", args=[papers[1].pk]))
    assert (last(case.reference).actor, last(case.reference).details["paper"]) == (
        officer.user.username, papers[1].number,
    )  # fmt: skip


def test_that_held_places_are_given_back_on_the_page() -> None:
    officer = factory.staff("officer")
    client = factory.sign_in(Client(), officer)
    case = factory.in_hand(factory.case({}), officer)
    address = reverse("staff-case", args=[case.reference])
    give = reverse("staff-act", args=[case.reference, "release-places"])
    assert give not in client.get(address).content.decode()
    with pytest.raises(Refused, match="no places are held"):
        authorisations.release(case, officer, case.version)
    assert authorisations.authorise(case, officer, case.version)
    page = client.get(address).content.decode()
    assert give in page
    assert client.post(give, {"version": version(page)}).status_code == 302
    assert not Hold.objects.exists() and not Authorisation.objects.exists()
    assert [account.used for account in caps.reconcile()] == [0]
    assert Case.objects.get().state == State.REQUESTED
    assert Event.objects.filter(subject=case.reference, act="places-given-back", actor=officer.user.username).exists()


def test_that_two_supervisors_change_a_cap_on_the_page() -> None:
    (window,) = rules.windows(rules.programme().id)
    first, second = factory.staff("supervisor"), factory.staff("supervisor")
    one, two = (factory.sign_in(Client(), member) for member in (first, second))
    address, before = reverse("staff-programme"), window.cap
    wrong = one.post(reverse("staff-cap"), {"window": window.pk, "cap": "-1", "source": ""})
    assert wrong.status_code == 422 and set(wrong.context["form"].errors) == {"cap", "source"}
    told = {"window": window.pk, "cap": "30000", "source": "88 FR 1243"}
    assert one.post(reverse("staff-cap"), told).status_code == 302
    amendment = Amendment.objects.get()
    window.refresh_from_db()
    agree = reverse("staff-cap-approve", args=[amendment.pk])
    assert window.cap == before and agree not in one.get(address).content.decode()
    assert agree in two.get(address).content.decode()
    with pytest.raises(Refused, match="two people"):
        caps.approve(amendment, first)
    proof = two.post(agree)
    assert proof.url.startswith(reverse("account_reauthenticate"))
    two.post(proof.url, {"password": factory.PASSWORD})
    window.refresh_from_db()
    assert (window.cap, last(f"window:{window.pk}").act) == (30000, "cap-approved")
    assert factory.sign_in(Client(), factory.staff("officer")).post(reverse("staff-cap"), told).status_code == 404


def test_that_a_steward_resets_an_account() -> None:
    steward, ana = factory.staff("steward"), factory.staff("officer", name="ana")
    client = factory.sign_in(Client(), steward)
    reset = reverse("staff-reset-account", args=[ana.pk])
    assert reset in client.get(reverse("staff-accounts")).content.decode()
    proof = client.post(reset)
    assert Authenticator.objects.filter(user=ana.user).exists()
    said = re.search(r'class="code">([^<]+)<', client.post(proof.url, {"password": factory.PASSWORD}).content.decode())
    assert said is not None
    ana.user.refresh_from_db()
    assert ana.user.check_password(said[1]) and not Authenticator.objects.filter(user=ana.user).exists()
    assert last(f"account:{ana.user_id}").act == "account-reset"


def test_that_the_command_line_makes_the_first_steward_and_no_second() -> None:
    runner = CliRunner()
    made = runner.invoke(app, ["web", "steward", "rosa"])
    assert made.exit_code == 0, made.output
    rosa = Staff.objects.get(role="steward")
    assert rosa.user.username == "rosa" and rosa.user.check_password(made.output.strip().splitlines()[-1])
    assert last(f"account:{rosa.user_id}").actor == "command-line"
    again = runner.invoke(app, ["web", "steward", "eva"])
    assert isinstance(again.exception, Refused) and Staff.objects.count() == 1


def again(client: Client, address: str, told: dict[str, str]) -> Any:
    """Send a form for which the password is shown once more."""
    proof = client.post(address, told)
    if not (proof.status_code == 302 and proof.url.startswith(reverse("account_reauthenticate"))):
        return proof
    return client.post(proof.url, {"password": factory.PASSWORD})


def test_that_what_is_let_go_is_named_by_its_form_and_twice_is_once() -> None:
    ana, berta = factory.staff("steward"), factory.staff("auditor")
    one, two = (factory.sign_in(Client(), member) for member in (ana, berta))
    address = reverse("staff-retention")
    for wrong in ({}, {"act": ""}, {"act": "all"}, {"act": "release"}, {"act": "release", "purge": "x"}):
        assert again(one, address, wrong).status_code == 400, wrong
    assert not Purge.objects.exists()
    assert again(one, address, {"act": "propose"}).status_code == 302
    assert again(one, address, {"act": "propose"}).status_code == 409
    purge = Purge.objects.get()
    page = again(two, address, {"act": "release", "purge": str(purge.pk + 1)})
    assert page.status_code == 404
    assert f'name="purge" value="{purge.pk}"' in two.get(address).content.decode()
    told = {"act": "release", "purge": str(purge.pk)}
    assert [again(two, address, told).status_code for _turn in range(2)] == [302, 409]
    assert Purge.objects.count() == 1


def test_that_two_stewards_erase_an_application_and_nobody_else() -> None:
    ana, berta = factory.staff("steward"), factory.staff("steward")
    one, two = (factory.sign_in(Client(), member) for member in (ana, berta))
    case, address = factory.case(), reverse("staff-erasures")
    told = {"reference": case.reference.lower(), "reason": "asked"}
    running = again(one, address, told)
    assert running.status_code == 422 and "still runs" in running.content.decode()
    cases.advance(case, State.WITHDRAWN, actor="applicant", act="withdrawn")
    assert again(one, address, {**told, "reference": "nothing"}).status_code == 422
    assert again(one, address, {**told, "reason": "because Ana asked"}).status_code == 422
    assert again(one, address, told).status_code == 302
    assert "proposed already" in again(two, address, told).content.decode()
    erasure = Erasure.objects.get()
    agree = reverse("staff-erasure-agree", args=[erasure.pk])
    assert agree not in one.get(address).content.decode() and agree in two.get(address).content.decode()
    assert again(one, agree, {}).status_code == 409
    with pytest.raises(NotFound):
        erasures.agree(erasure, factory.staff("auditor"))
    case.refresh_from_db()
    assert case.erased_at is None
    assert [again(two, agree, {}).status_code for _turn in range(2)] == [302, 409]
    case.refresh_from_db()
    assert case.erased_at is not None and case.key.wrapped is None
    line = last(case.reference)
    assert (line.act, line.actor, line.details) == (
        "erased", ana.user.username, {"second": berta.user.username, "reason": "asked"},
    )  # fmt: skip
    assert not erasures.waiting()


def test_that_staff_change_the_password_that_a_steward_was_shown() -> None:
    ana = factory.staff("officer", name="ana")
    client = factory.sign_in(Client(), ana)
    change = reverse("account_change_password")
    for name in ("staff-home", "mfa_index"):
        assert f'href="{change}"' in client.get(reverse(name)).content.decode()
    fresh = "four words that stand apart"
    short = client.post(change, {"oldpassword": factory.PASSWORD, "password1": "short", "password2": "short"})
    assert short.context["form"].errors
    told = {"oldpassword": factory.PASSWORD, "password1": fresh, "password2": fresh}
    assert client.post(change, told).url == reverse("staff-home")
    assert client.get(reverse("staff-home")).status_code == 200
    ana.user.refresh_from_db()
    assert ana.user.check_password(fresh)
    assert (last(f"account:{ana.user_id}").act, last(f"account:{ana.user_id}").actor) == ("password-changed", "ana")
    assert Client().get(change).status_code == 302


def test_that_the_lane_of_the_programme_is_the_planners_alone() -> None:
    here, there = factory.site(), factory.site("elsewhere")
    lead, planner = factory.staff("centre-lead", sites=[here]), factory.staff("planner")
    custody_fixtures.adult(here, lead)
    custody_fixtures.adult(there, factory.staff("centre-lead", sites=[there]))
    for member, lane, counted in ((lead, 404, 200), (planner, 200, 404)):
        once = factory.sign_in(Client(), member)
        client = factory.sign_in(Client(), member, again=True)
        assert client.get(reverse("board-lane")).status_code == lane
        for name in ("board-lane", "board-census"):  # a file is taken away: the password or the code once more
            asked = once.get(reverse(name))
            assert asked.status_code == 404 or asked.url.startswith(reverse("account_reauthenticate"))
        census = client.get(reverse("board-census"))
        assert census.status_code == counted
        if counted == 200:
            rows = list(csv.reader(census.content.decode().splitlines()))
            assert sum(int(row[-1]) for row in rows if row[-1].isdigit()) == 1
    taken = Event.objects.get(act="census-taken")
    assert (taken.actor, taken.details) == (lead.user.username, {"persons": 1})
    assert [line.actor for line in Event.objects.filter(act="lane-taken")] == [planner.user.username]
    assert set(roles.sites(lead, "read-board")) == {here} == set(roles.sites(lead, "export-census"))
    assert not any(roles.sites(planner, act).exists() for act in ("export-census", "read-board"))
    assert not roles.sites(lead, "export-lane")


def test_that_a_leaflet_speaks_the_language_of_whom_it_is_for() -> None:
    here = factory.site()
    lead = factory.staff("centre-lead", sites=[here])
    held = custody_fixtures.adult(here, lead, "waiting-exit")
    client, address = factory.sign_in(Client(), lead), reverse("board-leaflet", args=[held.reference])
    early = client.get(address)
    assert early.status_code == 409 and "Fill in the package first." in early.content.decode()
    releases.prepare(lead, held, releases.Package(), held.version)
    for language, words in (("es", "Nombre"), ("pt", "Nome"), ("ht", "Non"), ("en", "Name")):
        type(held).objects.filter(pk=held.pk).update(language=language)
        page = client.get(address)
        assert f'<html lang="{language}">' in page.content.decode() and f"<dt>{words}</dt>" in page.content.decode()
        assert page.headers["Content-Language"] == language
    assert '<html lang="en">' in client.get(reverse("board-person", args=[held.reference])).content.decode()


def test_that_pages_say_words_and_no_codes() -> None:
    factory.case(state=State.QUEUED)
    made = selection.announce(rules.programme().id, factory.staff("supervisor"))
    page = Client().get(reverse("draws")).content.decode()
    assert f"<dd>{made.order}</dd>" not in page and "<dd>by age</dd>" in page
    here = factory.site()
    lead = factory.staff("centre-lead", sites=[here])
    held = custody_fixtures.adult(here, lead, "waiting-exit")
    bus = manifests.open_manifest(
        lead, here, number="B1", kind="bus", purpose="lateral", to="There", seats=9,
        departs_at=clock.now() + timedelta(hours=8),
    )  # fmt: skip
    manifests.board(lead, bus, held)
    shown = factory.sign_in(Client(), lead).get(reverse("board-manifest", args=[bus.pk])).content.decode()
    assert "<td>Español</td>" in shown and "<td>es</td>" not in shown


def test_that_the_page_of_what_is_kept_reads_the_table() -> None:
    rows, page = retention.table(), Client().get(reverse("privacy")).content.decode()
    assert {row.name for row in rows} == set(KEPT)
    for row in rows:
        assert str(KEPT[row.name]) % {"days": row.days} in page and "%(days)s" in str(KEPT[row.name])


def test_that_a_form_without_its_version_is_out_of_date() -> None:
    officer = factory.staff("officer")
    case = factory.in_hand(factory.case(state=State.SELECTED), officer)
    client = factory.sign_in(Client(), officer)
    for typed in ("", "x", "²", "9" * 30):
        said = client.post(reverse("staff-act", args=[case.reference, "review"]), {"version": typed})
        assert said.status_code == 409, typed
