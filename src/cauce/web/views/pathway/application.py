"""From the first page of an application to its sending."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_GET, require_http_methods

from cauce.web.domain import answers, drafts, filing, limits
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.interfaces import origin
from cauce.web.interfaces.fields import WordField, version
from cauce.web.interfaces.questions import PAGES, Page
from cauce.web.interfaces.refusals import shows_refusals
from cauce.web.models import Case
from cauce.web.views.pathway.frame import (
    OPENED,
    absolute,
    form_page,
    onward,
    open_draft,
    own,
    remember,
)

reads_and_sends = require_http_methods(["GET", "HEAD", "POST"])


class SendForm(Page):
    """The last word before an application is sent."""

    true = forms.BooleanField(
        label=later("What I answered is true as far as I know, for everybody in this application."),
        error_messages={"required": later("Tick this box if it is true; if not, change your answers.")},
    )


class CodeForm(Page):
    """A resume code."""

    code = WordField(
        label=later("Your code"), max_length=40, help_text=later("Capital or small letters, with or without dashes.")
    )  # fmt: skip


@reads_and_sends
@shows_refusals
def begin(request: HttpRequest) -> HttpResponse:
    """What it takes, and a new draft."""
    if request.method != "POST":
        return render(request, "pathway/begin.html", {"title": _("Apply")})
    limits.count("begin", origin.address(request))
    draft, code = drafts.begin(get_language() or "en")
    remember(request, draft=draft)
    words = {"title": _("Your code"), "code": code, "onward": reverse("pathway-page", args=["group"])}
    return render(request, "pathway/code.html", words)


@reads_and_sends
@shows_refusals
def resume(request: HttpRequest) -> HttpResponse:
    """Go on with a draft; a code whose draft was sent leads to its application."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.count("resume", origin.address(request))
        draft = drafts.by_code(form.cleaned_data["code"])
        case = None if draft else filing.by_code(form.cleaned_data["code"])
        if draft is not None:
            remember(request, draft=draft)
            missing = answers.missing(drafts.told(draft))
            return onward("pathway-page", missing[0]) if missing else onward("pathway-check-answers")
        if case is not None:
            remember(request, case=case)
            return onward("pathway-status")
        form.add_error("code", _("There is no draft with this code, or it was kept for too long. Check it."))
    return form_page(request, form, _("Go on with a draft"), _("Go on"))


@require_GET
@shows_refusals
def longer(request: HttpRequest) -> HttpResponse:
    """What this browser has open stays open for another hour, as with every page that is asked for."""
    if not {*OPENED} & {*request.session.keys()}:
        raise NotFound(_("no application is open here"), mend=_("open it with its reference and your code"))
    return render(request, "pathway/longer.html", {"title": _("Another hour")})


@reads_and_sends
@shows_refusals
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One page of questions."""
    draft = open_draft(request)
    told = drafts.told(draft)
    kind, position = _which(name, told)
    checking = "checking" in request.GET or "checking" in request.POST
    options: dict[str, Any] = {"persons": told.get("group", {}).get("persons", 1), "position": position}
    refusal = None
    if request.method == "POST":
        form = kind(request.POST, **options)
        if form.is_valid():
            try:
                drafts.save(draft, name, form.kept(), version(request))
            except Stale as stale:
                refusal, draft = stale, open_draft(request)
                told = drafts.told(draft)
                form = kind(initial=kind.shown(dict(told.get(name, {}))), **options)
            else:
                return _following(name, drafts.told(draft), checking=checking)
    else:
        form = kind(initial=kind.shown(dict(told.get(name, {}))), **options)
    steps = answers.pages(told)
    step = steps.index(name)
    words = {
        "who": _who(told, position) if "-" in name else "", "step": step + 1, "steps": len(steps),
        "back": steps[step - 1] if step else "", "version": draft.version, "checking": checking,
        "refusal": refusal, "template": "pathway/page.html",
    }  # fmt: skip
    return form_page(request, form, kind.title, "", **words)


def _which(name: str, told: answers.Pages) -> tuple[type[Page], int]:
    if name not in answers.pages(told):
        raise Http404
    kind, _dash, number = name.partition("-")
    return PAGES[kind], int(number or 1)


def _who(told: answers.Pages, position: int) -> str:
    name = told.get(f"person-{position}", {}).get("name", "")
    return f"{position}. {name}" if name else _("Person %(number)s") % {"number": position}


def _following(name: str, told: answers.Pages, *, checking: bool) -> HttpResponse:
    missing, steps = answers.missing(told), answers.pages(told)
    after = [page for page in steps[steps.index(name) + 1 :] if not checking or page in missing]
    return onward("pathway-page", after[0]) if after else onward("pathway-check-answers")


@reads_and_sends
@shows_refusals
def check_answers(request: HttpRequest) -> HttpResponse:
    """All answers, and the button that sends them."""
    try:
        draft, refusal = open_draft(request), None
    except NotFound:
        if "draft" not in request.session:
            raise
        return _filed(
            request, own(request, "draft")
        )  # the same form again, back from the page that said so, or another window
    form_key = request.POST.get("form_key", "")[:64]
    form = SendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = filing.file(
                draft, version(request), form_key, absolute(request, "pathway-supporter-link"), known=_known(request)
            )
            return _filed(request, case)
        except Refused as fault:
            limits.count("refused", origin.address(request))  # each tells whether a passport is known here
            refusal, draft = fault, open_draft(request)
    told = drafts.told(draft)
    words = {
        "parts": _parts(told), "missing": answers.missing(told), "version": draft.version, "refusal": refusal,
        "form_key": form_key or secrets.token_urlsafe(24), "template": "pathway/answers.html",
    }  # fmt: skip
    return form_page(request, form, _("Check your answers"), "", **words)


def _filed(request: HttpRequest, case: Case) -> HttpResponse:
    if "case" in request.session and request.session["case"] != str(case.pk):
        remember(request, case=case)
    return render(request, "pathway/filed.html", {"title": _("Your application has arrived"), "case": case})


def _known(request: HttpRequest) -> Case | None:
    """Whatever else of theirs is open here."""
    with suppress(NotFound):
        return own(request, "case")
    return None


def _parts(told: answers.Pages) -> list[dict[str, Any]]:
    parts = []
    for name in answers.pages(told):
        kind, position = _which(name, told)
        rows = _rows(kind, told[name], told, position) if name in told else []
        parts.append(
            {"page": name, "title": kind.title, "rows": rows, "who": _who(told, position) if "-" in name else ""}
        )
    return parts


def _rows(kind: type[Page], kept: Mapping[str, Any], told: answers.Pages, position: int) -> list[tuple[Any, str]]:
    shown = kind.shown(dict(kept))
    form = kind(initial=shown, persons=told["group"]["persons"] if "group" in told else 1, position=position)
    rows = []
    for field in form.visible_fields():
        value = shown.get(field.name)
        if value in (None, ""):
            continue
        choices = {str(code): words for code, words in getattr(field.field, "choices", [])}
        plain = choices.get(str(value), str(value))
        if field.use_fieldset and not choices:
            plain = date_format(date.fromisoformat(str(value)))
        rows.append((field.label, plain))
    return rows
