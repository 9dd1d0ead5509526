"""The whole journey by hand: a family on a small telephone, in Spanish and without scripts, to the airport."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.utils import translation

from cauce.policy.programme import State
from cauce.web.domain import outbox
from cauce.web.interfaces import mail as letters
from cauce.web.models import Case
from tests.web import factory
from tests.web.browser import Arrive, Visitor

PEOPLE: tuple[dict[str, dict[str, Any]], ...] = (
    {
        "person": {"name": "Zulema Quintero", "born": "1990-3-4", "nationality": "VEN"},
        "passport": {"passport_valid": "yes", "passport_number": "Q99887766", "passport_country": "VEN"},
        "places": {"outside": "yes", "other_nationality": "no", "vaccinated": "yes"},
        "removal": {"removed": "no", "stopped_at_sea": "no", "other_bar": "no"},
        "crossings": {"crossed": "no"},
    },
    {
        "person": {
            "name": "José Ángel Quintero", "born": "2012-12-1", "nationality": "VEN", "relation": "child",
            "guardian": "1",
        },
        "passport": {"passport_valid": "yes", "passport_number": "Q55443322", "passport_country": "VEN"},
        "places": {"outside": "yes", "other_nationality": "no", "vaccinated": "yes"},
        "removal": {"removed": "no", "stopped_at_sea": "no", "other_bar": "no"},
        "crossings": {"crossed": "no"},
    },
)  # fmt: skip
LAST: dict[str, dict[str, Any]] = {
    "travel": {"own_flight": "yes", "leaves_from": "Maracaibo"},
    "supporter": {"email": "sam@example.org", "called": "Zule"},
    "contact": {"email": "zulema@example.org", "safe": "any"},
}
OFFER = {
    "name": "Sam Stone", "status": "citizen", "income": "yes", "phone": "+1 915 555 0100", "address": "1 Main Street",
    "statement": "Es mi prima.", "charges_nothing": True,
}  # fmt: skip


def said(words: str) -> str:
    """Words of ours as somebody reads them who reads Spanish."""
    with translation.override("es"):
        return translation.gettext(words)


def checks_first(applicant: Visitor) -> None:
    """Ask the rules before giving a name."""
    applicant.go("/")
    applicant.follow("Compruebe primero si puede solicitar")
    applicant.fill(
        nationality="VEN", age="adult", family="no", supporter="yes", passport_valid="yes", outside="yes",
        vaccinated="yes", other_nationality="no", removed="no", stopped_at_sea="no", other_bar="no", crossed="no",
        own_flight="yes",
    )  # fmt: skip
    assert applicant.press() == 200
    assert applicant.heading() == "Según las reglas de hoy, usted puede solicitar"
    applicant.follow("Solicite. Es gratis.")


def answers(applicant: Visitor) -> str:
    """All pages, with one mistake on the way; the code."""
    applicant.press("Empezar")
    code = applicant.page.locator(".code").inner_text()
    applicant.press("Ya lo anoté")
    applicant.fill(persons="2", together="yes")
    applicant.press()
    for person in PEOPLE:
        for page, given in person.items():
            if page == "person":
                errs(applicant, {**given, "born": "1990-2-31"})
            applicant.fill(**given)
            assert applicant.press() == 200
    for given in LAST.values():
        applicant.fill(**given)
        applicant.press()
    return code


def errs(applicant: Visitor, given: dict[str, Any]) -> None:
    """A wrong answer is said at the head of the page, which has the focus, leads to the field, and loses nothing."""
    page = applicant.page
    applicant.fill(**given)
    assert applicant.press() == 422
    assert page.title().startswith("Error: ")
    assert page.locator(".fault:focus").count() == 1
    page.locator(".fault a").first.press("Enter")
    assert page.locator("[name=born_day]:focus").get_attribute("aria-invalid") == "true"
    assert page.locator("[name=name]").input_value() == given["name"]


def test_that_a_family_comes_by_the_pages_alone_without_scripts(arrive: Arrive) -> None:
    applicant = arrive(scripts=False, language="es")
    checks_first(applicant)
    code = answers(applicant)
    reference = sends_twice(applicant)
    is_supported(arrive(scripts=False, language="es"))
    applicant.go("/status")
    applicant.press(said("I know this person; they ask for nothing in return"))
    is_drawn(arrive(scripts=False, language="es"))
    officer = arrive(scripts=False, language="es")
    is_confirmed(officer, reference)
    applicant.go("/status/open")
    applicant.fill(reference=reference.lower(), code=code.lower().replace("-", " "))
    applicant.press()
    applicant.follow(said("Confirm your answers and ask to travel"))
    assert applicant.press() == 200, applicant.words()
    is_authorised(officer, reference)
    codes = prints(applicant)
    is_checked(arrive(scripts=False, language="es"), codes[0])
    arrives_once(arrive(scripts=False, language="es"), codes)
    applicant.go("/status")
    shown = applicant.words()
    assert "Su estancia termina" in shown
    assert Case.objects.get().state == State.PAROLED.value


def sends_twice(applicant: Visitor) -> str:
    """Send, go back, send again: one application; its reference."""
    assert applicant.heading() == "Revise sus respuestas"
    shown = applicant.words()
    assert all(word in shown for word in ("José Ángel Quintero", "Q55443322", "1 de diciembre de 2012", "Maracaibo"))
    second = applicant.page.context.new_page()
    second.goto(applicant.page.url)
    applicant.fill(true=True)
    assert applicant.press("Enviar") == 200
    assert applicant.heading() == "Su solicitud ha llegado"
    reference = applicant.page.locator(".code").inner_text()
    applicant.page.go_back()
    assert applicant.page.locator(".code").inner_text() == reference
    second.locator("[name=true]").check()
    second.get_by_role("button", name="Enviar").click()
    assert second.locator(".code").inner_text() == reference
    second.close()
    assert Case.objects.count() == 1
    return reference


def is_supported(supporter: Visitor) -> None:
    """The supporter's link comes by mail; they offer."""
    outbox.send_due(letters.send)
    (letter,) = [str(message.body) for message in mail.outbox if "sam@example.org" in message.to]
    link = re.search(rf"{supporter.site}(/\S+)", letter)
    assert link and "Quintero" not in letter
    supporter.go(link[1])
    assert link[1] not in supporter.page.url
    supporter.fill(**OFFER)
    supporter.press()
    assert supporter.heading() == "Gracias"


