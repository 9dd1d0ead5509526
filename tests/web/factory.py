"""Staff and cases for the tests: made through the tables, with nothing of a page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.test import Client

from cauce.policy.programme import State
from cauce.web.domain import authorisations, cases, casework, supporters
from cauce.web.interfaces.accounts import SHOWN
from cauce.web.models import Authorisation, Case, Site, Staff
from tests.web import pathway

PASSWORD = "a long word for tests"


def site(code: str = "el-paso-centre", kind: str = "centre", **fields: Any) -> Site:
    """A centre or a shelter."""
    return Site.objects.create(code=code, name=code.replace("-", " ").title(), kind=kind, **fields)


def staff(role: str, *, sites: Iterable[Site] = (), name: str = "") -> Staff:
    """Somebody who works here, with a second factor."""
    user = get_user_model().objects.create_user(name or f"{role}-{secrets.token_hex(8)}", password=PASSWORD)
    member = Staff.objects.create(user=user, role=role)
    member.sites.set(sites)
    totp.TOTP.activate(user, totp.generate_totp_secret())
    return member


def sign_in(client: Client, member: Staff, *, again: bool = False) -> Client:
    """The client works as this person, both factors shown; `again`: and the password just now."""
    client.force_login(member.user)
    session = client.session
    session[SHOWN] = member.user.pk
    if again:
        asked = HttpRequest()
        asked.session = session
        record_authentication(asked, member.user, "password", reauthenticated=True)
    session.save()
    return client


def case(*people: dict[str, Any], state: State = State.REQUESTED, **more: Any) -> Case:
    """A case of people who meet every rule, brought to a state along the moves."""
    word = secrets.token_hex(4)
    numbered = [{"passport_number": f"{word}{n}", **person} for n, person in enumerate(people or ({},), 1)]
    made, _code = pathway.filed(*numbered, key=word, supporter=f"{word}@example.org", **more)
    support = supporters.of(made)
    assert support is not None
    said = supporters.Offer(
        name="Rosa", status="citizen", income="yes", phone=f"+1 555 {int(word, 16):010d}",
        address=f"{word} Main Street", statement=f"I know them {word}", charges_nothing=True,
    )  # fmt: skip
    supporters.offer(support, said)
    supporters.attest(support, "applicant")
    for after in _WAY[1 : _WAY.index(state) + 1]:
        cases.advance(made, after, actor="test", act="moved")
        if after is State.CONFIRMED:
            casework.decided(made, "supporter-confirmed", casework.sheet(made), (), "test")
    return made


_WAY = (
    State.QUEUED, State.SELECTED, State.REVIEW, State.CONFIRMED, State.ACCOUNT, State.REQUESTED, State.WAITING,
)  # fmt: skip


def grounds(made: Case) -> casework.Grounds:
    """Everything that the rules hold against a case, and all that they leave to a person, found to stand against it."""
    sheet = casework.sheet(made)
    return casework.Grounds(tuple(sheet.against), tuple(sheet.unknown))


def in_hand(made: Case, member: Staff) -> Case:
    """The case, with somebody at work on it."""
    casework.claim(made, member)
    return made


def authorised(*people: dict[str, Any], **more: Any) -> list[Authorisation]:
    """The papers of a case that was authorised."""
    officer = staff("officer")
    made = in_hand(case(*people, **more), officer)
    assert authorisations.authorise(made, officer, made.version)
    authorisations.issue(made, officer, made.version)
    papers = Authorisation.objects.filter(member__case=made).select_related("member__case")
    return list(papers.order_by("member__position"))
