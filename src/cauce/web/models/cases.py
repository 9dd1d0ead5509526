"""An application from its draft to the arrival."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.db import models
from django.db.models import Q

from cauce.web.models.people import PersonKey


class Draft(models.Model):
    """What somebody has answered so far; found by a resume code that only they have."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code_index = models.CharField(max_length=64, unique=True)
    key = models.ForeignKey(PersonKey, on_delete=models.PROTECT)
    answers = models.BinaryField()
    version = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=5)
    saved_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class Case(models.Model):
    """One application of one person or of a family that travels together.

    state     a `State` of the rulebook's programme, changed only by compare-and-swap on (state, version)
    snapshot  the answers as they were filed, sealed; `snapshot_digest` goes into every decision
    together  all of them or nobody; otherwise whoever can
    requested_at  when its people asked to travel: by it those who wait for a place are served
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=24, unique=True)
    programme = models.CharField(max_length=80)
    state = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField()
    together = models.BooleanField(default=True)
    language = models.CharField(max_length=5)
    key = models.ForeignKey(PersonKey, on_delete=models.PROTECT)
    snapshot = models.BinaryField()
    snapshot_digest = models.CharField(max_length=64)
    contact = models.BinaryField()
    contact_index = models.CharField(max_length=64, db_index=True)
    resume_index = models.CharField(max_length=64, unique=True)
    idempotency = models.CharField(max_length=64, unique=True)
    filed_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    requested_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["programme", "state", "filed_at", "id"], name="case_line")]
        constraints = [models.CheckConstraint(condition=Q(persons__gte=1), name="case_of_somebody")]


class Member(models.Model):
    """One person of a case; the same person is live in one case only, by a keyed hash of the passport."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="members")
    key = models.ForeignKey(PersonKey, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()
    nationality = models.CharField(max_length=3)
    child = models.BooleanField(default=False)
    told = models.BinaryField()
    identity_index = models.CharField(max_length=64, null=True)
    live = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity_index"], condition=Q(live=True), name="one_live_application"),
            models.UniqueConstraint(fields=["case", "position"], name="member_once"),
        ]


class Support(models.Model):
    """Who offers to receive a case, by a link of their own; the people of the case attest to them in turn."""

    STATES = [(s, s) for s in ("asked", "offered", "attested", "withdrawn")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supports")
    link_index = models.CharField(max_length=64, unique=True)
    key = models.ForeignKey(PersonKey, on_delete=models.PROTECT)
    told = models.BinaryField(null=True)
    status = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="asked")
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    address_index = models.CharField(max_length=64, blank=True, db_index=True)
    words_index = models.CharField(max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["asked", "offered", "attested"]), name="one_live_supporter"
            )
        ]


class Decision(models.Model):
    """What was decided on a case, on which answers, by which rule; a second person signs where the law asks for two."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=40)
    reasons = models.JSONField(default=list)
    snapshot_digest = models.CharField(max_length=64)
    rule_digest = models.CharField(max_length=64)
    rule_day = models.DateField()
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    seconded_by = models.CharField(max_length=80, blank=True)
    seconded_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(seconded_by=models.F("proposed_by")), name="decision_by_two"),
        ]


class Erasure(models.Model):
    """That what somebody told is erased before its time: proposed by one person, agreed to by another."""

    REASONS = [(reason, reason) for reason in ("asked", "ordered", "not-theirs")]

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="erasures")
    reason = models.CharField(max_length=20, choices=REASONS)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=80, blank=True)
    agreed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(agreed_by=models.F("proposed_by")), name="erasure_by_two"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(agreed_at=None, withdrawn_at=None), name="erasure_waits_alone"
            ),
        ]


class Lease(models.Model):
    """An officer works on a case until a time; then it is free again by itself."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True)
    officer = models.CharField(max_length=80)
    until = models.DateTimeField()


class Authorisation(models.Model):
    """Leave to travel of one member; used once, on the day of arrival.

    revoked_at  since when it serves no more, revoked or replaced
    replaces    the paper in whose place it was issued anew, with the same last day
    ends_on     first day on which it no longer serves; `last_day` is the one before
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="authorisations")
    number = models.CharField(max_length=24, unique=True)
    issued_on = models.DateField()
    ends_on = models.DateField()
    extended = models.BooleanField(default=False)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=80, blank=True)
    admitted = models.BooleanField(null=True)
    port = models.CharField(max_length=40, blank=True)
    flight = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(revoked_at__isnull=True, used_at__isnull=True), name="one_live_paper"
            )
        ]

    @property
    def last_day(self) -> date:
        """The last day on which it serves."""
        last: date = self.ends_on - timedelta(days=1)
        return last


class Mandate(models.Model):
    """A helper (a lawyer, a shelter) may act for a case, for some steps, until a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="mandates")
    link_index = models.CharField(max_length=64, unique=True)
    name = models.BinaryField()
    scope = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Correction(models.Model):
    """What somebody changed of their own contact data while pending: that it was changed, never to what."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="corrections")
    field = models.CharField(max_length=20)
    at = models.DateTimeField()


class Alert(models.Model):
    """Something shared by many cases; it puts a case in front of a person and never decides.

    rate : share of all cases that share as much; shown beside the alert
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=20)
    count = models.PositiveIntegerField()
    rate = models.FloatField()
    raised_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="alert_once")]


class Pause(models.Model):
    """A step of the programme stands still from the second signature on; papers already issued stay good.

    why         code of the reason, which is said in every language; `reason` stands beside it as it was written
    told        messages written about it so far
    told_groups how many groups of people were told whole; `told_after` is the last case told of the next one
    """

    STEPS = [(s, s) for s in ("file", "review", "authorise")]

    step = models.CharField(max_length=10, choices=STEPS)
    why = models.CharField(max_length=20, default="other")
    reason = models.CharField(max_length=300)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    seconded_by = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField(null=True)
    ending_by = models.CharField(max_length=80, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)
    until = models.DateTimeField(null=True)
    told = models.PositiveIntegerField(default=0)
    told_groups = models.PositiveSmallIntegerField(default=0)
    told_after = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(seconded_by=models.F("proposed_by")), name="pause_by_two"),
            models.CheckConstraint(
                condition=Q(ended_by="") | ~Q(ended_by=models.F("ending_by")), name="pause_ended_by_two"
            ),
            models.UniqueConstraint(fields=["step"], condition=Q(until__isnull=True), name="one_pause_of_a_step"),
        ]


class Draw(models.Model):
    """Who is looked at next: the line as it was frozen, the hash of the lots' seed before, the seed after.

    candidates  a hash of each reference, in the order of filing, so that everybody can find their own
    """

    programme = models.CharField(max_length=80)
    order = models.CharField(max_length=20)
    candidates = models.JSONField()
    seed = models.TextField()
    seed_digest = models.CharField(max_length=64)
    announced_by = models.CharField(max_length=80)
    announced_at = models.DateTimeField()
    drawn_by = models.CharField(max_length=80, blank=True)
    drawn_at = models.DateTimeField(null=True)
    chosen = models.PositiveIntegerField(null=True)
