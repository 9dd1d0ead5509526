"""The audit is read in the reader's language: every act that is written down has its words, and no words are idle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

import cauce.web
from cauce.policy.programme import State
from cauce.web.domain import (
    alerts,
    arrivals,
    audit,
    carriers,
    casework,
    erasures,
    mandates,
    pauses,
    reissues,
    releases,
    retention,
    shelters,
    staffing,
    tracing,
)
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import Refused
from cauce.web.interfaces import acts
from cauce.web.models import Event, Held, Release
from cauce.web.views.casework import details
from cauce.web.views.casework.cases import PROPOSED
from tests.web import factory

HERE = Path(cauce.web.__file__).parent


FILES = [*HERE.glob("domain/*.py"), *HERE.glob("interfaces/*.py"), *HERE.glob("views/**/*.py")]
PUT_IN = {"verdict": set(PROPOSED)}
"""What a name of a function's own stands for in an act."""

WRITERS = ("audit.record", "audit.begin", "_end", "cases.advance")


def _calls() -> Iterator[tuple[ast.Module, ast.Call]]:
    """The calls that write an act down, or hand one on to what does."""
    for file in FILES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS:
                yield tree, node


def _written() -> set[str]:
    """The acts that the code writes down, each in full."""
    found: set[str] = set()
    for tree, call in _calls():
        named = [word.value for word in call.keywords if word.arg == "act"]
        found |= _said(named[0] if named else call.args[2], tree)
    return found


def _said(node: ast.expr, tree: ast.Module) -> set[str]:
    """All that an expression may say; nothing for what whoever calls puts in."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _said(node.body, tree) | _said(node.orelse, tree)
    if isinstance(node, ast.JoinedStr):
        return {"".join(parts) for parts in product(*(_said(part, tree) for part in node.values))}
    if isinstance(node, ast.FormattedValue):
        return _said(node.value, tree)
    assert isinstance(node, ast.Name), ast.unparse(node)
    given = [
        statement.value
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Assign) and node.id in [getattr(to, "id", "") for to in statement.targets]
    ]
    return PUT_IN.get(node.id, set()).union(*(_said(value, tree) for value in given))


def test_that_every_act_has_words_and_all_words_an_act() -> None:
    assert _written() == set(acts.WORDS)


def _details() -> set[str]:
    """The names of the details that the code writes down."""
    ours = {"act", "actor", "version"}
    found: set[str] = set()
    for tree, call in _calls():
        for word in call.keywords:
            if word.arg is not None:
                found.add(word.arg)
            elif isinstance(word.value, ast.Dict):
                found |= {key.value for key in word.value.keys if isinstance(key, ast.Constant)}
            else:
                name = ast.unparse(word.value)
                for node in ast.walk(tree):
                    if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
                        assert isinstance(node.value, ast.Dict)
                        found |= {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    return found - ours


def test_that_every_detail_has_words_and_all_words_a_detail() -> None:
    assert _details() == set(details.NAMES)
    assert set(details.VALUES) <= set(details.NAMES)


def test_that_the_codes_of_what_is_written_down_have_words() -> None:
    values = details.VALUES
    assert {state.value for state in State} <= set(values["after"]) == set(values["before"])
    assert {stage for stage, _label in Held.STAGES} <= set(values["after"])
    assert set(values["by"]) == {block for block, _label in Held.BLOCKS}
    assert set(values["way_out"]) == {way for way, _label in Held.WAYS_OUT}
    assert set(values["reason"]) == set(erasures.REASONS) and set(values["scope"]) == set(mandates.SCOPES)
    assert set(values["role"]) == set(staffing.ROLES)
    assert set(values["counts"]) == {row.name for row in retention.table()}
    assert set(values["kind"]) == {*alerts.thresholds(), *shelters.KINDS}
    assert set(values["fields"]) == {*Contact.model_fields, "language"}
    assert set(values["missing"]) == set(releases.missing(Release()))
    assert set(values["answer"]) == set(carriers.Answer)
    assert set(values["why"]) == {*casework.WHY, *tracing.WHY, *pauses.WHY, *arrivals.WHY, *reissues.WHY, "works-on-it"}
    assert set(details.WHO) == staffing.NOBODY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            {"before": "travel-requested", "after": "intake"},
            [("estado anterior", "Usted pidió viajar"), ("estado posterior", "Ingreso")],
        ),
        ({"recycled": False, "number": None}, [("número de la autorización", "–"), ("cupos devueltos", "No")]),
        ({"fields": ["email", "safe"]}, [("lo que se cambió", "correo, la forma segura de contacto")]),
        ({"counts": {"draft": 3, "notice": 0}}, [("cantidades", "Borradores 3, Mensajes 0")]),
        ({"sites": []}, [("sitios", "–")]),
        ({"kind": "of-before", "of-before": "x"}, [("tipo", "of-before"), ("of-before", "x")]),
    ],
)
def test_that_details_are_read_in_the_readers_language(told: dict[str, Any], words: list[tuple[str, str]]) -> None:
    with transaction.atomic():
        audit.record("subject", "somebody", "read", **told)
    with translation.override("es"):
        assert details.details(Event.objects.get()) == words  # as it was kept, and read again


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(staffing.NOBODY))
def test_that_no_account_has_the_name_of_who_is_no_staff(name: str) -> None:
    with pytest.raises(Refused, match="somebody has this name"):
        staffing.make(name.title(), "officer", (), factory.staff("steward"))


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["staff-audit", "staff-case"])
def test_that_the_audit_is_read_in_spanish_and_keeps_its_codes(page: str) -> None:
    case, auditor = factory.case(), factory.staff("auditor")
    with transaction.atomic():
        audit.record(case.reference, "somebody", "an-act-of-before")
    client = factory.sign_in(Client(headers={"accept-language": "es"}), auditor)
    address = reverse(page, args=[] if page == "staff-audit" else [case.reference])
    told = {"why": "audit"}
    read = client.post(address, told) if page == "staff-case" else client.get(address, {"subject": case.reference})
    words = read.content.decode()
    assert "Pidió viajar" in words or "Presentó la solicitud" in words
    assert "an-act-of-before" in words and "Applied" not in words
    assert ("<small>filed</small>" in words) is (page == "staff-audit")
    assert "Las personas de la solicitud" in words and ">applicant<" not in words
