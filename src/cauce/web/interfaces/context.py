"""What every page knows: who operates this, that it is a demonstration, which languages there are."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """The words and names that stand on every page."""
    return {
        "demonstration": settings.DEMONSTRATION,
        "operator": settings.OPERATOR,
        "languages": settings.LANGUAGES,
        "unreviewed": settings.UNREVIEWED,
        "staff": getattr(getattr(request, "user", None), "staff", None) if _signed_in(request) else None,
    }


def _signed_in(request: HttpRequest) -> bool:
    return bool(getattr(request, "user", None) and request.user.is_authenticated)
