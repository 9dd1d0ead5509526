"""A key for each person: who destroys it has erased the person."""

from __future__ import annotations

import uuid

from django.db import models


class PersonKey(models.Model):
    """Wrapped by a key of the service; None once the person is erased."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wrapped = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)
