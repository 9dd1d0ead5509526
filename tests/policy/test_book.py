"""The law tests: each YAML case says who, when, and what must and must not hold."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from cauce.border import Border
from cauce.policy.explanation import read_words
from cauce.policy.exposure import accepting, exposure, pathway_shares
from cauce.policy.rulebook import Rulebook

CASES = [
    (path.name, case)
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
]


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open()


@pytest.fixture(scope="module")
def book(border: Border) -> Rulebook:
    return Rulebook.read(border)


def test_that_there_are_eighty_law_tests_and_one_for_every_measure(book: Rulebook):
    assert len(CASES) >= 80
    assert len({case["case"] for _, case in CASES}) == len(CASES), "two cases have one name"
    named = {name.split(":")[-1] for _, case in CASES for key in ("expect", "absent") for name in case.get(key, [])}
    named |= {m.id for m in book.measures if m.pathway in named}
    assert {m.id for m in book.measures} <= named


def test_that_the_book_holds_the_record_from_2018_to_2025(book: Rulebook):
    assert sum(2018 <= m.announced.year <= 2025 for m in book.measures) >= 35
    assert len(book.measures) >= 50


@pytest.mark.parametrize(("file", "case"), CASES, ids=[c["case"] for _, c in CASES])
def test_that_the_law_holds(border: Border, book: Rulebook, file: str, case: dict):
    zone = ZoneInfo(case.get("zone", book.zone))
    when = datetime.fromisoformat(case["date"]).replace(tzinfo=zone)
    known = case.get("known_on")
    held = book.known_on(datetime.fromisoformat(known).date()) if known else book
    nationality, demographic = read_words(border, case["who"])
    shares = dict(pathway_shares(held, when, nationality, demographic))
    assert sum(shares.values()) == pytest.approx(1)
    agreement = accepting(held, when, nationality, demographic)
    present = {m.id for m in held.at(when)} | {name for name, share in shares.items() if share > 0}
    present |= {f"accepted-by:{agreement.id}"} if agreement is not None else set()
    present |= {f"for:{m.id}" for m in held.at(when) if m.applies_to.concerns(nationality, demographic)}
    facts = exposure(held, when, nationality, demographic)
    present |= {"lane"} if facts.lawful_places_per_day > 0 else set()
    present |= {"entry-required"} if facts.entry_required else set()
    for name in case.get("expect", []):
        assert name in present, f"{file}: {name} is missing"
    for name in case.get("absent", []):
        assert name not in present, f"{file}: {name} should not be"
