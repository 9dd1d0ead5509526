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
THINGS = ("papers", "medicines", "belongings")
"""What was taken from somebody and goes with them."""
FOLLOWS_WITHIN = timedelta(hours=6)
"""How long after somebody was let go by day the rest of their party may follow them at any hour (judgement)."""


@dataclass(frozen=True)
class Package:
    """What is taken along; whatever a hand writes freely is kept sealed, but for the court.

    file_number : under which the court knows them.
    """

    hearing_on: date | None = None
    court: str = ""
    file_number: str = ""
    check_in_on: date | None = None
    check_in_place: str = ""
    address: str = ""
    phone: str = ""
    papers_given: bool = False
    medicines_given: bool = False
    belongings_given: bool = False
    shelter: Site | None = None
    reminders: bool = False


SEALED = ("address", "phone", "check_in_place", "file_number")
_OPEN = tuple(name for name in Package.__dataclass_fields__ if name not in SEALED)


def prepare(staff: Staff, held: Held, package: Package, version: int) -> Release:
    """Write down what somebody will take along, as far as it is known; of who was let go, what was left empty.

    Raises
    ------
    Refused
        A date that is past, a hearing without its court, a check-in without its place, a child alone; or, after they
        left, another word in place of what was written, or more than 30 days.
    Stale
        Somebody wrote or moved in the meantime.
    """
    actor = roles.require(staff, "confirm-release", held.site)
    before = Release.objects.filter(held=held).select_related("shelter").first()
    if held.demographic == Demographic.UNACCOMPANIED_CHILD:
        cause = _("a child alone is not let go but taken in by the agency in charge of children")
        raise Refused(cause, mend=_("move the child to that agency"))
    if held.left_at is not None:
        _only_fills_in(held, package, before)
    _plausible(held, package, before)
    with transaction.atomic():
        custody.swap(held, version)
        sealed = {name: _sealed(held, name, getattr(package, name)) for name in SEALED}
        fields = {**{name: getattr(package, name) for name in _OPEN}, **sealed, "receiver": None}
        made, _new = Release.objects.update_or_create(held=held, defaults=fields)
        audit.record(held.reference, actor, "release-prepared", missing=list(missing(made)))
        if made.done_at is not None and made.reminders and before is not None and before.check_in_on is None:
            _remind(held, made)
        return made


def _plausible(held: Held, package: Package, before: Release | None) -> None:
    today = clock.today(held.site.zone)
    for name in ("hearing_on", "check_in_on"):
        day = getattr(package, name)
        if day is not None and day < today and (before is None or day != getattr(before, name)):
            raise Refused(_("a date that is past cannot be kept"), mend=_("correct the day"))
    if package.hearing_on and not package.court.strip():
        raise Refused(_("a hearing without its court cannot be found"), mend=_("name the court"))
    if package.check_in_on and not package.check_in_place.strip():
        raise Refused(_("a check-in without its place cannot be found"), mend=_("name the office"))
    if package.reminders and not package.phone.strip():
        raise Refused(_("a reminder needs a phone"), mend=_("write the phone, or leave the reminder out"))


def written(held: Held, release: Release) -> Package:
    """A package as it was written down."""
    words: dict[str, Any] = {name: told(held, release, name) for name in SEALED}
    return Package(**{name: getattr(release, name) for name in _OPEN}, **words)


def _only_fills_in(held: Held, package: Package, before: Release | None) -> None:
    """What was written when somebody left stays; what was empty may be filled in while it is of use."""
    if before is None or held.stage != "released" or before.done_at is None:
        raise Refused(_("this person has left"), mend=_("what is past stays as it was written"))
    if before.done_at <= clock.now() - retention.kept("release"):
        raise Refused(_("they left more than 30 days ago"), mend=_("what is past stays as it was written"))
    was = written(held, before)
    for name in Package.__dataclass_fields__:
        kept, given = getattr(was, name), getattr(package, name)
        if kept != given and (kept or name in ("shelter", "reminders")):
            cause = _("what was written when they left stays as it is")
            raise Refused(cause, mend=_("fill in only what was left empty"))


def _sealed(held: Held, field: str, words: str) -> bytes | None:
    return vault.seal(held.key, f"release.{field}.{held.pk}", words.strip()) if words.strip() else None


def told(held: Held, release: Release, field: str) -> str:
    """What was sealed, such as the `address`; nothing if there is none."""
    sealed = getattr(release, field)
    return str(vault.unseal(held.key, f"release.{field}.{held.pk}", sealed)) if sealed else ""


def missing(release: Release) -> tuple[str, ...]:
    """What is not there: of `hearing`, `check-in`, `address`, `papers`, `medicines`, `belongings`.

    Of who is handed over to somebody, the last three alone.
    """
    there: dict[str, Any] = {name: getattr(release, f"{name}_given") for name in THINGS}
    if release.receiver is None:
        dates = {"hearing": release.hearing_on, "check-in": release.check_in_on, "address": release.address}
        there = {**dates, **there}
    return tuple(name for name, value in there.items() if not value)


