"""The brief asks nothing of the network, speaks both languages, hides small counts, and is written whole."""

from __future__ import annotations

import errno
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from invented import FEW, invent

from cauce import api
from cauce.errors import OutputError, RequestError
from cauce.reports import brief, pdf, svg
from cauce.reports.brief import MESSAGE, message, write_brief
from cauce.runs.results import Result
from cauce.terms import Language

TINY = Path(__file__).parents[2] / "tiny"
PAGES = [("brief.html", "en"), ("brief.es.html", "es")]
VOID = {"meta", "br", "hr", "input", "link", "img"}


@pytest.fixture(scope="module")
def nine() -> Result:
    return invent(3, 3)


@pytest.fixture(scope="module")
def folder(nine: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("brief")
    written = write_brief(nine, place)
    assert sorted(p.name for p in written) == sorted(p.name for p in place.iterdir())
    assert len(written) == 6
    return place


class _Page(HTMLParser):
    """Tags with their attributes, in order; closes what it opens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(params=PAGES, ids=[code for _, code in PAGES])
def page(request: pytest.FixtureRequest, folder: Path) -> tuple[_Page, str, str]:
    name, code = request.param
    text = (folder / name).read_text(encoding="utf-8")
    return _Page(text), text, code


def test_that_the_page_is_well_formed_and_alone(page: tuple[_Page, str, str]):
    parsed, text, code = page
    assert not parsed.open
    assert not parsed.all("script", "link", "img", "iframe", "object")
    assert not [a for _, a in parsed.tags if "src" in a or any(name.startswith("on") for name in a)]
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", text)
    assert parsed.all("html")[0]["lang"] == code
    ids = [a["id"] for _, a in parsed.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for link in parsed.all("a"):
        target = str(link["href"])
        assert target[1:] in ids if target.startswith("#") else re.fullmatch(r"brief(\.es)?\.(html|pdf|txt)", target)


def test_that_the_page_can_be_heard(page: tuple[_Page, str, str]):
    parsed, _, code = page
    levels = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert len(parsed.all("main")) == len(parsed.all("header")) == len(parsed.all("footer")) == 1
    assert len(parsed.all("caption")) == len(parsed.all("table")) > 0
    assert all("scope" in a for a in parsed.all("th"))
    assert all(a.get("role") == "img" and a.get("aria-label") for a in parsed.all("svg"))
    other = next(a for a in parsed.all("a") if "hreflang" in a)
    assert {code, other["hreflang"]} == {"en", "es"} and other["lang"] == other["hreflang"]


def test_that_every_figure_is_followed_by_its_table(page: tuple[_Page, str, str]):
    parsed, _, _ = page
    order = [tag for tag, _ in parsed.tags if tag in ("figure", "figcaption", "svg", "details", "summary", "table")]
    starts = [n for n, tag in enumerate(order) if tag == "figure"]
    assert starts
    for start in starts:
        assert order[start : start + 6] == ["figure", "figcaption", "svg", "details", "summary", "table"]


def test_that_what_a_reader_must_know_is_there(nine: Result, page: tuple[_Page, str, str]):
    _, text, code = page
    language = Language(code)
    assert nine.question.text(language) in text
    assert nine.sha256() in text and "2022-10" in text
    for dispute in nine.disputes:
        assert all(getattr(dispute, side).text(language) in text for side in ("measure", "favour", "against", "harm"))
    assert "does what a law forbids &lt;here&gt;" in text, "flags are shown, and their text is escaped"
    assert all(o.name.text(language) in text for o in nine.outcomes)


def test_that_small_counts_are_shown_nowhere(page: tuple[_Page, str, str]):
    _, text, _ = page
    rows = re.findall(r"Children over 72h[^<]*</th>((?:<td>.*?</td>)+)", text)
    assert rows and {cell for row in rows for cell in re.findall(">([^<>]+)<", row)} == {"&lt;20"}


@pytest.mark.parametrize("name", ["brief.pdf", "brief.es.pdf"])
def test_that_the_pdf_has_two_to_four_pages(folder: Path, name: str):
    content = (folder / name).read_bytes()
    assert content.startswith(b"%PDF-")
    pages = [int(count) for count in re.findall(rb"/Type\s*/Pages.*?/Count\s+(\d+)", content, re.DOTALL)]
    assert 2 <= max(pages) <= 4
    assert b"/CreationDate" not in content


@pytest.mark.parametrize("counts", [(), (2,), (5,), (2, 2, 2)], ids=str)
def test_that_any_shape_of_question_has_a_brief(counts: tuple[int, ...], tmp_path: Path):
    write_brief(invent(*counts, draws=3, days=14, outcomes=FEW), tmp_path)
    assert len(list(tmp_path.iterdir())) == 6


def test_that_signs_of_the_typesetter_are_plain_text(tmp_path: Path):
    for text in ("#pagebreak() *a* _b_ $c$ `d` <e> @f [g] = h / i // j -- k \\ l ~ 'm' \"n\"", "#" * 9, "+ a\n- b"):
        content = pdf.compile_pdf(
            pdf.PREAMBLE.format(footer=pdf.escape(text), language="en", name=pdf.escape(text)) + pdf.escape(text), {}
        )
        assert content.startswith(b"%PDF-")


@pytest.mark.parametrize("language", list(Language))
def test_that_the_message_is_short_and_says_something(nine: Result, language: Language):
    text = message(nine, language)
    assert len(text.strip()) <= MESSAGE
    assert re.search(r"\d", text) and nine.name.text(language) in text
    assert not re.search("[“”«»–−\u202f]", text), "signs that make a message three times as long"


def test_that_a_run_writes_the_same_page_again(tmp_path: Path):
    _, one = api.run("spring", border=str(TINY), draws=3, out=tmp_path / "one")
    _, two = api.run("spring", border=str(TINY), draws=3, out=tmp_path / "two")
    names = sorted(p.name for p in one.iterdir())
    assert [n for n in names if n.startswith("brief")] == sorted(
        ["brief.html", "brief.es.html", "brief.pdf", "brief.es.pdf", "brief.txt", "brief.es.txt"]
    )
    for name in set(names) - {"outcomes.parquet"}:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_that_a_failure_leaves_no_half_brief(nine: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(brief.pdf, "document", fail)
    with pytest.raises(OSError, match="Input/output"):
        write_brief(nine, tmp_path)
    assert not list(tmp_path.iterdir())


def test_that_an_unwritable_folder_is_one_sentence(tmp_path: Path):
    (tmp_path / "place").write_text("a file")
    with pytest.raises(OutputError) as told:
        write_brief(invent(draws=2, days=5), tmp_path / "place")
    assert "\n" not in str(told.value) and str(told.value).endswith(".")
    assert [p.name for p in tmp_path.iterdir()] == ["place"]


@pytest.mark.parametrize(("room", "package"), [(svg, "vl-convert-python"), (pdf, "typst")])
def test_that_a_missing_library_is_one_sentence(room: object, package: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "INSTALLED", False)
    with pytest.raises(RequestError, match=package):
        svg.render({}, "x", Language.ENGLISH) if room is svg else pdf.compile_pdf("", {})