def is_drawn(supervisor: Visitor) -> None:
    """The line is frozen and drawn from."""
    supervisor.sign_in(factory.staff("supervisor"))
    supervisor.go("/staff/programme/")
    supervisor.press(said("Freeze the line and announce a draw"))
    supervisor.fill(number="1")
    assert supervisor.press(said("Draw")) == 200


def is_confirmed(officer: Visitor, reference: str) -> None:
    """Signed in with two factors, the officer takes the case and looks at it beside the rules."""
    officer.sign_in(factory.staff("officer"))
    officer.go("/staff/lines/review")
    officer.press(said("Take it"))
    assert officer.heading() == reference
    for words in ("Begin the review", "I have looked at everything above: confirm the supporter"):
        assert officer.press(said(words)) == 200


def is_authorised(officer: Visitor, reference: str) -> None:
    """Places are held, then the papers are issued, with the password once more."""
    officer.go(f"/staff/cases/{reference}/")
    officer.press(said("Hold places under the cap"))
    officer.press(said("Issue the papers"))
    officer.fill(password=factory.PASSWORD)
    officer.press()
    assert Case.objects.get().state == State.AUTHORISED.value


def prints(applicant: Visitor) -> list[str]:
    """Each paper is on one printed page; the codes on them."""
    applicant.go("/status")
    links = applicant.page.locator("main a[href^='/papers/']")
    addresses = [str(link.get_attribute("href")) for link in links.all()]
    assert len(addresses) == 2
    codes = []
    for address in addresses:
        applicant.go(address)
        assert applicant.page.locator("figure svg").is_visible()
        printed = applicant.page.pdf(format="Letter")
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
        codes.append(applicant.page.locator(".small-code").inner_text())
    return codes


def is_checked(carrier: Visitor, code: str) -> None:
    """The carrier learns whether a code holds; one that was touched does not."""
    touched = code.replace("/1/", "/1/0", 1)
    for typed, answer in ((code, "Valid"), (touched, "Not valid"), ("Zulema Quintero 4-3-1990", "Not valid")):
        carrier.go("/papers/")
        carrier.fill(code=typed)
        carrier.press()
        assert carrier.page.locator("[role=status] strong").inner_text() == said(answer)


def arrives_once(port: Visitor, codes: list[str]) -> None:
    """Both arrive; another window, where the paper of the first is still open, records nothing more."""
    port.sign_in(factory.staff("port"))
    other = Visitor(port.page.context.new_page(), port.site)
    for window, code in ((other, codes[0]), (port, codes[0]), (port, codes[1])):
        window.go("/staff/port/")
        window.fill(code=code)
        window.press()
        window.fill(port="MIA", flight="AA123", admitted="yes")
        if window is port:
            assert window.press() == 200
    assert other.press() == 409
    other.go("/staff/port/")
    other.fill(code=codes[0])
    other.press()
    assert other.page.locator("[name=flight]").count() == 0
