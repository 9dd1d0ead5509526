"""A desk: the door of every page for staff, by the table of roles; what a verb refuses becomes a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from cauce.web.domain import roles
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces.accounts import unproven
from cauce.web.models import Staff

View = Callable[..., HttpResponse]


def staff_of(request: HttpRequest) -> Staff:
    """Who works here; for anybody else there is no such page."""
    staff = getattr(request.user, "staff", None)
    if staff is None:
        raise Http404
    return staff


def staff_only(*acts: str) -> Callable[[View], View]:
    """A page for those who may do any of these acts; for all others it is not there."""

    def door(view: View) -> View:
        @wraps(view)
        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if (proof := unproven(request)) is not None:
                return proof
            staff = staff_of(request)
            if not any(roles.may(staff, act) for act in acts):
                raise Http404
            try:
                return view(request, *args, **kwargs)
            except NotFound:
                raise Http404 from None

        return enter

    return door
