"""What a verb tells in a terminal is told in both languages, and in the words of the house."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import cauce.cli  # noqa: F401  every verb is known
from cauce import api
from cauce.arrivals import words as of_arrivals
from cauce.cli.shell import app
from cauce.runs import words as of_runs
from cauce.terms import UNITS, Words

SOURCE = Path(__file__).parents[3] / "src" / "cauce"
TINY = Path(__file__).parents[2] / "tiny"
TABLES: dict[str, Words] = {"arrivals": of_arrivals.WORDS, "runs": of_runs.WORDS}
NAMES: Words = of_runs.NAMES | UNITS
AVOIDED = re.compile(r"\b(illegal|alien|flood|wave|ilegal|extranjero|oleada|avalancha)\w*", re.IGNORECASE)
CITED = re.compile(r"(?<=[a-z] \d{4}-\d{2}: ).*")  # of a prior
FIGURE = re.compile(r"\d[\d,.]*\d")
FIELD = re.compile(r"{(\w+):?([^{}]*)}")
COMMON = re.compile(r"(?<![\w/-])(the|and|of|with|from|by|is|are|not|to|at)(?![\w-])")
EACH = [(room, word) for room, table in TABLES.items() for word in table]


def fields(text: str) -> list[tuple[str, str]]:
    """Placeholders and how they are written, but for the width of their column."""
    return sorted((name, style.lstrip("0123456789")) for name, style in FIELD.findall(text))


@pytest.mark.parametrize(("room", "word"), EACH)
def test_that_a_sentence_has_both_languages_and_the_same_fields(room: str, word: str):
    english, spanish = TABLES[room][word]
    assert english.strip() and spanish.strip()
    assert fields(english) == fields(spanish)
    assert not AVOIDED.search(english) and not AVOIDED.search(spanish)


@pytest.mark.parametrize("room", TABLES)
def test_that_every_sentence_is_said_somewhere(room: str):
    text = "".join(p.read_text(encoding="utf-8") for p in (SOURCE / room).glob("*.py"))
    assert not {word for word in TABLES[room] if not re.search(rf"""["']{word}["'](?!: \()""", text)}


@pytest.mark.parametrize("name", NAMES)
def test_that_a_name_is_that_of_a_thing_there_is(name: str):
    assert all(text.strip() and not FIELD.search(text) and not AVOIDED.search(text) for text in NAMES[name])
    files = (
        p for p in SOURCE.rglob("*") if p.suffix in {".py", ".csv", ".yaml"} and p.name not in {"words.py", "terms.py"}
    )
    assert any(re.search(rf"(?<![\w/-]){name}(?![\w-])", p.read_text(encoding="utf-8")) for p in files)


def phrases(side: int) -> Iterator[str]:
    """What stands between the fields of the sentences of a language, where the other says it otherwise."""
    for table in (*TABLES.values(), NAMES):
        for pair in table.values():
            for part in re.split(r"{[^{}]*}|[;:,.()\[\]\n]", pair[side]):
                if re.search(r"[^\W\d]{3}", part) and part.strip() not in pair[1 - side]:
                    yield part.strip()


def heard(text: str, side: int) -> set[str]:
    """Phrases of a language that a text holds, what it cites aside: that is in the words of whoever is cited."""
    own = CITED.sub("", text)
    return {p for p in phrases(side) if re.search(rf"(?<![\w/-]){re.escape(p)}(?![\w-])", own)}


VERBS = {
    "forecast": ("--as-of", "2022-10-11", "--draws", "20", "--months", "1"),
    "response show": (),
    "backtest": ("--quick", "--cutoffs", "2022-11:2022-11", "--draws", "5"),
    "backtest --article": ("--draws", "5"),
    "calibrate": ("--draws", "20"),
    "stations": ("spring", "--border", str(TINY)),
    "validate": ("--from", "2022-12-10", "--to", "2022-12-19", "--draws", "2"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_that_a_verb_speaks_the_language_asked_for_alone(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    name = verb.partition(" --")[0].replace(" ", "_")
    compute, found = getattr(api, name), []

    def once(*words: Any, **asked: Any) -> Any:
        if not found:
            found.append(compute(*words, **asked))
        return found[0]

    monkeypatch.setattr(api, name, once)
    plain, english, spanish = (
        CliRunner().invoke(app, [*verb.split(), *VERBS[verb], *more], catch_exceptions=False).stdout
        for more in ((), ("--lang", "en"), ("--lang", "es"))
    )
    assert plain == english and heard(english, 0) and not heard(english, 1)
    assert heard(spanish, 1) and not heard(spanish, 0)
    assert COMMON.search(english) and not COMMON.search(CITED.sub("", spanish))  # nor what stands in no table
    assert sorted(FIGURE.findall(english)) == sorted(FIGURE.findall(spanish))
