"""Everywhere that anybody can send a form without signing in, each with what an honest person would send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from cauce.web.domain import drafts, mandates, shelters, supporters
from cauce.web.models import Case, Draft, Mandate, ShelterAsk, Site, Support
from cauce.web.views.pathway.frame import remember
from tests.web import factory, pathway
from tests.web.test_pathway import GROUP, LAST, OFFER, PERSON

NOT_KNOWN = {"removed": "no", "stopped_at_sea": "no", "other_bar": "no", "crossed": "no", "place_1": "", "manner_1": ""}
DAY = {"born_day": "4", "born_month": "3", "born_year": "1990"}


@dataclass(frozen=True)
class Place:
    """An address, who stands there, and the honest answers."""

    client: Client
    address: str
    honest: dict[str, Any]


def everywhere() -> dict[str, Place]:
    """All public forms, with a client that has open what they need."""
    made = {**_without_anything(), **_of_a_draft(), **_of_a_case(), **_of_others()}
    return {name: Place(client, address, honest) for name, (client, address, honest) in made.items()}


Made = dict[str, tuple[Client, str, dict[str, Any]]]


def _without_anything() -> Made:
    anybody, answer = Client(), {**PERSON["places"], **PERSON["removal"], **PERSON["crossings"], **NOT_KNOWN}
    check = {
        **answer, "nationality": "VEN", "age": "adult", "family": "no", "supporter": "yes", "own_flight": "yes",
        "passport_valid": "yes", "on_1_day": "", "on_1_month": "", "on_1_year": "",
    }  # fmt: skip
    recover = {"reference": "X", "passport_country": "VEN", "passport_number": "V1", **DAY}
    return {
        "check": (anybody, reverse("pathway-prescreen"), check),
        "begin": (anybody, reverse("pathway-begin"), {}),
        "go on": (anybody, reverse("pathway-resume"), {"code": "0000-0000-0000-00000"}),
        "open": (anybody, reverse("pathway-open"), {"reference": "X", "code": "Y"}),
        "recover": (anybody, reverse("pathway-recover"), recover),
        "carrier": (anybody, reverse("papers-check"), {"code": "DEMONSTRATION/1/x/20230101/xx"}),
        "sign in": (anybody, reverse("account_login"), {"login": "eve", "password": "a long word for eve"}),
    }


OPEN: dict[str, Any] = {"case": Case, "draft": Draft, "mandate": Mandate, "support": Support}


def opened(**names: Any) -> Client:
    """A browser in which something is open."""
    client = Client()
    session = client.session
    asked = HttpRequest()
    asked.session = session
    found = {name: OPEN[name].objects.get(pk=value) for name, value in names.items() if name in OPEN}
    remember(asked, **found)
    session.update({name: str(value) for name, value in names.items()})
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def _of_a_draft() -> Made:
    draft, _code = drafts.begin("es")
    for page, answer in pathway.told({"passport_number": "V424242"}).items():
        drafts.save(draft, page, answer, draft.version)
    client = opened(draft=draft.pk)
    pages = {"group": GROUP, **{f"{name}-1": said for name, said in PERSON.items()}, **LAST}
    sent = {"version": str(draft.version), "form_key": "k" * 24, "true": "on"}
    return {
        **{
            f"page {name}": (client, reverse("pathway-page", args=[name]), {**said, "version": "0"})
            for name, said in pages.items()
        },
        "send": (client, reverse("pathway-check-answers"), sent),
    }


def _of_a_case() -> Made:
    case, _code = pathway.filed({}, {"born": "1991-07-08"}, supporter="s@example.org", key="places")
    client, version = opened(case=case.pk), {"version": str(case.version)}
    leave = {"passport_country": "VEN", "passport_number": "V9", **DAY, **LAST["contact"]}
    born = {"born_day": "1", "born_month": "12", "born_year": "2022"}
    helper = {"name": "Lucía", "email": "l@example.org", "scope": "see", "days": "30"}
    asked = dict.fromkeys(
        ("passport_valid", "other_nationality", "vaccinated", "removed", "stopped_at_sea", "other_bar", "crossed"), "no"
    )
    guardian = {f"guardian_{part}": number for part, number in DAY.items()}
    newborn = {"name": "Niña", **born, "nationality": "VEN", **guardian, "outside": "yes", **asked, **version}
    return {
        "withdraw": (opened(case=_another()), reverse("pathway-withdraw"), {"version": "0"}),
        "confirm": (client, reverse("pathway-confirm"), version),
        "reach": (client, reverse("pathway-reach"), {**LAST["contact"], "language": "ht", **version}),
        "ask a supporter": (client, reverse("pathway-ask-supporter"), LAST["supporter"]),
        **{
            act: (client, reverse("pathway-support", args=[act]), {"support": str(case.supports.get().pk)})
            for act in ("resend", "attest", "decline", "x")
        },
        "leave": (client, reverse("pathway-leave-group"), leave),
        "together": (client, reverse("pathway-together"), {"together": "no", **version}),
        "newborn": (client, reverse("pathway-newborn"), newborn),
        "helper": (client, reverse("pathway-helper"), helper),
    }


def _another() -> Any:
    return pathway.filed({"passport_number": "V515151"}, key="another")[0].pk


def _of_others() -> Made:
    tokens: dict[str, str] = {}
    case, _code = pathway.filed({"passport_number": "V616161"}, supporter="s@example.org", key="others")
    support = supporters.ask(case, "s@example.org", "Ana", _caught(tokens, "support"), "applicant")
    mandate = mandates.give(case, "Lucía", "l@example.org", "act", 30, _caught(tokens, "helper"))
    secret = asked().secret
    shelter = {"form": "answer", "answer-any": "30", "answer-until": "20:00"}
    turned = {"form": "turned", "turned-persons": "3", "turned-kind": "family", "turned-reason": "full"}
    return {
        "offer": (opened(support=support.pk), reverse("pathway-supporter"), OFFER),
        "step back": (opened(support=support.pk), reverse("pathway-supporter-withdraw"), {}),
        "revoke": (opened(case=case.pk), reverse("pathway-helper-revoke", args=[mandate.pk]), {}),
        "shelter": (Client(), reverse("shelter", args=[secret]), shelter),
        "turned": (Client(), reverse("shelter", args=[secret]), turned),
    }


def _caught(tokens: dict[str, str], name: str) -> Callable[[str], str]:
    def link(token: str) -> str:
        tokens[name] = token
        return f"http://testserver/{token}"

    return link


@dataclass(frozen=True)
class Asked:
    """A question to a shelter and the secret of its link."""

    ask: ShelterAsk
    secret: str


def asked() -> Asked:
    """A shelter is asked for beds."""
    tokens: dict[str, str] = {}
    here = Site.objects.filter(code="a-centre").first() or factory.site("a-centre")
    shelter = factory.site(f"shelter-{Site.objects.count()}", "shelter")
    by = factory.staff("centre", sites=[here])
    shelters.reach(by, shelter, contact="casa@example.org", language="es")
    made = shelters.ask(
        by, shelter, persons=40, families=3, night=shelters.night_of(shelter), address=_caught(tokens, "shelter")
    )
    return Asked(made, tokens["shelter"])
