"""How often somebody may try: counted in the database's cache, by keyed hashes, and forgotten within the hour."""

from __future__ import annotations

from django.core.cache import cache
from django.utils.translation import gettext as _

from cauce.web.domain import clock, vault
from cauce.web.domain.faults import Refused

HOUR = 3600


class TooOften(Refused):
    """Tried more often than a person would."""


def place(address: str) -> str:
    """Where a request comes from, as a keyed hash."""
    return vault.index("address-of-request", address)


def count(act: str, who: str, *, most: int) -> None:
    """Count one try within this hour.

    Each try takes one numbered place in the cache, which only one request can take, whoever else tries meanwhile.

    Raises
    ------
    TooOften
        All places of the hour are taken.
    """
    hour = int(clock.now().timestamp()) // HOUR
    for number in range(most):
        if cache.add(f"limit:{act}:{who}:{hour}:{number}", 1, HOUR):
            return
    raise TooOften(_("this was tried too often from here"), mend=_("wait an hour, then try again"))
