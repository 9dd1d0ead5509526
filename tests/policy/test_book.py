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


def test_that_there_are_thirty_law_tests():
    assert len(CASES) >= 30


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
    places = exposure(held, when, nationality, demographic).lawful_places_per_day
    present |= {"lane"} if places > 0 else set()
    for name in case.get("expect", []):
        assert name in present, f"{file}: {name} is missing"
    for name in case.get("absent", []):
        assert name not in present, f"{file}: {name} should not be"
