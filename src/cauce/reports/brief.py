"""The brief: one page to act on, with the charts behind it; HTML, PDF and a text message, en and es.

Self-contained: no script, no request.  Every chart has a sentence and a table; every figure of operation
stands with the protection of people beside it.
"""

from __future__ import annotations

import html
import os
from pathlib import Path

import numpy as np

from cauce.errors import OutputError
from cauce.reports import figures, pdf, svg
from cauce.reports.findings import finding, leading
from cauce.reports.tables import interval, number, ordered
from cauce.reports.words import say
from cauce.runs.results import Outcome, Result
from cauce.terms import Language

MESSAGE = 480  # [character] three text messages
STYLE = """
:root{--ink:#1b1b1b;--deep:#14505c;--soft:#eef5f5;--line:#c9d6d8}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,'DejaVu Sans',Arial,sans-serif;color:var(--ink);background:#fff}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1rem}header{padding-top:1.5rem}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0;color:var(--deep)}h2{font-size:1.2rem;margin:2rem 0 .5rem;color:var(--deep)}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}a{color:var(--deep)}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.86rem;width:100%}
caption{text-align:left;color:#555;padding:.3rem 0}th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:right;vertical-align:top}
th[scope=row],th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid var(--deep)}
tr.protect th::before{content:"◆ ";color:#9a3412}tr.protect{background:#fff7f0}small{color:#555;display:block;white-space:nowrap}
figure{margin:1rem 0}figure svg{width:100%;height:auto}figcaption{font-weight:600}li{margin:.3rem 0}
.not{border:2px solid #9a3412;padding:.2rem 1rem;margin:1.5rem 0}code{word-break:break-all;font-size:.8rem}
@media print{.skip,details{display:none}body{font-size:11px}}
"""


