"""Who is held: taken in, moved from stage to stage, with a clock that starts at the first custody and never again.

Time is the server's; another time is for two people (`restamps`).  Who leaves goes by their release package
(`releases`), by being handed over to somebody who is named (`departures`), or on a manifest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, clock, roles, rules, seats, vault
from cauce.web.domain.answers import ADULT
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.references import read, reference
from cauce.web.models import Held, Kinship, Movement, Restamp, Site, Staff

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
    "waiting-exit": ("processing", "medical"),
}
"""From each stage, those that may follow by a button; none of them leads out."""
GONE = ("released", "transferred", "returned")
REASONS = ("network", "paper", "busy", "slip")
"""Why what was written is changed.  A list, since what is added to a movement is never taken away."""
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

    def is_child(self, day: date) -> bool:
        """Under eighteen on a day, as they say when they were born."""
        born = date.fromisoformat(self.born)
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < ADULT


def take_in(
    staff: Staff,
    site: Site,
    people: Sequence[Person],
    *,
    first_custody_at: datetime | None = None,
    kin: str = "",
    sure: bool = False,
    anew: bool = False,
    in_doubt: bool = False,
) -> list[Held]:
    """A party comes in now: one person alone, or a family.

    Of who left within 30 days the clock goes on from their earlier first custody, unless somebody says otherwise.

    first_custody_at : when custody began, here or anywhere before; now if not given.
    kin : reference of a relative who is processed apart.
    sure : this is somebody else than the one of this name and date of birth who was written down before.
    anew : they were free since they left, so that this is a new custody with a clock of its own.
    in_doubt : a child alone is no child by the date of birth that was given; the doubt is theirs.

    Raises
    ------
    Refused
        What cannot be: nobody, somebody twice, a first custody to come, a kind that does not fit the ages.
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
    plausible_ages(people, clock.today(site.zone), in_doubt=in_doubt)
    relative = _relative(kin)
    party = reference()
    with transaction.atomic():
        before: dict[str, datetime] = {}
        if not sure:
            _one_desk_at_a_time(people)
            _once(people, now)
            before = {} if anew else _before(people, now)
        if relative is not None:
            relate(party, relative.party)
        return [
            _enter(actor, site, person, party, relative, min(first, before.get(_identity(person), first)), now)
            for person in people
        ]


def _plausible_party(people: Sequence[Person]) -> None:
    """One kind, and as many as it can have."""
    kinds = {person.demographic for person in people}
    if not people or len(kinds) > 1 or not kinds <= set(Demographic):
        raise Refused(_("a party is of one kind: adults alone, families, or a child alone"), mend=_("choose one"))
    if kinds == {Demographic.FAMILY} and len(people) < 2:
        raise Refused(_("a family has at least two people"), mend=_("add the others, or choose another kind"))
    if kinds != {Demographic.FAMILY} and len(people) > 1:
        raise Refused(_("people who are no family come in one by one"), mend=_("take them in singly"))
    for person in people:
        plausible(person)
    if len({_identity(person) for person in people}) < len(people):
        cause = _("somebody is in this party twice: the same name and date of birth")
        raise Refused(cause, mend=_("take one of them out; if they are twins, write their other names too"))


def plausible(person: Person) -> None:
    """Refuse a name or a nationality that is none."""
    if not person.name.strip():
        raise Refused(_("everybody has a name"), mend=_("write it as they say it"))
    if person.nationality not in rules.border().nationalities:
        raise Refused(_("this nationality is not in the table"), mend=_("choose one from the list"))


def plausible_ages(people: Sequence[Person], day: date, *, in_doubt: bool) -> None:
    """The kind decides how children are protected: it fits the dates of birth, or is in doubt and said to be."""
    if any(date.fromisoformat(person.born) > day for person in people):
        raise Refused(_("a date of birth is in the future"), mend=_("correct the date"))
    kind, children = people[0].demographic, sum(person.is_child(day) for person in people)
    if kind == Demographic.SINGLE_ADULT and children:
        cause = _("who is under 18 is no adult")
        raise Refused(cause, mend=_("choose a child alone or a family, or correct the date of birth"))
    if kind == Demographic.FAMILY and children == len(people):
        cause = _("a family has an adult; children by themselves are children alone")
        raise Refused(cause, mend=_("take each in as a child alone, with the reference of the other as a relative"))
    if kind == Demographic.UNACCOMPANIED_CHILD and not children and not in_doubt:
        cause = _("by this date of birth the child is 18 or older")
        raise Refused(cause, mend=_("correct the date, or say that the age is in doubt"))


def _before(people: Sequence[Person], now: datetime) -> dict[str, datetime]:
    """The first custody of each of these people who left not long ago, by their identity."""
    left = Held.objects.filter(
        identity_index__in=[_identity(person) for person in people], left_at__gt=now - LONGEST_BEFORE
    )
    return dict(left.values_list("identity_index").annotate(first=Max("first_custody_at")))


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
    held = Held(
        reference=reference(), site=site, party=party,
        key=vault.new_key(), first_custody_at=first, entered_at=now, stage_since=now, demographic=person.demographic,
    )  # fmt: skip
    for name, value in sealed(held, person).items():
        setattr(held, name, value)
    held.save(force_insert=True)
    write(held, "", "intake", now, actor)
    audit.begin(held.reference, actor, "taken-in", site=site.code, party=party, kin=bool(relative))
    return held


