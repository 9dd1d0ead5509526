"""What is let go, and when: a table of classes, a count first, then two people, then the act and its receipt.

Erasing is destroying the key of a person: what they told cannot be read again, here or in a backup; the
reference, the states, the dates and the number of people stay, so that every count stays true.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDay
from django.utils.translation import gettext as _

from cauce.web.domain import audit, cases, clock, roles, vault
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import (
    Authorisation,
    Case,
    Decision,
    Draft,
    Held,
    Member,
    Notice,
    PersonKey,
    Purge,
    Release,
    ShelterAsk,
    Staff,
    Support,
)

TABLE = Path(__file__).parents[1] / "retention.csv"


@dataclass(frozen=True)
class Class:
    """One row of the table: what is kept for how many days after its use has ended, and why."""

    name: str
    days: int
    action: str
    basis: str


def table() -> tuple[Class, ...]:
    """The retention table, as it is published."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(Class(row["class"], int(row["days"]), row["action"], row["basis"]) for row in csv.DictReader(lines))


def kept(name: str) -> timedelta:
    """How long a class is kept."""
    return timedelta(days=next(row.days for row in table() if row.name == name))


def due(now: datetime | None = None) -> dict[str, int]:
    """How much of each class has outlived its use: the dry run."""
    now = clock.now() if now is None else now
    return {row.name: _DUE[row.name](now - timedelta(days=row.days)).count() for row in table()}


def propose(staff: Staff | None) -> Purge:
    """Count what is due, for somebody else to release; one proposal waits at a time.

    Raises
    ------
    Stale
        One waits already.
    """
    return _propose(roles.require(staff, "propose-purge"), due())


CLOCK = "clock"
EACH = timedelta(days=1)


def propose_by_itself() -> int:
    """Propose what is due if nothing waits and nothing was proposed for a day: 1 if so.  It still needs two people."""
    if Purge.objects.filter(proposed_at__gt=clock.now() - EACH).exists() or waiting() is not None:
        return 0
    counts = due()
    if not any(counts.values()):
        return 0
    try:
        _propose(CLOCK, counts)
    except Stale:  # another worker has, or somebody
        return 0
    return 1


def take_up(purge: Purge, staff: Staff | None) -> None:
    """Make what the clock proposed one's own, so that somebody else may release it.

    Raises
    ------
    Stale
        Somebody did before, or it was dropped.
    """
    actor = roles.require(staff, "propose-purge")
    with transaction.atomic():
        if not _open(purge).filter(proposed_by=CLOCK).update(proposed_by=actor):
            raise Stale(_("this was decided before"), mend=_("look again"))
        audit.record("retention", actor, "purge-taken-up", purge=purge.pk)


def _propose(actor: str, counts: dict[str, int]) -> Purge:
    with transaction.atomic():
        try:
            with transaction.atomic():
                purge = Purge.objects.create(counts=counts, proposed_by=actor, proposed_at=clock.now())
        except IntegrityError:
            raise Stale(_("this was proposed already"), mend=_("ask somebody else to release it")) from None
        audit.record("retention", actor, "purge-proposed", purge=purge.pk, counts=purge.counts)
        return purge


def waiting() -> Purge | None:
    """What waits for a second person."""
    return Purge.objects.filter(released_at=None, withdrawn_at=None).first()


