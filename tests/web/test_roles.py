"""Who may do what, cell by cell."""

from __future__ import annotations

import pytest

from cauce.policy.programme import State
from cauce.web.domain import roles
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.models import Staff
from tests.web import factory

ROLES = [role for role, _ in Staff.ROLES]

ALLOWED = {
    "officer": {
        "read-queue", "claim", "read-case", "review", "ask-evidence", "resume-review", "confirm", "propose-not-confirm",
        "propose-denial", "close-alert", "authorise", "release-places", "issue", "extend", "reissue",
        "propose-revocation",
    },
    "port": {"find-paper", "arrive", "refuse-entry", "undo-arrival"},
    "centre": {
        "read-board", "intake", "move", "hand-over", "correct-person", "correct-time", "board-manifest",
        "confirm-release", "read-missing", "ask-shelter", "read-asks",
    },
    "shelter": {"read-asks"},
    "planner": {"export-lane"},
    "auditor": {"read-case", "read-audit", "release-purge"},
    "steward": {"propose-purge", "release-purge", "erase-case", "make-account", "close-account"},
}  # fmt: skip
"""Said a second time, by hand, so that a slip in the table is seen."""
ALLOWED["supervisor"] = ALLOWED["officer"] | {
    "select", "second-denial", "serve-line", "second-revocation", "propose-pause", "second-pause", "propose-cap",
    "approve-cap", "undo-arrival", "confirm-anew", "find-person", "take-out",
    "second-not-confirm",
}  # fmt: skip
ALLOWED["centre-lead"] = ALLOWED["centre"] | {"second-time", "export-census"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", sorted(roles.table()))
def test_that_every_cell_of_the_table_is_kept(role: str, act: str) -> None:
    here = factory.site()
    member = factory.staff(role, sites=[here])
    if act in ALLOWED[role]:
        assert roles.require(member, act, here) == member.user.username
    else:
        with pytest.raises(NotFound):
            roles.require(member, act, here)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_that_who_is_bound_to_sites_has_no_other(role: str) -> None:
    member, elsewhere = factory.staff(role, sites=[factory.site()]), factory.site("elsewhere")
    for act in roles.table().values():
        bound = act.who.get(role) == "site"
        assert roles.may(member, act.name, elsewhere) == (act.name in ALLOWED[role] and not bound)


@pytest.mark.django_db
@pytest.mark.parametrize("act", sorted(name for name, act in roles.table().items() if act.states))
def test_that_an_act_waits_for_its_states(act: str) -> None:
    role = next(role for role in ROLES if act in ALLOWED[role])
    member = factory.staff(role)
    for state in State:
        if state.value in roles.table()[act].states:
            roles.require(member, act, state=state.value)
        else:
            with pytest.raises(Refused):
                roles.require(member, act, state=state.value)


@pytest.mark.django_db
def test_that_nobody_may_do_what_no_row_names_and_a_closed_account_may_nothing() -> None:
    member = factory.staff("supervisor")
    assert not roles.may(member, "open-the-safe")
    assert not roles.may(None, "read-queue")
    member.user.is_active = False
    assert not roles.may(member, "read-queue")


def test_that_the_table_names_states_and_roles_that_exist() -> None:
    states = {state.value for state in State}
    for act in roles.table().values():
        assert act.states <= states
        assert act.who and set(act.who) <= set(ROLES)
        assert set(act.who.values()) <= {"all", "site"}
