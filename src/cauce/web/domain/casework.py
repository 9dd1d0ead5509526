"""Casework: who works on a case, what the rules say of it beside its answers, and what is decided on it.

A decision names the answers it was made on and the rules it was made by; who denies needs a second person; and
somebody who looks at a person's record says why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cauce.policy import programme as policy
from cauce.policy.programme import State, Verdict
from cauce.web.domain import audit, caps, cases, clock, filing, pauses, roles, rules, supporters
from cauce.web.domain.answers import Answers, Person
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.outbox import tell
from cauce.web.models import Case, Decision, Lease, Member, Staff, Support, Window

LEASE = timedelta(minutes=30)
WHY = ("second-signature", "supervision", "complaint", "correction", "audit")
"""Reasons for which somebody may look at a record that is not theirs to work on."""


def claim(case: Case, staff: Staff | None) -> Lease:
    """Work on a case for half an hour; nobody else does in that time.

    Raises
    ------
    Stale
        Somebody works on it.
    """
    actor, now = roles.require(staff, "claim", state=case.state), clock.now()
    with transaction.atomic():
        free = Lease.objects.filter(case=case).filter(Q(officer=actor) | Q(until__lte=now))
        if not free.update(officer=actor, until=now + LEASE):
            try:
                with transaction.atomic():
                    Lease.objects.create(case=case, officer=actor, until=now + LEASE)
            except IntegrityError:
                raise Stale(_("somebody else works on this application"), mend=_("take another one")) from None
        audit.record(case.reference, actor, "claimed")
    return Lease.objects.get(case=case)


def give_back(case: Case, staff: Staff | None) -> None:
    """Work on it no more."""
    actor = roles.require(staff, "claim")
    with transaction.atomic():
        if Lease.objects.filter(case=case, officer=actor).delete()[0]:
            audit.record(case.reference, actor, "given-back")


def in_hand(case: Case, staff: Staff) -> bool:
    """Whether somebody works on a case just now."""
    return Lease.objects.filter(case=case, officer=roles.name(staff), until__gt=clock.now()).exists()


def require_in_hand(case: Case, staff: Staff | None, act: str) -> str:
    """The name of who may do an act on a case that they work on.

    Raises
    ------
    Refused
        They do not work on it, or no longer.
    """
    actor = roles.require(staff, act, state=case.state)
    assert staff is not None
    if not in_hand(case, staff):
        raise Refused(_("you do not work on this application now"), mend=_("take it again from the line"))
    return actor


Reason = tuple[str, Any, str]
"""A code, the words in both languages, the citation."""


@dataclass(frozen=True)
class Looked:
    """What the rules of the day say of one person or of the supporter."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Sheet:
    """Everything about a case that somebody who decides on it sees."""

    answers: Answers
    people: tuple[tuple[Member, Person, Looked], ...]
    support: Support | None
    offer: dict[str, Any]
    supporter: Looked
    day: date
    rules: str

    @property
    def reasons(self) -> dict[str, Reason]:
        """Every reason of the rules that says no or that a person must look at, once."""
        return {**self.unknown, **self.against}

    @property
    def against(self) -> dict[str, Reason]:
        """Every reason for which the rules themselves say no, to a person or to the supporter."""
        return self._reasons(says_no=True)

    @property
    def unknown(self) -> dict[str, Reason]:
        """What the rules leave to a person: nobody knows it yet, so that by itself it is no reason for a no."""
        return {code: reason for code, reason in self._reasons(says_no=False).items() if code not in self.against}

    def _reasons(self, *, says_no: bool) -> dict[str, Reason]:
        looked = [*(looked for *_rest, looked in self.people), self.supporter]
        fit = [one for one in looked if (one.verdict is Verdict.INELIGIBLE) is says_no]
        return {reason[0]: reason for one in fit for reason in one.reasons}

    @property
    def travellers(self) -> tuple[Member, ...]:
        """Who may travel, as far as the rules say no no."""
        return tuple(member for member, _p, looked in self.people if looked.verdict is not Verdict.INELIGIBLE)


def read(case: Case, staff: Staff | None, why: str = "") -> Sheet:
    """Open a person's record; that it was read, by whom and why, is written down.

    Raises
    ------
    Refused
        Neither do they work on it, nor do they say why they look.
    """
    actor = roles.require(staff, "read-case")
    assert staff is not None
    if in_hand(case, staff):
        why = "works-on-it"
    elif why not in WHY:
        raise Refused(_("say why you look at this record"), mend=_("choose a reason"))
    found = sheet(case)
    with transaction.atomic():
        audit.record(case.reference, actor, "read", why=why)
    return found