def release(purge: Purge, staff: Staff | None) -> dict[str, int]:
    """Let go what was due when it was proposed; the receipt by class.

    Raises
    ------
    Refused
        The same person, or nobody has taken up what the clock proposed.
    Stale
        It was released or dropped before.
    """
    actor = roles.require(staff, "release-purge")
    if purge.proposed_by in (actor, CLOCK):
        raise Refused(_("two people let go of what was kept"), mend=_("ask somebody else to release it"))
    with transaction.atomic():
        if not _open(purge).update(released_by=actor, released_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        done = {row.name: _let_go(row, purge.proposed_at - timedelta(days=row.days)) for row in table()}
        Purge.objects.filter(pk=purge.pk).update(done=done)
        audit.record("retention", actor, "purge-released", purge=purge.pk, counts=done)
        return done


def drop(purge: Purge, staff: Staff | None) -> None:
    """Withdraw what one proposed, or decline what somebody else did: nothing is let go, and another may be proposed.

    Raises
    ------
    Stale
        It was released or dropped before.
    """
    mine = staff is not None and roles.name(staff) == purge.proposed_by
    actor = roles.require(staff, "propose-purge" if mine else "release-purge")
    with transaction.atomic():
        if not _open(purge).update(withdrawn_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        audit.record("retention", actor, f"purge-{'withdrawn' if mine else 'declined'}", purge=purge.pk)


def _open(purge: Purge) -> QuerySet[Purge]:
    return Purge.objects.filter(pk=purge.pk, released_at=None, withdrawn_at=None)


def erase(case: Case, actor: str, second: str, reason: str) -> None:
    """Erase a case at somebody's request: two people, once it has ended or was withdrawn.

    Raises
    ------
    Refused
        The same person twice, or the case still runs.
    Stale
        It is erased already.
    """
    if actor == second:
        raise Refused(_("two people erase an application"), mend=_("ask somebody else to agree"))
    may_go(case)
    with transaction.atomic():
        audit.record(case.reference, actor, "erased", second=second, reason=reason)
        _erase_cases(Case.objects.filter(pk=case.pk))


def may_go(case: Case) -> None:
    """Whether what a case holds can be erased.

    Raises
    ------
    Refused
        It still runs.
    Stale
        It is erased already.
    """
    if case.ended_at is None and case.state not in cases.ARRIVED:
        raise Refused(_("this application still runs"), mend=_("withdraw it first"))
    if case.erased_at is not None:
        raise Stale(_("this application is erased already"), mend=_("look again"))


def _let_go(row: Class, before: datetime) -> int:
    found = _DUE[row.name](before)
    number = found.count()
    _ACT[row.name](found)
    return number


def _ended_cases(before: datetime) -> QuerySet[Any]:
    over = Q(ended_at__lte=before) | Q(state__in=cases.ARRIVED, moved_at__lte=before)
    return Case.objects.filter(over, erased_at=None)


LET_GO: dict[str, Any] = {
    "address": None, "phone": None, "hearing_on": None, "court": "", "check_in_on": None, "check_in_place": None,
    "file_number": None, "receiver": None, "shelter": None,
}  # fmt: skip
"""What a release holds once its days are over: that it was, and when."""

_DUE: dict[str, Callable[[datetime], QuerySet[Any]]] = {
    "draft": lambda before: Draft.objects.filter(saved_at__lte=before),
    "case": _ended_cases,
    "held": lambda before: Held.objects.filter(left_at__lte=before, key__wrapped__isnull=False),
    "release": lambda before: Release.objects.filter(done_at__lte=before).exclude(**LET_GO),
    "notice": lambda before: Notice.objects.filter(Q(sent_at__lte=before) | Q(given_up_at__lte=before)),
    "ask": lambda before: ShelterAsk.objects.filter(asked_at__lte=before),
}


def _delete_with_keys(found: QuerySet[Any]) -> None:
    keys = list(found.values_list("key_id", flat=True))
    found.delete()
    vault.destroy_all(PersonKey.objects.filter(pk__in=keys))


def _delete_notices(found: QuerySet[Any]) -> None:
    """With the key of a message that had one of its own, such as a reminder."""
    keys = list(found.values_list("key_id", flat=True))
    found.delete()
    nobodys = {f"{owner}__isnull": True for owner in ("case", "member", "support", "draft", "held", "site", "notice")}
    vault.destroy_all(PersonKey.objects.filter(pk__in=keys, **nobodys))


def _erase_held(found: QuerySet[Any]) -> None:
    people = list(found.values_list("pk", flat=True))
    vault.destroy_all(PersonKey.objects.filter(held__in=people))
    Held.objects.filter(pk__in=people).update(identity_index="")


def _erase_cases(found: QuerySet[Any]) -> None:
    """Destroy the keys of everybody in these cases, and every hash by which they could be looked up."""
    those = list(found.values_list("pk", flat=True))
    everybody = Q(case__in=those) | Q(member__case__in=those) | Q(support__case__in=those)
    vault.destroy_all(PersonKey.objects.filter(pk__in=PersonKey.objects.filter(everybody).values("pk")))
    Member.objects.filter(case__in=those).update(identity_index=None, live=False)
    Support.objects.filter(case__in=those).update(phone_index="", address_index="", words_index="", status="")
    Decision.objects.filter(case__in=those).update(reasons=[])
    papers = Authorisation.objects.filter(member__case__in=those)
    papers.update(port="", flight="", used_at=TruncDay("used_at", tzinfo=UTC))  # the day of an arrival stays
    Notice.objects.filter(case__in=those).delete()
    Case.objects.filter(pk__in=those).update(contact_index="", erased_at=clock.now())


_ACT: dict[str, Callable[[QuerySet[Any]], Any]] = {
    "draft": _delete_with_keys,
    "case": _erase_cases,
    "held": _erase_held,
    "release": lambda found: found.update(**LET_GO),
    "notice": _delete_notices,
    "ask": lambda found: found.delete(),
}
