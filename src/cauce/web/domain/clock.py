"""The one clock of the service, so that tests can travel in time."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """This instant, in UTC; a demonstration lives in the past."""
    return timezone.now() - settings.CLOCK_LAG


def today(zone: str) -> date:
    """The date of this instant where a law or a site counts its days."""
    return now().astimezone(ZoneInfo(zone)).date()
