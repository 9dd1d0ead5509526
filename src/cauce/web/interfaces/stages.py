"""What the board's codes are called, as a filter of its pages: `{{ held.stage|called }}`."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import rules

register = template.Library()

STAGES = {
    "intake": later("Intake"), "medical": later("Medical check"), "processing": later("Processing"),
    "waiting-exit": later("Waiting to leave"), "released": later("Released"),
    "transferred": later("Transferred"), "returned": later("Returned"),
}  # fmt: skip
KINDS = {
    "single-adult": later("Single adults"), "family": later("Families"),
    "unaccompanied-child": later("Children alone"),
}  # fmt: skip
BLOCKS = {
    "": later("Nothing written down"), "bed": later("A bed"), "seat": later("A seat"), "vetting": later("Vetting"),
    "paper": later("A paper"), "medical": later("A doctor"),
}  # fmt: skip
WAYS_OUT = {
    "": later("Not decided"), "release": later("Release"), "transfer": later("Transfer to another centre"),
    "return": later("Return"), "detention": later("Transfer to detention"),
    "child-care": later("Agency in charge of children"),
}  # fmt: skip
CLOCKS = {
    "over": later("Over 72 hours"), "12": later("Passes 72 hours within 12 hours"),
    "24": later("Passes 72 hours within 24 hours"),
}  # fmt: skip
BEDS = {"any": later("Anybody"), "women": later("Women"), "men": later("Men")}
SEVERAL = {"several": later("Several kinds")}
MISSING = {
    "hearing": later("Hearing"), "check-in": later("Check-in"), "address": later("Address"),
    "papers": later("Papers"), "medicines": later("Medicines"), "belongings": later("Belongings"),
}  # fmt: skip
GAPS = {
    "no-entry": later("No entry"), "missing-move": later("A move is missing"),
    "out-of-order": later("Times out of order"), "nobody-moved": later("Nobody moved them for a day"),
}  # fmt: skip
TIMES = {
    "first-custody": later("First custody"), "entered": later("Entry here"),
    "undo": later("Has not left: it was a slip"),
    **KINDS,
}  # fmt: skip
"""What two people are asked about, beside the stages."""
REASONS = {
    "network": later("The network or the service was down"), "paper": later("It was first written on paper"),
    "busy": later("Nobody could write it down in time"), "slip": later("A slip of the hand"),
}  # fmt: skip
ASKED = {"child": later("A child alone goes back only if two people agree")}
VEHICLES = {
    "flight": later("Flight"), "bus": later("Bus"), "lateral": later("To another centre"),
    "onward": later("Onward, for people released"),
}  # fmt: skip
TURNED = {
    "full": later("No bed was free"), "late": later("They came too late"),
    "not-for-them": later("The beds are for others"), "other": later("Another reason"),
}  # fmt: skip
_CALLED = {**STAGES, **KINDS, **BEDS, **SEVERAL, **MISSING, **GAPS, **TIMES, **VEHICLES, **TURNED, **REASONS, **ASKED}


@register.filter
def called(code: str) -> str:
    """The words of a code; the code itself if it has none."""
    return str(_CALLED.get(code, code))


@register.filter
def local(when: datetime | None, zone: str) -> str:
    """An instant on the clocks of a site, with their name, so that no hour is read for another."""
    return f"{when.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}" if when else ""


@register.filter
def day(written: str) -> str:
    """A date as it is kept, 2023-02-03, with its month as a word."""
    return str(date_format(date.fromisoformat(written)))


@register.filter
def blocker(code: str) -> str:
    """What somebody waits for."""
    return str(BLOCKS.get(code, code))


@register.filter
def nationality(code: str) -> str:
    """A nationality's name in the reader's language."""
    return dict(nationalities()).get(code, code)


@register.filter
def language(code: str) -> str:
    """A language by its own name."""
    return dict(settings.LANGUAGES).get(code, code)


def nationalities() -> list[tuple[str, str]]:
    """Codes and names in the reader's language."""
    codes = rules.border().nationalities
    return [(code, rules.said_country(code)) for code in codes]