def by_day(site: Site, now: datetime) -> bool:
    """Whether people may be let go at a site at this hour."""
    local = now.astimezone(ZoneInfo(site.zone)).time()
    return site.releases_from <= local < site.releases_until


def may_go(held: Held, now: datetime) -> bool:
    """Whether somebody may be let go now: by day, or because others of their party were let go and wait outside."""
    followed = Held.objects.filter(party=held.party, stage="released", left_at__gt=now - FOLLOWS_WITHIN)
    return by_day(held.site, now) or followed.exists()


def confirm(staff: Staff, held: Held, version: int, *, sure: bool = False) -> list[Release]:
    """Let somebody go, with all of their party who are as ready as they are.

    sure : although something is missing, no bed is held where they are sent, or others of the party or relatives stay
        inside; it is written down.

    Raises
    ------
    Refused
        At night, without a package, or with something missing and nobody sure.
    Stale
        Somebody moved them in the meantime.
    """
    actor = roles.require(staff, "confirm-release", held.site)
    now = clock.now()
    with transaction.atomic():
        going = _going(held)
        if not may_go(held, now):
            raise Refused(_("nobody is let go at night"), mend=_("wait for the morning"))
        if any(missing(release) for release in going) and not sure:
            raise Refused(_("something of the package is missing"), mend=_("fill it in, or say that you are sure"))
        bed = shelters.bed_of(held)
        _sent_to(going, bed, sure=sure)
        separated = custody.apart([release.held for release in going])
        if separated and not sure:
            cause = _("others of this party, or relatives, are not ready to leave")
            raise Refused(cause, mend=_("wait for them, or say that you are sure"))
        for release in going:
            one = release.held
            custody.advance(one, "released", version if one is held else one.version, now, actor)
            release.done_at = now
            release.save(update_fields=["done_at", "shelter"])
            audit.record(one.reference, actor, "release-confirmed", missing=list(missing(release)), apart=separated)
            if release.reminders:
                _remind(one, release)
        if (shelter := going[0].shelter) is not None:
            shelters.expect(shelter, held.party, actor)
    return going


def _going(held: Held) -> list[Release]:
    """The package of somebody, and those of their party at the same place for whom release is the way out too."""
    party = {one.pk: one for one in custody.party(held)}
    ready = [
        one for one in party.values()
        if one.pk != held.pk and one.stage == "waiting-exit" and one.site_id == held.site_id
        and one.way_out in ("", "release")
    ]  # fmt: skip
    found = Release.objects.filter(held__in=[held, *ready], receiver=None).select_related("shelter").order_by("held")
    packages = {release.held_id: release for release in found}
    if held.stage != "waiting-exit" or held.pk not in packages:
        raise Refused(_("this release is not prepared"), mend=_("finish the stages and fill in the package first"))
    going = [packages[one.pk] for one in (held, *ready) if one.pk in packages]
    for release in going:
        release.held = held if release.held_id == held.pk else party[release.held_id]
    return going


def _sent_to(going: list[Release], bed: shelters.Bed | None, *, sure: bool) -> None:
    """A shelter that nobody named is that of the beds held; one without beds held is none to count on."""
    for release in going:
        if release.shelter is None and bed is not None:
            release.shelter = bed.site
        if release.shelter is not None and (bed is None or bed.site != release.shelter) and not sure:
            cause = _("no beds are held for this party at %(shelter)s") % {"shelter": release.shelter.name}
            raise Refused(cause, mend=_("hold them first, or say that you are sure"))


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
    """Who left with something missing, for custody staff alone and until their words go.

    Returns
    -------
    number, releases : of all of them; the newest, each with what it lacks
    """
    roles.require(staff, "read-missing")
    things = Q(papers_given=False) | Q(medicines_given=False) | Q(belongings_given=False)
    dates = Q(receiver=None) & (Q(hearing_on=None) | Q(check_in_on=None) | Q(address=None))
    found = Release.objects.filter(
        things | dates, held__site__in=sites, done_at__gt=clock.now() - retention.kept("release"),
    ).select_related("held", "held__site")  # fmt: skip
    newest = found.order_by("-done_at", "pk")[:most]
    return found.count(), [(one, missing(one)) for one in newest]


def leaflet(held: Held, release: Release) -> dict[str, Any]:
    """What is printed for the person alone: their own dates, what they lack, and whether a bed waits for them."""
    bed = shelters.bed_of(held)
    shelter = release.shelter or (bed.site if bed else None)
    return {
        **vars(written(held, release)), "shelter": shelter, "bed": bed is not None and bed.site == shelter,
        "missing": [name for name in missing(release) if name in THINGS],
    }  # fmt: skip
