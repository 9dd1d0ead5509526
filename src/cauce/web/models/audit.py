"""What was done, by whom, when: rows that are only ever added, each chained to the one before of its subject."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One act on one subject (a case, a person held, a window): references and hashes, nothing personal."""

    subject = models.CharField(max_length=40)
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    act = models.CharField(max_length=60)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "sequence"], name="event_once")]


class Checkpoint(models.Model):
    """A signature over all events up to one, so that a whole chain cannot be made anew unnoticed."""

    at = models.DateTimeField()
    last_event = models.BigIntegerField(unique=True)
    events = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)


class Purge(models.Model):
    """One run of the retention job: proposed with its counts by one person, released by another.

    What the clock proposed is nobody's yet: somebody takes it up as their own before another releases it.
    """

    counts = models.JSONField()
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    released_by = models.CharField(max_length=80, blank=True)
    released_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    done = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(released_by=models.F("proposed_by")), name="purge_by_two"),
            models.CheckConstraint(
                condition=models.Q(released_by="") | ~models.Q(proposed_by="clock"), name="purge_taken_up"
            ),
            models.UniqueConstraint(
                fields=["released_by"],
                condition=models.Q(released_by="", withdrawn_at=None),
                name="purge_waits_alone",
            ),
        ]
