"""What a browser has open, kept in the database: Django's own, but read by one statement, as every page does."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Kept
from django.utils import timezone

from cauce.web.domain import statements


class SessionStore(Kept):
    """Sessions of the service."""

    def load(self) -> dict[str, Any]:
        """What it holds; nothing, under no key, when it ran out or never was."""
        kept = statements.session(self.session_key, timezone.now()) if self.session_key else None
        if kept is None:
            self._session_key = None
            return {}
        held: dict[str, Any] = self.decode(kept)
        return held
