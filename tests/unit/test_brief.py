"""The brief asks nothing of the network, speaks both languages, and hides small counts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cauce import api
from cauce.reports.brief import MESSAGE, message
from cauce.reports.tables import number
from cauce.reports.words import WORDS
from cauce.runs.results import Result
from cauce.terms import Language

TINY = Path(__file__).parents[1] / "tiny"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    return api.run("spring", border=str(TINY), draws=3, out=tmp_path_factory.mktemp("out"))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(("name", "language"), [("brief.html", "en"), ("brief.es.html", "es")])
def test_that_the_page_is_self_contained(written: tuple[Result, Path], name: str, language: str):
    text = (written[1] / name).read_text(encoding="utf-8")
    parser = _Tags()
    parser.feed(text)
    tags = [tag for tag, _ in parser.tags]
    assert "script" not in tags and "link" not in tags and "img" not in tags
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert not re.search(r"url\(\s*['\"]?http", text)
    assert dict(parser.tags[0][1] or parser.tags[1][1]).get("lang") == language
    figures, tables = tags.count("figure"), tags.count("details")
    assert figures == tables > 0  # every chart has a table twin
    assert tags.count("h1") == 1


@pytest.mark.parametrize("name", ["brief.pdf", "brief.es.pdf"])
def test_that_the_pdf_is_a_pdf(written: tuple[Result, Path], name: str):
    assert (written[1] / name).read_bytes().startswith(b"%PDF-")


def test_that_every_sentence_has_both_languages():
    for word, (english, spanish) in WORDS.items():
        assert english.strip() and spanish.strip(), word
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", spanish)), word


@pytest.mark.parametrize("language", list(Language))
def test_that_the_message_is_short(written: tuple[Result, Path], language: Language):
    assert len(message(written[0], language).strip()) <= MESSAGE


def test_that_small_counts_of_people_are_hidden(written: tuple[Result, Path]):
    persons = next(o for o in written[0].outcomes if o.unit == "person")
    assert number(3, persons, Language.ENGLISH) == "<10"
    assert number(0, persons, Language.ENGLISH) == "0"
    assert number(1234, persons, Language.ENGLISH) == "1,235"


def test_that_both_runs_write_the_same_page(written: tuple[Result, Path], tmp_path: Path):
    _, again = api.run("spring", border=str(TINY), draws=3, out=tmp_path)
    for name in ("brief.html", "brief.es.html", "summary.csv", "result.json"):
        assert (again / name).read_bytes() == (written[1] / name).read_bytes(), name
