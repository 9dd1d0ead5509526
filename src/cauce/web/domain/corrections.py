"""What people may correct themselves while their application is pending; that it was changed is kept, not to what."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit, clock, standing, vault
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Case, Correction


def reach(case: Case, said: Contact, version: int, actor: str, *, language: str = "") -> None:
    """Correct how the people of a case are reached.

    language : of the messages; as before if not given

    Raises
    ------
    Stale
        The case was changed since the page was shown.
    Refused
        It has ended, or the way that was chosen is not given, or no page is in that language.
    """
    language = language or case.language
    if case.ended_at is not None:
        raise Refused(_("this application has ended"), mend=_("begin a new one"))
    before = standing.contact(case)
    changed = [name for name in ("email", "phone", "safe") if getattr(before, name) != getattr(said, name)]
    changed += ["language"] if language != case.language else []
    if not changed:
        return
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("this is not on the list"), mend=_("choose one from the list"))
    if said.safe != "none" and not said.address:
        raise Refused(_("there is no address for the way that you chose"), mend=_("write it, or choose another way"))
    first = said.email or said.phone
    with transaction.atomic():
        mine = Case.objects.filter(pk=case.pk, version=version)
        if case.version != version or not mine.update(
            version=version + 1,
            language=language,
            contact=vault.seal(case.key, f"case.contact.{case.pk}", said.model_dump(mode="json")),
            contact_index=vault.index("contact", first) if first else "",
        ):
            cause = _("this application was changed since you opened the page")
            raise Stale(cause, mend=_("look at it again"))
        Correction.objects.bulk_create(Correction(case=case, field=name, at=clock.now()) for name in changed)
        audit.record(case.reference, actor, "contact-corrected", fields=changed)
    case.refresh_from_db()
