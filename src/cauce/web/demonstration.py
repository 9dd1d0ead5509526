"""What a demonstration starts with: invented staff, each with a second factor, and invented people.

Nobody here exists: names are numbers, and what they told is drawn by keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.terms import Demographic
from cauce.web.domain import (
    authorisations,
    cases,
    casework,
    clock,
    custody,
    drafts,
    filing,
    manifests,
    rules,
    shelters,
    standing,
    supporters,
)
from cauce.web.models import Case, Held, Site, Staff

SECOND = ("supervisor", "centre-lead", "steward")
"""Roles of which two are needed, because two sign."""
PARTIES, APPLICATIONS = 90, 24
LEFT_TO_REVIEW, WITH_PAPERS = 2, 3
KINDS = (Demographic.SINGLE_ADULT,) * 5 + (Demographic.FAMILY,) * 4 + (Demographic.UNACCOMPANIED_CHILD,)


def furnish(say: Callable[[str], None], address: str) -> None:
    """Invent staff and people, once; passwords are made anew and said this one time.

    Raises
    ------
    RequestError
        The service is operated.
    """
    if not settings.DEMONSTRATION:
        raise RequestError("an operated service invents nobody", mend="make accounts with a steward")
    if get_user_model().objects.exists():
        say("Staff of this demonstration are those of its first start; `cauce web code NAME` gives a sign-in code.")
        return
    with transaction.atomic():
        sites = _sites()
        staff, passwords = _staff(sites)
        _people_inside(staff["centre-lead"], sites)
        _applications(staff, address)
    say("Staff of this demonstration; `cauce web code NAME` gives the sign-in code of the moment:")
    for name, password in passwords.items():
        say(f"  {name:<14} {password}")


def code(name: str) -> str:
    """The sign-in code of the moment of one of the invented staff.

    Raises
    ------
    RequestError
        The service is operated, or there is nobody of that name.
    """
    device = Authenticator.objects.filter(user__username=name, type=Authenticator.Type.TOTP).first()
    if not settings.DEMONSTRATION or device is None:
        names = ", ".join(Staff.objects.order_by("pk").values_list("user__username", flat=True)) or "nobody yet"
        raise RequestError(f"there is no invented {name!r} here", mend=f"in this demonstration there is {names}")
    secret = decrypt(device.data["secret"])
    return str(totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))))


def _sites() -> dict[str, Site]:
    zone = rules.border().card.timezone
    made = (
        Site(code="centre", name="Processing centre", kind="centre", zone=zone, rated=150, surge=200),
        Site(code="shelter-north", name="North shelter", kind="shelter", zone=zone),
        Site(code="shelter-south", name="South shelter", kind="shelter", zone=zone),
    )
    for site in made:
        site.save()
    return {site.code: site for site in made}


def _staff(sites: dict[str, Site]) -> tuple[dict[str, Staff], dict[str, str]]:
    staff, passwords = {}, {}
    for role, _label in Staff.ROLES:
        for name in (role, f"{role}-2") if role in SECOND else (role,):
            passwords[name] = secrets.token_urlsafe(15)
            user = get_user_model().objects.create_user(name, password=passwords[name])
            staff[name] = Staff.objects.create(user=user, role=role)
            kind = "shelter" if role == "shelter" else "centre"
            staff[name].sites.set(site for site in sites.values() if site.kind == kind)
            totp.TOTP.activate(user, totp.generate_totp_secret())
    return staff, passwords


def _pick(choices: tuple[Any, ...], *about: str | int) -> Any:
    return choices[fold(1, *about) % len(choices)]


def _people_inside(lead: Staff, sites: dict[str, Site]) -> None:
    """Parties at every stage; some of them for longer than they should be."""
    centre, nationalities = sites["centre"], tuple(sorted(rules.border().nationalities))
    for number in range(PARTIES):
        kind = _pick(KINDS, "kind", number)
        size = _pick((2, 3, 3, 4), "size", number) if kind == Demographic.FAMILY else 1
        nationality = _pick(nationalities, "nationality", number)
        born = "2009-05-06" if kind == Demographic.UNACCOMPANIED_CHILD else "1990-05-06"
        people = [custody.Person(f"Invented {number}-{n}", born, nationality, kind.value) for n in range(size)]
        since = clock.now() - timedelta(hours=fold(1, "hours", number) % 90)
        _onward(lead, custody.take_in(lead, centre, people, first_custody_at=since), number)
    tomorrow = clock.now() + timedelta(hours=20)
    manifests.open_manifest(
        lead, centre, number="F-1", kind="flight", purpose="lateral", to="Another sector", departs_at=tomorrow, seats=40
    )
    for shelter in (sites["shelter-north"], sites["shelter-south"]):
        shelters.reach(lead, shelter, contact=f"{shelter.code}@example.org", language="es")


def _onward(lead: Staff, party: list[Held], number: int) -> None:
    """Bring a party to a stage, by the buttons that staff would press."""
    way = ("medical", "processing", "waiting-exit")
    child = party[0].demographic == Demographic.UNACCOMPANIED_CHILD
    for held in party:
        for stage in way[: _pick((0, 1, 2, 3, 3, 3), "stage", number)]:
            custody.move(lead, held, stage, held.version)
            held.refresh_from_db()
        if held.stage == "waiting-exit":
            out = "child-care" if child else _pick(("release", "transfer", "return", "detention"), "out", number)
            by = _pick(("", "bed", "seat", "vetting", "paper"), "blocked", number)
            custody.block(lead, held, by=by, way_out=out, version=held.version)


def _applications(staff: dict[str, Staff], address: str) -> None:
    """Applications at every step of the journey."""
    for number in range(APPLICATIONS):
        case = _filed(number, address)
        if number % 4:
            _supported(case, number)
        if number % 4 > 1:
            _decided(case, staff["officer"], number)


def _filed(number: int, address: str) -> Case:
    draft, _code = drafts.begin(_pick(("en", "es", "ht", "pt"), "language", number))
    for page, answer in _answers(number).items():
        drafts.save(draft, page, answer, draft.version)
    return filing.file(draft, draft.version, f"demonstration-{number}", lambda token: f"{address}/supporter/{token}")


def _answers(number: int) -> dict[str, dict[str, Any]]:
    nationality = sorted(rules.programme().applies_to.nationalities)[0]
    return {
        "group": {"persons": 1, "together": True},
        "person-1": {
            "name": f"Invented {number}", "born": date(1970 + number, 5, 6).isoformat(), "nationality": nationality,
            "relation": "self", "guardian": None,
        },
        "passport-1": {
            "passport_valid": "yes", "passport_number": f"INV{number:05d}", "passport_country": nationality,
            "passport_expired_on": None,
        },
        "places-1": {"outside": "yes", "other_nationality": "no", "vaccinated": "yes"},
        "removal-1": {
            "removed": "no", "removed_on": None, "stopped_at_sea": "no", "stopped_at_sea_on": None, "other_bar": "no",
        },
        "crossings-1": {"crossed": "no", "crossings": [], "departed_voluntarily": False},
        "travel": {"own_flight": "yes", "leaves_from": "The capital"},
        "supporter": {"email": f"supporter-{number}@example.org", "called": "Invented supporter"},
        "contact": {"email": f"applicant-{number}@example.org", "phone": "", "safe": "any"},
    }  # fmt: skip


def _supported(case: Case, number: int) -> None:
    support = supporters.of(case)
    assert support is not None
    said = supporters.Offer(
        name="Invented supporter", status=supporters.statuses()[0], income="yes", phone=f"+1 555 01{number:02d}",
        address=f"{number} Invented Street", statement="I will receive them.", charges_nothing=True,
    )  # fmt: skip
    supporters.offer(support, said)
    supporters.attest(support, filing.APPLICANT)


def _decided(case: Case, officer: Staff, number: int) -> None:
    """Every other one waits for its review, or for its authorisation."""
    cases.advance(case, cases.State.SELECTED, actor="demonstration", act="selected")
    if number % 8 == LEFT_TO_REVIEW:
        return
    casework.claim(case, officer)
    casework.review(case, officer, case.version)
    casework.confirm(case, officer, case.version)
    case.refresh_from_db()
    standing.request_travel(case, case.version, filing.APPLICANT)
    case.refresh_from_db()
    if number % 4 == WITH_PAPERS and authorisations.authorise(case, officer, case.version):
        authorisations.issue(case, officer, case.version)
    casework.give_back(case, officer)
