"""Every number that ships cites what ships: a publication of sources.csv, our own computation, or a judgement."""

from __future__ import annotations

import re

import pytest
import yaml

from cauce.border import SHIPPED, Border, read_rows

ROOT = SHIPPED / "us_mexico"
BORDER = Border.open("us_mexico")
FORBIDDEN = {"S8", "S25", "S62", "S115", "S117", "S152"}  # never cited: their words are not open
TABLES = ("sites.csv", "routes.csv")
FILES = [*sorted(ROOT.glob("*.yaml")), *sorted((ROOT / "book").glob("*.yaml")), *sorted(ROOT.glob("scenarios/*.yaml"))]


def sources(node: object) -> list[str]:
    """Every `source` of a document."""
    if isinstance(node, dict):
        own = [str(v) for k, v in node.items() if k == "source"]
        return own + [s for k, v in node.items() if k != "source" for s in sources(v)]
    return [s for child in node for s in sources(child)] if isinstance(node, list) else []


def unsound(source: str) -> str | None:
    """What is wrong with a citation, if anything."""
    cited = set(re.findall(r"\bS\d+\b", source))
    if "facts" in source:
        return "cites a document that does not ship"
    if cited & FORBIDDEN:
        return "cites what must not be cited"
    if cited - set(BORDER.sources):
        return f"cites {min(cited - set(BORDER.sources))}, which sources.csv does not have"
    return None


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_that_every_citation_of_a_document_ships(path):
    found = sources(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert {s: unsound(s) for s in found if unsound(s)} == {}


@pytest.mark.parametrize("name", TABLES)
def test_that_every_citation_of_a_table_ships(name: str):
    rows = [row["source"] for row in read_rows(ROOT / name, ("source",))]
    assert {s: unsound(s) for s in rows if unsound(s)} == {}


def test_that_an_unsound_citation_is_seen():
    for bad in ("facts section 3", "S8 (somebody)", "S99999 (nobody)"):
        assert unsound(bad) is not None
    assert unsound("S13 (Washington Examiner)") is None
