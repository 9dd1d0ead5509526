"""Both languages say the same, and in the words of the house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cauce.reports.words import WORDS, say
from cauce.terms import Language

ROOM = Path(__file__).parents[3] / "src" / "cauce" / "reports"
AVOIDED = re.compile(r"\b(illegal|alien|flood|wave|surge of|ilegal|extranjero|oleada|avalancha)\w*", re.IGNORECASE)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_that_a_sentence_has_both_languages(word: str):
    english, spanish = WORDS[word]
    assert english.strip() and spanish.strip()
    assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", spanish))
    assert not AVOIDED.search(english) and not AVOIDED.search(spanish)


def test_that_the_months_are_twelve():
    assert {len(say("months", language).split()) for language in Language} == {12}


def test_that_every_sentence_is_said_somewhere():
    text = "".join(p.read_text(encoding="utf-8") for p in ROOM.glob("*.py") if p.name != "words.py")
    made = {f"key_{which}" for which in ("rated", "surge")}
    unsaid = {word for word in WORDS if not re.search(f"""["']{word}["']""", text)} - made
    assert not unsaid
