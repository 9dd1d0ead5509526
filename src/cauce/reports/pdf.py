"""The brief as PDF: four pages set by Typst from text that we write, with the charts' SVG.

The page is as wide as A4 and as high as Letter, so that it prints whole on either.  It is tagged, its
pictures have descriptions, and it carries no date, so that the same result gives the same bytes.
"""

from __future__ import annotations

import re
import tempfile
from importlib.util import find_spec
from pathlib import Path

from cauce.errors import RequestError
from cauce.reports import tables
from cauce.reports.depends import sentences
from cauce.reports.figures import Chart
from cauce.reports.findings import leading, leading_outcomes, title
from cauce.reports.page import horizon
from cauce.reports.tables import Table
from cauce.reports.words import say
from cauce.runs.results import Result
from cauce.terms import Language

INSTALLED = find_spec("typst") is not None
if INSTALLED:
    import typst

CHARTS = 6  # on the second page; the third holds protection and what the sides exchange
EXCHANGED = 3
COLUMN = 88  # [mm]
Drawn = tuple[tuple[Chart, str], ...]  # charts with their pictures
PREAMBLE = """
#set page(width: 210mm, height: 279mm, margin: (x: 13mm, top: 13mm, bottom: 15mm), footer: context text(size: 7pt, fill: luma(80))[{footer} #h(1fr) #counter(page).display("1 / 1", both: true)])
#set text(lang: "{language}", size: 9.5pt, font: ("Libertinus Serif",))
#set par(leading: 0.55em, spacing: 0.8em)
#set document(title: [{name}], author: "cauce", date: none)
#show heading: set text(fill: rgb("#14505c"))
#show heading.where(level: 1): set text(size: 17pt)
#show heading.where(level: 2): set block(above: 1.1em, below: 0.6em)
#let small(it) = text(size: 0.8em, fill: luma(60), it)
"""


def compile_pdf(source: str, pictures: dict[str, str]) -> bytes:
    """Set a Typst source with its SVG pictures (file name -> text).

    Raises
    ------
    RequestError
        The typesetter is not installed.
    """
    if not INSTALLED:
        raise RequestError("the PDF needs the package typst", mend="install it with pip")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in pictures.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        main = Path(folder) / "brief.typ"
        main.write_text(source, encoding="utf-8")
        return bytes(typst.compile(str(main), pdf_standards=["ua-1"]))


def escape(text: str) -> str:
    """Text as Typst content, with nothing that Typst would read as markup."""
    for sign in "\\#$*_`<>@[]~=/+-":
        text = text.replace(sign, "\\" + sign)
    return text


def document(result: Result, drawn: Drawn, language: Language) -> bytes:
    """The whole PDF; `drawn` holds the charts with their pictures (SVG)."""
    e = escape

    def head(word: str) -> str:
        return f"\n== {e(say(word, language))}\n\n"

    shown, exchanged = _chosen(result, drawn)
    name = e(result.name.text(language))
    answer = "".join(f"+ {e(one)}\n" for one in leading(result, language))
    protection = [one for one in drawn if one[0].form == "protection"]
    source = (
        PREAMBLE.format(footer=f"cauce · {name}", language=language, name=name)
        + f"= {name}\n\n*{e(say('question', language))}.* {e(result.question.text(language))}\n\n"
        + f"#text(size: 8pt, fill: luma(60))[{e(horizon(result, language))}]\n"
        + head("answer") + answer + head("crossed" if len(result.cases) > 1 else "figures")
        + f"#text(size: 7.5pt)[{e(tables.reading(result, language))}]\n\n"
        + _side_by_side(result, language)
        + "#pagebreak(weak: true)\n" + head("charts")
        + _grid([_figure(result, chart, picture, language, height=63) for chart, picture in shown])
    )  # fmt: skip
    if protection or exchanged:
        left = "".join(_figure(result, chart, picture, language, height=190) for chart, picture in protection)
        right = "".join(_figure(result, chart, picture, language, height=52) for chart, picture in exchanged)
        note = e(say("sides_note", language, base=tables.base_name(result, language)))
        columns = [head("protection") + left] if left else []
        columns += [f"{head('sides')}#text(size: 8pt)[{note}]\n\n{right}"] if right else []
        source += "#pagebreak(weak: true)\n" + _grid(columns)
    source += "#pagebreak(weak: true)\n" + _ground(result, language)
    return compile_pdf(source, {f"{chart.id}.svg": picture for chart, picture in drawn})


