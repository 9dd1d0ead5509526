"""Who is looked at next: by age, by lot, or half by each, as the rulebook says on the day.

A draw is in two steps, so that nobody can choose the lots: the line is frozen and the hash of the seed written
down; then the seed is shown and the order follows from it.  Everybody can repeat it (`policy.cap.in_turn`).
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Func, IntegerField, QuerySet, Sum
from django.utils.translation import gettext as _

from cauce.policy.cap import in_turn
from cauce.policy.programme import State
from cauce.web.domain import audit, cases, clock, pauses, roles, rules, vault
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Case, Draw, Staff


def lot(reference: str) -> str:
    """The name of a case in a draw: a hash of its reference, which its people alone can find."""
    return sha256(reference.encode()).hexdigest()[:20]


def announce(programme: str, staff: Staff | None) -> Draw:
    """Freeze the line and promise a seed.

    Raises
    ------
    Refused
        Nobody waits, or a draw is open.
    """
    actor = roles.require(staff, "select")
    pauses.require_open("review")
    with transaction.atomic():
        if Draw.objects.filter(programme=programme, drawn_at=None).exists():
            raise Refused(_("a draw is open"), mend=_("draw it first"))
        waiting = Case.objects.filter(programme=programme, state=State.QUEUED.value).order_by("filed_at", "id")
        candidates = [lot(reference) for reference in waiting.values_list("reference", flat=True)]
        if not candidates:
            raise Refused(_("nobody waits in line"), mend=_("come back when applications were filed"))
        seed = secrets.randbits(128)
        draw = Draw.objects.create(
            programme=programme, order=rules.order(programme), candidates=candidates, seed=vault.shut(str(seed)),
            seed_digest=_digest(seed), announced_by=actor, announced_at=clock.now(),
        )  # fmt: skip
        audit.record(
            f"draw:{draw.pk}", actor, "draw-announced", order=draw.order, seed_digest=draw.seed_digest,
            candidates=len(candidates), line=vault.digest(candidates),
        )  # fmt: skip
    return draw


def perform(draw: Draw, number: int, staff: Staff | None) -> tuple[str, ...]:
    """Take the next `number` cases of a frozen line for review; who withdrew meanwhile is passed over.

    Returns
    -------
    references : of those that were taken, in their order

    Raises
    ------
    Refused
        Fewer than one.
    Stale
        It was drawn already.
    """
    actor = roles.require(staff, "select")
    pauses.require_open("review")
    if number < 1:
        raise Refused(_("take at least one"), mend=_("give a number from 1 up"))
    with transaction.atomic():
        if not Draw.objects.filter(pk=draw.pk, drawn_at=None).update(drawn_by=actor, drawn_at=clock.now()):
            raise Stale(_("this was drawn already"), mend=_("look again"))
        waiting = Case.objects.filter(programme=draw.programme, state=State.QUEUED.value)
        by_lot = {lot(reference): reference for reference in waiting.values_list("reference", flat=True)}
        chosen = tuple(by_lot[name] for name in outcome(draw) if name in by_lot)[:number]
        for case in waiting.filter(reference__in=chosen).defer("snapshot", "contact").iterator(chunk_size=500):
            cases.advance(case, State.SELECTED, actor=actor, act="selected", draw=draw.pk)
        Draw.objects.filter(pk=draw.pk).update(chosen=len(chosen))
        audit.record(f"draw:{draw.pk}", actor, "drawn", seed=str(seed_of(draw)), asked=number, chosen=len(chosen))
    return chosen


class _Lots(Func):
    """How many lots a draw has, counted where they lie."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, *given: Any, **more: Any) -> Any:
        return self.as_sql(*given, function="JSONB_ARRAY_LENGTH", **more)


def draws() -> QuerySet[Draw]:
    """The draws, the newest first, each with the number of its `lots` and without the lots themselves."""
    return Draw.objects.defer("candidates").annotate(lots=_Lots("candidates")).order_by("-pk")


def outcome(draw: Draw) -> tuple[str, ...]:
    """All lots of a draw in the order in which they are taken; half and half goes on after those taken before."""
    before = Draw.objects.filter(programme=draw.programme, pk__lt=draw.pk).aggregate(taken=Sum("chosen"))
    return in_turn(tuple(draw.candidates), draw.order, seed_of(draw), served=before["taken"] or 0)


def seed_of(draw: Draw) -> int:
    """The seed of a draw; shown to nobody before it is drawn."""
    return int(vault.open_up(draw.seed))


def last_seed(programme: str) -> int:
    """The seed of the last draw, by which a line is served that goes by lot; 0 before any."""
    draw = Draw.objects.filter(programme=programme).exclude(drawn_at=None).order_by("-drawn_at").first()
    return 0 if draw is None else seed_of(draw)


def _digest(seed: int) -> str:
    return sha256(str(seed).encode()).hexdigest()
