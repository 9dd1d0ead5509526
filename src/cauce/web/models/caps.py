"""Places that must never be given out twice: a programme's cap, a shelter's beds, a flight's seats."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Window(models.Model):
    """One counting period of one pool.

    pool    what is counted, such as `programme:parole-for-four` or `seats:<manifest>`
    cap     places there are; `wanted` differs from it only while a lowered cap is still overfull
    used    places held or issued, always within 0 and `cap`
    proven_used, proven_entry   the counter, and the last line of any ledger, when the sums were last found to agree
    wrong_at                    since when counter, ledger and holds do not agree
    """

    pool = models.CharField(max_length=80)
    label = models.CharField(max_length=40, blank=True)
    cap = models.PositiveIntegerField()
    wanted = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    proven_used = models.PositiveIntegerField(null=True)
    proven_entry = models.BigIntegerField(null=True)
    wrong_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "label"], name="window_once"),
            models.CheckConstraint(condition=Q(used__gte=0) & Q(used__lte=F("cap")), name="window_never_oversold"),
        ]


class Hold(models.Model):
    """The places of one holder in one window: there, or not there; nothing in between."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="holds")
    holder = models.CharField(max_length=40)
    persons = models.PositiveIntegerField()
    issued = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["window", "holder"], name="hold_once"),
            models.CheckConstraint(condition=Q(persons__gte=1), name="hold_of_somebody"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(issued=False), name="hold_expiring")]


class Entry(models.Model):
    """One line of the ledger of a window; rows are only ever added."""

    ACTS = [(act, act) for act in ("hold", "issue", "release", "recap")]

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="entries")
    holder = models.CharField(max_length=40, blank=True)
    act = models.CharField(max_length=10, choices=ACTS)
    persons = models.IntegerField()
    cap = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)


class Amendment(models.Model):
    """A change of a cap: proposed by one person, approved by another."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="amendments")
    cap = models.PositiveIntegerField()
    source = models.CharField(max_length=300)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("proposed_by")), name="amendment_by_two"),
        ]
