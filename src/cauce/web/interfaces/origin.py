"""Where a request comes from, behind as many proxies as the operator says there are."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The address of the browser; what a browser itself claims in a header is believed of our own proxies only."""
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if 0 < settings.PROXIES <= len(passed):
        return passed[-settings.PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def public(request: HttpRequest) -> str:
    """The name under which the public is served, for a link or a paper that staff make."""
    return str(settings.PUBLIC_HOSTS[0]) if settings.STAFF_HOSTS else request.get_host()
