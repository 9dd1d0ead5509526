"""Who is held: taken in, moved from stage to stage, with a clock that starts at the first custody and never again.

Time is the server's.  Another time needs a reason and a second person, and what cannot have happened is refused:
a time to come, leaving before entering, a move before the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, clock, roles, rules, seats, vault
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.references import read, reference
from cauce.web.models import Held, Movement, Restamp, Site, Staff

LIMIT = timedelta(hours=72)
"""What custody generally may last: TEDS 4.1, October 2015."""
TWICE_WITHIN = timedelta(minutes=10)
"""The same person written down twice within this is one person, until somebody says otherwise (judgement)."""
LONGEST_BEFORE = timedelta(days=30)
"""A first custody further back than this is a slip of the pen (judgement)."""
NEXT: dict[str, tuple[str, ...]] = {
    "intake": ("medical", "processing"),
    "medical": ("processing", "intake"),
    "processing": ("waiting-exit", "medical"),
    "waiting-exit": ("returned", "transferred", "processing", "medical"),
}
"""From each stage, those that may follow by a button; `released` follows by the release package alone."""
GONE = ("released", "transferred", "returned")
TIMES = ("first-custody", "entered")
"""Movements that say another time for what was written down before, and are no moves."""


class Twice(Refused):
    """Somebody of this name was written down a moment ago, or is inside."""


@dataclass(frozen=True)
class Person:
    """Who comes in, as told: kept sealed, but for what is counted."""

    name: str
    born: str
    nationality: str
    demographic: str
    language: str = "es"


def take_in(
    staff: Staff,
    site: Site,
    people: Sequence[Person],
    *,
    first_custody_at: datetime | None = None,
    kin: str = "",
    sure: bool = False,
) -> list[Held]:
    """A party comes in now: one person alone, or a family.

    first_custody_at : when custody began, here or anywhere before; now if not given.
    kin : reference of a relative who is processed apart.
    sure : this is somebody else than the one just written down.

    Raises
    ------
    Refused
        What cannot be: nobody, somebody twice, a first custody to come, a child who is alone in a family of several.
    Twice
        The same name and date of birth a moment ago or inside; say `sure` if it is another person.
    """
    actor, now = roles.require(staff, "intake", site), clock.now()
    first = now if first_custody_at is None else first_custody_at
    if first > now:
        raise Refused(_("custody cannot begin in the future"), mend=_("correct the day and hour"))
    if first < now - LONGEST_BEFORE:
        cause = _("a first custody more than 30 days ago is not plausible")
        raise Refused(cause, mend=_("correct the day and hour"))
    _plausible_party(people)
    relative = _relative(kin)
    party = reference()
    with transaction.atomic():
        if not sure:
            _one_desk_at_a_time(people)
            _once(people, now)
        made = [_enter(actor, site, person, party, relative, first, now) for person in people]
        if relative is not None and not relative.kin:
            Held.objects.filter(party=relative.party, kin="").update(kin=party)
        return made


def _plausible_party(people: Sequence[Person]) -> None:
    kinds = {person.demographic for person in people}
    if not people or len(kinds) > 1 or not kinds <= set(Demographic):
        raise Refused(_("a party is of one kind: adults alone, families, or a child alone"), mend=_("choose one"))
    if kinds == {Demographic.FAMILY} and len(people) < 2:
        raise Refused(_("a family has at least two people"), mend=_("add the others, or choose another kind"))
    if kinds != {Demographic.FAMILY} and len(people) > 1:
        raise Refused(_("people who are no family come in one by one"), mend=_("take them in singly"))
    for person in people:
        if not person.name.strip():
            raise Refused(_("everybody has a name"), mend=_("write it as they say it"))
        if person.nationality not in rules.border().nationalities:
            raise Refused(_("this nationality is not in the table"), mend=_("choose one from the list"))
    if len({_identity(person) for person in people}) < len(people):
        cause = _("somebody is in this party twice: the same name and date of birth")
        raise Refused(cause, mend=_("take one of them out; if they are twins, write their other names too"))


def _relative(kin: str) -> Held | None:
    if not kin.strip():
        return None
    return find(kin)


def _identity(person: Person) -> str:
    return vault.index("held", f"{person.name} {person.born}")


def _one_desk_at_a_time(people: Sequence[Person]) -> None:
    """Whoever takes in one of these people waits here until the desk before has written; SQLite has one writer."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for name in sorted({_identity(person) for person in people}):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _once(people: Sequence[Person], now: datetime) -> None:
    same = Held.objects.filter(identity_index__in=[_identity(person) for person in people])
    if same.filter(left_at=None).exists() or same.filter(entered_at__gt=now - TWICE_WITHIN).exists():
        cause = _("somebody of this name and date of birth is inside or was written down just now")
        raise Twice(cause, mend=_("look for them on the board; if this is another person, say so"))