def sheet(case: Case) -> Sheet:
    """The answers of a case beside what the rules of this day make of them."""
    day, rule = filing.today(), rules.programme(case.programme)
    answers = filing.answers(case)
    people = []
    for member in case.members.filter(left_at=None).select_related("key", "case").order_by("position"):
        people.append((member, answers.here[member.position], look_at(member)))
    support = supporters.of(case)
    facts = policy.Supporter(status=None, income_enough=None, security_clear=None)
    decided = policy.decide_supporter(facts if support is None else supporters.facts(support), rule)
    offer = {} if support is None or support.told is None else supporters.told(support)
    return Sheet(
        answers, tuple(people), support, offer, _looked(decided), day, rules.fingerprint(case.programme)
    )  # fmt: skip


def look_at(member: Member) -> Looked:
    """What the rules of this day make of the answers of one person."""
    case = member.case
    return _looked(policy.decide(filing.application(case, member), filing.today(), rules.programme(case.programme)))


def _looked(decision: policy.Decision) -> Looked:
    reasons = tuple((sha256(words.en.encode()).hexdigest()[:12], words, source) for words, source in decision.reasons)
    return Looked(decision.verdict, reasons)


@dataclass(frozen=True)
class Grounds:
    """For what a case is to end: codes of reasons.

    rules : for which the rules themselves say no
    found : that the rules leave to a person, who looked and found that they stand against the people
    """

    rules: tuple[str, ...] = ()
    found: tuple[str, ...] = ()

    def of(self, sheet: Sheet) -> tuple[str, ...]:
        """The codes, if they are reasons for a no.

        Raises
        ------
        Refused
            There is none, one that the rules do not give, or one of which nobody says that they looked.
        """
        if not (self.rules or self.found):
            raise Refused(_("this needs a reason"), mend=_("choose at least one"))
        if not {*self.rules} <= {*sheet.reasons} or not {*self.found} <= {*sheet.unknown}:
            raise Refused(_("this is no reason that the rules give here"), mend=_("choose among the reasons shown"))
        if not {*self.rules} <= {*sheet.against}:
            cause = _("the rules leave this to a person, so by itself it is no reason")
            raise Refused(cause, mend=_("look at it, and say that you found that it stands against them"))
        return self.rules + self.found


def decided(
    case: Case, verdict: str, found: Sheet, reasons: Iterable[str], actor: str, *, by_a_person: Collection[str] = ()
) -> Decision:
    """Write a decision down: on which answers, by which rules of which day, for which of the rules' reasons.

    by_a_person : those that the rules leave open, and that an officer found to stand against the people
    """
    given = found.reasons
    told = [
        {"en": given[code][1].en, "es": given[code][1].es, "source": given[code][2], "found": code in by_a_person}
        for code in reasons
    ]
    return Decision.objects.create(
        case=case, verdict=verdict, reasons=told, snapshot_digest=case.snapshot_digest, rule_digest=found.rules,
        rule_day=found.day, proposed_by=actor, proposed_at=clock.now(),
    )  # fmt: skip


def review(case: Case, staff: Staff | None, version: int) -> None:
    """Begin to look at a case that was selected."""
    pauses.require_open("review")
    actor = require_in_hand(case, staff, "review")
    cases.advance(case, State.REVIEW, actor=actor, act="review-begun", version=version)


def ask_evidence(case: Case, staff: Staff | None, version: int) -> None:
    """Ask for papers that show what was told: the people and their supporter read so on their pages."""
    actor = require_in_hand(case, staff, "ask-evidence")
    with transaction.atomic():
        cases.advance(case, State.EVIDENCE, actor=actor, act="evidence-asked-for", version=version)
        tell(case)
        supporters.tell(case)


def resume(case: Case, staff: Staff | None, version: int) -> None:
    """Go on with the review: what was asked for has come."""
    actor = require_in_hand(case, staff, "resume-review")
    cases.advance(case, State.REVIEW, actor=actor, act="review-resumed", version=version)


def confirm(case: Case, staff: Staff | None, version: int) -> Decision:
    """Confirm the supporter, having looked at everything that the rules leave to a person.

    Raises
    ------
    Refused
        The rules say no, or the people of the case have not yet attested to their supporter.
    """
    pauses.require_open("review")
    actor, found = require_in_hand(case, staff, "confirm"), sheet(case)
    _may_confirm(case, found)
    with transaction.atomic():
        decision = decided(case, "supporter-confirmed", found, found.reasons, actor)
        cases.advance(
            case, State.CONFIRMED, State.ACCOUNT, actor=actor, act="supporter-confirmed", version=version,
            decision=decision.pk, answers=case.snapshot_digest, rules=found.rules,
        )  # fmt: skip
        tell(case)
    return decision


