"""A desk: the door of every page for staff, by the table of roles; what a verb refuses becomes a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import Http404, HttpRequest, HttpResponse

from cauce.errors import RequestError
from cauce.web.domain import roles
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces.accounts import unproven
from cauce.web.interfaces.refusals import refused
from cauce.web.models import Staff

View = Callable[..., HttpResponse]


def staff_of(request: HttpRequest) -> Staff:
    """Who works here; for anybody else there is no such page."""
    staff = getattr(request.user, "staff", None)
    if staff is None:
        raise Http404
    return staff


def staff_only(*acts: str, again: bool = False, taken: bool = False) -> Callable[[View], View]:
    """A page for those who may do any of these acts; for all others it is not there.

    again : whoever sends the form shows their password or code once more, if they have not just now
    taken : whoever only looks shows them too, for the page is a file that is taken away
    """

    def door(view: View) -> View:
        inner = reauthentication_required(view, allow_get=not taken) if again or taken else view

        @wraps(view)
        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if (proof := unproven(request)) is not None:
                return proof
            staff = staff_of(request)
            if not any(roles.may(staff, act) for act in acts):
                raise Http404
            try:
                response: HttpResponse = inner(request, *args, **kwargs)
            except ReauthenticationRequired:
                if request.method == "POST":  # taken up again only at the path itself, in which a reference's = stands
                    vars(request)["get_full_path"] = lambda: request.path
                raise
            except NotFound:
                raise Http404 from None
            except RequestError as refusal:
                return refused(request, refusal)
            return response

        return enter

    return door
