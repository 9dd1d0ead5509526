"""The brief: one page to act on, with the charts behind it; HTML, PDF and a text message, en and es.

Self-contained: no script, no request.  Every chart has a sentence and a table; every figure of operation
stands with the protection of people beside it.

    page.py    the HTML        pdf.py     the PDF
    figures.py, svg.py         findings.py, tables.py, words.py
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cauce.places import put
from cauce.reports import figures, pdf, svg
from cauce.reports.findings import leading
from cauce.reports.page import ending, page
from cauce.reports.words import say
from cauce.runs.results import Result
from cauce.terms import THIN_SPACE, Language

DRAWING = 2  # charts under way at once
MESSAGE = 480  # [character] three text messages
_TYPED = str.maketrans({"“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "−": "-", THIN_SPACE: " "})


def write_brief(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write brief.html, brief.pdf, brief.txt and their Spanish twins into `folder`.

    Everything is made before anything is written, and each file takes its place whole.

    Returns
    -------
    paths : tuple of path
        The six files.

    Raises
    ------
    OutputError
        The folder cannot be written.
    RequestError
        A library that draws or sets is missing.
    """
    files: dict[str, bytes] = {}
    charts = figures.charts(result)
    wanted = [(chart, language) for language in Language for chart in charts]
    with ThreadPoolExecutor(DRAWING) as pool:
        pictures = list(
            pool.map(lambda one: svg.render(figures.spec(result, one[0], one[1]), one[0].id, one[1]), wanted)
        )
    for number, language in enumerate(Language):
        name = f"brief{ending(language)}"
        drawn = tuple(zip(charts, pictures[number * len(charts) :], strict=False))
        files[f"{name}.html"] = page(result, drawn, language).encode()
        files[f"{name}.pdf"] = pdf.document(result, drawn, language)
        files[f"{name}.txt"] = message(result, language).encode()
    return tuple(put(folder / name, content) for name, content in files.items())


def message(result: Result, language: Language) -> str:
    """A text message of at most 480 characters, in signs that a plain telephone has."""
    told = ""
    name = result.name.text(language)
    for sentence in leading(result, language, brief=True):
        longer = f"{told} {sentence}".strip()
        if len(say("message", language, name=name, findings=longer)) > MESSAGE:
            continue
        told = longer
    return say("message", language, name=name, findings=told).translate(_TYPED)[:MESSAGE] + "\n"
