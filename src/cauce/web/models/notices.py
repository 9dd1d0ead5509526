"""What is to be sent: written in the transaction of what happened, sent by a worker afterwards."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from cauce.web.models.cases import Case
from cauce.web.models.people import PersonKey


class Notice(models.Model):
    """One message; its words hold no fact of the case, only that there is news and where."""

    # known before it is saved, for the address is sealed under it
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="notices")
    key = models.ForeignKey(PersonKey, on_delete=models.PROTECT)
    channel = models.CharField(max_length=10, default="email")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    address = models.BinaryField()
    carries = models.BinaryField(null=True)
    written_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(sent_at__isnull=True, given_up_at__isnull=True), name="notice_due"
            )
        ]


class Tally(models.Model):
    """Tries of somebody within one hour, by a keyed hash; rows of an hour that is over go."""

    who = models.CharField(max_length=64)
    hour = models.PositiveIntegerField(db_index=True)
    tries = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "hour"], name="tally_once")]
