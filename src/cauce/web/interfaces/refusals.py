"""What is refused becomes a page that says why, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cauce.errors import RequestError
from cauce.web.domain.faults import NotFound

View = Callable[..., HttpResponse]


def page(request: HttpRequest, status: int, title: str, cause: str, mend: str = "") -> HttpResponse:
    """A page with a cause and a mend."""
    return render(request, "faults/fault.html", {"title": title, "cause": cause, "mend": mend}, status=status)


def refused(request: HttpRequest, refusal: RequestError, status: int = 409) -> HttpResponse:
    """A page that says what the domain refused, and what to do."""
    cause, mend = (f"{words[:1].upper()}{words[1:]}." for words in (refusal.cause, refusal.mend))
    return page(request, status, _("This could not be done"), cause, mend)


def shows_refusals(view: View) -> View:
    """Whatever the domain refuses becomes a page with its cause and mend."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **names: Any) -> HttpResponse:
        try:
            return view(request, *args, **names)
        except RequestError as refusal:
            status = 404 if isinstance(refusal, NotFound) else 409
            return refused(request, refusal, status)

    return shown
