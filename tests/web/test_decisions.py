"""Two people, one case, one paper: what is refused, what is told, and what the same moment cannot do twice."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse

from cauce.policy.cap import in_turn
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
    pauses,
    rules,
    selection,
    staffing,
    standing,
)
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Authorisation, Case, Decision, Lease, Notice, Support, Window
from tests.web import factory, places
from tests.web.conftest import Travel
from tests.web.test_caps import _storm

two = pytest.mark.django_db(transaction=True)
one = pytest.mark.django_db


@two
def test_that_64_officers_at_the_edge_of_the_cap_never_oversell() -> None:
    made = [factory.case(*[{}] * (1 + n % 3)) for n in range(64)]
    officers = [factory.staff("officer") for _ in made]
    (window,) = rules.windows(made[0].programme)
    Window.objects.filter(pk=window.pk).update(cap=window.used + 40, wanted=window.used + 40)
    for case, officer in zip(made, officers, strict=True):
        casework.claim(case, officer)

    def work(n: int) -> None:
        authorisations.authorise(made[n], officers[n], made[n].version)

    assert _storm(work) == []
    (account,) = caps.reconcile()
    assert account.agrees and account.cap - 2 <= account.used <= account.cap
    waiting = Case.objects.filter(state=State.WAITING.value).count()
    assert waiting and account.used == sum(c.persons for c in Case.objects.filter(state=State.REQUESTED.value))
    assert audit.verify().sound


@two
def test_that_a_case_is_in_one_officers_hands_only(travel: Travel) -> None:
    case = factory.case()
    officers = [factory.staff("officer") for _ in range(64)]

    def work(n: int) -> None:
        with contextlib.suppress(Stale):
            casework.claim(case, officers[n])

    assert _storm(work) == []
    first = Lease.objects.get().officer
    other = next(officer for officer in officers if officer.user.username != first)
    with pytest.raises(Refused):
        authorisations.authorise(case, other, case.version)
    travel.on(minutes=31)
    casework.claim(case, other)
    assert Lease.objects.get().officer == other.user.username


@two
@pytest.mark.parametrize("verb", ["decide", "arrive"])
def test_that_what_64_do_at_once_is_done_once(verb: str) -> None:
    done: list[int] = []
    work: Callable[[int], None]
    if verb == "decide":
        supervisor, officer = factory.staff("supervisor"), factory.staff("officer")
        case = factory.in_hand(factory.case({"vaccinated": "no"}, together=False), officer)
        proposal = casework.propose_denial(case, officer, case.version, factory.grounds(case))
        version = Case.objects.get().version

        def work(n: int) -> None:
            with contextlib.suppress(Stale, Refused):
                casework.second_denial(Decision.objects.get(pk=proposal.pk), supervisor, version)
                done.append(n)
    else:
        (paper,), port = factory.authorised(), factory.staff("port")

        def work(n: int) -> None:
            with contextlib.suppress(Stale, Refused):
                found = Authorisation.objects.select_related("member__case").get(pk=paper.pk)
                arrivals.arrive(found, port, port="MIA", flight="AA1")
                done.append(n)

    assert _storm(work) == []
    connections.close_all()
    assert len(done) == 1
    assert Case.objects.get().state == (State.DENIED if verb == "decide" else State.PAROLED)
    assert audit.verify().sound


@one
def test_that_a_denial_needs_a_second_person_a_reason_and_the_same_answers() -> None:
    officer, supervisor = factory.staff("officer"), factory.staff("supervisor")
    case = factory.in_hand(factory.case({"vaccinated": "no"}), supervisor)
    with pytest.raises(Refused, match="reason"):
        casework.propose_denial(case, supervisor, case.version, casework.Grounds())
    with pytest.raises(Refused, match="no reason that the rules give"):
        casework.propose_denial(case, supervisor, case.version, casework.Grounds(("nationality",)))
    proposal = casework.propose_denial(case, supervisor, case.version, factory.grounds(case))
    with pytest.raises(Refused, match="second person"):
        casework.second_denial(proposal, supervisor, case.version)
    with pytest.raises(NotFound):
        casework.second_denial(proposal, officer, case.version)
    other = factory.staff("supervisor")
    Decision.objects.filter(pk=proposal.pk).update(snapshot_digest="0" * 64)
    with pytest.raises(Refused, match="answers changed"):
        casework.second_denial(Decision.objects.get(pk=proposal.pk), other, case.version)
    Decision.objects.filter(pk=proposal.pk).update(snapshot_digest=case.snapshot_digest)
    casework.second_denial(Decision.objects.get(pk=proposal.pk), other, case.version)
    case.refresh_from_db()
    assert case.state == State.DENIED and not case.members.filter(live=True).exists()
    assert any("vaccination" in reason["en"] for reason in proposal.reasons) and proposal.reasons[0]["source"]


@one
def test_that_nobody_is_denied_for_what_was_said_of_somebody_who_left() -> None:
    officer, supervisor = factory.staff("officer"), factory.staff("supervisor")
    people: tuple[dict[str, Any], ...] = ({}, {"vaccinated": "no", "passport_number": "L2", "relation": "partner"})
    case = factory.in_hand(factory.case(*people, together=False), officer)
    codes = [code for code, words, _source in casework.sheet(case).against.values() if "vaccination" in words.en]
    proposal = casework.propose_denial(case, officer, case.version, casework.Grounds(tuple(codes)))
    told = filing.answers(case).here[2]
    groups.leave(case, told.passport_country, "L2", told.born, Contact(safe="none"))
    case.refresh_from_db()
    with pytest.raises(Refused, match="no reason that the rules give"):
        casework.second_denial(Decision.objects.get(pk=proposal.pk), supervisor, case.version)
    assert Case.objects.get(pk=case.pk).state == State.REQUESTED
    assert Decision.objects.get(pk=proposal.pk).seconded_at is None


@one
def test_that_a_page_from_before_a_change_decides_nothing() -> None:
    officer = factory.staff("officer")
    case = factory.in_hand(factory.case(state=State.REVIEW), officer)
    casework.ask_evidence(case, officer, case.version)
    casework.resume(case, officer, case.version)
    with pytest.raises(Stale):
        casework.confirm(case, officer, case.version - 1)


@one
def test_that_whoever_is_not_confirmed_may_file_again_at_once() -> None:
    officer, supervisor = factory.staff("officer"), factory.staff("supervisor")
    case = factory.in_hand(factory.case({"passport_number": "V777"}, state=State.REVIEW), officer)
    proposal = casework.propose_not_confirm(case, officer, case.version, factory.grounds(case))
    with pytest.raises(NotFound):
        casework.second_not_confirm(proposal, officer, case.version)
    casework.second_not_confirm(proposal, supervisor, case.version)
    assert factory.case({"passport_number": "V777"}, state=State.QUEUED).reference != case.reference


@one
@pytest.mark.parametrize("end", ["not-confirmed", "denied", "revoked"])
def test_that_what_is_only_not_known_ends_nothing_until_somebody_has_found_that_it_stands_against_them(
    end: str,
) -> None:
    officer = factory.staff("officer")
    if end == "revoked":
        case = factory.authorised()[0].member.case
        case.refresh_from_db()
        proposes: Callable[..., Decision] = authorisations.propose_revocation
    else:
        state = State.REVIEW if end == "not-confirmed" else State.REQUESTED
        case = factory.in_hand(factory.case(state=state), officer)
        proposes = casework.propose_not_confirm if end == "not-confirmed" else casework.propose_denial
    sheet = casework.sheet(case)
    assert not sheet.against and sheet.unknown
    with pytest.raises(Refused, match="leave this to a person"):
        proposes(case, officer, case.version, casework.Grounds(tuple(sheet.unknown)))
    with pytest.raises(Refused, match="no reason that the rules give"):
        proposes(case, officer, case.version, casework.Grounds(found=("nationality",)))
    case.refresh_from_db()
    supervisor = factory.staff("supervisor")
    proposal = proposes(case, officer, case.version, casework.Grounds(found=tuple(sheet.unknown)))
    with pytest.raises(Refused, match="second person"):
        casework.sign(proposal, officer.user.username)
    seconds = {
        "not-confirmed": casework.second_not_confirm, "denied": casework.second_denial,
        "revoked": authorisations.second_revocation,
    }  # fmt: skip
    seconds[end](proposal, supervisor, case.version)
    case.refresh_from_db()
    assert {words.partition(":")[0] for words, _source in standing.reasons(case)} == {
        "an officer looked at this and found that it stands against you"
    }
    page = places.opened(case=case.pk).get(reverse("pathway-status")).content.decode()
    assert "An officer looked at this" in page and "Take the application back" not in page
    assert ("was revoked" in page) == (end == "revoked") and "has run out" not in page


@one
def test_that_a_rule_that_says_no_to_one_needs_no_finding_though_it_is_not_known_of_another() -> None:
    case = factory.case({"vaccinated": "unknown"}, {"vaccinated": "no"}, state=State.REQUESTED)
    sheet = casework.sheet(case)
    said = {code: words.en for code, words, _source in sheet.reasons.values() if "vaccination" in words.en}
    assert {*said} <= {*sheet.against} and not {*said} & {*sheet.unknown}


@one
def test_that_a_family_travels_together_or_not_at_all_unless_it_said_otherwise() -> None:
    officer = factory.staff("officer")
    people = ({}, {"vaccinated": "no"})
    together = factory.in_hand(factory.case(*people, together=True), officer)
    with pytest.raises(Refused, match="only travel together"):
        authorisations.authorise(together, officer, together.version)
    (paper,) = factory.authorised(*people, together=False)
    assert paper.member.position == 1
    assert caps.reconcile()[0].used == 1


@one
def test_that_a_hold_runs_out_and_is_not_issued_afterwards(travel: Travel) -> None:
    officer = factory.staff("officer")
    case = factory.in_hand(factory.case(), officer)
    authorisations.authorise(case, officer, case.version)
    travel.on(days=15)
    casework.claim(case, officer)
    with pytest.raises(Refused, match="no places are held"):
        authorisations.issue(case, officer, case.version)
    assert caps.expire() == 0 and authorisations.lapse() == 1 and authorisations.lapse() == 0
    assert caps.reconcile()[0].used == 0 and caps.reconcile()[0].agrees


@one
@pytest.mark.parametrize("step", ["review", "authorise"])
def test_that_a_step_that_stands_still_says_no_to_nobody_either(step: str) -> None:
    officer, ana, berta = factory.staff("officer"), factory.staff("supervisor"), factory.staff("supervisor")
    state = State.REVIEW if step == "review" else State.REQUESTED
    case, other = (factory.in_hand(factory.case(state=state), officer) for _ in range(2))
    proposes = casework.propose_not_confirm if step == "review" else casework.propose_denial
    seconds = casework.second_not_confirm if step == "review" else casework.second_denial
    proposal = proposes(case, officer, case.version, factory.grounds(case))
    pauses.second(pauses.propose(step, "a review", ana), berta)
    with pytest.raises(Refused, match="stands still"):
        proposes(other, officer, other.version, factory.grounds(other))
    with pytest.raises(Refused, match="stands still"):
        seconds(proposal, ana, case.version)
    case.refresh_from_db()
    assert case.state == state


@one
@pytest.mark.parametrize("recycle", [False, True])
def test_that_papers_run_out_and_places_return_only_where_that_is_chosen(
    travel: Travel, settings: object, recycle: bool
) -> None:
    settings.RECYCLE_EXPIRED = recycle
    (paper,) = factory.authorised()
    assert (paper.ends_on - paper.issued_on).days == 90
    assert authorisations.expire() == 0
    travel.on(days=91)
    assert carriers.check(carriers.code(paper)) == "expired"
    assert authorisations.expire() == 1 and authorisations.expire() == 0
    assert Case.objects.get().state == State.EXPIRED
    assert caps.reconcile()[0].used == (0 if recycle else 1) and caps.reconcile()[0].agrees
    event = arrivals.history(Case.objects.get())[0]
    assert event.details["recycled"] is recycle


@one
def test_that_papers_are_extended_once_and_revoked_by_two() -> None:
    (paper,) = factory.authorised()
    case, officer, supervisor = paper.member.case, factory.staff("officer"), factory.staff("supervisor")
    case.refresh_from_db()
    ends = authorisations.extend(case, officer, case.version)
    assert (ends - paper.issued_on).days == 180
    with pytest.raises(Refused):
        authorisations.extend(case, officer, case.version)
    proposal = authorisations.propose_revocation(case, officer, case.version, factory.grounds(case))
    with pytest.raises(NotFound):
        authorisations.second_revocation(proposal, officer, case.version)
    authorisations.second_revocation(proposal, supervisor, case.version)
    assert carriers.check(carriers.code(paper)) == "not-valid"


@one
def test_that_a_pause_by_two_stops_new_papers_and_keeps_those_issued() -> None:
    (paper,) = factory.authorised()
    ana, berta = factory.staff("supervisor"), factory.staff("supervisor")
    pause = pauses.propose("authorise", "a review of the programme", ana)
    assert carriers.check(carriers.code(paper)) == "valid"
    with pytest.raises(Refused, match="two people"):
        pauses.second(pause, ana)
    pauses.second(pause, berta)
    assert carriers.check(carriers.code(paper)) == "valid-while-paused"
    case = factory.in_hand(factory.case(), ana)
    with pytest.raises(Refused, match="a review of the programme"):
        authorisations.authorise(case, ana, case.version)
    arrivals.arrive(paper, factory.staff("port"), port="MIA", flight="AA1")
    pauses.propose_end(pause, berta)
    with pytest.raises(Refused, match="two people"):
        pauses.end(pause, berta)
    pauses.end(pause, ana)
    assert authorisations.authorise(case, ana, case.version)


@one
def test_that_an_arrival_is_undone_within_a_day_by_somebody_else(travel: Travel) -> None:
    first, second = factory.authorised({}, {})
    port, other = factory.staff("port"), factory.staff("port")
    arrivals.arrive(first, port, port="MIA", flight="AA1")
    assert Case.objects.get().state == State.AUTHORISED  # the other has still to come
    arrivals.arrive(second, port, port="MIA", flight="AA1")
    with pytest.raises(Refused, match="second person"):
        arrivals.undo(second, port, "wrong-person")
    arrivals.undo(second, other, "wrong-person")
    assert Case.objects.get().state == State.AUTHORISED
    assert carriers.check(carriers.code(second)) == "valid"
    travel.on(days=2)
    first.refresh_from_db()
    with pytest.raises(Refused, match="within a day"):
        arrivals.undo(first, other, "wrong-person")


@one
def test_that_a_draw_can_be_repeated_by_everybody() -> None:
    supervisor = factory.staff("supervisor")
    made = [factory.case(state=State.QUEUED) for _ in range(6)]
    draw = selection.announce(made[0].programme, supervisor)
    late = factory.case(state=State.QUEUED)
    taken = selection.perform(draw, 4, supervisor)
    assert set(draw.candidates) == {selection.lot(case.reference) for case in made}
    order = in_turn(draw.candidates, draw.order, selection.seed_of(draw))
    assert [selection.lot(reference) for reference in taken] == list(order[:4])
    assert late.reference not in taken
    with pytest.raises(Stale):
        selection.perform(draw, 1, supervisor)


@one
def test_that_an_alert_shows_count_and_rate_tells_the_people_and_decides_nothing() -> None:
    officer = factory.staff("officer")
    made = [factory.case() for _ in range(8)]
    phone = Support.objects.get(case=made[0]).phone_index
    Support.objects.filter(case__in=made[:5]).update(phone_index=phone)
    before, notices = made[0].state, Notice.objects.filter(case=made[0]).count()
    found = {alert.kind: alert for alert in alerts.look(made[0])}
    assert (found["phone"].count, found["phone"].rate) == (5, 5 / 8)
    assert Notice.objects.filter(case=made[0]).count() > notices
    made[0].refresh_from_db()
    assert made[0].state == before
    casework.claim(made[0], officer)
    assert authorisations.authorise(made[0], officer, made[0].version)


@one
def test_that_a_changed_or_foreign_code_is_not_valid() -> None:
    (paper,) = factory.authorised()
    code = carriers.code(paper)
    assert "Persona" not in code
    longer = code.replace(f"{paper.ends_on:%Y%m%d}", "20991231")
    for wrong in (longer, code[:-4] + "AAAA", "", "a/b/c", paper.number):
        assert carriers.check(wrong) == "not-valid"


@one
def test_that_a_steward_closes_accounts_but_not_their_own() -> None:
    steward, officer = factory.staff("steward"), factory.staff("officer")
    with pytest.raises(NotFound):
        staffing.make("eve", "supervisor", (), officer)
    with pytest.raises(Refused):
        staffing.close(steward, steward)
    staffing.close(officer, steward)
    officer.user.refresh_from_db()
    with pytest.raises(NotFound):
        casework.claim(factory.case(), officer)
    with pytest.raises(Refused, match="already"):
        staffing.first("another")


def test_that_moves_are_the_rulebooks() -> None:
    assert {State.DENIED, State.EXPIRED} <= cases.ENDED
