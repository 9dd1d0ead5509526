"""A step of the programme stands still: two people stop it and two let it go on; papers already issued stay good."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import audit, caps, clock, roles, statements
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Pause, Staff, Window

WHY: dict[str, Any] = {
    "court": later("a court ordered it"), "rules": later("the rules are changing"),
    "safety": later("for the safety of people"), "fault": later("something does not work as it should"),
    "capacity": later("there are too few people or places to go on"), "other": later("another reason"),
}  # fmt: skip
"""Why a step stands still, in words of every language; what two people wrote stands beside it."""
STEPS = tuple(step for step, _label in Pause.STEPS)


def standing(step: str) -> str | None:
    """Why a step stands still, in the reader's language and as two people wrote it; None when it does not."""
    why = statements.pause(step)
    return None if why is None else f"{WHY.get(why[0], why[0])} ({why[1]})"


def now() -> list[Pause]:
    """What stands still at this moment, in the order of the steps."""
    return sorted(Pause.objects.filter(since__isnull=False, until=None), key=lambda pause: STEPS.index(pause.step))


def require_open(step: str) -> None:
    """Go on only when a step does not stand still.

    Raises
    ------
    Refused
        It stands still, and why.
    """
    reason = standing(step)
    if reason is not None:
        cause = _("this step stands still: %(reason)s") % {"reason": reason}
        raise Refused(cause, mend=_("wait until two people let it go on"))


def propose(step: str, reason: str, staff: Staff | None, *, why: str = "other") -> Pause:
    """Propose that a step stands still; nothing changes until somebody else agrees.

    Raises
    ------
    Refused
        No such step or code of a reason, or nothing written beside it.
    Stale
        It stands still or is about to.
    """
    actor = roles.require(staff, "propose-pause")
    if step not in STEPS or why not in WHY or not reason.strip():
        raise Refused(_("a pause needs a step and a reason"), mend=_("say which step, and why"))
    with transaction.atomic():
        try:
            with transaction.atomic():
                pause = Pause.objects.create(
                    step=step, why=why, reason=reason.strip()[:300], proposed_by=actor, proposed_at=clock.now()
                )
        except IntegrityError:
            raise Stale(_("a pause of this step stands or is proposed"), mend=_("look again")) from None
        audit.record(f"pause:{step}", actor, "pause-proposed", pause=pause.pk, why=why)
    return pause


def second(pause: Pause, staff: Staff | None) -> None:
    """Agree: from now on the step stands still.

    Raises
    ------
    Refused
        The same person.
    Stale
        Somebody did already.
    """
    actor = roles.require(staff, "second-pause")
    if actor == pause.proposed_by:
        raise Refused(_("two people stop a step"), mend=_("ask somebody else to agree"))
    with transaction.atomic():
        if not Pause.objects.filter(pk=pause.pk, since=None, until=None).update(seconded_by=actor, since=clock.now()):
            raise Stale(_("this is decided already"), mend=_("look again"))
        audit.record(f"pause:{pause.step}", actor, "paused", pause=pause.pk)


def propose_end(pause: Pause, staff: Staff | None) -> None:
    """Propose that a step goes on; a pause that nobody agreed to is simply dropped.

    Raises
    ------
    Stale
        It goes on already.
    """
    actor = roles.require(staff, "propose-pause")
    with transaction.atomic():
        mine = Pause.objects.filter(pk=pause.pk, until=None, ending_by="")
        if not mine.update(ending_by=actor) and not mine.exists():
            raise Stale(_("this is decided already"), mend=_("look again"))
        Pause.objects.filter(pk=pause.pk, since=None).update(until=clock.now())
        audit.record(f"pause:{pause.step}", actor, "end-of-pause-proposed", pause=pause.pk)


def end(pause: Pause, staff: Staff | None) -> None:
    """Agree that the step goes on.

    Raises
    ------
    Refused
        The same person as proposed it, or nobody did.
    Stale
        It goes on already.
    """
    actor = roles.require(staff, "second-pause")
    pause.refresh_from_db()
    if pause.ending_by in ("", actor):
        raise Refused(_("two people let a step go on"), mend=_("ask somebody else to agree"))
    with transaction.atomic():
        now = clock.now()
        if not Pause.objects.filter(pk=pause.pk, until=None).update(ended_by=actor, until=now):
            raise Stale(_("this is decided already"), mend=_("look again"))
        if pause.step == "authorise" and pause.since is not None:
            caps.prolong(Window.objects.all(), now - pause.since)
        audit.record(f"pause:{pause.step}", actor, "goes-on", pause=pause.pk)
