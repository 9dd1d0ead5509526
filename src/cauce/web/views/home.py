"""The first page, the language, and what is said of the service itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import retention, rules
from cauce.web.interfaces import states


def home(request: HttpRequest) -> HttpResponse:
    """Where everybody begins."""
    words = {"pauses": states.standing_still(), "open": rules.in_force()}
    return render(request, "home.html", words)


def about(request: HttpRequest) -> HttpResponse:
    """How it goes, and what to do if something is wrong."""
    return render(request, "about/help.html")


KEPT = {
    "draft": later("A draft: %(days)s days after your last answer."),
    "case": later(
        "An application: %(days)s days after it has ended. Then the key to what you told is destroyed, and nobody can"
        " read it again."
    ),
    "held": later("What is known of somebody in custody: %(days)s days after they left. Then its key is destroyed."),
    "release": later("The address and the telephone that somebody gave when they were let go: %(days)s days."),
    "notice": later("Messages: %(days)s days after they were sent."),
    "ask": later("What a shelter was asked and what it answered, which names nobody: %(days)s days."),
}


def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept and for how long, by the table of what is let go."""
    kept = [KEPT[row.name] % {"days": row.days} for row in retention.table()]
    return render(request, "about/privacy.html", {"kept": kept})


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
