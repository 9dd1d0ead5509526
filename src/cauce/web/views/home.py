"""The first page, the language, and what is said of the service itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language


def home(request: HttpRequest) -> HttpResponse:
    """Where everybody begins."""
    return render(request, "home.html")


def about(request: HttpRequest, page: str) -> HttpResponse:
    """A page that stands still."""
    return render(request, f"about/{page}.html")


def language(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the language by a plain link; it changes how pages read, nothing else."""
    onward = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(
        onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        onward = reverse("home")
    response = HttpResponseRedirect(onward)
    if check_for_language(code):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, samesite="Lax", secure=settings.SECURE, max_age=365 * 24 * 3600
        )
    return response
