"""Where an application stands: said to whoever has its reference and its code, with honest odds."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cauce.policy.programme import MOVES, State
from cauce.web.domain import authorisations, caps, cases, clock, outbox, rules, supporters, vault
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.domain.references import read
from cauce.web.models import Authorisation, Case, Decision

FEWEST = 11
"""Fewer cases than these are not told about: the share of a few could point to one."""
UNANSWERED = frozenset(
    {
        State.DRAFT, State.SUBMITTED, State.QUEUED, State.SELECTED, State.REVIEW, State.EVIDENCE, State.CONFIRMED,
        State.ACCOUNT, State.REQUESTED, State.WAITING, State.WITHDRAWN,
    }
)  # fmt: skip
"""States in which nobody has said yes or no yet, or never will."""


def open_up(reference: str, code: str) -> Case:
    """The case of a reference, for whoever has its code; a wrong code and a wrong reference look the same.

    They take the same work too: one question, one hash, one comparison.

    Raises
    ------
    NotFound
        They do not belong together.
    """
    proper, index = read(reference), vault.index("resume", read(code) or "")
    case = Case.objects.filter(reference=proper or "", erased_at=None).select_related("key").first()
    right = hmac.compare_digest("0" * len(index) if case is None else case.resume_index, index)
    if case is None or not right:
        cause = _("there is no application with this reference and this code")
        raise NotFound(cause, mend=_("check both, symbol by symbol"))
    return case


def order(case: Case) -> str:
    """By what the line in which it waits is served: `fifo`, `lottery`, `half-and-half`; nothing if it waits in none."""
    waits = case.state == State.QUEUED or authorisations.place(case) is not None
    return rules.order(case.programme) if waits else ""


def place(case: Case) -> int | None:
    """Its place in the line, counted from 1; None when it does not wait in one, or where lots decide."""
    if order(case) != "fifo":
        return None
    if case.state == State.WAITING:
        return authorisations.place(case)
    before = Q(filed_at__lt=case.filed_at) | Q(filed_at=case.filed_at, id__lt=case.pk)
    return Case.objects.filter(before, programme=case.programme, state=case.state).count() + 1


@dataclass(frozen=True)
class Odds:
    """Of those who filed in a month: the share that had an answer by a day."""

    month: date
    share: float
    by: date

    @property
    def percent(self) -> int:
        return round(100 * self.share)


def odds(case: Case) -> Odds | None:
    """How it went for those who filed in the same month, or else in the last month before with enough of them."""
    zone = rules.book().law
    filed = case.filed_at.astimezone(zone).date().replace(day=1)
    for back in range(12):
        first = _months_after(filed, -back)
        start, end = (datetime.combine(day, time(), zone) for day in (first, _months_after(first, 1)))
        cohort = Case.objects.filter(programme=case.programme, filed_at__gte=start, filed_at__lt=end)
        everybody = cohort.count()
        if everybody >= FEWEST:
            answered = cohort.exclude(state__in=UNANSWERED).count()
            return Odds(first, answered / everybody, clock.today(str(zone)))
    return None


def _months_after(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def contact(case: Case) -> Contact:
    """How its people may be reached."""
    return Contact(**vault.unseal(case.key, f"case.contact.{case.pk}", case.contact))


def withdraw(case: Case, version: int, actor: str) -> None:
    """Its people take it back; whoever holds places for it gets them back.

    Raises
    ------
    Refused
        Somebody of it has arrived, or it can no longer be taken back.
    Stale
        Somebody moved it since the page was shown.
    """
    with transaction.atomic():
        outbox.tell(case)
        take_back(case, version, actor)


def take_back(case: Case, version: int, actor: str) -> None:
    """`withdraw` within the transaction of what else is done, and without a message.

    Raises
    ------
    Refused
        Somebody of it has arrived, or it can no longer be taken back.
    Stale
        Somebody moved it since the page was shown.
    """
    with transaction.atomic():
        cases.alone(case)  # whoever arrives at this moment is seen, or finds the case withdrawn
        if Authorisation.objects.filter(member__case=case, admitted=True).exists():
            cause = _("somebody of this application has arrived already")
            raise Refused(cause, mend=_("whoever does not travel lets the paper run out"))
        cases.advance(case, State.WITHDRAWN, actor=actor, act="withdrawn", version=version)
        for support in case.supports.filter(state__in=supporters.LIVE):
            supporters.withdraw(support, actor)
        caps.release_all([case.reference], actor)


def request_travel(case: Case, version: int, actor: str) -> None:
    """Once the supporter is confirmed: its people confirm their facts and vaccinations, and ask to travel.

    Raises
    ------
    Refused
        The supporter is not confirmed yet.
    Stale
        Somebody moved it since the page was shown.
    """
    if case.state not in (State.CONFIRMED, State.ACCOUNT):
        cause = _("this application does not wait for you to confirm")
        raise Refused(cause, mend=_("look at the page again"))
    onward = (State.ACCOUNT, State.REQUESTED) if case.state == State.CONFIRMED else (State.REQUESTED,)
    cases.advance(case, *onward, actor=actor, act="travel-requested", version=version)


def arrived_on(case: Case) -> date | None:
    """The day on which its first person arrived."""
    used = Authorisation.objects.filter(member__case=case, used_at__isnull=False).order_by("used_at").first()
    return None if used is None or used.used_at is None else used.used_at.astimezone(rules.book().law).date()


def may_withdraw(case: Case) -> bool:
    """Whether it can still be taken back."""
    return case.ended_at is None and State.WITHDRAWN in MOVES[State(case.state)]


AGAINST = ("not-confirmed", "denied", "revoked")


def ended_by(case: Case) -> Decision | None:
    """What two people decided against it: not to confirm its supporter, a denial, a revocation."""
    signed = case.decisions.filter(verdict__in=AGAINST, seconded_at__isnull=False)
    return signed.order_by("-pk").first()


def reasons(case: Case) -> list[tuple[str, str]]:
    """Why two people decided against it: each reason in the reader's language, and its citation."""
    last = ended_by(case)
    return [] if last is None else said(last)


def said(decision: Decision) -> list[tuple[str, str]]:
    """The reasons of a decision, each in the reader's language, and its citation."""
    return [_reason(reason) for reason in decision.reasons]


def _reason(kept: object) -> tuple[str, str]:
    """A decision keeps each reason as its words in English and Spanish and its citation, or as plain words."""
    if not isinstance(kept, dict):
        return str(kept), ""
    words, source = rules.said(rules.Named(en=kept.get("en", ""), es=kept.get("es", ""))), str(kept.get("source", ""))
    if kept.get("found"):
        words = _("an officer looked at this and found that it stands against you: %(reason)s") % {"reason": words}
    return words, source


def days_left(paper: Authorisation) -> int:
    """For how many days a paper still serves, today among them; none once it was used."""
    return 0 if paper.used_at else max(0, (paper.ends_on - clock.today(str(rules.book().law))).days)


def papers(case: Case) -> list[Authorisation]:
    """Its live authorisations to travel."""
    return list(Authorisation.objects.filter(member__case=case, revoked_at=None).order_by("member__position"))
