"""What follows on a decision: places that come back once, papers that rest on a supporter, arrivals that are undone."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import formats

from cauce.policy.programme import State
from cauce.web.domain import (
    alerts,
    arrivals,
    audit,
    authorisations,
    caps,
    carriers,
    cases,
    casework,
    filing,
    groups,
    limits,
    pauses,
    standing,
    supporters,
    vault,
)
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Alert, Authorisation, Case, Hold, Member
from tests.web import factory, pathway, places
from tests.web.conftest import Travel

FAMILY = ({}, {"relation": "partner"})


def fresh(paper: Authorisation) -> Authorisation:
    """A paper as the database has it."""
    return Authorisation.objects.select_related("member__case").get(pk=paper.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(("arrived", "left"), [(True, 2), (False, 0)])
def test_that_places_are_recycled_only_where_nobody_of_a_family_arrived(
    travel: Travel, settings: object, arrived: bool, left: int
) -> None:
    settings.RECYCLE_EXPIRED = True  # type: ignore[attr-defined]
    first, _second = factory.authorised(*FAMILY)
    if arrived:
        arrivals.arrive(first, factory.staff("port"), port="MIA", flight="AA123")
    travel.on(days=91)
    assert authorisations.expire() == 1
    (account,) = caps.reconcile()
    assert account.used == left and account.agrees
    assert arrivals.history(Case.objects.get())[0].details["recycled"] is not arrived


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["arrives", "withdraws"])
def test_that_of_who_arrives_and_who_withdraws_at_once_the_second_sees_the_first(
    monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    paper, _other = factory.authorised(*FAMILY)
    port, case = factory.staff("port"), Case.objects.select_related("key").get()
    old, waits = fresh(paper), cases.alone

    def meanwhile(_case: Case) -> None:
        monkeypatch.setattr(cases, "alone", waits)
        if first == "arrives":
            arrivals.arrive(fresh(paper), port, port="MIA", flight="AA123")
        else:
            standing.withdraw(Case.objects.select_related("key").get(), case.version, "applicant")

    monkeypatch.setattr(cases, "alone", meanwhile)
    with pytest.raises(Refused, match="arrived already" if first == "arrives" else "cannot be done"):
        if first == "arrives":
            standing.withdraw(case, case.version, "applicant")
        else:
            arrivals.arrive(old, port, port="MIA", flight="AA123")
    # what the other did meanwhile is undone here with what was refused, for the test has one connection
    assert Authorisation.objects.filter(used_at=None).count() == 2


@pytest.mark.django_db
def test_that_a_paper_says_until_which_day_it_is_good_and_is_good_on_that_day(travel: Travel) -> None:
    (paper,) = factory.authorised()
    assert paper.last_day == paper.ends_on - timedelta(days=1)
    travel.now = datetime.combine(paper.last_day, time(18), UTC)
    assert carriers.standing(paper) == "valid"
    said = formats.date_format(paper.last_day)
    status = places.opened(case=paper.member.case_id).get(reverse("pathway-status")).content.decode()
    printed = Client().get(reverse("paper", args=[paper.pk])).content.decode()
    for page in (status, printed):
        assert "Good until and including" in page and said in page and "1 day is left" in page
    travel.on(days=1)
    assert carriers.standing(paper) == "expired"


@pytest.mark.django_db
def test_that_the_port_reads_what_today_makes_of_it_and_lets_in_who_holds_a_paper(client: Client) -> None:
    (paper,) = factory.authorised({"passport_number": "PORT1"})
    gate, find = factory.sign_in(client, factory.staff("port")), reverse("staff-port")
    before = gate.post(find, {"code": paper.number}).content.decode()
    assert "By the rules of today: A person must look" in before and "not there any more" not in before
    support = supporters.of(paper.member.case)
    assert support is not None
    supporters.withdraw(support, supporters.SUPPORTER)
    after = gate.post(find, {"code": paper.number}).content.decode()
    assert "The supporter who was confirmed is not there any more" in after and "supporter yet" in after
    gate.post(reverse("staff-arrive", args=[paper.pk]), {"port": "MIA", "flight": "AA921", "admitted": "yes"})
    assert Case.objects.get().state == State.PAROLED


@pytest.mark.django_db
def test_that_a_gate_that_scans_too_often_and_a_paper_that_was_erased_are_pages_of_their_own(client: Client) -> None:
    (paper,) = factory.authorised()
    for _scan in range(limits.table()["carrier"]):
        limits.count("carrier", "127.0.0.1")
    often = client.post(reverse("papers-check"), {"code": carriers.code(paper)})
    assert often.status_code == 409 and b"tried too often" in often.content
    vault.destroy(paper.member.key)
    gone = client.get(reverse("paper", args=[paper.pk]))
    assert gone.status_code == 404 and "<h1" in gone.content.decode()


@pytest.mark.django_db
def test_that_the_people_read_why_somebody_looks_at_their_application() -> None:
    case, officer = factory.case(), factory.staff("officer")
    alert = Alert.objects.create(case=case, kind="phone", count=9, rate=0.5, raised_at=case.filed_at)
    page, status = places.opened(case=case.pk), reverse("pathway-status")
    words = page.get(status).content.decode()
    assert "the same telephone of the supporter" in words and "no reason for a no" in words
    alerts.close(alert, officer)
    assert "the same telephone" not in page.get(status).content.decode()


@pytest.mark.django_db
def test_that_no_place_is_held_once_the_confirmed_supporter_is_gone_or_another(travel: Travel) -> None:
    officer = factory.staff("officer")
    case = factory.in_hand(factory.case(), officer)
    support = supporters.of(case)
    assert support is not None
    supporters.withdraw(support, "supporter")
    with pytest.raises(Refused, match="not there any more"):
        authorisations.authorise(case, officer, case.version)
    travel.on(minutes=10)
    other = supporters.ask(case, "other@example.org", "Ana", pathway.link, "applicant")
    said = supporters.Offer(
        name="Otra", status="citizen", income="yes", phone="+1 555 000", address="2 Main Street", statement="I do.",
        charges_nothing=True,
    )  # fmt: skip
    supporters.offer(other, said)
    supporters.attest(other, "applicant")
    with pytest.raises(Refused, match="not there any more"):
        authorisations.authorise(case, officer, case.version)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["another came", "stepped back"])
def test_that_nobody_confirms_a_supporter_whom_they_did_not_look_at(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    officer = factory.staff("officer")
    looked = factory.in_hand(factory.case(state=State.REVIEW), officer)
    before = supporters.of(Case.objects.get())
    assert before is not None
    if how == "another came":
        other = supporters.ask(Case.objects.get(), "other@example.org", "Ana", pathway.link, "applicant")
        said = supporters.Offer(**{name: supporters.told(before)[name] for name in supporters.Offer.model_fields})
        supporters.offer(other, said)
        supporters.attest(other, "applicant")
    else:  # between the look and the transaction
        look = casework.sheet

        def then_gone(case: Case) -> casework.Sheet:
            found = look(case)
            supporters.withdraw(before, "supporter")
            return found

        monkeypatch.setattr(casework, "sheet", then_gone)
    with pytest.raises(Stale):
        casework.confirm(Case.objects.get(), officer, looked.version)
    assert Case.objects.get().state == State.REVIEW


@pytest.mark.django_db
def test_that_each_step_of_a_supporter_is_a_new_version_of_the_case() -> None:
    case, _code = pathway.filed(supporter="first@example.org")
    seen = [case.version]

    def stepped() -> bool:
        seen.append(Case.objects.get().version)
        return case.version == seen[-1] == seen[-2] + 1

    supporters.ask(case, "second@example.org", "Ana", pathway.link, "applicant")
    assert stepped()
    support = supporters.of(case)
    assert support is not None
    said = supporters.Offer(
        name="Otra", status="citizen", income="yes", phone="+1 555 000", address="2 Main Street", statement="I do.",
        charges_nothing=True,
    )  # fmt: skip
    supporters.offer(support, said)
    assert stepped()
    supporters.attest(support, "applicant")
    assert stepped()
    with pytest.raises(Stale):
        supporters.attest(support, "applicant")
    assert Case.objects.get().version == case.version  # what was refused is no step
    supporters.withdraw(support, "supporter")
    assert stepped()
    standing.withdraw(case, case.version, "applicant")


@pytest.mark.django_db
def test_that_an_arrival_is_not_undone_after_the_papers_were_revoked() -> None:
    first, _second = factory.authorised(*FAMILY)
    arrivals.arrive(first, factory.staff("port"), port="MIA", flight="AA123")
    case = Case.objects.get()
    decision = casework.decided(case, "revoked", casework.sheet(case), (), "somebody")
    authorisations.second_revocation(decision, factory.staff("supervisor"), case.version)
    with pytest.raises(Refused, match="revoked since"):
        arrivals.undo(fresh(first), factory.staff("port"), arrivals.WHY[0])


@pytest.mark.django_db
def test_that_an_arrival_is_undone_from_a_page_of_before_the_last_of_the_family_came() -> None:
    first, second = factory.authorised(*FAMILY)
    arrivals.arrive(first, factory.staff("port"), port="MIA", flight="AA123")
    page = fresh(first)
    arrivals.arrive(fresh(second), factory.staff("port"), port="MIA", flight="AA123")
    assert Case.objects.get().state == State.PAROLED and page.member.case.state == State.AUTHORISED
    arrivals.undo(page, factory.staff("supervisor"), arrivals.WHY[0])
    case = Case.objects.get()
    assert (case.state, case.ended_at) == (State.AUTHORISED, None) and fresh(first).used_at is None


@pytest.mark.django_db
def test_that_a_refusal_is_not_undone_once_the_person_applied_anew() -> None:
    (paper,) = factory.authorised({"passport_number": "Q1"})
    arrivals.arrive(paper, factory.staff("port"), port="MIA", flight="AA123", admitted=False)
    pathway.filed({"passport_number": "Q1"}, key="anew")
    with pytest.raises(Refused, match="applied anew"):
        arrivals.undo(fresh(paper), factory.staff("supervisor"), arrivals.WHY[0])
    assert fresh(paper).used_at is not None


@pytest.mark.django_db
def test_that_an_application_is_not_taken_back_after_somebody_of_it_arrived() -> None:
    first, _second = factory.authorised(*FAMILY)
    arrivals.arrive(first, factory.staff("port"), port="MIA", flight="AA123")
    case = Case.objects.get()
    with pytest.raises(Refused, match="has arrived"):
        standing.withdraw(case, case.version, "applicant")


@pytest.mark.django_db
def test_that_who_is_not_confirmed_has_an_ended_application_that_nobody_leaves() -> None:
    case = factory.case(*FAMILY, state=State.REVIEW)
    cases.advance(case, State.NOT_CONFIRMED, actor="officer", act="not-confirmed")
    case.refresh_from_db()
    assert case.ended_at is not None and not groups.may_change(case)
    assert not Member.objects.filter(live=True).exists()


@pytest.mark.django_db
def test_that_a_pause_that_was_dropped_cannot_be_agreed_to(travel: Travel) -> None:
    one, two = factory.staff("supervisor"), factory.staff("supervisor")
    pause = pauses.propose("authorise", "a reason", one)
    pauses.propose_end(pause, one)
    travel.on(hours=1)
    with pytest.raises(Stale):
        pauses.second(pause, two)


@pytest.mark.django_db
def test_that_whoever_left_in_private_leaves_no_hash_and_no_key_behind() -> None:
    case = factory.case({}, {"relation": "partner", "passport_number": "L1"}, state=State.QUEUED)
    person = filing.answers(case).people[1]
    groups.leave(case, person.passport_country, "L1", person.born, Contact(email="", phone="", safe="none"))
    left = case.members.get(position=2)
    assert left.identity_index is None
    with pytest.raises(NotFound, match="erased"):
        filing.identification(left)


@pytest.mark.django_db
def test_that_nobody_can_try_out_answers_once_their_key_is_gone() -> None:
    case = factory.case(state=State.QUEUED)
    kept = vault.unseal(case.key, f"case.snapshot.{case.pk}", case.snapshot)
    told = kept["answers"]
    marks = [vault.digest_for(case.key, pair) for pair in zip(kept["salts"], told["people"], strict=True)]
    assert marks == kept["marks"]
    named = [{**told, "people": marks}]
    assert case.snapshot_digest == vault.digest_for(case.key, named) != vault.digest(named)
    vault.destroy(case.key)
    with pytest.raises(NotFound, match="erased"):
        vault.digest_for(case.key, named)


@pytest.mark.django_db
def test_that_what_who_left_told_is_in_the_group_no_more_and_its_decisions_still_name_their_answers() -> None:
    planted = {"name": "Ana Planted", "passport_number": "PLANTED1", "born": "1991-07-08"}
    case = factory.case(
        {}, planted, {"passport_number": "C3", "born": "2015-02-03", "guardian": 2, "relation": "child"}
    )
    officer, digest = factory.staff("officer"), case.snapshot_digest
    before = vault.unseal(case.key, f"case.snapshot.{case.pk}", case.snapshot)
    own, _code = groups.leave(case, "VEN", "PLANTED1", date(1991, 7, 8), Contact(safe="none"))
    case = Case.objects.select_related("key").get(pk=case.pk)
    kept = vault.unseal(case.key, f"case.snapshot.{case.pk}", case.snapshot)
    words = json.dumps(kept)
    assert not [word for word in ("Planted", "PLANTED1", "1991-07-08", "C3", "2015-02-03") if word in words]
    assert kept["salts"][1:] == ["", ""] and kept["marks"] == before["marks"]  # no salt, so nobody can try answers out
    assert case.snapshot_digest == digest == vault.digest_for(case.key, [{**kept["answers"], "people": kept["marks"]}])
    assert [person.name for person in filing.answers(own).here.values()] == ["Ana Planted", "Persona 3"]
    factory.in_hand(case, officer)
    assert authorisations.authorise(case, officer, case.version)  # the confirmation holds for who stayed
    assert Hold.objects.get(holder=case.reference).persons == 1


@pytest.mark.django_db
def test_that_a_newborn_costs_no_place_for_a_supervisor_confirms_anew() -> None:
    officer, supervisor = factory.staff("officer"), factory.staff("supervisor")
    case = factory.case(state=State.REQUESTED)
    filed_at = case.filed_at
    child = filing.answers(case).here[1].model_copy(
        update={"name": "Luz", "born": filing.today(), "relation": "child", "guardian": 1, "passport_number": ""}
    )  # fmt: skip
    factory.in_hand(case, supervisor)
    with pytest.raises(Refused, match="nothing has changed"):
        casework.confirm_anew(case, supervisor, case.version)
    groups.add_newborn(case, child, case.version, "applicant")
    with pytest.raises(Refused, match="not those on which"):
        authorisations.authorise(case, supervisor, case.version)
    with pytest.raises(NotFound):
        casework.confirm_anew(case, officer, case.version)
    page = factory.sign_in(Client(), supervisor).get(reverse("staff-case", args=[case.reference])).content.decode()
    assert reverse("staff-act", args=[case.reference, "confirm-anew"]) in page
    casework.confirm_anew(case, supervisor, case.version)
    page = factory.sign_in(Client(), supervisor).get(reverse("staff-case", args=[case.reference])).content.decode()
    assert reverse("staff-act", args=[case.reference, "confirm-anew"]) not in page
    assert authorisations.authorise(case, supervisor, case.version)
    assert (Hold.objects.get(holder=case.reference).persons, case.filed_at) == (2, filed_at)


@pytest.mark.django_db
def test_that_who_stays_is_no_family_of_who_left() -> None:
    case = factory.case({}, {"relation": "partner", "nationality": "COL", "passport_country": "COL"})
    partner = case.members.get(position=2)
    assert filing.application(case, partner).travels_with_eligible_family
    groups.leave(case, "VEN", case_passport(case, 1), date(1990, 3, 4), Contact(safe="none"))
    case = Case.objects.select_related("key").get(pk=case.pk)
    assert not filing.application(case, partner).travels_with_eligible_family


def case_passport(case: Case, position: int) -> str:
    """The passport of somebody of a case."""
    return filing.answers(case).here[position].passport_number


@pytest.mark.django_db(transaction=True)
def test_that_a_line_still_being_written_does_not_make_a_checkpoint_false() -> None:
    wrote, go, signed = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            audit.record("slow", "ana", "filed")
            wrote.set()
            go.wait(10)
        connections.close_all()

    def sign() -> None:
        audit.checkpoint()
        signed.set()
        connections.close_all()

    writer, signer = threading.Thread(target=slow), threading.Thread(target=sign)
    writer.start()
    assert wrote.wait(10)
    if connection.vendor == "postgresql":  # elsewhere there is one writer, and the next would wait
        with transaction.atomic():
            audit.record("fast", "berta", "filed")
    signer.start()
    signed.wait(0.5)
    go.set()
    for thread in (writer, signer):
        thread.join()
    audit.checkpoint()
    assert audit.verify().sound
