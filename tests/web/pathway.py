"""Invented applications for the tests: answers page by page, as forms leave them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import translation

from cauce.web.domain import drafts, filing
from cauce.web.models import Case


def person(n: int = 1, **changes: Any) -> dict[str, dict[str, Any]]:
    """The pages of one person, who meets every rule."""
    pages: dict[str, dict[str, Any]] = {
        "person": {
            "name": f"Persona {n}", "born": "1990-03-04", "nationality": "VEN",
            "relation": "self" if n == 1 else "other", "guardian": None,
        },
        "passport": {
            "passport_valid": "yes", "passport_number": f"V{n:08d}", "passport_country": "VEN",
            "passport_expired_on": None,
        },
        "places": {"outside": "yes", "other_nationality": "no", "vaccinated": "yes"},
        "removal": {
            "removed": "no", "removed_on": None, "stopped_at_sea": "no", "stopped_at_sea_on": None, "other_bar": "no",
        },
        "crossings": {"crossed": "no", "crossings": [], "departed_voluntarily": False},
    }  # fmt: skip
    for page in pages.values():
        page.update({key: value for key, value in changes.items() if key in page})
    return {f"{name}-{n}": page for name, page in pages.items()}


def told(*people: dict[str, Any], together: bool = True, supporter: str = "", **contact: str) -> dict[str, Any]:
    """All pages of an application of these people, each given by what differs."""
    persons = people or ({},)
    pages: dict[str, Any] = {"group": {"persons": len(persons), "together": together}}
    for n, changes in enumerate(persons, 1):
        pages.update(person(n, **changes))
    return {
        **pages,
        "travel": {"own_flight": "yes", "leaves_from": "Caracas"},
        "supporter": {"email": supporter, "called": "Ana"},
        "contact": {"email": "ana@example.org", "phone": "", "safe": "any", **contact},
    }


def link(token: str) -> str:
    """The address of a link."""
    return f"http://testserver/link/{token}"


def filed(*people: dict[str, Any], key: str = "key", **more: Any) -> tuple[Case, str]:
    """A filed case and its resume code."""
    draft, code = drafts.begin("es")
    with translation.override("es"):
        for page, answer in told(*people, **more).items():
            drafts.save(draft, page, answer, draft.version)
    return filing.file(draft, draft.version, key, link), code


BORN = date(1990, 3, 4)
