"""What was reported in the morning: a table, a workbook or a text message becomes mornings.

    as_of,item,site,class,value,source,note        one figure a row; a blank value is "not reported"
    2022-12-16 CUST 4600; OVER72 1800; ENC 1700    the same by text message, told by telephone

Which items there are, their words and what is plausible stand in the border's `mornings/items.csv`.  A row
that cannot be meant (an unknown item, a negative count, a date that does not exist) is refused with one
sentence; a figure that nobody would believe is set aside with one sentence, and the rest is read on.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import isfinite
from pathlib import Path

from cauce.border import Border, Named, Row, plain, read_rows
from cauce.data import workbook
from cauce.errors import DataError, RequestError, nearest
from cauce.places import put, read_text
from cauce.terms import Demographic

COLUMNS = ("as_of", "item", "site", "class", "value", "source", "note")
NEEDED = ("as_of", "item", "value")
SOURCES = ("official", "phone", "press", "guess")
WORDS = ("official", "phone", "press", "guess", "oficial", "telefono", "prensa", "estimado")
SIGN = re.compile(r"\s*([^\W\d_][\w ]*?)\s*[:=]?\s+(\?|-?[\d][\d.,]*)\s*([^\W\d_]+)?\s*")
DAY = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2})\b[:;,]?\s*")


@dataclass(frozen=True)
class Item:
    """One thing that a morning can report."""

    id: str
    role: str
    keys: tuple[str, str]
    unit: str
    kind: str
    least: float
    most: float
    name: Named

    @classmethod
    def of(cls, row: Row) -> Item:
        # a temperature may be below zero, so that the bounds are read without asking for a sign
        least, most = (float(row[column]) for column in ("least", "most"))
        keys = plain(row["key_en"]), plain(row["key_es"])
        name = Named(en=row["name_en"], es=row["name_es"])
        return cls(row["item"], row["role"], keys, row["unit"], row["kind"], least, most, name)


@dataclass(frozen=True)
class Entry:
    """One reported figure; `value` is None where it was left blank."""

    day: date
    item: Item
    site: str
    people: str
    value: float | None
    source: str
    note: str
    file: str
    line: int


@dataclass(frozen=True)
class Morning:
    """All figures of one day."""

    day: date
    entries: tuple[Entry, ...]

    def get(self, role: str, *, site: str | None = "", people: str | None = "") -> Entry | None:
        """The figure of a role for all sites and classes, or for one of them; None when it is not reported."""
        found = self.parts(role)
        return next(
            (e for e in found if (site is None or e.site == site) and (people is None or e.people == people)), None
        )

    def parts(self, role: str) -> tuple[Entry, ...]:
        """Every figure of a role."""
        return tuple(e for e in self.entries if e.item.role == role and e.value is not None)

    def total(self, role: str) -> tuple[float, str] | None:
        """The figure for all, or the sum of its parts when only they are given, with its weakest source."""
        parts = self.parts(role)
        whole = [e for e in parts if not e.site and not e.people]
        chosen = whole or [e for e in parts if not e.people] or list(parts)
        if not chosen:
            return None
        weakest = max((e.source for e in chosen), key=SOURCES.index)
        return sum(e.value or 0.0 for e in chosen), weakest


@dataclass(frozen=True)
class Reported:
    """Mornings in order, the newest last, and what was set aside."""

    mornings: tuple[Morning, ...]
    items: tuple[Item, ...]
    aside: tuple[tuple[Entry, Named], ...]
    folder: Path

    @property
    def today(self) -> Morning:
        return self.mornings[-1]

    @cached_property
    def blank(self) -> tuple[Item, ...]:
        """Items that today's morning does not report, in the order of the list."""
        told = {e.item.id for e in self.today.entries if e.value is not None}
        return tuple(i for i in self.items if i.id not in told)

    def canonical(self) -> str:
        """Text to hash: what was believed."""
        return "\n".join(
            f"{e.day}|{e.item.id}|{e.site}|{e.people}|{e.value}|{e.source}" for m in self.mornings for e in m.entries
        )

    def sha256(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()


@dataclass(frozen=True)
class Bounds:
    """When a figure is not believed next to the last one."""

    jump: float
    floor: float


def folder(border: Border) -> Path:
    """Where a border keeps its mornings.

    Raises
    ------
    RequestError
        This border has none.
    """
    place = border.root / "mornings"
    if not (place / "items.csv").is_file():
        raise RequestError(
            f"the border {border.card.id!r} has no mornings",
            mend="add a folder mornings with items.csv, plan_levels.csv and morning.yaml",
        )
    return place


def items(border: Border) -> tuple[Item, ...]:
    """What a morning of this border can report."""
    columns = ("item", "role", "key_en", "key_es", "unit", "kind", "least", "most", "name_en", "name_es", "source")
    return tuple(Item.of(row) for row in read_rows(folder(border) / "items.csv", columns))


def read(paths: Iterable[Path], border: Border, bounds: Bounds) -> Reported:
    """Read mornings from one file or several; the newest is today, earlier ones are history.

    Raises
    ------
    DataError
        A file is missing, or a row cannot be meant; with file, line, cause and mend.
    """
    known = items(border)
    sites = {row["site"] for row in border.sites}
    entries: list[Entry] = []
    seen: dict[tuple[date, str, str, str], Entry] = {}
    for path in paths:
        for row in _rows(path, known):
            entry = _entry(row, known, sites)
            name = (entry.day, entry.item.id, entry.site, entry.people)
            if name in seen:
                first = seen[name]
                cause = f"{entry.item.id!r} of {entry.day} stands twice (first in {first.file}, line {first.line})"
                raise _wrong(row, cause, "remove one of them")
            seen[name] = entry
            entries.append(entry)
    if not entries:
        raise DataError(
            "holds no morning", mend="write at least one row under the header", file=next(iter(paths), None)
        )
    entries.sort(key=lambda e: e.day)
    believed, aside = _believe(entries, bounds)
    days = sorted({e.day for e in entries})
    mornings = tuple(Morning(day, tuple(e for e in believed if e.day == day)) for day in days)
    return Reported(mornings, known, aside, folder(border))


def _rows(path: Path, known: tuple[Item, ...]) -> Iterator[Row]:
    """Rows of a table, a workbook or a message."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        yield from workbook.read(path, NEEDED)
        return
    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip() and line[0] != "#"), "")
    if first and "as_of" not in first and DAY.match(first):
        yield from _message(text, path, known)
    else:
        yield from read_rows(path, NEEDED)


def _message(text: str, path: Path, known: tuple[Item, ...]) -> Iterator[Row]:
    """Rows of text messages, one a line: the date, then words with their figures."""
    words = {key: item for item in known for key in (*item.keys, plain(item.id))}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line[0] == "#":
            continue
        day = DAY.match(line)
        if day is None:
            raise DataError(
                f"the message {line.strip()[:20]!r} has no date",
                mend="begin it with YYYY-MM-DD",
                file=path,
                line=number,
            )
        for part in filter(str.strip, re.split(r"[;\n]|,(?!\d)", line[day.end() :])):
            found = SIGN.fullmatch(part)
            if found is None:
                mend = "write a word and a figure, such as CUST 4600, with ; between them"
                raise DataError(f"{part.strip()!r} is not understood", mend=mend, file=path, line=number)
            item = words.get(plain(found[1]))
            if item is None:
                mend = nearest(found[1], (word.upper() for word in words), "see the words in items.csv")
                raise DataError(f"the word {found[1]!r} is not known", mend=mend, file=path, line=number)
            value = "" if found[2] == "?" else found[2]
            cells = {"as_of": day[1], "item": item.id, "value": value, "source": found[3] or "phone"}
            yield Row(cells, path, number)


def _cell(row: Row, column: str) -> str:
    """A cell of a column that a table may leave out."""
    return dict(row).get(column, "")


def _wrong(row: Row, cause: str, mend: str) -> DataError:
    return DataError(cause, mend=mend, file=row.file, line=row.line)


def _entry(row: Row, known: tuple[Item, ...], sites: set[str]) -> Entry:
    by_name = {item.id: item for item in known}
    item = by_name.get(row["item"])
    if item is None:
        mend = nearest(row["item"], by_name, "use one of those that `cauce morning-template` lists")
        raise _wrong(row, f"the item {row['item']!r} is not known", mend)
    site, people = _cell(row, "site"), plain(_cell(row, "class"))
    if site and site not in sites:
        mend = nearest(site, sites, "use one of sites.csv, or leave it blank for all")
        raise _wrong(row, f"the site {site!r} is not known", mend)
    if people and people not in set(Demographic):
        raise _wrong(
            row, f"the class {people!r} is not known", f"use one of {', '.join(Demographic)}, or leave it blank"
        )
    return Entry(
        _day(row), item, site, people, _value(row, item), _source(row), _cell(row, "note"), row.file.name, row.line
    )


def _day(row: Row) -> date:
    try:
        return datetime.fromisoformat(row["as_of"]).date()
    except ValueError:
        raise _wrong(row, f"as_of {row['as_of']!r} is not a date that exists", "write it as YYYY-MM-DD") from None


def _value(row: Row, item: Item) -> float | None:
    text = row["value"].strip()
    if not text:
        return None
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+", text):
        text = text.replace(",", "")
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise _wrong(
            row, f"{item.id} is {row['value']!r}, not a number", "write a number, or nothing if it is not known"
        )
    if value < 0 <= item.least:
        raise _wrong(row, f"{item.id} is {text}, which is negative", "write a number from 0 up")
    if item.unit in ("person", "bed", "seat", "flight", "vehicle") and value != round(value):
        raise _wrong(row, f"{item.id} is {text}, which is no whole number", "write a whole number")
    return value


def _source(row: Row) -> str:
    text = plain(_cell(row, "source"))
    if not text and not row["value"].strip():
        return SOURCES[0]
    if text not in WORDS:
        raise _wrong(row, f"the source {row.get('source', '')!r} is not known", f"use one of {', '.join(SOURCES)}")
    return SOURCES[WORDS.index(text) % len(SOURCES)]


def _believe(entries: list[Entry], bounds: Bounds) -> tuple[list[Entry], tuple[tuple[Entry, Named], ...]]:
    """Apart what nobody would believe: out of bounds, ten times the last figure, more held long than held."""
    believed: list[Entry] = []
    aside: list[tuple[Entry, Named]] = []
    last: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        name = (entry.item.id, entry.site, entry.people)
        doubt = None if entry.value is None else _doubt(entry, entry.value, last.get(name), bounds)
        if doubt is not None:
            aside.append((entry, _set_aside(entry, doubt)))
            continue
        if entry.value is not None:
            last[name] = entry
        believed.append(entry)
    held = {(e.day, e.site, e.people): e.value for e in believed if e.item.role == "custody"}
    for entry in [e for e in believed if e.item.role == "over72" and e.value is not None]:
        total = held.get((entry.day, entry.site, entry.people))
        if total is not None and entry.value is not None and entry.value > total:
            doubt = Named(en=f"more than the {total:,.0f} in custody", es=f"más que los {total:,.0f} bajo custodia")
            aside.append((entry, _set_aside(entry, doubt)))
            believed.remove(entry)
    return believed, tuple(aside)


def _doubt(entry: Entry, value: float, before: Entry | None, bounds: Bounds) -> Named | None:
    item = entry.item
    if not item.least <= value <= item.most:
        return Named(
            en=f"outside of {item.least:,.0f} to {item.most:,.0f}", es=f"fuera de {item.least:,.0f} a {item.most:,.0f}"
        )
    if before is None or before.value is None or item.unit != "person":
        return None
    old = before.value
    if max(value, old) < bounds.floor * bounds.jump or min(value, old) == 0:
        return None
    if value >= bounds.jump * old:
        return Named(
            en=f"{bounds.jump:.0f} times the {old:,.0f} of {before.day}",
            es=f"{bounds.jump:.0f} veces los {old:,.0f} del {before.day}",
        )
    if item.kind == "stock" and value * bounds.jump <= old:
        return Named(
            en=f"a {bounds.jump:.0f}th of the {old:,.0f} of {before.day}",
            es=f"una décima parte de los {old:,.0f} del {before.day}",
        )
    return None


def _set_aside(entry: Entry, doubt: Named) -> Named:
    """The sentence about a figure that is not believed: place, cause, mend."""
    told, name = f"{entry.value:,.0f}", entry.item.id
    return Named(
        en=f"{entry.file}, line {entry.line}: {name} {told} is {doubt.en}, so it is set aside; check the digits.",
        es=f"{entry.file}, línea {entry.line}: {name} {told} es {doubt.es} y se deja aparte; revise las cifras.",
    )


def template(border: Border, path: Path, day: date) -> Path:
    """Write an empty morning with every item, as CSV or as a workbook by the name's ending.

    Raises
    ------
    RequestError
        Another ending, or a file that is there already: it may be a morning that somebody filled in.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise RequestError("is not the name of a morning", mend="let it end in .csv or .xlsx", file=path)
    if path.is_file():
        raise RequestError("is there already", mend="give the name of a new file", file=path)
    rows = [
        [str(day), item.id, "", "", "", "", f"{item.name.en} / {item.name.es} [{item.unit}]"] for item in items(border)
    ]
    if path.suffix.lower() == ".xlsx":
        return workbook.write(path, COLUMNS, rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return put(path, text.getvalue().encode(), mend="name a file you may write")


def shipped(border: Border) -> dict[str, Path]:
    """The mornings that a border ships, by name."""
    found = sorted(folder(border).glob("*.csv"))
    return {path.stem: path for path in found if path.stem not in ("items", "plan_levels")}


def levels(border: Border) -> tuple[Row, ...]:
    """Rows of the emergency plan's levels."""
    columns = ("level", "quantity", "at", "lead_hours", "chance", "name_en", "name_es", "source")
    return read_rows(folder(border) / "plan_levels.csv", columns)
