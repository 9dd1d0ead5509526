"""Pages for when something is wrong: each says what, and what to do; none holds what somebody typed."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from cauce.web.domain.references import reference
from cauce.web.interfaces.context import frame
from cauce.web.interfaces.refusals import page

log = logging.getLogger("cauce.web")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page, or came too late."""
    cause = _("This form is too old, or it did not come from this site.")
    return page(request, 403, _("Please send it again"), cause, _("Go back, load the page again, and send it."))


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:
    """Nothing there, or nothing for you: the two look the same."""
    cause = _("There is no such page, or it is not for you to see.")
    return page(request, 404, _("Not found"), cause, _("Check the address or the reference."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What no page of ours sends."""
    return page(request, 400, _("This cannot be read"), _("What was sent is not what a form of ours sends."))


def failed(request: HttpRequest) -> HttpResponse:
    """Something broke: nothing was half done, and a reference leads to the log."""
    number = reference()
    log.error("fault %s at %s", number, request.resolver_match.view_name if request.resolver_match else "?")
    cause = _("Something went wrong on our side. Nothing was lost and nothing was done twice.")
    bare = HttpRequest()  # who is signed in and what is open may be just what cannot be read
    bare.path = request.path
    words = {"title": _("Please try again"), "cause": cause, "fault_reference": number, "request": bare, **frame(bare)}
    return HttpResponse(render_to_string("faults/fault.html", words), status=500)