def _side_by_side(result: Result, language: Language) -> str:
    if len(result.cases) > 1:
        return _table(tables.everything(result, tables.keys(result), language))
    return _grid([f"*{escape(h.caption)}*\n\n{_table(h)}" for h in tables.halves(result, result.outcomes, language)])


def _chosen(result: Result, drawn: Drawn) -> tuple[Drawn, Drawn]:
    """Charts of the second page, where those of the leading outcomes have their place; and what is exchanged."""
    lead = set(leading_outcomes(result))
    plain = [one for one in drawn if one[0].form in ("fan", "totals")]
    kept = sorted(plain, key=lambda one: not lead & set(one[0].outcomes))[:CHARTS]
    exchanged = [one for one in drawn if one[0].form == "changes"]
    return tuple(one for one in plain if one in kept), tuple(exchanged[:EXCHANGED])


def _figure(result: Result, chart: Chart, picture: str, language: Language, *, height: float) -> str:
    """A sentence and its picture, at most a column wide and `height` [mm] high."""
    return pictured(title(result, chart, language), f"{chart.id}.svg", picture, height)


def pictured(sentence: str, name: str, picture: str, height: float) -> str:
    """A sentence and its picture (SVG of that name), at most a column wide and `height` [mm] high."""
    said = sentence.replace("\\", "").replace('"', "”")
    wide, high = (float(side) for side in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)[0])
    scale = min(COLUMN / wide, height / high)
    return (
        f'#block(breakable: false, below: 3.5mm)[#text(size: 8pt, weight: "bold")[{escape(sentence)}]\n\n'
        f'#image("{name}", width: {wide * scale:.1f}mm, alt: "{said}")]\n'
    )


def _grid(parts: list[str]) -> str:
    cells = ", ".join(f"[{part}]" for part in parts)
    return f"#grid(columns: (1fr, 1fr), column-gutter: 8mm, row-gutter: 4mm, {cells})\n"


def _table(table: Table) -> str:
    """A dense table: what the cases say, with the interval small below."""
    width = len(table.head) - 1
    over = "".join(f", table.cell(colspan: {span}, align: center)[*{escape(name)}*]" for name, span in table.over)
    header = (f"[]{over}, " if over else "") + ", ".join(f"[{escape(name)}]" for name in table.head)
    cells = []
    for row in table.rows:
        cells.append(f"[{escape(row[0])}]")
        for cell in row[1:]:
            first, _, second = cell.partition("\n")
            cells.append(f"[{escape(first)} \\ #small[{escape(second)}]]")
    first = "1fr" if width < 3 else "2.3fr"
    return (
        f"#text(size: {6.6 if width > 3 else 8}pt, hyphenate: false)[#table(columns: ({first}, {'1fr, ' * width}), "
        "align: (x, y) => if x == 0 { left } else { right }, stroke: (x, y) => (bottom: 0.3pt + luma(190)), "
        f"inset: (x: 1.6pt, y: 2.6pt), table.header({header}), {', '.join(cells)})]\n"
    )


def _ground(result: Result, language: Language) -> str:
    """What it depends on, what it is not for, where it comes from."""
    e, p = escape, result.provenance
    told = sentences(result, language)
    parts = [f"\n== {e(say('depends', language))}\n\n"] if told or result.flags or result.disputes else []
    parts += [f"- {e(one)}\n" for one in told]
    if result.flags:
        parts.append(f"\n=== {e(say('flags', language))}\n\n")
        parts += [f"- {e(flag.text(language))}\n" for flag in result.flags]
    if result.disputes:
        parts.append(f"\n=== {e(say('disputes', language))}\n\n")
    for dispute in result.disputes:
        positions = " ".join(
            f"*{e(say(word, language))}.* {e(getattr(dispute, word).text(language))}."
            for word in ("favour", "against", "harm")
        )
        parts.append(f"/ {e(dispute.measure.text(language))}: {positions}\n")
    hashes = ", ".join(f"{k} {v[:12]}" for k, v in sorted(p.hashes.items()))
    parts.append(
        f'\n== {e(say("not_for", language))}\n\n#rect(width: 100%, stroke: 1pt + rgb("#9a3412"), inset: 6pt)'
        f"[{e(say('not_for_text', language))}]\n\n== {e(say('provenance', language))}\n\n"
        f"{e(say('version', language))}: cauce {e(p.version)}. {e(say('data', language))}: {e(p.data_through)}. "
        f"{e(say('seed', language))}: {p.seed}.\n\n{e(say('hash', language))}: "
        f"#text(size: 8pt)[{result.sha256()}]\n\n#text(size: 8pt)[{e(say('hashes', language))}: {e(hashes)}.]\n"
    )
    return "".join(parts)