def sealed(held: Held, person: Person) -> dict[str, Any]:
    """What is kept of who somebody is, but for the kind that they are counted as."""
    told = {"name": person.name.strip(), "born": person.born}
    return {
        "told": vault.seal(held.key, f"held.told.{held.pk}", told), "identity_index": _identity(person),
        "nationality": person.nationality, "language": person.language,
    }  # fmt: skip


def person_of(held: Held) -> Person:
    """Who somebody is, as they told."""
    told = vault.unseal(held.key, f"held.told.{held.pk}", held.told or b"")
    return Person(told["name"], told["born"], held.nationality, held.demographic, held.language)


def enter(actor: str, held: Held, person: Person) -> Held:
    """Somebody who comes to the party of another, now, in the transaction of the caller."""
    now = clock.now()
    _one_desk_at_a_time([person])
    _once([person], now)
    return _enter(actor, held.site, person, held.party, None, now, now)


def reasonable(reason: str) -> None:
    """Refuse a reason that is none of the list."""
    if reason not in REASONS:
        raise Refused(_("what is changed needs a reason"), mend=_("choose one from the list"))


def ask(actor: str, held: Held, what: str, at: datetime, reason: str) -> Restamp:
    """Ask a second person (`restamps`), in the transaction of the caller."""
    stamp = Restamp.objects.create(
        held=held, what=what, at=at, reason=reason, proposed_by=actor, proposed_at=clock.now()
    )
    audit.record(held.reference, actor, "time-proposed", what=what, at=at.isoformat(), restamp=stamp.pk)
    return stamp


def write(held: Held, before: str, after: str, at: datetime, actor: str, **words: str) -> None:
    """A row of what happened to somebody, in the transaction of the caller."""
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


def party(held: Held) -> list[Held]:
    """All of a party, whom nobody else moves until this transaction ends; SQLite has one writer at a time."""
    return still(Held.objects.filter(party=held.party))


def still(people: QuerySet[Held]) -> list[Held]:
    """Some people, whom nobody else moves or asks until this transaction ends."""
    return list(people.select_related("site", "key").order_by("pk").select_for_update(no_key=True, of=("self",)))


def relatives(parties: Collection[str]) -> QuerySet[Held]:
    """The relatives of parties who are processed apart, whichever of the two was written down first."""
    named = Kinship.objects.filter(party__in=parties).values("other")
    naming = Kinship.objects.filter(other__in=parties).values("party")
    return Held.objects.filter(Q(party__in=named) | Q(party__in=naming)).exclude(party__in=parties)


def relate(one: str, other: str) -> bool:
    """Write two parties down as relatives, in the transaction of the caller; False if they are already."""
    pair = {"party": min(one, other), "other": max(one, other)}
    return Kinship.objects.get_or_create(**pair)[1]


def apart(going: Sequence[Held]) -> bool:
    """Whether somebody of the same party, or a relative, stays inside when these people go."""
    parties = {held.party for held in going}
    near = Q(party__in=parties) | Q(pk__in=relatives(parties).values("pk"))
    return Held.objects.filter(near, left_at=None).exclude(pk__in=[held.pk for held in going]).exists()


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

    What somebody waited for is over with the stage in which they did.

    site : where they land; they enter there, and their clock runs on.
    seated : they leave by the manifest they are on; else their party is taken off it.
    """
    before = held.stage
    leaves = {"left_at": at} if stage in GONE else {}
    lands = {} if site is None else {"site": site, "entered_at": at, "way_out": ""}
    mine = Held.objects.filter(stage=before, left_at=None)
    swap(held, version, mine, stage=stage, stage_since=at, blocked_by="", **leaves, **lands)
    if not seated:
        seats.free(held, actor)
    write(held, before, stage, at, actor, **words)
    audit.record(held.reference, actor, "moved", before=before, after=stage, site=held.site.code)


def swap(held: Held, version: int, mine: QuerySet[Held] | None = None, **fields: Any) -> None:
    """Change somebody of a version, and no other, in the transaction of the caller.

    mine : in which state they must be still; any if not given.

    Raises
    ------
    Stale
        Somebody changed them in the meantime.
    """
    those = Held.objects.all() if mine is None else mine
    if not those.filter(pk=held.pk, version=version).update(version=version + 1, **fields):
        raise Stale(_("somebody else moved this person since you opened the page"), mend=_("open it again"))
    held.refresh_from_db()


def block(staff: Staff, held: Held, *, by: str, way_out: str, version: int) -> None:
    """Say what somebody waits for (bed, seat, vetting, paper, medical) and which way out is meant."""
    actor = roles.require(staff, "move", held.site)
    if by not in dict(Held.BLOCKS) or way_out not in dict(Held.WAYS_OUT):
        raise Refused(_("this is not on the list"), mend=_("choose one from the list"))
    with transaction.atomic():
        swap(held, version, Held.objects.filter(left_at=None), blocked_by=by, way_out=way_out)
        audit.record(held.reference, actor, "blocked", by=by, way_out=way_out)


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
    with_moves = inside.select_related("site").defer("told").prefetch_related("movements").order_by("pk")
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
    for held in silent.select_related("site").defer("told").order_by("stage_since", "pk").iterator(chunk_size=CHUNK):
        yield Gap(held, "nobody-moved", held.stage_since)


CHUNK = 500
SILENT = timedelta(hours=24)
"""Somebody in one stage for this long was forgotten on paper, or in truth (judgement)."""
