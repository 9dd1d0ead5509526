"""Every page of the service, who may see it, and a world in which each has something to show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import (
    cases,
    clock,
    custody,
    drafts,
    erasures,
    manifests,
    releases,
    replies,
    restamps,
    selection,
    shelters,
)
from cauce.web.domain.rules import programme
from cauce.web.interfaces.questions import PAGES as QUESTIONS
from cauce.web.models import Held
from tests.web import factory, pathway, places

ANYBODY, APPLICANT, SUPPORTER = "anybody", "applicant", "supporter"
PAGES: dict[str, tuple[str, ...]] = {
    ANYBODY: (
        "home", "help", "privacy", "pathway-prescreen", "pathway-begin", "pathway-resume", "pathway-open",
        "pathway-recover", "papers-check", "paper", "draws", "shelter", "account_login",
    ),
    APPLICANT: (
        "pathway-page", "pathway-check-answers", "pathway-status", "pathway-withdraw", "pathway-confirm",
        "pathway-reach", "pathway-ask-supporter", "pathway-leave-group", "pathway-newborn", "pathway-helper",
        "pathway-together", "pathway-longer",
    ),
    SUPPORTER: ("pathway-supporter", "pathway-supporter-withdraw"),
    "supervisor": (
        "staff-home", "staff-line", "staff-case", "staff-programme", "staff-trace", "mfa_index", "mfa_reauthenticate",
        "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_view_recovery_codes", "account_reauthenticate",
        "account_logout", "account_change_password",
    ),
    "port": ("staff-port",),
    "steward": ("staff-accounts", "staff-retention", "staff-erasures"),
    "auditor": ("staff-audit",),
    "centre-lead": (
        "board", "board-intake", "board-times", "board-gaps", "board-missing", "board-person", "board-who",
        "board-leaflet", "board-manifests", "board-manifest", "board-shelters",
    ),
}  # fmt: skip
PUBLIC = (ANYBODY, APPLICANT, SUPPORTER)
NO_PAGES = {
    "language", "pathway-leave", "pathway-support", "pathway-helper-revoke", "pathway-helper-link",
    "pathway-supporter-link", "staff-claim", "staff-give-back", "staff-issue", "staff-revoke", "staff-act",
    "staff-second", "staff-drop", "staff-alert", "staff-announce", "staff-draw", "staff-serve", "staff-pause",
    "staff-pause-second", "staff-pause-end", "staff-pause-propose-end", "staff-arrive", "staff-undo",
    "staff-close-account", "draw-lots", "board-second", "board-census", "board-lane", "board-published",
    "board-hand-over", "board-undo",
    "board-move", "board-block", "board-time", "board-prepare", "board-confirm", "board-hold", "board-consent",
    "board-off", "board-close", "board-live", "mfa_download_recovery_codes",
    "staff-reissue", "staff-cap", "staff-cap-approve", "staff-cap-drop", "staff-reset-account", "staff-erasure-agree",
    "staff-erasure-drop", "staff-take-out",
}  # fmt: skip
"""Forms, files, and links that lead on."""
OF_THE_SIGN_IN = {
    "mfa_authenticate", "mfa_activate_totp", "account_inactive", "account_signup", "account_email",
    "account_email_verification_sent", "account_set_password", "account_reset_password",
    "account_confirm_login_code", "account_confirm_email", "account_reset_password_from_key_done",
    "account_reset_password_from_key", "account_reset_password_done",
}  # fmt: skip
"""Pages that need a sign-in half done, which the journeys walk, or that are closed."""


class World:
    """Somebody at every page; `cookie` opens it, `address` leads to it."""

    def __init__(self) -> None:
        self.centre = factory.site("centre", rated=150, surge=200)
        self.clients: dict[str, Client] = {ANYBODY: Client()}
        self.arguments: dict[str, list[Any]] = {}
        self._pathway()
        self._desk()
        self._board()

    def cookie(self, who: str) -> str:
        """The session in which they have their pages open."""
        found = self.clients[who].cookies.get("session")
        return "" if found is None else str(found.value)

    def addresses(self, who: str) -> list[str]:
        """The addresses of all pages of somebody."""
        found = [reverse(n, args=self.arguments.get(n, [])) for n in PAGES[who] if n != "pathway-page"]
        if who == APPLICANT:
            about = ("person", "passport", "places", "removal", "crossings")
            found += [reverse("pathway-page", args=[f"{n}-2" if n in about else n]) for n in QUESTIONS]
        if who == "supervisor":
            found.append(reverse("staff-case", args=[self.issued.reference]))
        return found

    def _pathway(self) -> None:
        paper = factory.authorised()[0]
        case = factory.case({}, {"relation": "child", "born": "2012-05-06", "guardian": 1})
        draft, _code = drafts.begin("en")
        for page, answer in pathway.told({}, {"relation": "partner"}, supporter="sam@example.org").items():
            drafts.save(draft, page, answer, draft.version)
        asked, _code = pathway.filed({"passport_number": "ASKED"}, key="asked", supporter="rosa@example.org")
        self.clients[APPLICANT] = places.opened(case=case.pk, draft=draft.pk)
        self.clients[SUPPORTER] = places.opened(support=asked.supports.get().pk)
        self.arguments["paper"] = [paper.pk]

    def _desk(self) -> None:
        for role in ("supervisor", "port", "steward", "auditor"):
            member = factory.staff(role)
            self.clients[role] = factory.sign_in(Client(), member)
            if role == "supervisor":
                RecoveryCodes.activate(member.user)
                mine = factory.in_hand(factory.case(), member)
                selection.announce(programme().id, member)
                self.issued = factory.authorised()[0].member.case
                self.arguments.update({"staff-case": [mine.reference], "staff-line": ["travel"]})

        gone = factory.case()
        cases.advance(gone, State.WITHDRAWN, actor="applicant", act="withdrawn")
        erasures.propose(gone.reference, "asked", factory.staff("steward"))

    def _board(self) -> None:
        lead = factory.staff("centre-lead", sites=[self.centre])
        self.clients["centre-lead"] = factory.sign_in(Client(), lead)
        shelter = factory.site("shelter", "shelter")
        shelters.reach(lead, shelter, contact="shelter@example.org", language="es")
        night, secrets = shelters.night_of(shelter), []

        def address(secret: str) -> str:
            secrets.append(secret)
            return secret

        question = shelters.ask(lead, shelter, persons=80, families=9, night=night, address=address)
        shelters.answer(question, replies.Answer(50, "family"))
        held = self.taken_in(lead, 3)[0]
        restamps.propose(lead, held, what="processing", at=clock.now(), reason="network")
        leaves = clock.now() + timedelta(hours=8)
        bus = manifests.open_manifest(
            lead, self.centre, number="B1", kind="bus", purpose="lateral", to="Another", departs_at=leaves, seats=40
        )
        manifests.board(lead, bus, held)
        self.prepared(lead, held)
        self.arguments.update({"shelter": secrets, "board-manifest": [bus.pk]})
        self.arguments.update({name: [held.reference] for name in ("board-person", "board-leaflet", "board-who")})

    def taken_in(self, lead: Any, persons: int) -> list[Held]:
        """A family that waits to leave, held for long."""
        since = clock.now() - timedelta(hours=80)
        party = [custody.Person(f"Invented {n}", "1990-05-06", "VEN", "family") for n in range(persons)]
        family = custody.take_in(lead, self.centre, party, first_custody_at=since)
        for one in family:
            for stage in ("processing", "waiting-exit"):
                custody.move(lead, one, stage, one.version)
                one.refresh_from_db()
        return family

    def prepared(self, lead: Any, held: Held) -> None:
        """A package with a hearing, and no address."""
        hearing = (clock.now() + timedelta(days=90)).date()
        releases.prepare(lead, held, releases.Package(hearing_on=hearing, court="Court"), held.version)


def names(patterns: list[Any]) -> set[str]:
    """The names of all addresses."""
    found: set[str] = set()
    for one in patterns:
        found |= names(one.url_patterns) if hasattr(one, "url_patterns") else {one.name} - {None}
    return found