def confirm_anew(case: Case, staff: Staff | None, version: int) -> Decision:
    """Confirm once more where a child was born or another supporter came since: the place in the line stays.

    Raises
    ------
    Refused
        Nothing changed, the rules say no, or the people have not confirmed the supporter whom they now have.
    Stale
        The case was changed since.
    """
    pauses.require_open("review")
    actor, found = require_in_hand(case, staff, "confirm-anew"), sheet(case)
    changed = changed_since_confirmed(case, found.support)
    if not changed:
        raise Refused(_("nothing has changed since the supporter was confirmed"), mend=_("go on with it"))
    _may_confirm(case, found)
    with transaction.atomic():
        touch(case, version)
        decision = decided(case, "supporter-confirmed", found, found.reasons, actor)
        audit.record(
            case.reference, actor, "supporter-confirmed-anew", changed=changed, decision=decision.pk,
            answers=case.snapshot_digest, rules=found.rules,
        )  # fmt: skip
    case.version = version + 1
    return decision


def changed_since_confirmed(case: Case, support: Support | None) -> str:
    """What is no longer as it was when the supporter was confirmed: `answers`, `supporter`, or nothing."""
    confirmed = Decision.objects.filter(
        case=case, verdict="supporter-confirmed", snapshot_digest=case.snapshot_digest, withdrawn_at=None
    )
    if not confirmed.exists():
        return "answers"
    offered = None if support is None or support.state != "attested" else support.offered_at
    return "" if offered is not None and confirmed.filter(proposed_at__gte=offered).exists() else "supporter"


def _may_confirm(case: Case, found: Sheet) -> None:
    if found.support is None or found.support.state != "attested":
        cause = _("the people of this application have not yet confirmed their supporter")
        raise Refused(cause, mend=_("wait for them, or ask for evidence"))
    if found.supporter.verdict is Verdict.INELIGIBLE:
        raise Refused(_("the rules do not let this supporter support"), mend=_("say that they are not confirmed"))
    travellers(case, found)


def travellers(case: Case, found: Sheet) -> tuple[Member, ...]:
    """Who of a case would travel: all of them where they want to go together, otherwise whoever may.

    Raises
    ------
    Refused
        Nobody may, not all of those who only travel together, or a child would travel alone.
    """
    able = found.travellers
    together = case.together and len(able) < len(found.people)
    if not able or together:
        cause = _("the rules say no to somebody of this application, and they only travel together")
        mend = _("propose a denial with the reasons of the rules, or ask the family")
        raise Refused(cause if together else _("the rules say no to this application"), mend=mend)
    positions = {member.position for member in able}
    for member, person, _looked_at in found.people:
        if member.position in positions and member.child and person.guardian not in positions:
            cause = _("a child would travel without a parent or guardian")
            raise Refused(cause, mend=_("propose a denial, or ask the family"))
    return able


def propose_not_confirm(case: Case, staff: Staff | None, version: int, grounds: Grounds) -> Decision:
    """Propose not to confirm the supporter; the application ends when somebody else signs.

    Raises
    ------
    Refused
        The step stands still, there is no reason for a no, or this is proposed already.
    Stale
        The case was changed since.
    """
    pauses.require_open("review")
    actor = require_in_hand(case, staff, "propose-not-confirm")
    return propose(case, "not-confirmed", grounds, actor, version)


def propose_denial(case: Case, staff: Staff | None, version: int, grounds: Grounds) -> Decision:
    """Propose a denial; it becomes one when somebody else signs.

    Raises
    ------
    Refused
        The step stands still, there is no reason for a no, or this is proposed already.
    Stale
        The case was changed since.
    """
    pauses.require_open("authorise")
    actor = require_in_hand(case, staff, "propose-denial")
    return propose(case, "denied", grounds, actor, version)


def propose(case: Case, verdict: str, grounds: Grounds, actor: str, version: int) -> Decision:
    """Write down what waits for a second person; one such thing at a time."""
    found = sheet(case)
    reasons = grounds.of(found)
    with transaction.atomic():
        touch(case, version)
        if proposal(case, verdict) is not None:
            raise Refused(_("this is proposed already"), mend=_("ask somebody else to sign or to drop it"))
        decision = decided(case, verdict, found, reasons, actor, by_a_person=grounds.found)
        audit.record(case.reference, actor, f"{verdict}-proposed", decision=decision.pk, answers=case.snapshot_digest)
    case.version = version + 1
    return decision


