"""What the pages of the pathway share: the draft and the case that a browser has open, and refusals as pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from cauce.errors import RequestError
from cauce.web.domain import drafts, mandates
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces.refusals import refused
from cauce.web.models import Case, Draft

OPEN_FOR = 3600
"""Seconds for which a browser has a draft or a case open; the answers are kept longer."""
OPENED = frozenset({"draft", "case", "mandate", "support"})
"""Where a session remembers what a browser has open."""
View = Callable[..., HttpResponse]


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


def open_draft(request: HttpRequest) -> Draft:
    """The draft that this browser has open."""
    return drafts.find(str(request.session.get("draft", "00000000-0000-0000-0000-000000000000")))


def open_case(request: HttpRequest, *, acts: bool = False) -> tuple[Case, str]:
    """The case that this browser has open, and who has it open, as the audit names them.

    acts : whether more is asked for than to see it

    Raises
    ------
    NotFound
        None, or not any more, or a helper who may only see it.
    """
    if "mandate" in request.session:
        mandate = mandates.find(request.session["mandate"])
        if acts and mandate.scope != "act":
            cause = _("you may see this application, and no more")
            raise NotFound(cause, mend=_("ask the person whom you help"))
        return mandate.case, mandates.actor(mandate)
    return own(request), "applicant"


def own(request: HttpRequest) -> Case:
    """The case that its own people have open in this browser.

    Raises
    ------
    NotFound
        None, or not any more.
    """
    pk = request.session.get("case") or request.session.get("draft")  # a draft that was filed is its case
    case = Case.objects.filter(pk=pk, erased_at=None).select_related("key").first()
    if case is None:
        cause = _("no application is open here")
        raise NotFound(cause, mend=_("open it with its reference and your code"))
    return case


def remember(request: HttpRequest, **names: str) -> None:
    """Open a draft, a case or a supporter's page in this browser, under a session key of its own."""
    request.session.cycle_key()
    if "case" in names:
        request.session.pop("mandate", None)
    request.session.update(names)
    request.session.set_expiry(OPEN_FOR)


def form_page(request: HttpRequest, form: Any, title: Any, button: Any, **words: Any) -> HttpResponse:
    """A page with one form; 422 when it must be corrected."""
    refusal = words.get("refusal")
    status = 422 if form.errors else 409 if refusal else 200
    context = {"form": form, "title": title, "button": button, **words}
    return render(request, words.get("template", "pathway/simple.html"), context, status=status)


def onward(name: str, *args: Any) -> HttpResponse:
    """See another page after a form was taken."""
    response: HttpResponse = redirect(reverse(name, args=args))
    response.status_code = 303
    return response


def absolute(request: HttpRequest, name: str) -> Callable[[str], str]:
    """The address of a link in a message, from its token."""
    return lambda token: request.build_absolute_uri(reverse(name, args=[token]))
