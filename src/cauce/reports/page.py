"""The brief as one web page: no script, no request, one file.

Order: the question, the answer, the cases side by side (protection beside operation), charts with their
tables, what the sides give and get, what it depends on, where it comes from, what it is not for.
"""

from __future__ import annotations

import html
from pathlib import Path

from cauce.reports import tables
from cauce.reports.depends import sentences
from cauce.reports.figures import Chart
from cauce.reports.findings import leading, title
from cauce.reports.tables import Table
from cauce.reports.words import say
from cauce.runs.results import Result
from cauce.terms import Language

STYLE = (Path(__file__).parent / "brief.css").read_text(encoding="utf-8")


def page(result: Result, drawn: tuple[tuple[Chart, str], ...], language: Language) -> str:
    """The whole page; `drawn` holds the charts with their pictures (SVG)."""

    def text(word: str, **fields: object) -> str:
        return html.escape(say(word, language, **fields))

    exchanged = [(chart, picture) for chart, picture in drawn if chart.form == "changes"]
    others = [(chart, picture) for chart, picture in drawn if chart.form != "changes"]
    name = html.escape(result.name.text(language))
    answer = "".join(f"<li>{html.escape(one)}</li>" for one in leading(result, language))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name} – cauce</title><style>{STYLE}</style></head><body>"
        f'<a class="skip" href="#answer">{text("skip")}</a>'
        f"<header>{_links(language)}<h1>{name}</h1>"
        f'<p class="question"><strong>{text("question")}.</strong> {html.escape(result.question.text(language))}</p>'
        f'<p class="when">{html.escape(horizon(result, language))}</p></header>'
        f'<main><section id="answer"><h2>{text("answer")}</h2><ol class="answer">{answer}</ol></section>'
        f"<section><h2>{text('crossed' if len(result.cases) > 1 else 'figures')}</h2>{_crossed(result, language)}</section>"
        f'<section><h2>{text("charts")}</h2><div class="charts">{_figures(result, others, language)}</div></section>'
        f"{_sides(result, exchanged, language)}{_depends(result, language)}"
        f'<section class="not"><h2>{text("not_for")}</h2><p>{text("not_for_text")}</p></section></main>'
        f"<footer>{_provenance(result, language)}</footer></body></html>\n"
    )


def horizon(result: Result, language: Language) -> str:
    """From when to when, and how many draws."""
    start, end = (tables.on(day, language) for day in (result.days[0], result.days[-1]))
    return say(
        "horizon", language, start=start, end=end, days=len(result.days), draws=result.provenance.draws
    )  # fmt: skip


def ending(language: Language) -> str:
    """What stands between `brief` and the kind of file."""
    return "" if language is Language.ENGLISH else f".{language}"


def _links(language: Language) -> str:
    (other,) = set(Language) - {language}
    mine = ending(language)
    return (
        f'<nav aria-label="cauce"><strong>cauce</strong><a href="brief{ending(other)}.html" lang="{other}" '
        f'hreflang="{other}">{say("other", language)}</a><a href="brief{mine}.pdf">PDF</a>'
        f'<a href="brief{mine}.txt">SMS</a></nav>'
    )


def _cell(cell: str) -> str:
    first, _, second = cell.partition("\n")
    return f"<td>{html.escape(first)}" + (f"<small>{html.escape(second)}</small>" if second else "") + "</td>"


