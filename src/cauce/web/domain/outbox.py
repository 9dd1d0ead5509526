"""Messages: written together with what they tell of, sent afterwards, never with a fact of the case in them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from cauce.web.domain import clock, statements, vault
from cauce.web.domain.answers import Contact
from cauce.web.models import Case, Notice, PersonKey

log = logging.getLogger("cauce.web")

MOST_TRIES = 8
LEASE = timedelta(minutes=5)


def write(
    kind: str, address: str, key: PersonKey, language: str, *, case: Case | None = None, **carries: Any
) -> Notice:
    """Put a message in the outbox, in the transaction of what it tells of.

    carries : what only this message may hold, such as a link; sealed like the address.
    """
    now = clock.now()
    notice = Notice(
        case=case, key=key, kind=kind, language=language, written_at=now, due_at=now,
        channel="email" if "@" in address else "text",
    )  # fmt: skip
    notice.address = vault.seal(key, f"notice.address.{notice.pk}", address)
    notice.carries = vault.seal(key, f"notice.carries.{notice.pk}", carries)
    statements.add(notice)
    return notice


def tell(case: Case, kind: str = "news") -> bool:
    """Put a message in the outbox that there is news, and nothing of what it is; whether its people want any."""
    contact = Contact(**vault.unseal(case.key, f"case.contact.{case.pk}", case.contact))
    if contact.address:
        write(kind, contact.address, case.key, case.language, case=case)
    return bool(contact.address)


MOST = 100
"""Messages sent in one round of the worker."""


def due() -> QuerySet[Notice]:
    """The messages whose time has come."""
    return Notice.objects.filter(due_at__lte=clock.now(), sent_at=None, given_up_at=None)


Send = Callable[[Notice, str, dict[str, Any]], None]
"""Called with the notice, the address, and what it carries; raises if it could not be sent."""


def send_due(send: Send, most: int = MOST) -> tuple[int, int]:
    """Send what is due; how many were sent and how many must wait.  A message is tried by one worker at a time."""
    sent = failed = 0
    for notice in _claim(most):
        try:
            address = vault.unseal(notice.key, f"notice.address.{notice.pk}", notice.address)
            carries = vault.unseal(notice.key, f"notice.carries.{notice.pk}", notice.carries)
            send(notice, address, carries)
        except Exception as fault:  # whatever is wrong with one message, the others go on
            log.warning("message %s could not be sent: %s", notice.pk, type(fault).__name__)
            tries = notice.tries + 1
            wait = LEASE * 2**tries
            given_up = clock.now() if tries >= MOST_TRIES else None
            Notice.objects.filter(pk=notice.pk).update(tries=tries, due_at=clock.now() + wait, given_up_at=given_up)
            failed += 1
        else:
            Notice.objects.filter(pk=notice.pk).update(sent_at=clock.now(), carries=None, tries=notice.tries + 1)
            sent += 1
    return sent, failed


def _claim(most: int) -> list[Notice]:
    """Take what is due by pushing its time on: whoever else looks meanwhile does not see it."""
    now = clock.now()
    with transaction.atomic():
        first = due().order_by("due_at", "written_at")
        if connection.features.has_select_for_update_skip_locked:
            first = first.select_for_update(skip_locked=True, of=("self",))
        found = list(first.select_related("key")[:most])
        Notice.objects.filter(pk__in=[notice.pk for notice in found]).update(due_at=now + LEASE)
    return found