def _enter(
    actor: str, site: Site, person: Person, party: str, relative: Held | None, first: datetime, now: datetime
) -> Held:
    key = vault.new_key()
    held = Held(
        reference=reference(), site=site, party=party, kin="" if relative is None else relative.party,
        demographic=person.demographic, nationality=person.nationality, language=person.language, key=key,
        identity_index=_identity(person), first_custody_at=first, entered_at=now, stage_since=now,
    )  # fmt: skip
    held.told = vault.seal(key, f"held.told.{held.pk}", {"name": person.name.strip(), "born": person.born})
    held.save(force_insert=True)
    _write(held, "", "intake", now, actor)
    audit.begin(held.reference, actor, "taken-in", site=site.code, party=party, kin=bool(relative))
    return held


def _write(held: Held, before: str, after: str, at: datetime, actor: str, **words: str) -> None:
    Movement.objects.create(
        held=held, site=held.site, before=before, after=after, at=at, recorded_at=clock.now(), actor=actor, **words
    )


def find(text: str) -> Held:
    """The person of a reference.

    Raises
    ------
    NotFound
        There is none.
    """
    proper = read(text)
    held = None if proper is None else Held.objects.select_related("site", "key").filter(reference=proper).first()
    if held is None:
        raise NotFound(_("nobody has this reference"), mend=_("check it, symbol by symbol"))
    return held


def told(staff: Staff, held: Held) -> dict[str, Any]:
    """What a person told of themselves; that it was read is written down."""
    actor = roles.require(staff, "read-board", held.site)
    with transaction.atomic():
        audit.record(held.reference, actor, "read")
    return dict(vault.unseal(held.key, f"held.told.{held.pk}", held.told)) if held.told else {}


def move(staff: Staff, held: Held, stage: str, version: int) -> None:
    """Move somebody to the stage that follows, now.

    Raises
    ------
    Refused
        The stage does not follow.
    Stale
        Somebody moved them in the meantime.
    """
    actor = roles.require(staff, "move", held.site)
    if stage not in NEXT.get(held.stage, ()):
        raise Refused(_("this stage does not follow"), mend=_("choose one of the buttons"))
    with transaction.atomic():
        advance(held, stage, version, clock.now(), actor)


def advance(
    held: Held,
    stage: str,
    version: int,
    at: datetime,
    actor: str,
    *,
    site: Site | None = None,
    seated: bool = False,
    **words: str,
) -> None:
    """Compare and swap on the version; the movement and its line.  For verbs of the domain, in their transaction.

    seated : they leave by the manifest they are on; else their party is taken off it.
    """
    before = held.stage
    leaves = {"left_at": at, "blocked_by": ""} if stage in GONE else {}
    lands = {"site": site} if site is not None else {}
    mine = Held.objects.filter(pk=held.pk, version=version, stage=before, left_at=None)
    if not mine.update(stage=stage, stage_since=at, version=version + 1, **leaves, **lands):
        raise Stale(_("somebody else moved this person since you opened the page"), mend=_("open it again"))
    held.refresh_from_db()
    if not seated:
        seats.free(held, actor)
    _write(held, before, stage, at, actor, **words)
    audit.record(held.reference, actor, "moved", before=before, after=stage, site=held.site.code)


def block(staff: Staff, held: Held, *, by: str, way_out: str, version: int) -> None:
    """Say what somebody waits for (bed, seat, vetting, paper, medical) and which way out is meant."""
    actor = roles.require(staff, "move", held.site)
    if by not in dict(Held.BLOCKS) or way_out not in dict(Held.WAYS_OUT):
        raise Refused(_("this is not on the list"), mend=_("choose one from the list"))
    with transaction.atomic():
        mine = Held.objects.filter(pk=held.pk, version=version, left_at=None)
        if not mine.update(blocked_by=by, way_out=way_out, version=version + 1):
            raise Stale(_("somebody else moved this person since you opened the page"), mend=_("open it again"))
        audit.record(held.reference, actor, "blocked", by=by, way_out=way_out)


# --- another time than the clock's ------------------------------------------------------------------------


def propose_time(staff: Staff, held: Held, *, what: str, at: datetime, reason: str) -> Restamp:
    """Say that something happened at another time: `first-custody`, `entered`, or the stage somebody moved to.

    Nothing changes until a second person agrees.

    Raises
    ------
    Refused
        No reason, or a time that cannot be.
    """
    actor = roles.require(staff, "correct-time", held.site)
    if not reason.strip():
        raise Refused(_("another time needs a reason"), mend=_("say why the clock was not used"))
    _possible(held, what, at)
    with transaction.atomic():
        stamp = Restamp.objects.create(
            held=held, what=what, at=at, reason=reason.strip()[:200], proposed_by=actor, proposed_at=clock.now()
        )
        audit.record(held.reference, actor, "time-proposed", what=what, at=at.isoformat(), restamp=stamp.pk)
        return stamp


