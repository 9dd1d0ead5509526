"""The page at six: one page to act on before breakfast; HTML, PDF and a text message, en and es.

Self-contained: no script, no request; it reads at 320 px.  Beside it stands a page for the city across the line,
in Spanish.

    morning_blocks.py   what is said        morning_words.py   every sentence
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import numpy as np

import cauce
from cauce.places import put
from cauce.reports import pdf
from cauce.reports.brief import MESSAGE
from cauce.reports.morning_blocks import Block, Text, answer, blocks, first_decision, on, twin
from cauce.reports.page import STYLE, ending
from cauce.runs.flow import DAY
from cauce.runs.morning import DAYS_AHEAD, Situation
from cauce.terms import SMALL_CELL, THIN_SPACE, Language

OWN = (Path(__file__).parent / "morning.css").read_text(encoding="utf-8")
_TYPED = str.maketrans({"–": "-", "−": "-", THIN_SPACE: " ", "◆": "*", "·": ","})
WIDE, HIGH = 320, 120  # [px] of the fan
LEFT, BELOW = 34, 14
FIRST_COLUMN = 0.55  # share of a sheet's lines that its first column may hold
PREAMBLE = """
#set page(width: 210mm, height: 279mm, margin: (x: 12mm, top: 10mm, bottom: 10mm))
#set text(lang: "{language}", size: 9pt, font: ("Libertinus Serif",))
#set par(leading: 0.42em, spacing: 0.55em)
#set document(title: [{title}], author: "cauce", date: none)
#show heading: set text(fill: rgb("#14505c"))
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 2): set text(size: 9.5pt)
#show heading.where(level: 2): set block(above: 0.7em, below: 0.35em)
"""


def write(situation: Situation, folder: Path) -> tuple[Path, ...]:
    """Write morning.html, .pdf, .txt, their Spanish twins, and morning.twin.es.* for the city across the line.

    Raises
    ------
    OutputError
        The folder cannot be written.
    RequestError
        The typesetter is missing.
    """
    made: dict[str, bytes] = {}
    for language in Language:
        text, name = Text(situation, language), f"morning{ending(language)}"
        made[f"{name}.html"] = page(text).encode()
        made[f"{name}.pdf"] = document(text)
        made[f"{name}.txt"] = message(text).encode()
    text = Text(situation, Language.SPANISH)
    made["morning.twin.es.html"] = page(text, across=True).encode()
    made["morning.twin.es.pdf"] = document(text, across=True)
    made["morning.twin.es.txt"] = twin_message(text).encode()
    return tuple(put(folder / name, content) for name, content in made.items())


def _title(text: Text, across: bool) -> str:
    if not across:
        return text.title()
    city = text.s.border.card.twin_city.text(text.language)
    return text.say("twin_title", city=city, day=on(text.day, text.language))


def _made(text: Text) -> str:
    told = sum(e.value is not None for m in text.s.reported.mornings for e in m.entries)
    return text.say("made", count=told, mornings=len(text.s.reported.mornings), small=SMALL_CELL)


def _provenance(text: Text) -> str:
    s = text.s
    return text.say(
        "provenance", version=cauce.__version__, seed=s.seed, particles=text.people(s.rates.particles, exact=True), draws=s.rates.draws,
        month=f"{s.flow.month:%Y-%m}", hash=s.reported.sha256()[:12],
    )  # fmt: skip


def _blank(text: Text) -> str:
    return "; ".join(item.name.text(text.language) for item in text.s.reported.blank)


def page(text: Text, *, across: bool = False) -> str:
    """The page; `across` gives the one for the twin city."""
    e, title = html.escape, html.escape(_title(text, across))
    shown = twin(text) if across else blocks(text)
    said = () if across else answer(text)
    items = "".join(f"<li>{e(one)}</li>" for one in said)
    top = f'<section id="answer"><h2>{e(text.say("answer"))}</h2><ol class="answer">{items}</ol></section>'
    aside = "".join(f"<li>{e(sentence.text(text.language))}</li>" for _, sentence in text.s.reported.aside)
    return (
        f'<!doctype html><html lang="{text.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title} – cauce</title><style>{STYLE}{OWN}</style></head><body>"
        f"<header>{_links(text, across)}<h1>{title}</h1>"
        f'<p class="when">{e(_made(text))}</p></header><main>'
        + (
            ""
            if across
            else top + f'<figure class="fan">{fan(text)}<figcaption>{e(spread(text))}</figcaption></figure>'
        )
        + f'<div class="blocks">{"".join(map(_block, shown))}</div>'
        + (f'<h2>{e(text.say("aside"))}</h2><ul class="plain flag">{aside}</ul>' if aside else "")
        + ("" if across else f"<h2>{e(text.say('blank'))}</h2><p class='note'>{e(_blank(text))}</p>")
        + f'<section class="not"><h2>{e(text.say("not_for"))}</h2><p>{e(text.say("not_for_text"))}</p></section>'
        f"</main><footer><p>{e(_provenance(text))}</p></footer></body></html>\n"
    )


def _links(text: Text, across: bool) -> str:
    (other,) = set(Language) - {text.language}
    mine = "morning.twin.es" if across else f"morning{ending(text.language)}"
    city = html.escape(text.s.border.card.twin_city.text(text.language))
    return (
        f'<nav aria-label="cauce"><strong>cauce</strong><a href="morning{ending(other)}.html" lang="{other}" '
        f'hreflang="{other}">{text.say("other")}</a><a href="{mine}.pdf">PDF</a><a href="{mine}.txt">SMS</a>'
        + ("" if across else f'<a href="morning.twin.es.html" hreflang="es">{city}</a>')
        + "</nav>"
    )


def _block(block: Block) -> str:
    rows = []
    for line in block.lines:
        kind = ' class="protect"' if line.protects else ""
        note = f'<dd class="note">{html.escape(line.note)}</dd>' if line.note else ""
        label = f"{'◆ ' if line.protects else ''}{line.label}"
        rows.append(
            f"<div{kind}><dt>{html.escape(label)}</dt><dd class='figure'>{html.escape(line.figure)}</dd>{note}</div>"
        )
    return f'<section><h2>{html.escape(block.heading)}</h2><dl class="lines">{"".join(rows)}</dl></section>'


def spread(text: Text) -> str:
    """What the picture shows, in a sentence."""
    low, middle, high = (text.people(x) for x in text.s.custody_ahead[-1])
    return text.say("fan", middle=middle, low=low, high=high)


def fan(text: Text) -> str:
    """Custody over three days as a picture: median and 80% band, rated and surge capacity."""
    s = text.s
    hours = np.arange(0, DAY * DAYS_AHEAD + 1, 6)
    low, middle, high = np.percentile(s.forecast.custody[:, hours], (10, 50, 90), axis=0)
    rated, surge = (s.capacity(s.rates.names.custody, column) for column in ("rated", "surge"))
    top = max(float(high.max()), surge or 0, rated or 0) * 1.05
    right, bottom = WIDE - LEFT - 6, HIGH - BELOW

    def point(hour: Any, value: Any) -> str:
        return f"{LEFT + right * hour / hours[-1]:.1f},{bottom * (1 - value / top):.1f}"

    band = [*map(point, hours, low), *map(point, hours[::-1], high[::-1])]
    lines = "".join(
        f'<polyline points="{point(0, at)} {point(hours[-1], at)}" fill="none" stroke="#1b1b1b" stroke-dasharray="{dash}"/>'
        f'<text x="{LEFT - 3}" y="{bottom * (1 - at / top) + 3:.1f}" text-anchor="end">{text.people(at, exact=True)}</text>'
        for at, dash in ((rated, "1 3"), (surge, "6 3"))
        if at
    )
    marks = "".join(
        f'<text x="{LEFT + right * h / hours[-1]:.1f}" y="{HIGH - 3}" text-anchor="middle">{h} h</text>'
        for h in (0, 24, 48)
    )
    said = html.escape(spread(text))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{said}" '
        'font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="9">'
        f'<polygon points="{" ".join(band)}" fill="#b3d1d5"/>'
        f'<polyline points="{" ".join(map(point, hours, middle))}" fill="none" stroke="#14505c" stroke-width="2"/>'
        f'{lines}{marks}<text x="{WIDE - 6}" y="{HIGH - 3}" text-anchor="end">72 h</text></svg>'
    )


def document(text: Text, *, across: bool = False) -> bytes:
    """The page as PDF, on one sheet that prints whole on A4 and Letter."""
    e, title = pdf.escape, pdf.escape(_title(text, across))
    shown = twin(text) if across else blocks(text)
    lines = np.cumsum([sum(1 + bool(line.note) for line in block.lines) + 2 for block in shown])
    left = int((lines <= lines[-1] * FIRST_COLUMN).sum())
    cells = ", ".join(f"[{''.join(map(_cell, half))}]" for half in (shown[:left], shown[left:]))
    source = PREAMBLE.format(language=text.language, title=title) + f"= {title}\n\n"
    source += f"#text(size: 7pt, fill: luma(60))[{e(_made(text))}]\n\n"
    pictures = {}
    if not across:
        pictures = {"fan.svg": fan(text)}
        alt = spread(text).replace('"', "'")
        said = "".join(f"+ {e(one)}\n" for one in answer(text))
        source += (
            f"#grid(columns: (1.15fr, 1fr), column-gutter: 6mm, [{said}], "
            f'[#image("fan.svg", width: 100%, alt: "{alt}") #text(size: 7pt, fill: luma(60))[{e(spread(text))}]])\n\n'
        )
    source += f"#grid(columns: (1fr, 1fr), column-gutter: 6mm, row-gutter: 1.5mm, {cells})\n\n"
    for _, sentence in text.s.reported.aside:
        source += f'#text(fill: rgb("#9a3412"))[{e(sentence.text(text.language))}]\n\n'
    if not across:
        source += f"#text(size: 7pt)[*{e(text.say('blank'))}.* {e(_blank(text))}.]\n\n"
    source += (
        f'#rect(width: 100%, stroke: 0.8pt + rgb("#9a3412"), inset: 4pt)[#text(size: 7pt)[*{e(text.say("not_for"))}.* '
        f"{e(text.say('not_for_text'))}]]\n\n#text(size: 6.5pt, fill: luma(60))[{e(_provenance(text))}]\n"
    )
    return pdf.compile_pdf(source, pictures)


def _cell(block: Block) -> str:
    rows = []
    for line in block.lines:
        label = pdf.escape(line.label) if not line.protects else f"#sym.diamond.filled {pdf.escape(line.label)}"
        note = f" \\ #text(size: 0.82em, fill: luma(60))[{pdf.escape(line.note)}]" if line.note else ""
        rows.append(f"[{label}{note}], [*{pdf.escape(line.figure)}*]")
    return (
        f"== {pdf.escape(block.heading)}\n\n#text(size: 8.6pt, hyphenate: false)[#table(columns: (1fr, auto), "
        "align: (x, y) => if x == 0 { left } else { right }, stroke: (x, y) => (bottom: 0.3pt + luma(190)), "
        f"inset: (x: 1.5pt, y: 1.7pt), {', '.join(rows)})]\n"
    )


def message(text: Text) -> str:
    """A text message of at most 480 characters, in signs that a plain telephone has."""
    s = text.s
    daily = s.forecast.daily("release")
    blank = text.say("not_reported")
    gap = None if s.nights.gap is None else max(float(np.median(s.nights.gap[:, 0])), 0.0)
    low = s.value("low_temp")
    parts = [
        text.say(
            "message_custody", site=text.site(s.rates.names.custody), day=text.day.isoformat(),
            custody=text.told("custody"), surge=text.capacity("surge"),
            ahead="/".join(text.people(told[1]) for told in s.custody_ahead),
        ),
        text.say(
            "message_over72", figure=text.told("over72"), ahead=text.people(float(np.median(s.ahead.over[:, 0])))
        ),
        text.say(
            "message_releases",
            today=text.people(float(np.median(daily[:, 0]))), tomorrow=text.people(float(np.median(daily[:, 1]))),
        ),
        text.say(
            "message_beds", need=text.people(float(np.median(s.nights.needed[:, 0]))),
            gap=blank if gap is None else text.people(gap),
        ),
        first_decision(text),
        text.say("message_flight", figure=text.people(s.flight)),
        text.say("message_low", figure=blank if low is None else f"{low:.0f} °C"),
    ]  # fmt: skip
    return _typed(parts, text)


def told(situation: Situation, language: Language, folder: Path) -> str:
    """The morning in a terminal: what comes first, the blocks, what was set aside, where the pages are."""
    text = Text(situation, language)
    lines = [text.title(), *(f"- {one}" for one in answer(text))]
    lines += [sentence.text(language) for _, sentence in situation.reported.aside]
    for block in blocks(text):
        lines.append(f"\n{block.heading}")
        for line in block.lines:
            label = f"{'◆ ' if line.protects else ''}{line.label}"
            lines.append(f"  {label:<42} {line.figure}" + (f"  [{line.note}]" if line.note else ""))
    lines.append(f"\n{text.say('blank')}: {_blank(text)}")
    return "\n".join([*lines, f"{folder}/morning.html  morning.pdf  morning.txt  (.es, .twin.es)"])


def twin_message(text: Text) -> str:
    """The message for the twin city."""
    s = text.s
    low, _, high = s.quantiles(s.forecast.daily("expulsion")[:, 0])
    city = s.border.card.twin_city.text(text.language)
    told = text.say(
        "message_twin", city=city, day=text.day.isoformat(), low=text.people(low), high=text.people(high),
        occupied=text.told("twin_occupancy"),
    )  # fmt: skip
    return _typed([told], text)


def _typed(parts: list[str], text: Text) -> str:
    """As many sentences, in order, as a message holds; the last one always."""
    last, kept = text.say("message_not_for"), ""
    for part in filter(None, parts):
        longer = f"{kept} {part}".strip()
        if len(longer) + len(last) + 1 <= MESSAGE:
            kept = longer
    return f"{kept} {last}".translate(_TYPED) + "\n"
