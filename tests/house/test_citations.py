"""Every number that ships cites what ships: a publication of sources.csv, our own computation, or a judgement."""

from __future__ import annotations

import re

import pytest
import yaml

from cauce.border import SHIPPED, Border, Row, read_rows

ROOT = SHIPPED / "us_mexico"
BORDER = Border.open("us_mexico")
FORBIDDEN = {"S8", "S25", "S62", "S115", "S117", "S152"}  # never cited: their words are not open
TABLES = ("sites.csv", "routes.csv", "sites-border.csv", "routes-border.csv")
FILES = [path for path in sorted(ROOT.rglob("*.yaml")) if path.parent.name != "reference"]
SUPPOSING = {"scenarios", "events", "negotiations", "plans"}  # folders whose documents suppose what was not


def sources(node: object) -> list[str]:
    """Every `source` of a document."""
    if isinstance(node, dict):
        own = [str(v) for k, v in node.items() if k == "source"]
        return own + [s for k, v in node.items() if k != "source" for s in sources(v)]
    return [s for child in node for s in sources(child)] if isinstance(node, list) else []


# What stands without a publication; a law of the United States may be named before it.
GROUND = re.compile(r"(\d+ U\.S\.C\. [^:]+: )?(judgement|computed): \S")
SUPPOSED = re.compile(r"what if: \S")  # in a scenario only


def unsound(source: str, scenario: bool = False) -> str | None:
    """What is wrong with a citation, if anything."""
    cited = set(re.findall(r"\bS\d+\b", source))
    if "facts" in source:
        return "cites a document that does not ship"
    if cited & FORBIDDEN:
        return "cites what must not be cited"
    if cited - set(BORDER.sources):
        return f"cites {min(cited - set(BORDER.sources))}, which sources.csv does not have"
    if not (cited or GROUND.match(source) or (scenario and SUPPOSED.match(source))):
        return "is no publication, no computation and no judgement"
    return None


def bare(row: Row) -> bool:
    """Whether a row of a table holds no number, and so nothing to cite."""
    return not any(re.fullmatch(r"-?\d+(\.\d+)?", cell) for cell in row.values())


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_that_every_citation_of_a_document_ships(path):
    found = sources(yaml.safe_load(path.read_text(encoding="utf-8")))
    scenario = path.parent.name in SUPPOSING
    assert {s: unsound(s, scenario) for s in found if unsound(s, scenario)} == {}


@pytest.mark.parametrize("name", TABLES)
def test_that_every_citation_of_a_table_ships(name: str):
    found = [row["source"] for row in read_rows(ROOT / name, ("source",)) if row["source"] or not bare(row)]
    assert found
    assert {s: unsound(s) for s in found if unsound(s)} == {}


def test_that_the_list_of_publications_holds_none_that_must_not_be_cited():
    assert set(BORDER.sources) & FORBIDDEN == set()


@pytest.mark.parametrize(
    "bad",
    [
        "facts section 3",
        "judgement: facts section 3",
        "S8 (somebody)",
        "S13, S8 (two)",
        "S99999 (nobody)",
        "as the row above",
        "design of something",
        "judgement",
        "what if: something",
        "",
    ],
)
def test_that_an_unsound_citation_is_seen(bad: str):
    assert unsound(bad) is not None


@pytest.mark.parametrize(
    "good",
    [
        "S13 (Washington Examiner)",
        "judgement: recalled, unverified",
        "computed: a table, November 2022",
        "8 U.S.C. 1225: judgement: recalled, unverified",
    ],
)
def test_that_a_sound_citation_passes(good: str):
    assert unsound(good) is None


def test_that_a_number_without_a_source_is_seen():
    assert not bare({"site": "hall", "capacity": "660", "source": ""})
    assert bare({"site": "river", "capacity": "", "source": ""})
