"""What a verb tells in a terminal is told in both languages, and in the words of the house."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import cauce.cli  # noqa: F401  every verb is known
from cauce import api
from cauce.arrivals import words as of_arrivals
from cauce.arrivals.assumptions import Assumptions
from cauce.cli.shell import app
from cauce.data import words as of_data
from cauce.data.cards import find
from cauce.data.fetch import Fetched
from cauce.data.registry import Report
from cauce.data.vintages import Catalogue, Revisions, Vintage
from cauce.policy import demonstration as of_policy
from cauce.runs import words as of_runs
from cauce.runs.calibrate import Calibration
from cauce.runs.doctor import Diagnosis
from cauce.runs.free import Free, Moved
from cauce.runs.points import Point
from cauce.runs.records import Custody, Dispositions
from cauce.runs.validate import Validation
from cauce.terms import THIN_SPACE, UNITS, Language, Words

SOURCE = Path(__file__).parents[3] / "src" / "cauce"
TINY = Path(__file__).parents[2] / "tiny"
TABLES: dict[str, Words] = {
    "arrivals": of_arrivals.WORDS, "data": of_data.WORDS, "policy": of_policy.WORDS, "runs": of_runs.WORDS,
}  # fmt: skip
NAMES: Words = of_data.NAMES | of_runs.NAMES | UNITS
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
    "apply --demo": ("--applications", "90"),
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
    assert sorted(FIGURE.findall(english)) == sorted(FIGURE.findall(spanish.replace(THIN_SPACE, ",")))


def rare() -> dict[str, Any]:
    """Results whose sentences a run of the shipped border seldom or never says."""
    figure = Point(
        date(2022, 12, 10), date(2022, 12, 10), "held", "m", "stock", 4500, 1, "u", "g", "test", "", "S1", 1, "hay"
    )
    free = (Free("agents", (Moved("desks", "agent", 1, 2, 3, 0.5, 6),)),)
    card, day = find("usbp_weekly"), date(2023, 1, 2)
    changed = pl.DataFrame({"week": [day] * 13 + [date(2023, 1, 9)], "column": [f"c{n}" for n in range(14)]})
    changed = changed.with_columns(old=pl.lit(1.0), new=pl.lit(4.0), change=pl.lit(3.0))
    old, new = Path("old.csv"), Path("new.csv")
    said, level = np.full((20, 1), 9.0), np.linspace(0, 1, 20)[:, None]
    return {
        "too short a year": Dispositions(100, 50, 0.2, 0.1, 0.1, (("releases", 100, 50),), (0, 0)),
        "persistence wins": Custody(((1, 30, 2.0, 1.0, 0.1),)),
        "a point out of reach": Calibration(free, (figure,), level, said, 1, figure.last),
        "no point of a test": Validation(
            (replace(figure, role="conflict"),), said, 1, figure.last, False, None, (), (), {}, None
        ),
        "nothing to compare with": Validation((figure,), said, 1, figure.last, False, None, ("x",), (), {}, None),
        "a file checked": Report(
            new, card, "weeks", 9, 9, (("c", "date", ""),), (day, day), (("c", 7),),
            (of_data.named("gap", named="2023-01", more=""), of_data.named("blank", column="c", count=1, rows=9),
             *card.traps),
        ),
        "issues apart": Revisions(old, new, "usbp_weekly", changed, 2, ("2023-02",), ("2022-12",), "week"),
        "a file fetched": Fetched("usbp_weekly", "", new, "", 99, True, (day, day)),
        "a file fetched again": Fetched("usbp_weekly", "", new, "", 99, False, None),
        "publications": Catalogue((
            (card, None, (Vintage("usbp_weekly", new, day, "", 99, False),)),
            (find("cbp_encounters").with_changes(publisher="CBP"), None, ()),
            (card, ("http://invented.example/x.csv", "2023-01-02"), ()),
        )),
        "the machine": Diagnosis("3", (("cauce", "0"),), 1.5, "f" * 16),
        "measured effects": Assumptions((), 0.5, (1, 2, 3), (), 9, (("m", "VEN", 2.0, (-1, 0, 1)),), "f" * 64),
    }  # fmt: skip


@pytest.mark.parametrize("case", rare())
def test_that_what_is_seldom_said_is_said_in_each_language_too(case: str):
    found = rare()[case]
    english, spanish = found.text(Language.ENGLISH), found.text(Language.SPANISH)
    assert heard(english, 0) and not heard(english, 1)
    assert heard(spanish, 1) and not heard(spanish, 0)
    assert COMMON.search(english) and not COMMON.search(spanish)
    assert sorted(FIGURE.findall(english)) == sorted(FIGURE.findall(spanish.replace(THIN_SPACE, ",")))
