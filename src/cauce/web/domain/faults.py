"""What the service refuses, in the reader's language: a cause and a mend, and no state is left behind."""

from __future__ import annotations

from cauce.errors import RequestError


class Refused(RequestError):
    """A request that the rules or the state of things do not allow; its words are translated where it is raised."""


class SoldOut(Refused):
    """There are not as many places as were asked for."""


class Stale(Refused):
    """Somebody changed it since this page was shown."""


class NotFound(Refused):
    """There is nothing by that name, or it is not yours: the two look the same."""
