"""Groups change: somebody leaves in private and keeps their place in the line; a child that was born is added."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit, clock, filing, recovery, vault
from cauce.web.domain.answers import MOST_PERSONS, Answers, Contact, Person, once
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.references import reference
from cauce.web.models import Case, Hold, Member

NEWBORN = timedelta(days=365)
"""Who was born less than this long ago is added without a new place in the line."""


BEHIND = timedelta(microseconds=1)
"""Who leaves stands right behind the group: ahead of it, its place in the line would show that somebody left."""


def leave(case: Case, country: str, number: str, born: date, contact: Contact) -> tuple[Case, str]:
    """Somebody of a group goes on alone, with the children whose guardian they are, and with a code of their own.

    Nobody of the group is told, and the page of the group does not show it.  What those who go told goes with them.

    Raises
    ------
    NotFound
        Nobody of the group has this passport and date of birth.
    Refused
        It is a child, somebody who is alone, or places are held for the group already.
    """
    _still_open(case)
    leaver = recovery.person(case.reference, country, number, born)
    if leaver is None:
        cause = _("nobody in this application has this passport and date of birth")
        raise NotFound(cause, mend=_("check the passport and the date"))
    return part(case, leaver, contact, "applicant")


def part(case: Case, leaver: Member, contact: Contact, actor: str) -> tuple[Case, str]:
    """Take somebody out of a group, with the children whose guardian they are, into a case of their own; its code.

    Raises
    ------
    Refused
        It is a child, or somebody who is alone.
    Stale
        The case was changed since.
    """
    if leaver.child:
        raise Refused(_("a child does not leave without its guardian"), mend=_("let the parent or guardian leave"))
    told = filing.answers(case)
    staying = list(case.members.filter(left_at=None).select_related("key").order_by("position"))
    going = [m for m in staying if m.pk == leaver.pk or told.here[m.position].guardian == leaver.position]
    if len(going) == len(staying):
        cause = _("without you this application could not go on")  # says not whether anybody else is there
        raise Refused(cause, mend=_("keep it, and correct how we reach you"))
    people = tuple(_as_own(told.here[member.position], first=member.pk == leaver.pk) for member in going)
    people = tuple(sorted(people, key=lambda person: person.relation != "self"))
    with transaction.atomic():
        fewer = Case.objects.filter(pk=case.pk, version=case.version)
        without = filing.take_out(case, [member.position for member in going])
        if not fewer.update(persons=case.persons - len(going), version=case.version + 1, snapshot=without):
            raise Stale(_("this application was changed since you opened the page"), mend=_("look at it again"))
        left = Member.objects.filter(pk__in=[m.pk for m in going])
        left.update(left_at=clock.now(), live=False, identity_index=None)
        for member in going:
            vault.destroy(member.key)
        own, code = _own_case(case, Answers(**{**dict(told), "people": people}), contact)
        audit.record(case.reference, actor, "left", persons=len(going))
    return own, code


def _as_own(person: Person, *, first: bool) -> Person:
    return person.model_copy(
        update={"relation": "self", "guardian": None} if first else {"relation": "child", "guardian": 1}
    )


def _own_case(case: Case, told: Answers, contact: Contact) -> tuple[Case, str]:
    """A case with the place in the line of the one that was left, and nothing that leads from one to the other."""
    code = reference()
    own = Case(
        reference=reference(), programme=case.programme, together=case.together, language=case.language,
        key=vault.new_key(), resume_index=vault.index("resume", code), idempotency=secrets.token_hex(32),
        filed_at=case.filed_at + BEHIND, moved_at=clock.now(),
    )  # fmt: skip
    filing.enter(own, told, contact)
    return own, code


def guardian(case: Case, born: date) -> int:
    """The position of the adult of a case who was born on a day; nobody is named, for somebody may have left.

    Raises
    ------
    Refused
        There is none, or there are two.
    """
    today = filing.today()
    here = filing.answers(case).here.items()
    found = [position for position, person in here if person.born == born and not person.is_child(today)]
    if not found:
        raise Refused(_("a child needs a parent or guardian in the application"), mend=_("check their date of birth"))
    if len(found) > 1:
        raise Refused(_("two adults here were born on this day"), mend=_("ask an officer to help"))
    return found[0]


def add_newborn(case: Case, child: Person, version: int, actor: str) -> Member:
    """Add a child that was born; the place in the line stays.

    Raises
    ------
    Refused
        It is no newborn, is there already, has no guardian here, or places are held for the group already.
    Stale
        The case was changed since the page was shown.
    """
    _still_open(case)
    told, today = filing.answers(case), filing.today()
    if not today - NEWBORN < child.born <= today:
        cause = _("only a child born within the last year can be added")
        raise Refused(cause, mend=_("apply for older children by themselves, with their guardian"))
    here = told.here
    if child.guardian not in here or here[child.guardian].is_child(today):
        raise Refused(_("a child needs a parent or guardian in the application"), mend=_("say which adult it is"))
    once(child, here.values())
    if len(here) >= MOST_PERSONS:
        raise Refused(_("an application has at most eight people"), mend=_("ask an officer to help"))
    with transaction.atomic():
        filing.seal_answers(case, told.model_copy(update={"people": (*told.people, child)}))
        mine = Case.objects.filter(pk=case.pk, version=version)
        if case.version != version or not mine.update(
            version=version + 1, persons=case.persons + 1, snapshot=case.snapshot, snapshot_digest=case.snapshot_digest
        ):
            raise Stale(_("this application was changed since you opened the page"), mend=_("look at it again"))
        member = filing.enrol(case, len(told.people) + 1, child)
        audit.record(case.reference, actor, "newborn-added", digest=case.snapshot_digest)
    case.refresh_from_db()
    return member


def decide_together(case: Case, together: bool, version: int, actor: str) -> None:
    """Whether all of a group go or nobody, or whoever can; the answers, on which a review stands, stay as they are.

    Raises
    ------
    Refused
        It is decided: it has ended, or places are held for it.
    Stale
        The case was changed since the page was shown.
    """
    _still_open(case)
    with transaction.atomic():
        mine = Case.objects.filter(pk=case.pk, version=version)
        if case.version != version or not mine.update(version=version + 1, together=together):
            raise Stale(_("this application was changed since you opened the page"), mend=_("look at it again"))
        audit.record(case.reference, actor, "together-changed", together=together)
    case.refresh_from_db()


def may_change(case: Case) -> bool:
    """Whether the group may still change: it has not ended, and no places are held for it."""
    return case.ended_at is None and not Hold.objects.filter(holder=case.reference).exists()


def _still_open(case: Case) -> None:
    if not may_change(case):
        cause = _("this application is decided, so the group can no longer change here")
        raise Refused(cause, mend=_("ask an officer to help"))
