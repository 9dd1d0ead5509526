"""The audit is read in the reader's language: every act that is written down has its words, and no words are idle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

import cauce.web
from cauce.web.domain import audit
from cauce.web.interfaces import acts
from tests.web import factory

HERE = Path(cauce.web.__file__).parent


def _written() -> Iterator[str]:
    """The acts that the code writes down, as patterns: what is put together has a gap."""
    for file in [*HERE.glob("domain/*.py"), *HERE.glob("interfaces/*.py"), *HERE.glob("views/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from filter(None, map(_pattern, _act_of(node)))
            if isinstance(node, ast.Assign) and any(
                getattr(to, "id", "") in ("act", "NOT_ENDED") for to in node.targets
            ):
                values = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
                yield from filter(None, map(_pattern, values))


def _act_of(call: ast.Call) -> list[ast.expr]:
    name = ast.unparse(call.func)
    if name in ("audit.record", "_end") and len(call.args) > 2:
        return [call.args[2]]
    return [word.value for word in call.keywords if word.arg == "act"] if name.endswith("advance") else []


def _pattern(act: ast.expr) -> str | None:
    if isinstance(act, ast.Constant):
        return re.escape(str(act.value))
    if isinstance(act, ast.JoinedStr):
        return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z]+" for part in act.values)
    return None


def test_that_every_act_has_words_and_all_words_an_act() -> None:
    written = {*_written()}
    assert len(written) > 60
    for pattern in written:
        assert any(re.fullmatch(pattern, act) for act in acts.WORDS), f"{pattern} has no words"
    for act in acts.WORDS:
        assert any(re.fullmatch(pattern, act) for pattern in written), f"nobody writes {act}"


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
