"""A new code for who lost theirs: by the reference, the passport and the date of birth, with no e-mail."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from hmac import compare_digest

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cauce.web.domain import audit, filing, limits, outbox, vault
from cauce.web.domain.faults import NotFound
from cauce.web.domain.references import read, reference
from cauce.web.models import Case, Member


def person(proper: str, country: str, number: str, born: date) -> Member | None:
    """The person of a case, living in it, who has this passport and this date of birth."""
    return among(Member.objects.filter(case__reference=proper, left_at=None), country, number, born)


def among(members: QuerySet[Member], country: str, number: str, born: date) -> Member | None:
    """Which of some people has this passport and this date of birth; as much work where nobody has."""
    index = filing.passport_index(country, number)
    members = members.filter(case__erased_at=None, identity_index=index or "")
    found = members.select_related("key", "case__key").first()
    told = ""
    if found is None:
        vault.pretend()
    else:
        with suppress(NotFound):  # what cannot be read is as if it were not there
            told = filing.identification(found)["born"]
    return found if compare_digest(told, born.isoformat()) else None


def renew(typed: str, country: str, number: str, born: date) -> tuple[Case, str]:
    """Give a case a new code; the old one serves no more.  Every wrong answer looks the same and takes as much work.

    Raises
    ------
    TooOften
        Tried too often for this reference.
    NotFound
        These do not belong together, or only to a child.
    """
    proper = read(typed) or ""
    limits.count("recover-reference", proper or typed)
    found = person(proper, country, number, born)
    if found is None or found.child:
        cause = _("these answers do not belong to an application")
        raise NotFound(cause, mend=_("check the reference, the passport and the date of birth of an adult"))
    code, case = reference(), found.case
    case.resume_index = vault.index("resume", code)
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(resume_index=case.resume_index)
        audit.record(case.reference, "applicant", "code-renewed")
        outbox.tell(case)
    return case, code
