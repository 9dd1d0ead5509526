"""Seats of a manifest: a family sits together, so that whoever leaves theirs gives back those of the party."""

from __future__ import annotations

from cauce.web.domain import audit, caps
from cauce.web.models import Boarding, Held, Manifest, Window


def window(manifest: Manifest) -> Window:
    """Where the seats of a manifest are counted."""
    return Window.objects.get(pool=manifest.pool)


def leave(manifest: Manifest, party: str, actor: str) -> bool:
    """Take a party off, in the transaction of the caller; False if it was not on."""
    gone = Boarding.objects.filter(manifest=manifest, held__party=party, live=True).update(live=False)
    if gone:
        audit.record(party, actor, "taken-off", manifest=manifest.pk, persons=gone)
        caps.release([window(manifest)], party, actor)
    return bool(gone)


def free(held: Held, actor: str) -> None:
    """Take somebody's party off whatever they are on: they do not leave by it any more."""
    for seat in held.boardings.filter(live=True).select_related("manifest"):
        leave(seat.manifest, held.party, actor)