def approve_time(staff: Staff, stamp: Restamp) -> None:
    """Agree to another time; by somebody else than who asked, and once.

    Raises
    ------
    Refused
        The same person, or a time that cannot be any more.
    """
    held = stamp.held
    actor = roles.require(staff, "second-time", held.site)
    if actor == stamp.proposed_by:
        raise Refused(_("two people agree to another time"), mend=_("ask somebody else"))
    with transaction.atomic():
        mine = Restamp.objects.filter(pk=stamp.pk, approved_at=None, withdrawn_at=None)
        if not mine.update(approved_by=actor, approved_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        held.refresh_from_db()
        _possible(held, stamp.what, stamp.at)
        words = {"reason": stamp.reason, "second": actor}
        if stamp.what in NEXT.get(held.stage, ()):
            advance(held, stamp.what, held.version, stamp.at, stamp.proposed_by, **words)
            return
        field = "first_custody_at" if stamp.what == "first-custody" else "entered_at"
        was = getattr(held, field)
        Held.objects.filter(pk=held.pk).update(**{field: stamp.at}, version=held.version + 1)
        _write(held, held.stage, stamp.what, stamp.at, stamp.proposed_by, **words)
        audit.record(held.reference, actor, "time-changed", what=stamp.what, was=was.isoformat(), restamp=stamp.pk)


def withdraw_time(staff: Staff, stamp: Restamp) -> None:
    """Drop another time that was asked for; by who asked for it, or by who could have agreed.

    Raises
    ------
    Stale
        It was decided before.
    """
    site = stamp.held.site
    actor = roles.require(staff, "correct-time", site)
    if actor != stamp.proposed_by:
        roles.require(staff, "second-time", site)
    with transaction.atomic():
        mine = Restamp.objects.filter(pk=stamp.pk, approved_at=None, withdrawn_at=None)
        if not mine.update(withdrawn_at=clock.now()):
            raise Stale(_("this was decided before"), mend=_("look again"))
        audit.record(stamp.held.reference, actor, "time-withdrawn", what=stamp.what, restamp=stamp.pk)


def _possible(held: Held, what: str, at: datetime) -> None:
    """Refuse a time that cannot have been."""
    if at > clock.now():
        raise Refused(_("this time is still to come"), mend=_("correct the day and hour"))
    if held.left_at is not None:
        raise Refused(_("this person has left"), mend=_("what is past stays as it was written"))
    if what == "first-custody":
        if at > held.entered_at:
            raise Refused(_("custody cannot begin after the entry here"), mend=_("correct the day and hour"))
        if at < clock.now() - LONGEST_BEFORE:
            cause = _("a first custody more than 30 days ago is not plausible")
            raise Refused(cause, mend=_("correct the day and hour"))
    elif what == "entered":
        moved = held.movements.exclude(before="").exclude(after__in=TIMES).order_by("at").first()
        if at < held.first_custody_at or (moved is not None and at > moved.at):
            cause = _("the entry lies between the first custody and the first move")
            raise Refused(cause, mend=_("correct the day and hour"))
    elif what not in NEXT.get(held.stage, ()):
        raise Refused(_("this stage does not follow"), mend=_("choose one of the buttons"))
    elif at < held.stage_since:
        raise Refused(_("nobody leaves a stage before they entered it"), mend=_("correct the day and hour"))


def pending(sites: QuerySet[Site]) -> QuerySet[Restamp]:
    """Times that wait for a second person, oldest first."""
    waiting = Restamp.objects.filter(held__site__in=sites, approved_at=None, withdrawn_at=None)
    return waiting.select_related("held").order_by("proposed_at", "pk")


# --- gaps -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """Where the record of a person does not hold together."""

    held: Held
    what: str
    at: datetime


def gaps(sites: QuerySet[Site], since: datetime) -> Iterator[Gap]:
    """What does not hold together in the record of sites: a chain broken, times out of order, nobody seen for long."""
    inside = Held.objects.filter(site__in=sites, pk__in=Movement.objects.filter(recorded_at__gte=since).values("held"))
    with_moves = inside.defer("told").prefetch_related("movements").order_by("pk")
    for held in with_moves.iterator(chunk_size=CHUNK):
        moves = [m for m in held.movements.all() if m.after not in TIMES]
        moves.sort(key=lambda m: (m.recorded_at, m.pk))
        if not moves or moves[0].before:
            yield Gap(held, "no-entry", held.entered_at)
        for one, other in pairwise(moves):
            if one.after != other.before:
                yield Gap(held, "missing-move", other.at)
            elif other.at < one.at:
                yield Gap(held, "out-of-order", other.at)
    silent = Held.objects.filter(site__in=sites, left_at=None, stage_since__lt=clock.now() - SILENT)
    for held in silent.defer("told").order_by("stage_since", "pk").iterator(chunk_size=CHUNK):
        yield Gap(held, "nobody-moved", held.stage_since)


CHUNK = 500
SILENT = timedelta(hours=24)
"""Somebody in one stage for this long was forgotten on paper, or in truth (judgement)."""