def _table(table: Table, *, wide: bool = False) -> str:
    """A table with caption and heads; a wide one scrolls by itself and can be reached by key."""
    over = "".join(f'<th colspan="{span}" scope="colgroup">{html.escape(name)}</th>' for name, span in table.over)
    over = f"<tr><td></td>{over}</tr>" if over else ""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in table.head)
    rows = (f'<tr><th scope="row">{html.escape(row[0])}</th>{"".join(map(_cell, row[1:]))}</tr>' for row in table.rows)
    kind = ' class="wide"' if wide else ""
    made = (
        f"<table{kind}><caption>{html.escape(table.caption)}</caption><thead>{over}<tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    label = html.escape(table.caption, quote=True)
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">{made}</div>' if wide else made


def _crossed(result: Result, language: Language) -> str:
    """Operation on the left, protection on the right, one after the other where there is no room."""
    note = f'<p class="note">{html.escape(tables.reading(result, language))}</p>'
    if len(result.cases) == 1:
        made = "".join(f"<div>{_table(half)}</div>" for half in tables.halves(result, result.outcomes, language))
        return f'{note}<div class="pair">{made}</div>'
    cards = []
    for outcome in tables.keys(result):
        kind = "protect" if outcome.protection else "operate"
        cards.append(f'<div class="{kind}">{_table(tables.crossed(result, outcome, language))}</div>')
    heads = (
        f'<h3 class="operate">{say("efficiency", language)}</h3><h3 class="protect">{say("protection", language)}</h3>'
    )
    every = _table(tables.everything(result, tables.ordered(result), language), wide=True)
    return (
        f'{note}<div class="cards">{heads}{"".join(cards)}</div>'
        f"<details><summary>{say('everything', language)}</summary>{every}</details>"
    )


def _figures(result: Result, drawn: list[tuple[Chart, str]], language: Language) -> str:
    return "".join(_figure(result, chart, picture, language) for chart, picture in drawn)


def pictured(sentence: str, picture: str) -> str:
    """A picture (SVG) under its sentence (escaped), which is also its description."""
    described = picture.replace("<svg", f'<svg role="img" aria-label="{sentence}"', 1)
    return f"<figure><figcaption>{sentence}</figcaption>{described}</figure>"


def _figure(result: Result, chart: Chart, picture: str, language: Language) -> str:
    sentence = html.escape(title(result, chart, language), quote=True)
    table = _table(tables.twin(result, chart.form, chart.outcomes, language), wide=chart.form in ("fan", "protection"))
    return (
        f"<div>{pictured(sentence, picture)}<details><summary>{say('table', language)}</summary>{table}</details></div>"
    )


def _sides(result: Result, drawn: list[tuple[Chart, str]], language: Language) -> str:
    if not drawn:
        return ""
    rows = []
    for side, name in result.sides:
        parts = []
        for way in ("gives", "gets"):
            named = [o.name.text(language) for o in result.outcomes if side in getattr(o, way)]
            if named:
                parts.append(f"<dd>{say(way, language)}: {html.escape('; '.join(named))}</dd>")
        if parts:
            rows.append(f"<dt>{html.escape(name.text(language))}</dt>{''.join(parts)}")
    note = html.escape(say("sides_note", language, base=tables.base_name(result, language)))
    return (
        f'<section><h2>{say("sides", language)}</h2><dl class="sides">{"".join(rows)}</dl><p class="note">{note}</p>'
        f'<div class="charts">{_figures(result, drawn, language)}</div></section>'
    )


def _depends(result: Result, language: Language) -> str:
    told = sentences(result, language)
    if not (told or result.flags or result.disputes):
        return ""
    notes = "".join(f"<li>{html.escape(one)}</li>" for one in told)
    parts = [f"<section><h2>{say('depends', language)}</h2>", f"<ul>{notes}</ul>" if notes else ""]
    if result.flags:
        parts.append(f"<h3>{say('flags', language)}</h3>")
        parts += [f'<p class="flag">{html.escape(flag.text(language))}</p>' for flag in result.flags]
    if result.disputes:
        parts.append(f"<h3>{say('disputes', language)}</h3>")
    for dispute in result.disputes:
        positions = "".join(
            f"<p><strong>{say(word, language)}.</strong> {html.escape(getattr(dispute, word).text(language))}.</p>"
            for word in ("favour", "against", "harm")
        )
        parts.append(f'<div class="dispute"><h4>{html.escape(dispute.measure.text(language))}</h4>{positions}</div>')
    return "".join([*parts, "</section>"])


def _provenance(result: Result, language: Language) -> str:
    p = result.provenance
    facts = (
        ("version", f"cauce {p.version}"),
        ("data", p.data_through),
        ("seed", f"{p.seed}"),
        ("hash", f"<code>{result.sha256()}</code>"),
    )
    told = "".join(f"<dt>{say(word, language)}</dt><dd>{value}</dd>" for word, value in facts)
    hashes = "".join(
        f"<dt>{html.escape(k)}</dt><dd><code>{html.escape(v)}</code></dd>" for k, v in sorted(p.hashes.items())
    )
    return (
        f'<h2>{say("provenance", language)}</h2><dl class="facts">{told}</dl>'
        f'<details><summary>{say("hashes", language)}</summary><dl class="facts">{hashes}</dl></details>'
    )
