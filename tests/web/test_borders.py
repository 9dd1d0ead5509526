"""A border is data: the questions, the names of countries and the reasons come from its folder and its rules."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings as configured
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation

from cauce.border import Border
from cauce.errors import RequestError
from cauce.policy import programme
from cauce.web.domain import rules, sayings
from cauce.web.interfaces.questions import CrossingsPage, TravelPage

TINY = Path(__file__).parents[1] / "tiny"
LANGUAGES = ("en", "es", "ht", "pt")


@pytest.fixture
def tiny() -> Iterator[None]:
    """The service of an invented border, as CAUCE_BORDER with the path of its folder would have it."""
    with override_settings(BORDER=str(TINY), PROGRAMME=""):
        _anew()
        yield
    _anew()


def _anew() -> None:
    rules.border.cache_clear()
    rules.book.cache_clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("tiny")
def test_that_another_border_is_served_by_its_folder_alone(client: Client) -> None:
    address = reverse("pathway-prescreen")
    page = client.get(address).content.decode()
    assert "outside the Blands now?" in page and "entered the Blands without permission?" in page
    assert "Aland" in page
    for absent in ("United States", "Mexico", "Venezuela"):
        assert absent not in page
    told = {
        "nationality": "AAA", "family": "no", "age": "adult", "supporter": "yes", "passport_valid": "yes",
        "own_flight": "yes", "outside": "yes", "other_nationality": "no", "vaccinated": "yes", "removed": "no",
        "stopped_at_sea": "no", "other_bar": "no", "crossed": "no",
    }  # fmt: skip
    answer = client.post(address, told)
    assert answer.status_code == 200
    assert "The programme is not open on this day" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "Has this person entered the United States, Mexico or Panama without permission?"),
        ("es", "¿Ha entrado esta persona sin permiso en Estados Unidos, México o Panamá?"),
        ("ht", "Èske moun sa a te antre Etazini, Meksik oswa Panama san pèmisyon?"),
        ("pt", "Esta pessoa entrou sem permissão em algum destes países: Estados Unidos, México ou Panamá?"),
    ],
)
def test_that_a_question_names_the_places_of_the_rules(language: str, question: str) -> None:
    with translation.override(language):
        form = CrossingsPage()
        assert form["crossed"].label == question
        assert [code for code, _name in form.fields["place_1"].choices] == ["", "USA", "MEX", "PAN", "OTH"]
        assert "%(" not in str(TravelPage()["own_flight"].label)


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_the_border_names_every_country_in_every_language(language: str) -> None:
    border = Border.open()
    assert len(border.countries) > len(border.nationalities)
    with translation.override(language):
        for code, row in border.countries.items():
            if code != rules.OTHER:
                assert rules.said_country(code) == row[f"name_{language}"] != ""
        assert rules.said_country("ZZZ") == "ZZZ"


def test_that_a_border_without_a_destination_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    card = rules.border().card.model_copy(update={"destination": ""})
    monkeypatch.setitem(rules.border().__dict__, "card", card)
    with pytest.raises(RequestError, match="into which country"):
        rules.destination()


def _reasons(**names: Any) -> set[str]:
    """The English of every sentence that the rules of a programme can give as a reason."""
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(programme))) if isinstance(node, ast.Call))
    named = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Named"]
    words = [keyword.value for node in named for keyword in node.keywords if keyword.arg == "en"]
    return {eval(compile(ast.Expression(value), "programme.py", "eval"), {}, names) for value in words}


def test_that_every_reason_of_the_rules_is_said_in_every_language() -> None:
    rule = rules.programme().eligibility
    assert rule is not None
    reasons = _reasons(years=rule.removal_bar_years)
    assert len(reasons) > 10
    assert reasons == set(sayings.REASONS)
    for language in LANGUAGES[1:]:
        catalogue = polib.pofile(configured.WEB / "locale" / language / "LC_MESSAGES" / "django.po")
        said = {entry.msgid for entry in catalogue.translated_entries()}
        assert reasons <= said, language
