"""What the pages of the pathway share: the draft and the case that a browser has open, and refusals as pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from cauce.web.domain import drafts, mandates, supporters
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces.accounts import LONGEST
from cauce.web.models import Case, Draft, Mandate, Support

NOTHING = "00000000-0000-0000-0000-000000000000"
OPEN_FOR = 3600
"""Seconds for which a browser has a draft or a case open; the answers are kept longer."""
OPENED = {"draft": "code_index", "case": "resume_index", "mandate": "link_index", "support": "link_index"}
"""Where a session remembers what a browser has open; by what it was opened, so that a new code or link closes it."""


def open_draft(request: HttpRequest) -> Draft:
    """The draft that this browser has open."""
    draft = drafts.find(str(request.session.get("draft", NOTHING)))
    _require_open(request, "draft", draft)
    return draft


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
        _require_open(request, "mandate", mandate)
        if acts and mandate.scope != "act":
            cause = _("you may see this application, and no more")
            raise NotFound(cause, mend=_("ask the person whom you help"))
        return mandate.case, mandates.actor(mandate)
    return own(request), "applicant"


def own(request: HttpRequest, name: str = "") -> Case:
    """The case that its own people have open in this browser.

    name : as what, `case` or `draft`; one or the other, if not given

    Raises
    ------
    NotFound
        None, or not any more.
    """
    name = name or ("case" if "case" in request.session else "draft")  # a draft that was filed is its case
    case = Case.objects.filter(pk=request.session.get(name), erased_at=None).select_related("key").first()
    if case is None:
        raise _closed()
    _require_open(request, name, case)
    return case


def open_support(request: HttpRequest) -> Support:
    """The supporter whose page this browser has open."""
    support = supporters.find(str(request.session.get("support", NOTHING)))
    _require_open(request, "support", support)
    return support


def _closed() -> NotFound:
    return NotFound(_("no application is open here"), mend=_("open it with its reference and your code"))


def _require_open(request: HttpRequest, name: str, found: Draft | Case | Mandate | Support) -> None:
    """It was opened with the code or link of now, and not half a day ago (ASVS 7.3.2)."""
    by, at = request.session.get("opened", {}).get(name, ("", 0))
    proof = getattr(found, "resume_index" if isinstance(found, Case) else OPENED[name])
    if not compare_digest(by, proof) or time.time() - at >= LONGEST:
        raise _closed()


def remember(request: HttpRequest, **found: Draft | Case | Mandate | Support) -> None:
    """Open a draft, a case or a supporter's page in this browser, under a session key of its own.

    Whoever helps one family and then opens something of their own, or the other way round, acts on the last.
    """
    request.session.cycle_key()
    for before in ("case", "draft") if "mandate" in found else ("mandate",) if "support" not in found else ():
        request.session.pop(before, None)
    opened = {name: (getattr(one, OPENED[name]), int(time.time())) for name, one in found.items()}
    request.session.update({name: str(one.pk) for name, one in found.items()})
    request.session["opened"] = {**request.session.get("opened", {}), **opened}
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
