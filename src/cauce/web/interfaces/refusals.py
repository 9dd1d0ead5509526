"""What is refused becomes a page that says why, and what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cauce.errors import RequestError


def page(request: HttpRequest, status: int, title: str, cause: str, mend: str = "") -> HttpResponse:
    """A page with a cause and a mend."""
    return render(request, "faults/fault.html", {"title": title, "cause": cause, "mend": mend}, status=status)


def refused(request: HttpRequest, refusal: RequestError, status: int = 409) -> HttpResponse:
    """A page that says what the domain refused, and what to do."""
    cause, mend = (f"{words[:1].upper()}{words[1:]}." for words in (refusal.cause, refusal.mend))
    return page(request, status, _("This could not be done"), cause, mend)
