"""Who did what to what: added in the transaction of the act, chained by subject, signed at checkpoints."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cauce.web.domain import clock, statements
from cauce.web.domain.faults import Stale
from cauce.web.models import Checkpoint, Event

FIRST = "0" * 64
MOST_TRIES = 100


def record(subject: str, actor: str, act: str, **details: Any) -> None:
    """Write an act down.  Outside a transaction this is an error: an act and its line come together or not at all.

    details : references, states, counts and hashes only; nothing that a person told.

    Raises
    ------
    Stale
        Others write of the same subject all the time.
    """
    _write(subject, actor, act, details, None)


def begin(subject: str, actor: str, act: str, **details: Any) -> None:
    """`record` the first act on something new, for which no line before is looked for."""
    _write(subject, actor, act, details, (0, FIRST))


def _write(subject: str, actor: str, act: str, details: dict[str, Any], last: tuple[int, str] | None) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an act is written down in its own transaction")
    for _turn in range(MOST_TRIES):
        sequence, previous = last or statements.last_line(subject) or (0, FIRST)
        event = Event(
            subject=subject, sequence=sequence + 1, at=clock.now(), actor=actor, act=act, details=details,
            previous=previous,
        )  # fmt: skip
        event.digest = _digest(event)
        if statements.add_once(event):
            return
        last = None  # somebody else wrote the next line of this subject: ours follows it
    raise Stale(_("too many people work on this at once"), mend=_("try again"))


LOCK = 0x6361756365
"""Shared by all who write an event until they are done: the table itself takes it before it gives out a number."""


def _settled() -> int | None:
    """The last event below which no number is still to be written: numbers are given out before they are kept."""
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite has one writer anyway
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last: int | None = Event.objects.aggregate(last=Max("id"))["last"]
        return last


def _digest(event: Event) -> str:
    row = [
        event.subject, event.sequence, event.at.isoformat(timespec="microseconds"), event.actor, event.act,
        event.details, event.previous,
    ]  # fmt: skip
    return sha256(json.dumps(row, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What a check of the audit found.

    broken : (subject, sequence, what is wrong), the first fault of each subject.
    """

    events: int
    subjects: int
    checkpoints: int
    unsigned: int
    broken: tuple[tuple[str, int, str], ...]

    @property
    def sound(self) -> bool:
        return not self.broken


def verify() -> Verdict:
    """Go through every chain and every checkpoint."""
    broken: dict[str, tuple[str, int, str]] = {}
    subjects = 0
    before: Event | None = None
    for event in Event.objects.order_by("subject", "sequence").iterator(chunk_size=2000):
        fresh = before is None or before.subject != event.subject
        subjects += fresh
        expected = (1, FIRST) if fresh or before is None else (before.sequence + 1, before.digest)
        fault = _fault(event, expected)
        if fault and event.subject not in broken:
            broken[event.subject] = (event.subject, event.sequence, fault)
        before = event
    signed = list(_checkpoints())
    faults = [*broken.values(), *(fault for _, fault in signed if fault)]
    last = max((point.last_event for point, _ in signed), default=0)
    total = Event.objects.count()
    return Verdict(total, subjects, len(signed), Event.objects.filter(id__gt=last).count(), tuple(faults))


def _fault(event: Event, expected: tuple[int, str]) -> str:
    if event.sequence != expected[0]:
        return f"line {expected[0]} is missing"
    if event.previous != expected[1]:
        return "it does not follow the line before"
    return "" if event.digest == _digest(event) else "it was changed"


def checkpoint() -> Checkpoint | None:
    """Sign all events since the last checkpoint; None if there are none."""
    last = _settled()
    with transaction.atomic():
        previous = Checkpoint.objects.order_by("-last_event").first()
        if last is None or (previous is not None and last <= previous.last_event):
            return None
        first = 0 if previous is None else previous.last_event
        point = Checkpoint(at=clock.now(), last_event=last)
        point.events, point.digest = _fold(first, last, "" if previous is None else previous.digest)
        point.signature = _sign(point)
        point.save(force_insert=True)
        return point


def unsigned_for(now: datetime) -> timedelta:
    """How long the oldest event that no checkpoint covers has waited."""
    last = Checkpoint.objects.order_by("-last_event").first()
    oldest = Event.objects.filter(id__gt=0 if last is None else last.last_event).order_by("id").first()
    return timedelta() if oldest is None else now - oldest.at


def _fold(after: int, until: int, seed: str) -> tuple[int, str]:
    """How many events there are in a stretch, and one hash over all of them."""
    events, total = 0, sha256(seed.encode())
    stretch = Event.objects.filter(id__gt=after, id__lte=until).order_by("id")
    for identity, line in stretch.values_list("id", "digest").iterator(chunk_size=5000):
        total.update(f"{identity}:{line}".encode())
        events += 1
    return events, total.hexdigest()


def _sign(point: Checkpoint) -> str:
    words = f"{point.last_event}:{point.events}:{point.digest}:{point.at.isoformat(timespec='microseconds')}"
    return hmac.new(settings.KEYRING.signing, words.encode(), sha256).hexdigest()


def _checkpoints() -> Iterator[tuple[Checkpoint, tuple[str, int, str] | None]]:
    after, seed = 0, ""
    for point in Checkpoint.objects.order_by("last_event"):
        fault = None
        if not hmac.compare_digest(point.signature, _sign(point)):
            fault = "its signature is not ours"
        elif _fold(after, point.last_event, seed) != (point.events, point.digest):
            fault = "events below it were added, changed or removed"
        yield point, None if fault is None else ("checkpoint", point.last_event, fault)
        after, seed = point.last_event, point.digest
