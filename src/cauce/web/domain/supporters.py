"""Supporters: asked by the people of a case, they offer by a link of their own, and are attested to in turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from cauce.policy.programme import Supporter
from cauce.web.domain import audit, clock, outbox, rules, vault
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.references import link as secret
from cauce.web.models import Case, Support

ANSWERS_WITHIN = timedelta(days=30)
LIVE = ("asked", "offered", "attested")
SUPPORTER = "supporter"
"""How the audit names them."""


class Offer(BaseModel):
    """What a supporter says of themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    status: str
    income: Literal["yes", "no", "unknown"]
    phone: Annotated[str, Field(min_length=5, max_length=30)]
    address: Annotated[str, Field(min_length=5, max_length=300)]
    statement: Annotated[str, Field(min_length=1, max_length=2000)]
    charges_nothing: Literal[True]


def of(case: Case) -> Support | None:
    """The supporter of a case, as things stand."""
    return case.supports.filter(state__in=LIVE).select_related("key").first()


def as_shown(case: Case, identity: str) -> Support:
    """The supporter of a case whom a page showed.

    Raises
    ------
    Stale
        It is another one now, or none.
    """
    found = of(case)
    if found is None or str(found.pk) != identity:
        raise Stale(_("this is no longer the supporter whom the page showed"), mend=_("look at the page again"))
    return found


def ask(case: Case, email: str, called: str, link: Callable[[str], str], actor: str) -> Support:
    """Ask somebody to support a case, in place of whoever was asked before.

    called : the name by which they know who asks
    link   : address of their page from its token

    Raises
    ------
    Refused
        The case has ended.
    """
    _still_runs(case)
    token, now = secret(), clock.now()
    with transaction.atomic():
        for before in case.supports.filter(state__in=LIVE):
            _withdraw(before, actor)
        support = Support(
            case=case, key=vault.new_key(), link_index=vault.index("support", token), asked_at=now,
            expires_at=now + ANSWERS_WITHIN,
        )  # fmt: skip
        support.told = _sealed(support, {"email": email, "called": called})
        support.save(force_insert=True)
        outbox.write("supporter-asked", email, support.key, case.language, case=case, link=link(token))
        audit.record(case.reference, actor, "supporter-asked", support=str(support.pk))
    return support


def resend(support: Support, link: Callable[[str], str], actor: str) -> None:
    """Send a fresh link, to answer or to go on with what they answered; the old one serves no more.

    Raises
    ------
    Stale
        They are no longer asked.
    """
    token, now = secret(), clock.now()
    with transaction.atomic():
        mine = Support.objects.filter(pk=support.pk, state__in=LIVE)
        if not mine.update(link_index=vault.index("support", token), expires_at=now + ANSWERS_WITHIN):
            raise Stale(_("this support was withdrawn already"), mend=_("look at the page again"))
        case, email = support.case, told(support)["email"]
        outbox.write("supporter-asked", email, support.key, case.language, case=case, link=link(token))
        audit.record(case.reference, actor, "supporter-asked-again", support=str(support.pk))


def by_token(token: str) -> Support:
    """Who was given a link.

    Raises
    ------
    NotFound
        The link serves no more, or never did.
    """
    return _usable(Support.objects.filter(link_index=vault.index("support", token)))


def find(identity: str) -> Support:
    """The supporter whose page a browser has open.

    Raises
    ------
    NotFound
        They are no longer asked.
    """
    return _usable(Support.objects.filter(pk=identity))


def _usable(found: Any) -> Support:
    in_time = Q(state="asked", expires_at__gt=clock.now()) | Q(state__in=("offered", "attested"))
    live = found.filter(in_time, case__ended_at=None)
    support: Support | None = live.select_related("key", "case").first()
    if support is None:
        cause = _("this link serves no more")
        raise NotFound(cause, mend=_("ask the person whom you support to send you a new one"))
    return support


def offer(support: Support, said: Offer) -> None:
    """A supporter offers to receive the people of a case.

    Raises
    ------
    Stale
        They have offered, or are no longer asked.
    Refused
        Their status is none that the programme knows.
    """
    if said.status and said.status not in statuses():
        raise Refused(_("this status is not one of the list"), mend=_("choose one of the list"))
    now = clock.now()
    document = {**told(support), **said.model_dump()}
    with transaction.atomic():
        if not _move(
            support, "asked", state="offered", offered_at=now, status=said.status, told=_sealed(support, document),
            phone_index=vault.index("phone", _digits(said.phone)), address_index=vault.index("address", said.address),
            words_index=vault.index("words", said.statement), expires_at=now + ANSWERS_WITHIN,
        ):  # fmt: skip
            raise Stale(_("this form was sent before"), mend=_("there is nothing more to do"))
        audit.record(support.case.reference, SUPPORTER, "supporter-offered", support=str(support.pk))
        outbox.tell(support.case)


def attest(support: Support, actor: str) -> None:
    """The people of a case say that they know their supporter and are asked for nothing in return.

    Raises
    ------
    Stale
        There is no offer, or it was withdrawn.
    """
    with transaction.atomic():
        if not _move(support, "offered", state="attested"):
            raise Stale(_("there is no offer to confirm"), mend=_("look at the page again"))
        audit.record(support.case.reference, actor, "supporter-attested", support=str(support.pk))
        tell(support.case)


def withdraw(support: Support, actor: str) -> None:
    """Either side steps back.  The people are told when their supporter does; a supporter is not told who dropped them.

    Raises
    ------
    Stale
        Somebody did already.
    """
    with transaction.atomic():
        _withdraw(support, actor)
        if actor == SUPPORTER:
            outbox.tell(support.case)


def tell(case: Case) -> None:
    """Put a message in the outbox that there is something new on the page of the supporter of a case, if it has one."""
    support = of(case)
    if support is not None:
        outbox.write("supporter-news", told(support)["email"], support.key, case.language, case=case)


def _withdraw(support: Support, actor: str) -> None:
    if not _move(support, *LIVE, state="withdrawn"):
        raise Stale(_("this support was withdrawn already"), mend=_("look at the page again"))
    audit.record(support.case.reference, actor, "supporter-withdrawn", support=str(support.pk))


def _move(support: Support, *before: str, **changed: Any) -> bool:
    """Change a support that stands so, and the version of its case: who looked before does not decide on another."""
    case = support.case
    # The case comes first, as in every other act on one: two at once wait in line and never for each other.
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1)
    moved = Support.objects.filter(pk=support.pk, state__in=before).update(**changed)
    case.version += moved
    return bool(moved)


def told(support: Support) -> dict[str, Any]:
    """What is known of a supporter: `email`, `called`, and once they offered the fields of `Offer`."""
    document: dict[str, Any] = vault.unseal(support.key, f"support.told.{support.pk}", support.told)
    return document


def facts(support: Support) -> Supporter:
    """What the rules ask of a supporter; vetting is open."""
    income = {"yes": True, "no": False}.get(told(support).get("income", "unknown"))
    return Supporter(status=support.status or None, income_enough=income, security_clear=None)


def statuses() -> tuple[str, ...]:
    """The statuses by which somebody may support, of the programme that is served."""
    rule = rules.programme().eligibility
    return () if rule is None else rule.supporters


def _still_runs(case: Case) -> None:
    if case.ended_at is not None:
        raise Refused(_("this application has ended"), mend=_("begin a new one"))


def _sealed(support: Support, document: dict[str, Any]) -> bytes:
    return vault.seal(support.key, f"support.told.{support.pk}", document)


def _digits(phone: str) -> str:
    return "".join(symbol for symbol in phone if symbol.isdigit())
