"""What holds for every page: a demonstration takes nothing from outside, staff need two factors, nothing is cached."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cauce.web.interfaces import origin
from cauce.web.interfaces.accounts import BEGAN, IDLE, LONGEST, over, unproven
from cauce.web.interfaces.refusals import page

STAFF = "/staff/"
OF_STAFF = (STAFF, "/account/")
OF_BOTH = re.compile("/language/|/papers/[0-9a-f-]+/$")
BOARD_ITSELF = f"{STAFF}board/live"
LOCAL = {"localhost", "127.0.0.1", "[::1]", "testserver"}


TOUCHED_AFTER = 60  # seconds


def uncached(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No page is kept by a browser or on the way to it, not even one that refuses a host.

    The first to see a request: cookies that no browser writes are not looked at by anybody.
    """

    def kept_nowhere(request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if value.isprintable()}
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return kept_nowhere


class Guard:
    """The last of the middleware, before any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = BEGAN in request.session
        if over(request.session):
            logout(request)
        if not by_itself(request):
            _keep_open(request)
        response = self._answer(request)
        if signed_in and BEGAN not in request.session:  # what a browser kept of it goes too (ASVS 14.3.1)
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        return self._stopped(request) or self.get_response(request)

    def _stopped(self, request: HttpRequest) -> HttpResponse | None:
        """A page instead of the one asked for, where that may not be had."""
        host = split_domain_port(request.get_host())[0]
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:  # files too: no form takes any
            return page(request, 413, _("This is too long"), _("More was sent than any form here asks for."))
        if settings.DEMONSTRATION and request.method not in ("GET", "HEAD") and host not in LOCAL:
            cause = _("A demonstration takes no applications: this is not a real service.")
            return page(request, 403, _("Only to be tried out"), cause)
        if (away := _elsewhere(request, host)) is not None:
            return away
        if not request.path.startswith(STAFF):
            return None
        if (proof := unproven(request)) is not None:
            return _ended(request) if by_itself(request) else proof
        if not hasattr(request.user, "staff"):
            return page(request, 403, _("Not for you"), _("This account has no work to do here."))
        return None


def _elsewhere(request: HttpRequest, host: str) -> HttpResponse | None:
    """Where staff and public have names of their own, each is there under its own alone (ASVS 3.5.4).

    Whoever follows a link to a public page from a name of staff is sent on to it; a paper opens under both, so that
    the audit has the name of the officer who looked.
    """
    if not settings.STAFF_HOSTS or OF_BOTH.match(request.path):
        return None
    theirs = validate_host(host, settings.STAFF_HOSTS)
    if request.path.startswith(OF_STAFF) is theirs:
        return None
    if theirs and request.path == "/":
        return redirect("staff-home")
    if theirs and request.method in ("GET", "HEAD"):
        return redirect(f"{request.scheme}://{origin.public(request)}{request.path}")
    cause = _("There is no such page, or it is not for you to see.")
    return page(request, 404, _("Not found"), cause, _("Check the address or the reference."))


def by_itself(request: HttpRequest) -> bool:
    """Whether an open board asks for its numbers by itself, which shows nobody to be at work."""
    return request.path == BOARD_ITSELF and "HX-Request" in request.headers


def _ended(request: HttpRequest) -> HttpResponse:
    """In the place of a whole board: nobody is signed in any more; 286 tells htmx to ask no more."""
    page = render(request, "board/ended.html", status=286)
    page["HX-Retarget"], page["HX-Reswap"] = "#main", "innerHTML"
    return page


def minutes_left(request: HttpRequest) -> int:
    """For how many whole minutes somebody stays signed in without doing anything."""
    now = time.time()
    idle, whole = now - request.session.get("seen", now), now - request.session.get(BEGAN, now)
    return max(0, int(min(IDLE - idle, LONGEST - whole)) // 60)


def _keep_open(request: HttpRequest) -> None:
    """Whoever is at work stays signed in; written down once a minute, not at every request."""
    if request.session.session_key and time.time() - request.session.get("seen", 0) > TOUCHED_AFTER:
        request.session["seen"] = int(time.time())