def write_brief(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write brief.html, brief.pdf, brief.txt and their Spanish twins.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    written = []
    for language in Language:
        ending = "" if language is Language.ENGLISH else f".{language}"
        pictures = {o.id: svg.render(figures.fan(result, o, language)) for o in _charted(result)}
        files = {
            f"brief{ending}.html": _html(result, language, pictures).encode(),
            f"brief{ending}.pdf": _pdf(result, language, pictures),
            f"brief{ending}.txt": message(result, language).encode(),
        }
        for name, content in files.items():
            written.append(_put(folder / name, content))
    return tuple(written)


def _put(path: Path, content: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(
            f"cannot be written ({error.strerror})", mend="name a folder you may write with --out", file=path
        ) from None
    return path


def message(result: Result, language: Language) -> str:
    """A text message of at most 480 characters."""
    told = ""
    for sentence in leading(result, language):
        longer = f"{told}{sentence} "
        if len(say("message", language, name=result.name.text(language), findings=longer)) > MESSAGE:
            break
        told = longer
    return say("message", language, name=result.name.text(language), findings=told.strip()) + "\n"


def _charted(result: Result) -> tuple[Outcome, ...]:
    """The outcomes with a chart: one of each group, the first that protects where a group has any."""
    chosen = []
    for group in dict.fromkeys(o.group for o in result.outcomes):
        mine = [o for o in result.outcomes if o.group == group]
        chosen.append(next((o for o in mine if o.protection), mine[0]))
    return tuple(chosen)


def sides(result: Result) -> list[tuple[str, str, Outcome]]:
    """(side, gives or gets, outcome) for every outcome that names a side."""
    found = [(side, "gives", o) for o in result.outcomes for side in o.gives]
    found += [(side, "gets", o) for o in result.outcomes for side in o.gets]
    return sorted(found, key=lambda row: (row[0], row[1]))


def _crossed(result: Result, language: Language) -> str:
    head = "".join(f"<th scope=col>{html.escape(name.text(language))}</th>" for _, name in result.cases)
    rows = []
    for outcome in ordered(result):
        total = result.total(outcome.id)
        cells = []
        for case in range(len(result.cases)):
            middle, both = interval(total[case], outcome, language)
            cells.append(f"<td>{html.escape(middle)}<small>{html.escape(both)}</small></td>")
        what = say("total" if outcome.kind == "flow" else "highest", language)
        mark = " class=protect" if outcome.protection else ""
        name = f"{html.escape(outcome.name.text(language))} <small>{what}</small>"
        rows.append(f"<tr{mark}><th scope=row>{name}</th>{''.join(cells)}</tr>")
    caption = say("median80", language, draws=result.provenance.draws) + f". ◆ {say('protection', language)}"
    return (
        f'<div class=scroll tabindex=0 role=region aria-label="{say("crossed", language)}"><table><caption>{caption}</caption>'
        f"<thead><tr><th scope=col>{say('outcome', language)}</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _sides_rows(result: Result, language: Language) -> list[tuple[str, ...]]:
    """Side, direction, outcome, then the paired difference of each case against the last one."""
    base = len(result.cases) - 1
    names = {side: name.text(language) for side, name in result.sides}
    rows = []
    for side, way, outcome in sides(result):
        cells = []
        for case in range(len(result.cases) - 1):
            low, middle, high = result.paired(outcome.id, case, base)
            shown = [f"{'+' if x > 0 else ''}{number(x, outcome, language)}" for x in (middle, low, high)]
            cells.append(f"{shown[0]} ({shown[1]} – {shown[2]})")
        rows.append((names.get(side, side), say(way, language), outcome.name.text(language), *cells))
    return rows


def _figure(result: Result, outcome: Outcome, picture: str, language: Language) -> str:
    sentence = html.escape(finding(result, outcome, language))
    weeks = range(0, len(result.days), 7)
    head = "".join(f"<th scope=col>{html.escape(n.text(language))}</th>" for _, n in result.cases)
    medians = [np.median(result.daily[c, :, result.outcomes.index(outcome)], axis=0) for c in range(len(result.cases))]
    body = "".join(
        f"<tr><th scope=row>{result.days[d].isoformat()}</th>"
        + "".join(f"<td>{number(m[d], outcome, language)}</td>" for m in medians)
        + "</tr>"
        for d in weeks
    )
    picture = picture.replace("<svg", f'<svg role="img" aria-label="{sentence}"', 1)
    return (
        f"<figure><figcaption>{sentence}</figcaption>{picture}</figure><details><summary>{say('table', language)}</summary>"
        f"<div class=scroll><table><thead><tr><th scope=col>{say('day', language)}</th>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div></details>"
    )


def _html(result: Result, language: Language, pictures: dict[str, str]) -> str:
    def text(word: str, **fields: object) -> str:
        return html.escape(say(word, language, **fields))

    other = "brief.es.html" if language is Language.ENGLISH else "brief.html"
    other_code = "es" if language is Language.ENGLISH else "en"
    findings = "".join(f"<li>{html.escape(f)}</li>" for f in leading(result, language))
    charts = "".join(_figure(result, o, pictures[o.id], language) for o in _charted(result))
    notes = "".join(f"<li>{html.escape(n.text(language))}</li>" for n in result.notes)
    side_rows = _sides_rows(result, language)
    side_table = ""
    if side_rows and len(result.cases) > 1:
        head = "".join(f"<th scope=col>{html.escape(n.text(language))}</th>" for _, n in result.cases[:-1])
        body = "".join(
            "<tr>" + f"<th scope=row>{html.escape(row[0])} {html.escape(row[1])}</th>"
            + "".join(f"<td>{html.escape(c)}</td>" for c in row[2:]) + "</tr>"
            for row in side_rows
        )  # fmt: skip
        note = text("sides_note", base=result.cases[-1][1].text(language))
        side_table = (
            f"<h2>{text('sides')}</h2><div class=scroll><table><caption>{note}</caption>"
            f"<thead><tr><th></th><th scope=col>{text('outcome')}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
    p = result.provenance
    hashes = "".join(f"<li>{html.escape(k)}: <code>{v[:16]}</code></li>" for k, v in sorted(p.hashes.items()))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(result.name.text(language))} – cauce</title><style>{STYLE}</style></head><body>"
        f'<a class=skip href="#answer">{text("skip")}</a><header><p><strong>cauce</strong> · '
        f'<a href="{other}" lang="{other_code}" hreflang="{other_code}">{text("other")}</a></p>'
        f"<h1>{html.escape(result.name.text(language))}</h1><p>{html.escape(result.question.text(language))}</p></header>"
        f"<main id=answer><h2>{text('answer')}</h2><ul>{findings}</ul><h2>{text('crossed')}</h2>"
        f"{_crossed(result, language)}{side_table}<h2>{text('charts')}</h2>{charts}"
        f"<h2>{text('depends')}</h2><ul>{notes}</ul>"
        f"<section class=not><h2>{text('not_for')}</h2><p>{text('not_for_text')}</p></section></main>"
        f"<footer><h2>{text('provenance')}</h2><ul><li>{text('hash')}: <code>{result.sha256()}</code></li>"
        f"<li>{text('seed')}: {p.seed} · {text('version')}: {p.version} · {text('data')}: {p.data_through}</li>{hashes}</ul></footer>"
        "</body></html>\n"
    )


def _pdf(result: Result, language: Language, pictures: dict[str, str]) -> bytes:
    e = pdf.escape
    cases = [e(n.text(language)) for _, n in result.cases]
    cells = [f"[*{e(say('outcome', language))}*]", *(f"[*{c}*]" for c in cases)]
    for outcome in ordered(result):
        mark = "◆ " if outcome.protection else ""
        cells.append(f"[{mark}{e(outcome.name.text(language))}]")
        for case in range(len(cases)):
            middle, both = interval(result.total(outcome.id)[case], outcome, language)
            cells.append(f"[{e(middle)} #linebreak() #text(size: 5pt, fill: luma(90))[{e(both)}]]")
    columns = ", ".join(["2.4fr"] + ["1fr"] * len(cases))
    source = (
        f'#set page(paper: "us-letter", flipped: true, margin: 1.4cm)\n#set text(lang: "{language}", size: 9pt)\n'
        f'#text(size: 16pt, weight: "bold")[{e(result.name.text(language))}]\n\n{e(result.question.text(language))}\n\n'
        f"*{e(say('answer', language))}*\n\n"
        + "".join(f"- {e(f)}\n" for f in leading(result, language))
        + f"\n*{e(say('median80', language, draws=result.provenance.draws))}. ◆ {e(say('protection', language))}*\n\n"
        + f"#set text(size: 6.5pt)\n#table(columns: ({columns}), stroke: 0.3pt + luma(190), inset: 2.5pt, {', '.join(cells)})\n"
        + "#set text(size: 9pt)\n"
        + "".join(
            f'#block(breakable: false)[*{e(finding(result, o, language))}*\n#image("{o.id}.svg", width: 62%)]\n'
            for o in _charted(result)
        )
        + f"*{e(say('depends', language))}*\n\n"
        + "".join(f"- {e(n.text(language))}\n" for n in result.notes)
        + f"\n*{e(say('not_for', language))}*\n\n{e(say('not_for_text', language))}\n\n"
        + f"#text(size: 7pt)[{e(say('hash', language))} {result.sha256()} · {e(say('seed', language))} {result.provenance.seed}"
        + f" · {e(say('version', language))} {result.provenance.version} · {e(say('data', language))} {result.provenance.data_through}]\n"
    )
    return pdf.compile_pdf(source, {f"{name}.svg": text for name, text in pictures.items()})
