"""From the line to the arrival."""

from __future__ import annotations

import pytest

from cauce.policy.programme import State
from cauce.web.domain import arrivals, authorisations, caps, carriers, cases, casework, obligations, selection
from cauce.web.models import Case
from tests.web import factory


@pytest.mark.django_db
def test_that_a_case_goes_from_the_line_to_the_arrival() -> None:
    officer, supervisor, port = (factory.staff(role) for role in ("officer", "supervisor", "port"))
    case = factory.case({}, {}, state=State.QUEUED)
    draw = selection.announce(case.programme, supervisor)
    assert selection.perform(draw, 5, supervisor) == (case.reference,)
    case.refresh_from_db()
    casework.claim(case, officer)
    casework.review(case, officer, case.version)
    sheet = casework.read(case, officer)
    assert len(sheet.people) == 2 and sheet.reasons
    casework.confirm(case, officer, case.version)
    assert case.state == State.ACCOUNT
    cases.advance(case, State.REQUESTED, actor="applicant", act="requested")
    assert authorisations.authorise(case, officer, case.version)
    papers = authorisations.issue(case, officer, case.version)
    assert [carriers.check(carriers.code(paper)) for paper in papers] == ["valid", "valid"]
    for paper in papers:
        found = arrivals.find(carriers.code(paper), port)
        arrivals.arrive(found, port, port="mia", flight="AA 921")
        assert carriers.check(carriers.code(paper)) == "not-valid"
    assert Case.objects.get().state == State.PAROLED
    assert all(account.agrees and account.used == 2 for account in caps.reconcile())
    assert {o.what for o in obligations.of(Case.objects.get())} >= {"parole-ends", "asylum-within"}
