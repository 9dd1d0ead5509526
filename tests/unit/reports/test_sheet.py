"""A sheet leaves whole, in both languages, without script or request."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cauce.border import Named
from cauce.errors import OutputError
from cauce.reports.sheet import page, write_sheet
from cauce.runs.sheets import Grid, Mark, Plot, Sheet
from cauce.terms import Language


def named(text: str) -> Named:
    return Named(en=text, es=f"{text} (es)")


SHEET = Sheet(
    id="trial",
    name=named("A trial <here>"),
    question=named("What if?"),
    findings=(named("First & foremost."), named("Second.")),
    grids=(Grid(named("Who waits"), (named("who"), named("hours")), (("a", "1"), (named("b"), "2")), protection=True),),
    notes=(named("Nothing was measured."),),
    hashes=(("draws", "ab12"),),
)


def test_that_all_files_are_written_in_both_languages(tmp_path: Path):
    written = {path.name for path in write_sheet(SHEET, tmp_path / "out")}
    assert written == {"trial.html", "trial.es.html", "trial.pdf", "trial.es.pdf", "trial.json", "trial-1.csv"}
    assert (tmp_path / "out" / "trial.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "out" / "trial-1.csv").read_text() == "who,hours\na,1\nb,2\n"
    assert json.loads((tmp_path / "out" / "trial.json").read_text())["tables"][0]["protection"] is True


@pytest.mark.parametrize("language", list(Language))
def test_that_the_page_asks_nobody_and_escapes(language: Language):
    made = page(SHEET, language)
    assert "<script" not in made and "http" not in made and "A trial &lt;here&gt;" in made
    assert f'lang="{language}"' in made and "◆" in made
    assert ("First &amp; foremost. (es)" in made) == (language is Language.SPANISH)


@pytest.mark.parametrize("language", list(Language))
def test_that_a_plot_is_drawn_under_its_sentence(language: Language, tmp_path: Path):
    marks = (Mark(named("stays"), (1, 2, 3), (4, 5, 6)), Mark(named("lifts"), (2, 3, 4), (1, 2, 3)))
    plot = Plot(
        "trade-off", named("Trade-off"), named("Nobody has <less> of both."), named("beds"), named("hours"), marks
    )
    sheet = replace(SHEET, plots=(plot,))
    write_sheet(sheet, tmp_path)
    made = (tmp_path / f"trial{'.es' * (language is Language.SPANISH)}.html").read_text(encoding="utf-8")
    drawn = made[made.index("<svg") : made.index("</svg>")]
    for words in ("1 stays", "2 lifts", "beds", "hours", "80%"):
        assert words in drawn
    assert 'aria-label="Nobody has &lt;less&gt; of both.' in drawn
    assert made.index("</svg>") < made.index("<table")
    assert json.loads((tmp_path / "trial.json").read_text())["plots"][0]["marks"][1]["y"] == [1, 2, 3]


def test_that_the_same_sheet_gives_the_same_bytes(tmp_path: Path):
    one, two = (write_sheet(SHEET, tmp_path / name) for name in ("one", "two"))
    assert [a.read_bytes() for a in one] == [b.read_bytes() for b in two]


def test_that_the_terminal_shows_aligned_columns():
    told = SHEET.text(Language.ENGLISH).splitlines()
    assert told[:2] == ["A trial <here>", "- First & foremost."]
    assert "a        1" in told and "b        2" in told


def test_that_an_unwritable_folder_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_sheet(SHEET, tmp_path / "file" / "deeper")
