"""The centre and its shelters: who is held since when and where, what leaves, who is expected."""

from __future__ import annotations

import uuid
from datetime import time

from django.db import models
from django.db.models import Q

from cauce.web.models.people import PersonKey


class Site(models.Model):
    """A processing centre or a shelter.  Where a shelter is stays here unless it says otherwise.

    releases_from, releases_until   local hours between which people are let go; never at night
    contact                         where a shelter is asked, sealed; found again by its index
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in ("centre", "shelter")])
    zone = models.CharField(max_length=40, default="America/Denver")
    rated = models.PositiveIntegerField(default=0)
    surge = models.PositiveIntegerField(default=0)
    latest_intake = models.TimeField(null=True)
    releases_from = models.TimeField(default=time(6))
    releases_until = models.TimeField(default=time(20))
    public = models.BooleanField(default=False)
    language = models.CharField(max_length=5, default="en")
    key = models.ForeignKey(PersonKey, on_delete=models.PROTECT, null=True)
    contact = models.BinaryField(null=True)
    contact_index = models.CharField(max_length=64, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.name


class Held(models.Model):
    """Somebody in custody.  The clock runs from the first custody, wherever that was, and no transfer resets it."""

    STAGES = [
        (s, s) for s in ("intake", "medical", "processing", "waiting-exit", "released", "transferred", "returned")
    ]
    INSIDE = ("intake", "medical", "processing", "waiting-exit")
    BLOCKS = [(b, b) for b in ("", "bed", "seat", "vetting", "paper", "medical")]
    WAYS_OUT = [(w, w) for w in ("", "release", "transfer", "return", "detention", "child-care")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=24, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="held")
    party = models.CharField(max_length=24, db_index=True)
    demographic = models.CharField(max_length=20)
    nationality = models.CharField(max_length=3)
    language = models.CharField(max_length=5, default="es")
    key = models.ForeignKey(PersonKey, on_delete=models.PROTECT)
    told = models.BinaryField(null=True)
    identity_index = models.CharField(max_length=64, blank=True, db_index=True)
    first_custody_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    stage = models.CharField(max_length=20, choices=STAGES, default="intake")
    stage_since = models.DateTimeField()
    blocked_by = models.CharField(max_length=10, choices=BLOCKS, blank=True)
    way_out = models.CharField(max_length=10, choices=WAYS_OUT, blank=True)
    left_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["site", "first_custody_at"], condition=Q(left_at__isnull=True), name="held_inside")
        ]


class Kinship(models.Model):
    """Two parties who are relatives and processed apart; which of them stands first says nothing."""

    party = models.CharField(max_length=24, db_index=True)
    other = models.CharField(max_length=24, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "other"], name="related_once")]


class Movement(models.Model):
    """From one stage to another: when it happened and when it was written down; rows are only ever added."""

    held = models.ForeignKey(Held, on_delete=models.PROTECT, related_name="movements")
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True)
    second = models.CharField(max_length=80, blank=True)


class Restamp(models.Model):
    """What two people do: another time than the clock's, a child alone who goes back, a leaving that was a slip.

    what : `first-custody`, `entered`, the stage that somebody moved to, or `undo`
    reason : one of a list, so that nobody writes a name where rows are only ever added
    """

    held = models.ForeignKey(Held, on_delete=models.PROTECT, related_name="restamps")
    what = models.CharField(max_length=20)
    at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=models.F("proposed_by")), name="restamp_by_two"),
        ]


class Manifest(models.Model):
    """A flight or a bus; its seats are a window of the cap engine.

    purpose : `lateral` moves people in custody to another centre, `onward` takes people released who want to go
    """

    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in ("flight", "bus")])
    purpose = models.CharField(max_length=10, choices=[(p, p) for p in ("lateral", "onward")], default="lateral")
    from_site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="departures")
    to = models.CharField(max_length=80)
    to_site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="landings")
    departs_at = models.DateTimeField()
    seats = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=[(s, s) for s in ("open", "gone", "cancelled")], default="open")

    @property
    def pool(self) -> str:
        return f"seats:{self.number}"


class Boarding(models.Model):
    """A seat for somebody; one live manifest a person, and nobody against their will."""

    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, related_name="boardings")
    held = models.ForeignKey(Held, on_delete=models.PROTECT, related_name="boardings")
    live = models.BooleanField(default=True)
    travelled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["held"], condition=Q(live=True), name="one_live_manifest"),
        ]


class Release(models.Model):
    """What somebody who leaves takes along: dates, papers, where to; never where they are afterwards.

    receiver : who takes over somebody returned or transferred, sealed as all that a hand may write here
    onward : what they said of being taken onward; whoever says no, or nothing, is taken nowhere
    """

    held = models.OneToOneField(Held, on_delete=models.PROTECT, primary_key=True, related_name="release")
    hearing_on = models.DateField(null=True)
    court = models.CharField(max_length=80, blank=True)
    check_in_on = models.DateField(null=True)
    check_in_place = models.BinaryField(null=True)
    file_number = models.BinaryField(null=True)
    receiver = models.BinaryField(null=True)
    address = models.BinaryField(null=True)
    phone = models.BinaryField(null=True)
    papers_given = models.BooleanField(default=False)
    medicines_given = models.BooleanField(default=False)
    belongings_given = models.BooleanField(default=False)
    shelter = models.ForeignKey(Site, on_delete=models.PROTECT, null=True)
    onward = models.CharField(max_length=3, choices=[(c, c) for c in ("", "yes", "no")], blank=True)
    reminders = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)


class ShelterAsk(models.Model):
    """ "Can you take 80?": asked by a message, answered by its link or by telephone, in part if need be.

    entered_by : who wrote down what the shelter said by telephone or text; nobody if it answered by its link
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="asks")
    night = models.DateField()
    persons = models.PositiveIntegerField()
    families = models.PositiveIntegerField(default=0)
    link_index = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    entered_by = models.CharField(max_length=80, blank=True)
    taken = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=10, blank=True)
    until = models.TimeField(null=True)


class TurnAway(models.Model):
    """People whom a shelter had to turn away: how many and why, nothing of who."""

    REASONS = [(r, r) for r in ("full", "late", "not-for-them", "other")]

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="turned_away")
    night = models.DateField()
    persons = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=20, choices=REASONS)
    at = models.DateTimeField()