def proposal(case: Case, verdict: str) -> Decision | None:
    """What waits for a second person."""
    waiting = Decision.objects.filter(case=case, verdict=verdict, seconded_at=None, withdrawn_at=None)
    return waiting.select_related("case").first()


def touch(case: Case, version: int) -> None:
    """Take the next version of a case whose state stays, so that only one of two who decide at once goes on.

    Raises
    ------
    Stale
        The case was changed since.
    """
    mine = Case.objects.filter(pk=case.pk, state=case.state, version=version)
    if case.version != version or not mine.update(version=version + 1):
        raise Stale(_("somebody else changed this application since you opened it"), mend=_("open it again"))


def second_not_confirm(decision: Decision, staff: Staff | None, version: int) -> None:
    """Sign that the supporter is not confirmed: the case ends, the people are told why and may file again at once.

    Raises
    ------
    Refused
        The step stands still, the same person, or the answers are no longer those on which it was proposed.
    """
    pauses.require_open("review")
    actor = roles.require(staff, "second-not-confirm", state=decision.case.state)
    with transaction.atomic():
        _end(decision, actor, "not-confirmed", State.NOT_CONFIRMED, version)


def second_denial(decision: Decision, staff: Staff | None, version: int) -> None:
    """Sign a denial that somebody else proposed: the case ends, its places go back, the person is told why.

    Raises
    ------
    Refused
        The step stands still, the same person, or the answers are no longer those on which it was proposed.
    """
    pauses.require_open("authorise")
    actor = roles.require(staff, "second-denial", state=decision.case.state)
    with transaction.atomic():
        _end(decision, actor, "denied", State.DENIED, version)
        caps.release_all([decision.case.reference], actor)


def _end(decision: Decision, actor: str, act: str, to: State, version: int) -> None:
    """End a case by what two people signed, and tell its people."""
    case = decision.case
    sign(decision, actor)
    cases.advance(
        case, to, actor=actor, act=act, version=version,
        decision=decision.pk, answers=case.snapshot_digest, rules=decision.rule_digest,
    )  # fmt: skip
    tell(case)


def sign(decision: Decision, actor: str) -> None:
    """The second signature under what was proposed.

    Raises
    ------
    Refused
        The same person, the answers are no longer those on which it was proposed, or the rules no longer give one of
        its reasons for those who are still of the case.
    Stale
        It is signed or dropped already.
    """
    if actor == decision.proposed_by:
        raise Refused(_("this needs a second person"), mend=_("ask somebody else to sign"))
    if decision.snapshot_digest != decision.case.snapshot_digest:
        raise Refused(_("the answers changed since this was proposed"), mend=_("drop it, and look again"))
    given = {words.en for _code, words, _source in sheet(decision.case).reasons.values()}
    if any(reason["en"] not in given for reason in decision.reasons):  # whoever it was about may have left
        raise Refused(_("this is no reason that the rules give here"), mend=_("drop it, and look again"))
    open_ones = Decision.objects.filter(pk=decision.pk, seconded_at=None, withdrawn_at=None)
    if not open_ones.update(seconded_by=actor, seconded_at=clock.now()):
        raise Stale(_("this is decided already"), mend=_("look again"))


PROPOSED = {"not-confirmed": "not-confirm", "denied": "denial", "revoked": "revocation"}
"""Verdicts that wait for a second person, each with what its two acts are called: `propose-` and `second-`."""


def drop(decision: Decision, staff: Staff | None) -> None:
    """Drop what was proposed: its author, or whoever could have signed.

    Raises
    ------
    Stale
        It is signed or dropped already.
    """
    named = PROPOSED.get(decision.verdict)
    if named is None or not (roles.may(staff, f"propose-{named}") or roles.may(staff, f"second-{named}")):
        raise NotFound(_("there is no such page, or it is not for you"), mend=_("check the address"))
    assert staff is not None
    with transaction.atomic():
        open_ones = Decision.objects.filter(pk=decision.pk, seconded_at=None, withdrawn_at=None)
        if not open_ones.update(withdrawn_at=clock.now()):
            raise Stale(_("this is decided already"), mend=_("look again"))
        audit.record(decision.case.reference, roles.name(staff), "proposal-dropped", decision=decision.pk)


def windows_of(case: Case) -> list[Window]:
    """The windows in which a case holds places."""
    return list(Window.objects.filter(holds__holder=case.reference).order_by("pk"))
