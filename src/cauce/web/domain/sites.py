"""The centres and shelters of the board: made and changed by who runs the service, each change with its line."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit
from cauce.web.domain.faults import Refused
from cauce.web.models import Site

KINDS = ("centre", "shelter")
ACTOR = "command-line"


@dataclass(frozen=True)
class Given:
    """What is said of a site; None leaves it as it is, or as a new one begins.

    rated, surge : how many people it is rated for, and how many it bears [person].
    latest_intake : last local hour at which a shelter takes people in.
    releases_from, releases_until : local hours between which people are let go.
    public : whether its counts may be published under its name.
    """

    name: str | None = None
    kind: str | None = None
    zone: str | None = None
    rated: int | None = None
    surge: int | None = None
    latest_intake: time | None = None
    releases_from: time | None = None
    releases_until: time | None = None
    public: bool | None = None

    @property
    def said(self) -> dict[str, Any]:
        """Only what was said."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in told.items() if value is not None}


def keep(code: str, given: Given) -> tuple[Site, tuple[str, ...]]:
    """Make a site, or change one; and what was changed, nothing if it was so before.

    Raises
    ------
    Refused
        No such zone or kind, a new site without a name, a kind and a zone, another kind than it has, or numbers and
        hours that cannot be.
    """
    site = Site.objects.filter(code=code).first()
    _plausible(code, given, site)
    told = given.said
    changed = tuple(name for name, value in told.items() if site is None or getattr(site, name) != value)
    if not changed:
        assert site is not None
        return site, ()
    site = Site(code=code) if site is None else site
    for name in changed:
        setattr(site, name, told[name])
    if site.releases_from >= site.releases_until:
        raise Refused(_("people are let go by day: from an hour until a later one"), mend=_("correct the hours"))
    if site.surge and site.surge < site.rated:
        raise Refused(_("a site bears at least what it is rated for"), mend=_("correct the numbers"))
    with transaction.atomic():
        site.save()
        audit.record(f"site:{code}", ACTOR, "site-kept", changed={name: str(told[name]) for name in changed})
    return site, changed


def _plausible(code: str, given: Given, site: Site | None) -> None:
    try:
        validate_slug(code)
    except ValidationError:
        raise Refused(_("this cannot be a code"), mend=_("use letters, digits, - and _ only")) from None
    if site is None and not (given.name and given.kind and given.zone):
        raise Refused(_("a new site needs a name, a kind and a zone"), mend=_("give all three"))
    if given.name is not None and not given.name.strip():
        raise Refused(_("a site has a name"), mend=_("write it"))
    if given.kind is not None and given.kind not in KINDS:
        raise Refused(_("a site is a centre or a shelter"), mend=_("choose one of the two"))
    if site is not None and given.kind is not None and given.kind != site.kind:
        raise Refused(_("a site stays what it is"), mend=_("make another one"))
    if min(given.rated or 0, given.surge or 0) < 0:
        raise Refused(_("there cannot be fewer than no places"), mend=_("give a whole number from 0 up"))
    if given.zone is not None:
        try:
            ZoneInfo(given.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Refused(_("there is no such zone of time"), mend=_("write it like America/Denver")) from None
