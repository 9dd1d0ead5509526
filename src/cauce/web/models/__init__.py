"""What the service keeps.  Personal words are sealed with their owner's key; what is counted stands in the open."""

from cauce.web.models.audit import Checkpoint, Event, Purge
from cauce.web.models.caps import Amendment, Entry, Hold, Window
from cauce.web.models.cases import (
    Alert,
    Authorisation,
    Case,
    Correction,
    Decision,
    Draft,
    Draw,
    Erasure,
    Lease,
    Mandate,
    Member,
    Pause,
    Support,
)
from cauce.web.models.custody import (
    Boarding,
    Held,
    Kinship,
    Manifest,
    Movement,
    Release,
    Restamp,
    ShelterAsk,
    Site,
    TurnAway,
)
from cauce.web.models.notices import Notice, Tally
from cauce.web.models.people import PersonKey
from cauce.web.models.staff import Staff

__all__ = [
    "Alert",
    "Amendment",
    "Authorisation",
    "Boarding",
    "Case",
    "Checkpoint",
    "Correction",
    "Decision",
    "Draft",
    "Draw",
    "Entry",
    "Erasure",
    "Event",
    "Held",
    "Hold",
    "Kinship",
    "Lease",
    "Mandate",
    "Manifest",
    "Member",
    "Movement",
    "Notice",
    "Pause",
    "PersonKey",
    "Purge",
    "Release",
    "Restamp",
    "ShelterAsk",
    "Site",
    "Staff",
    "Support",
    "Tally",
    "TurnAway",
    "Window",
]
