"""Is all well: the sums of the caps, the chains of the audit, the keys, the settings, each with its finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cauce.web.domain import audit, authorisations, caps, clock, grants, retention, sums, vault
from cauce.web.domain.faults import NotFound
from cauce.web.models import Notice, PersonKey


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and in words."""

    what: str
    well: bool
    said: str


def look() -> tuple[Finding, ...]:
    """Everything that can be looked at while the service runs."""
    return tuple(_findings())


def _findings() -> Iterator[Finding]:
    waiting = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    yield Finding("tables", not waiting, "as they should be" if not waiting else f"{len(waiting)} changes not made")
    if waiting:
        return
    yield _engine()
    yield _hosts()
    accounts = caps.reconcile()
    wrong = [f"{a.pool} {a.label}: counter {a.used}, ledger {a.ledger}" for a in accounts if not a.agrees]
    yield Finding("caps", not wrong, "; ".join(wrong) or f"{len(accounts)} windows, every counter equals its ledger")
    yield _sums()
    verdict = audit.verify()
    broken = "; ".join(f"{subject} line {number}: {fault}" for subject, number, fault in verdict.broken)
    yield Finding("audit", verdict.sound, broken or f"{verdict.events} events of {verdict.subjects} subjects, unbroken")
    yield from _jobs()
    yield _keys()


def _engine() -> Finding:
    fit = settings.DEMONSTRATION or connection.vendor == "postgresql"
    owner = ", as a role that may change every table: see `cauce web roles`" if grants.owns() else ""
    said = (
        f"{connection.vendor}{owner}"
        if fit
        else "SQLite serves one machine only: set DATABASE_URL for an operated service"
    )
    return Finding("database", fit, said)


LOCAL = {"localhost", "127.0.0.1", "[::1]", "testserver", "*"}
"""Names that are those of any machine; who is served by them cannot tell it from another."""


def _hosts() -> Finding:
    names = settings.ALLOWED_HOSTS
    if settings.DEMONSTRATION:
        return Finding("hosts", True, "a demonstration")
    if not names:
        return Finding("hosts", False, "no name is served: set CAUCE_HOSTS to those of the service")
    alike = "" if settings.STAFF_HOSTS else ", for staff and public alike: CAUCE_STAFF_HOSTS would part them"
    loose = ", ".join(sorted(LOCAL.intersection(names)))
    said = (
        f"{loose} is no name of an operated service: take it out of CAUCE_HOSTS" if loose else ", ".join(names) + alike
    )
    return Finding("hosts", not loose, said)


LATE = timedelta(minutes=10)


def _sums() -> Finding:
    """Whether the sums are looked at, and what stands still because one was wrong."""
    halted = [f"{window.pool} {window.label}".strip() for window in sums.wrong().order_by("pk")]
    if halted:
        return Finding("sums", False, f"no place of {', '.join(halted)} goes out until its sum is right")
    late = sums.unlooked_for(LATE)
    said = "places moved over ten minutes ago and no sum was looked at: start the worker"
    return Finding("sums", not late, said if late else "looked at each minute")


UNHEARD = timedelta(days=7)
"""So long may a proposal to let go wait for its two people (judgement)."""


def _jobs() -> Iterator[Finding]:
    now = clock.now()
    stale = audit.unsigned_for(now) > LATE
    said = "signed" if not stale else "events wait to be signed for over ten minutes: start the worker"
    yield Finding("checkpoints", not stale, said)
    late = Notice.objects.filter(due_at__lte=now - LATE, sent_at=None, given_up_at=None).count()
    yield Finding("outbox", not late, "nothing waits" if not late else f"{late} messages wait: start the worker")
    stuck = authorisations.stuck()
    said = "none is kept alive by papers that ran out"
    if stuck:
        said = f"{stuck} could not be ended when their papers ran out: their audit says {authorisations.NOT_ENDED}"
    yield Finding("applications", not stuck, said)
    due = {name: number for name, number in retention.due(now).items() if number}
    proposed = retention.waiting()
    said = "nothing outlived its use" if not due else ", ".join(f"{n} {name}" for name, n in due.items()) + " to let go"
    old = proposed is not None and proposed.proposed_at < now - UNHEARD
    said += f", proposed on {proposed.proposed_at:%Y-%m-%d}: two people let it go" if proposed is not None else ""
    yield Finding("retention", not old if proposed is not None else not due, said)


def _keys() -> Finding:
    """Whether the newest and the oldest person's keys open with the keys of the service."""
    living = PersonKey.objects.exclude(wrapped=None).order_by("made_at")
    for key in filter(None, (living.first(), living.last())):
        try:
            vault.opens(key)
        except NotFound as fault:
            return Finding("keys", False, str(fault))
    return Finding("keys", True, "what is sealed can be opened")
