"""A sheet as files: HTML and PDF in both languages, one CSV a table, JSON.  Black and white, no script, no request."""

from __future__ import annotations

import csv
import html
import io
import json
from pathlib import Path

from cauce.places import put
from cauce.reports import pdf, scatter, svg
from cauce.reports.page import ending, pictured
from cauce.reports.pdf import compile_pdf, escape
from cauce.reports.words import say
from cauce.runs.sheets import Grid, Plot, Sheet, worded
from cauce.terms import Language

Drawn = tuple[tuple[Plot, str], ...]
HEIGHT = 90.0  # [mm] of a picture, at most

STYLE = """
body{font:16px/1.45 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1rem;color:#111;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:1.6rem 0 .4rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{border-bottom:1px solid #bbb;padding:.25rem .6rem;text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left}caption{text-align:left;font-weight:600;padding:.3rem 0}
figure{margin:1rem 0;max-width:26rem}figcaption{font-weight:600;padding:.3rem 0}figure svg{width:100%;height:auto}
.not{border:1px solid #111;padding:.6rem}code{font-size:.75rem;word-break:break-all}"""


def write_sheet(sheet: Sheet, folder: Path) -> tuple[Path, ...]:
    """Write <id>.html, .pdf (and .es), <id>.json and one CSV a table into `folder`; each takes its place whole.

    Raises
    ------
    OutputError
        The folder cannot be written.
    RequestError
        The library that sets the PDF, or that draws a plot, is missing.
    """
    files: dict[str, bytes] = {}
    for language in Language:
        name = f"{sheet.id}{ending(language)}"
        drawn = tuple((plot, svg.render(scatter.spec(plot, language), plot.id, language)) for plot in sheet.plots)
        files[f"{name}.html"] = page(sheet, language, drawn).encode()
        pictures = {f"{plot.id}.svg": picture for plot, picture in drawn}
        files[f"{name}.pdf"] = compile_pdf(_typst(sheet, language, drawn), pictures)
    files[f"{sheet.id}.json"] = (json.dumps(sheet.as_json(), ensure_ascii=False, indent=1) + "\n").encode()
    for number, grid in enumerate(sheet.grids, 1):
        files[f"{sheet.id}-{number}.csv"] = _csv(grid).encode()
    return tuple(put(folder / name, content) for name, content in files.items())


def page(sheet: Sheet, language: Language, drawn: Drawn = ()) -> str:
    """The whole page in a language; `drawn` holds its plots with their pictures (SVG)."""

    def text(word: str) -> str:
        return html.escape(say(word, language))

    name = html.escape(sheet.name.text(language))
    findings = "".join(f"<li>{html.escape(f.text(language))}</li>" for f in sheet.findings)
    notes = "".join(f"<li>{html.escape(n.text(language))}</li>" for n in sheet.notes)
    hashes = "".join(f"<dt>{html.escape(k)}</dt><dd><code>{html.escape(v)}</code></dd>" for k, v in sheet.hashes)
    figures = "".join(pictured(html.escape(p.says.text(language), quote=True), picture) for p, picture in drawn)
    depends = f"<h2>{text('depends')}</h2><ul>{notes}</ul>" if notes else ""
    made = f"<footer><h2>{text('provenance')}</h2><dl>{hashes}</dl></footer>" if hashes else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{name} – cauce</title>'
        f"<style>{STYLE}</style></head><body><header><h1>{name}</h1>"
        f"<p><strong>{text('question')}.</strong> {html.escape(sheet.question.text(language))}</p></header>"
        f"<main><ol>{findings}</ol>{figures}{''.join(_table(g, language) for g in sheet.grids)}{depends}"
        f'<section class="not"><h2>{text("not_for")}</h2><p>{text("not_for_text")}</p></section></main>'
        f"{made}</body></html>\n"
    )


def _marked(grid: Grid, language: Language) -> str:
    return ("◆ " if grid.protection else "") + grid.name.text(language)


def _table(grid: Grid, language: Language) -> str:
    head = "".join(f'<th scope="col">{html.escape(h.text(language))}</th>' for h in grid.head)
    rows = "".join(
        "<tr>"
        + f'<th scope="row">{html.escape(worded(row[0], language))}</th>'
        + "".join(f"<td>{html.escape(worded(cell, language))}</td>" for cell in row[1:])
        + "</tr>"
        for row in grid.rows
    )
    caption = html.escape(_marked(grid, language))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _typst(sheet: Sheet, language: Language, drawn: Drawn) -> str:
    parts = [
        "#set page(width: 210mm, height: 279mm, margin: (x: 14mm, y: 11mm))\n",
        f'#set text(size: 9.5pt, lang: "{language}", font: ("Libertinus Serif",))\n',
        f'#set document(title: [{escape(sheet.name.text(language))}], author: "cauce", date: none)\n',
        f"= {escape(sheet.name.text(language))}\n\n*{escape(say('question', language))}.* ",
        f"{escape(sheet.question.text(language))}\n\n",
        *(f"+ {escape(f.text(language))}\n" for f in sheet.findings),
    ]
    parts += [pdf.pictured(p.says.text(language), f"{p.id}.svg", picture, HEIGHT) for p, picture in drawn]
    for grid in sheet.grids:
        columns = "(" + "auto, " * len(grid.head) + ")"
        cells = [escape(worded(cell, language)) for row in grid.rows for cell in row]
        head = ", ".join(f"[*{escape(h.text(language))}*]" for h in grid.head)
        body = ", ".join(f"[{cell}]" for cell in cells)
        parts.append(
            f"\n== {escape(_marked(grid, language))}\n#text(size: 8.5pt)[#set par(leading: 0.45em)\n#table(columns: {columns}, inset: (x: 4pt, y: 3pt), "
            "stroke: (x, y) => (bottom: 0.3pt + luma(150)), align: (x, y) => if x == 0 { left } else { right }, "
            f"table.header({head}), {body})]\n"
        )
    if sheet.notes:
        parts.append(f"\n== {escape(say('depends', language))}\n")
        parts += [f"- {escape(n.text(language))}\n" for n in sheet.notes]
    parts.append(f"\n#rect(width: 100%, stroke: 0.6pt, inset: 6pt)[{escape(say('not_for_text', language))}]\n")
    return "".join(parts)


def _csv(grid: Grid) -> str:
    """A table with English heads; cells that have words in both languages give the English ones."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([h.en for h in grid.head])
    writer.writerows([[worded(cell, Language.ENGLISH) for cell in row] for row in grid.rows])
    return out.getvalue()
