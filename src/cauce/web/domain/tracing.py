"""Who has neither reference nor code, for somebody else filed in their name: found by a supervisor, and taken out.

The passport stands in one live application only, so whoever was filed by somebody whom they fear could otherwise
neither leave, nor get a code, nor apply by themselves.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit, caps, groups, limits, recovery, roles
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.models import Case, Hold, Member, Staff

WHY = ("filed-by-another", "not-safe", "lost-reference")
"""Somebody else filed in their name; they are not safe with whoever did; they lost the reference too."""


def find(country: str, number: str, born: date, why: str, staff: Staff | None) -> Member:
    """Somebody by passport and date of birth, living in a case; that it was asked and why is written down.

    Raises
    ------
    TooOften
        Tried too often by this member of staff.
    Refused
        No such reason.
    NotFound
        Nobody who is pending has this passport and date of birth.
    """
    actor = roles.require(staff, "find-person")
    if why not in WHY:
        raise Refused(_("say why you look at this record"), mend=_("choose a reason"))
    limits.count("find-person", actor)
    found = recovery.among(Member.objects.filter(live=True, left_at=None), country, number, born)
    with transaction.atomic():
        subject = f"account:{actor}" if found is None else found.case.reference
        audit.record(subject, actor, "person-looked-for", why=why, found=found is not None)
    if found is None:
        cause = _("nobody with this passport and date of birth has an application pending")
        raise NotFound(cause, mend=_("check the passport and the date"))
    return found


def take_out(member: Member, contact: Contact, staff: Staff | None) -> tuple[Case, str]:
    """Take somebody out of the application that another filed, as if they left in private: their own, and its code.

    Places that are held and not issued go back, for they were held for other people than are there now.

    Raises
    ------
    Refused
        They are alone in it or a child, it has ended, or papers are issued.
    Stale
        The case was changed since.
    """
    actor, case = roles.require(staff, "take-out"), member.case
    if case.ended_at is not None or Hold.objects.filter(holder=case.reference, issued=True).exists():
        cause = _("this application has ended or its papers are issued, so nobody can be taken out")
        raise Refused(cause, mend=_("propose to revoke the papers, or let two stewards erase the application"))
    with transaction.atomic():
        own, code = groups.part(case, member, contact, actor)
        caps.release_all([case.reference], actor)
    return own, code
