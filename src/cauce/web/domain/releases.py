"""Letting somebody go by day, with dates, papers and a place to sleep; what is missing is written on a list.

A release holds when somebody is due where; whether they came, and where they are, is nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, clock, custody, outbox, retention, roles, shelters, vault
from cauce.web.domain.faults import Refused
from cauce.web.models import Held, Notice, Release, Site, Staff

REMINDED = timedelta(days=2)
"""How long before a check-in somebody who asked for it is reminded (judgement)."""
REMINDED_AT = time(9)


@dataclass(frozen=True)
class Package:
    """What is taken along; address and phone are kept sealed."""

    hearing_on: date | None = None
    court: str = ""
    check_in_on: date | None = None
    address: str = ""
    phone: str = ""
    papers_given: bool = False
    medicines_given: bool = False
    belongings_given: bool = False
    shelter: Site | None = None
    reminders: bool = False


def prepare(staff: Staff, held: Held, package: Package) -> Release:
    """Write down what somebody will take along, as far as it is known.

    Raises
    ------
    Refused
        A date that is past, a hearing without its court, or a child alone.
    """
    actor = roles.require(staff, "confirm-release", held.site)
    today = clock.today(held.site.zone)
    if held.left_at is not None:
        raise Refused(_("this person has left"), mend=_("what is past stays as it was written"))
    if held.demographic == Demographic.UNACCOMPANIED_CHILD:
        cause = _("a child alone is not let go but taken in by the agency in charge of children")
        raise Refused(cause, mend=_("move the child to that agency"))
    for day in (package.hearing_on, package.check_in_on):
        if day is not None and day < today:
            raise Refused(_("a date that is past cannot be kept"), mend=_("correct the day"))
    if package.hearing_on and not package.court.strip():
        raise Refused(_("a hearing without its court cannot be found"), mend=_("name the court"))
    if package.reminders and not package.phone.strip():
        raise Refused(_("a reminder needs a phone"), mend=_("write the phone, or leave the reminder out"))
    with transaction.atomic():
        fields = {
            **{name: getattr(package, name) for name in _OPEN},
            "address": _sealed(held, "address", package.address), "phone": _sealed(held, "phone", package.phone),
        }  # fmt: skip
        made, _new = Release.objects.update_or_create(held=held, defaults=fields)
        audit.record(held.reference, actor, "release-prepared", missing=list(missing(made)))
        return made


_OPEN = (
    "hearing_on", "court", "check_in_on", "papers_given", "medicines_given", "belongings_given", "shelter", "reminders",
)  # fmt: skip


def _sealed(held: Held, field: str, words: str) -> bytes | None:
    return vault.seal(held.key, f"release.{field}.{held.pk}", words.strip()) if words.strip() else None


def told(held: Held, release: Release, field: str) -> str:
    """What was sealed: `address` or `phone`; nothing if there is none."""
    sealed = getattr(release, field)
    return str(vault.unseal(held.key, f"release.{field}.{held.pk}", sealed)) if sealed else ""


def missing(release: Release) -> tuple[str, ...]:
    """What is not there: of `hearing`, `check-in`, `address`, `papers`, `medicines`, `belongings`."""
    there = {
        "hearing": release.hearing_on, "check-in": release.check_in_on, "address": release.address,
        "papers": release.papers_given, "medicines": release.medicines_given, "belongings": release.belongings_given,
    }  # fmt: skip
    return tuple(name for name, value in there.items() if not value)


def by_day(site: Site, now: datetime) -> bool:
    """Whether people may be let go at a site at this hour."""
    local = now.astimezone(ZoneInfo(site.zone)).time()
    return site.releases_from <= local < site.releases_until


def confirm(staff: Staff, held: Held, version: int, *, sure: bool = False) -> Release:
    """Let somebody go.

    sure : although something is missing, or others of the party stay inside; both are written down.

    Raises
    ------
    Refused
        At night, without a package, or with something missing and nobody sure.
    Stale
        Somebody moved them in the meantime.
    """
    actor = roles.require(staff, "confirm-release", held.site)
    now = clock.now()
    release = Release.objects.filter(held=held).select_related("shelter").first()
    if release is None or held.stage != "waiting-exit":
        raise Refused(_("this release is not prepared"), mend=_("finish the stages and fill in the package first"))
    if not by_day(held.site, now):
        raise Refused(_("nobody is let go at night"), mend=_("wait for the morning"))
    lacking = missing(release)
    if lacking and not sure:
        raise Refused(_("something of the package is missing"), mend=_("fill it in, or say that you are sure"))
    left_behind = Held.objects.filter(party=held.party, left_at=None).exclude(stage="waiting-exit").exists()
    if left_behind and not sure:
        cause = _("others of this party are not ready to leave")
        raise Refused(cause, mend=_("wait for them, or say that you are sure"))
    with transaction.atomic():
        custody.advance(held, "released", version, now, actor)
        Release.objects.filter(pk=release.pk).update(done_at=now)
        audit.record(held.reference, actor, "release-confirmed", missing=list(lacking), apart=left_behind)
        if release.reminders:
            _remind(held, release)
        if release.shelter is not None:
            shelters.expect(release.shelter, held.party, actor)
    release.done_at = now
    return release


def _remind(held: Held, release: Release) -> None:
    """A message under a key of its own, since the person's own is destroyed before a late check-in."""
    if release.check_in_on is None:
        return
    day = release.check_in_on - REMINDED
    due = datetime.combine(day, REMINDED_AT, tzinfo=ZoneInfo(held.site.zone))
    notice = outbox.write("reminder", told(held, release, "phone"), vault.new_key(), held.language)
    Notice.objects.filter(pk=notice.pk).update(due_at=max(due, clock.now()))


def incomplete(
    staff: Staff, sites: QuerySet[Site], most: int = 500
) -> tuple[int, list[tuple[Release, tuple[str, ...]]]]:
    """Releases without a hearing, a check-in or an address, for custody staff alone and until their words go.

    Returns
    -------
    number, releases : of all of them; the newest, each with what it lacks
    """
    roles.require(staff, "read-missing")
    found = Release.objects.filter(
        Q(hearing_on=None) | Q(check_in_on=None) | Q(address=None),
        held__site__in=sites, done_at__gt=clock.now() - retention.kept("release"),
    ).select_related("held", "held__site")  # fmt: skip
    newest = found.order_by("-done_at", "pk")[:most]
    return found.count(), [(one, tuple(m for m in missing(one) if m in DAILY)) for one in newest]


DAILY = ("hearing", "check-in", "address")


def leaflet(held: Held, release: Release) -> dict[str, Any]:
    """What is printed for the person alone: their own dates and what to keep."""
    return {
        "hearing_on": release.hearing_on, "court": release.court, "check_in_on": release.check_in_on,
        "address": told(held, release, "address"), "shelter": release.shelter, "missing": missing(release),
    }  # fmt: skip
