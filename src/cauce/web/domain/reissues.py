"""A paper issued anew after a loss or a slip: another number, the same days, and the code before serves no more.

It takes no place and gives none back: the person has theirs, whatever becomes of the paper that says so.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit, carriers, cases, clock, roles
from cauce.web.domain.casework import touch
from cauce.web.domain.faults import Refused
from cauce.web.domain.outbox import tell
from cauce.web.domain.references import reference
from cauce.web.models import Authorisation, Staff

WHY = ("lost", "known", "slip")
"""It was lost; somebody else has it or its code; it was printed or given out wrongly."""


def reissue(paper: Authorisation, staff: Staff | None, version: int, why: str) -> Authorisation:
    """The paper in place of another: made once, and the same one for whoever asks again.

    Raises
    ------
    Refused
        No such reason, or the paper does not hold any more.
    Stale
        The case was changed since.
    """
    case = paper.member.case
    actor = roles.require(staff, "reissue", state=case.state)
    if why not in WHY:
        raise Refused(_("this needs a reason"), mend=_("choose at least one"))
    with transaction.atomic():
        cases.alone(case)  # of two who ask at once, the second finds what the first made
        made = Authorisation.objects.filter(replaces=paper).first()
        if made is not None:
            return made
        touch(case, version)
        paper.refresh_from_db()
        if carriers.standing(paper) not in (carriers.Answer.VALID, carriers.Answer.PAUSED):
            raise Refused(_("this paper does not hold any more"), mend=_("the people may apply again"))
        Authorisation.objects.filter(pk=paper.pk).update(revoked_at=clock.now())
        made = Authorisation.objects.create(
            member=paper.member, number=reference(), issued_on=paper.issued_on, ends_on=paper.ends_on,
            extended=paper.extended, replaces=paper,
        )  # fmt: skip
        audit.record(case.reference, actor, "reissued", paper=made.number, replaces=paper.number, why=why)
        tell(case)
    case.version = version + 1
    return made
