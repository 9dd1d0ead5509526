"""Who somebody is: a slip is corrected, who comes later joins their party, and relatives find each other.

Their kind decides how children are protected: another one is for two people (`restamps`).
"""

from __future__ import annotations

from dataclasses import fields, replace

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, clock, custody, roles, seats, shelters
from cauce.web.domain.custody import Person
from cauce.web.domain.faults import Refused
from cauce.web.domain.references import reference
from cauce.web.models import Held, Restamp, Staff


def correct(
    staff: Staff, held: Held, person: Person, version: int, *, reason: str = "", in_doubt: bool = False
) -> Restamp | None:
    """Write down who somebody is in place of what was written; another kind waits for a second person.

    Alone after being of a family they are a party of their own; a family they join through the one relative who is
    inside at the same place.

    reason : why the kind is another one, of `custody.REASONS`.
    in_doubt : they are no child by their date of birth, and the doubt is theirs.

    Raises
    ------
    Refused
        Somebody who has left, what cannot be, or the name and date of birth of somebody else who is inside.
    Stale
        Somebody changed them in the meantime.
    """
    actor = roles.require(staff, "correct-person", held.site)
    custody.plausible(person)
    kind = person.demographic
    with transaction.atomic():
        _plausible(held, person, in_doubt=in_doubt)
        was = custody.person_of(held)
        told = [one.name for one in fields(Person) if one.name != "demographic"]
        changed = [name for name in told if getattr(was, name) != getattr(person, name)]
        custody.swap(held, version, Held.objects.filter(left_at=None), **custody.sealed(held, person))
        same = Held.objects.filter(identity_index=held.identity_index, left_at=None).exclude(pk=held.pk)
        if {"name", "born"} & set(changed) and same.exists():
            raise Refused(_("this person is inside under another reference"), mend=_("go on with that one"))
        audit.record(held.reference, actor, "person-corrected", fields=changed)
        if kind == held.demographic:
            return None
        custody.reasonable(reason)
        return custody.ask(actor, held, kind, clock.now(), reason)


def _inside(held: Held) -> None:
    if held.left_at is not None:
        raise Refused(_("this person has left"), mend=_("what is past stays as it was written"))


def _plausible(held: Held, person: Person, *, in_doubt: bool) -> None:
    """The kind fits the ages of all who would be of one party."""
    _inside(held)
    if person.demographic not in set(Demographic):
        raise Refused(_("this is not on the list"), mend=_("choose one from the list"))
    others: list[Held] = []
    if person.demographic == held.demographic:
        others = [one for one in custody.party(held) if one.pk != held.pk and one.left_at is None]
    elif person.demographic == Demographic.FAMILY:
        others = custody.still(Held.objects.filter(party=_joined(held), left_at=None))
    people = [person, *(replace(custody.person_of(one), demographic=person.demographic) for one in others)]
    custody.plausible_ages(people, clock.today(held.site.zone), in_doubt=in_doubt)


def _joined(held: Held) -> str:
    """The party that somebody joins who turns out to be of a family."""
    near = custody.relatives([held.party]).filter(left_at=None, site=held.site)
    parties = set(near.exclude(demographic=Demographic.UNACCOMPANIED_CHILD).values_list("party", flat=True))
    if len(parties) != 1:
        cause = _("a family is joined through one relative who is inside at the same place")
        raise Refused(cause, mend=_("write down that relative first"))
    return parties.pop()


def seconded(stamp: Restamp, actor: str) -> None:
    """Another kind, to which a second person agreed, in their transaction."""
    held, kind = stamp.held, stamp.what
    _plausible(held, replace(custody.person_of(held), demographic=kind), in_doubt=True)
    others = [one for one in custody.party(held) if one.pk != held.pk]
    before, party = held.party, held.party
    _free(held, actor)
    if kind == Demographic.FAMILY:
        party = _joined(held)
        for other in set(custody.relatives([before]).values_list("party", flat=True)) - {party}:
            custody.relate(party, other)
        _family(party, actor)
    elif others:
        party = reference()
        custody.relate(party, before)
    custody.swap(held, held.version, demographic=kind, party=party)
    audit.record(held.reference, actor, "kind-changed", what=kind, restamp=stamp.pk)


def _free(held: Held, actor: str) -> None:
    """The seats and beds of a party are for as many as it was."""
    seats.free(held, actor)
    shelters.free(held.party, actor)


def _family(party: str, actor: str) -> None:
    """All inside of a party whom somebody joins are a family."""
    for one in custody.still(Held.objects.filter(party=party, left_at=None)):
        _free(one, actor)
        if one.demographic != Demographic.FAMILY:
            custody.swap(one, one.version, demographic=Demographic.FAMILY.value)


def join(staff: Staff, held: Held, person: Person) -> Held:
    """Somebody comes to the party of another, such as a child that was born; all of it are a family then.

    Raises
    ------
    Refused
        They have left, or are a child alone: whom a child belongs to is for two people.
    Twice
        The same name and date of birth a moment ago or inside.
    """
    actor = roles.require(staff, "intake", held.site)
    person = replace(person, demographic=Demographic.FAMILY.value)
    custody.plausible(person)
    if held.demographic == Demographic.UNACCOMPANIED_CHILD:
        cause = _("whom a child alone belongs to is for two people")
        raise Refused(cause, mend=_("take the other in, write them down as relatives, and correct the kind"))
    with transaction.atomic():
        party = custody.party(held)
        held.refresh_from_db()
        _inside(held)
        people = [person] + [
            replace(custody.person_of(one), demographic=person.demographic) for one in party if one.left_at is None
        ]
        custody.plausible_ages(people, clock.today(held.site.zone), in_doubt=False)
        _family(held.party, actor)
        held.refresh_from_db()
        made = custody.enter(actor, held, person)
        audit.record(held.reference, actor, "joined", party=held.party)
        return made


def relate(staff: Staff, held: Held, text: str) -> None:
    """Two parties are relatives, who are processed apart.

    text : reference of the other.

    Raises
    ------
    NotFound
        Nobody has this reference.
    Refused
        It is the same party, or they are written down already.
    """
    actor = roles.require(staff, "correct-person", held.site)
    other = custody.find(text)
    with transaction.atomic():
        if other.party == held.party or not custody.relate(held.party, other.party):
            raise Refused(_("they are written down together already"), mend=_("look at their page"))
        audit.record(held.reference, actor, "related", party=other.party)
