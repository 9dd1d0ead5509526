"""The book as a data set that can be cited: a table, the documents, their sources, and what the set is.

rulebook.csv    one row a dated value, span, or way that an uncertain end may go
rulebook.json   the frozen documents, as `Rulebook` reads them back
sources.csv     the publications cited by number
metadata.json   the fields that DataCite asks for, and the hash of each other file
README.md       what the columns mean

Tables from other rooms are added by whoever writes the set.  The same book gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cauce
from cauce.border import Border
from cauce.places import put_folder
from cauce.policy.measure import ALWAYS, Known, Measure, Span, Value, instant
from cauce.policy.rulebook import Rulebook

PUBLISHED = 2026  # year in which this version of the set came out
CREATORS = "cauce developers"
LICENCE = "CC-BY-4.0"  # the program is Apache-2.0; for a set of facts, a licence of data that asks to be named
COLUMNS = {
    "measure": "its name in the book",
    "kind": "what sort of measure it is",
    "name_en": "its name in English",
    "name_es": "its name in Spanish",
    "decided_by": "who decided it",
    "announced": "day on which it was made known",
    "what": "span (it is in force), branch (one way in which an uncertain end may go), or the name of a value",
    "value": "the number; for a branch its probability",
    "low": "lower end of its range",
    "high": "upper end of its range",
    "unit": "unit of the number; 1 for a share or a level",
    "from": "first minute in which it holds, local to the law; empty: from the beginning",
    "until": "first minute in which it no longer holds; empty: no end is known",
    "entry": "how people come in whom the measure concerns",
    "nationalities": "whom it concerns, ISO 3166-1 alpha-3, separated by semicolons; empty: everybody",
    "demographics": "whom it concerns, by who travels together; empty: everybody",
    "sources": "numbers of sources.csv, separated by semicolons",
    "source": "the citation in words, or that it is a judgement",
    "known_by": "day or month from which this was known",
    "superseded": "day on which something else was known instead; empty: it is the record",
    "status": "active, enjoined, stayed or vacated (spans)",
}


@dataclass(frozen=True)
class Table:
    """A further table of the set: its text as CSV, and what it says."""

    text: str
    says: str


def write(border: Border, book: Rulebook, folder: Path, tables: Mapping[str, Table] | None = None) -> Path:
    """Write the set into a folder, all or nothing; what else stands there is kept.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    files = _files(border, book, tables or {})

    def fill(beside: Path) -> None:
        for name, text in files.items():
            (beside / name).write_bytes(text.encode())

    return put_folder(folder, fill, what="the data set")


def _files(border: Border, book: Rulebook, tables: Mapping[str, Table]) -> dict[str, str]:
    """Name -> text of every file; the metadata come last, with the hashes of the others."""
    documents = {"border": border.card.id, "sha256": book.sha256(), "rulebook": book.model_dump(mode="json")}
    sources = [{c: row[c] for c in ("id", "publication", "address")} for row in border.sources.values()]
    files = {
        "rulebook.csv": _csv(tuple(COLUMNS), list(rows(book))),
        "rulebook.json": json.dumps(documents, ensure_ascii=False, indent=1) + "\n",
        "sources.csv": _csv(("id", "publication", "address"), sources),
        **{name: table.text for name, table in sorted(tables.items())},
    }
    files["README.md"] = _readme(border, book, tables)
    files["metadata.json"] = json.dumps(_metadata(border, book, files), ensure_ascii=False, indent=1) + "\n"
    return files


def _csv(columns: tuple[str, ...], told: list[dict[str, str]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    table.writeheader()
    table.writerows(told)
    return text.getvalue()


def rows(book: Rulebook) -> Iterator[dict[str, str]]:
    """One row a span, branch and value, in the order of the book; spans by what was known when."""
    for measure in book.measures:
        about = {
            "measure": measure.id,
            "kind": measure.kind,
            "name_en": measure.name.en,
            "name_es": measure.name.es,
            "decided_by": measure.decided_by,
            "announced": f"{measure.announced}",
            "entry": measure.applies_to.entry,
            "nationalities": ";".join(measure.applies_to.nationalities),
            "demographics": ";".join(measure.applies_to.demographics),
        }
        superseded = {a: f"{b.known}" for a, b in pairwise(measure.history)}
        for version in measure.history:
            for span in version.in_force:
                for told in _spans(measure, version, span):
                    yield {**about, **told, "superseded": superseded.get(version, "")}
        for name, given in measure.values:
            for value in given:
                yield {**about, **_value(measure, name, value, given)}


def _spans(measure: Measure, version: Known, span: Span) -> Iterator[dict[str, str]]:
    known = {"from": span.from_, "known_by": f"{version.known}", "status": span.status}
    yield {"what": "span", "until": span.until or "", **known, **_cited(span.source or measure.source)}
    for branch in span.branches:
        chance = {"value": _number(branch.probability), "low": _number(branch.low), "high": _number(branch.high)}
        yield {"what": "branch", "unit": "1", "until": branch.until or "", **chance, **known, **_cited(branch.source)}


def _value(measure: Measure, name: str, value: Value, given: tuple[Value, ...]) -> dict[str, str]:
    same = [v.from_ for v in given if (v.nationalities, v.demographics) == (value.nationalities, value.demographics)]
    later = [moment for moment in same if instant(moment) > instant(value.from_)]
    reach = measure.applies_to
    return {
        "what": name,
        "value": _number(value.value),
        "low": _number(value.low),
        "high": _number(value.high),
        "unit": value.unit,
        "from": "" if value.from_ == ALWAYS else value.from_,
        "until": min(later, key=instant, default=""),
        "nationalities": ";".join(value.nationalities or reach.nationalities),
        "demographics": ";".join(value.demographics or reach.demographics),
        "known_by": value.known_by or f"{measure.announced}",
        **_cited(value.source),
    }


def _cited(source: str) -> dict[str, str]:
    return {"sources": ";".join(dict.fromkeys(re.findall(r"\bS\d+\b", source))), "source": source}


def _number(value: float) -> str:
    return f"{value:.12g}"


def _says(border: Border, book: Rulebook) -> str:
    first, last = min(m.announced for m in book.measures), max(m.announced for m in book.measures)
    return (
        f"{len(book.measures)} measures of migration policy at the border {border.card.name.en}, announced from "
        f"{first.year} to {last.year}: when each was in force and what was known of that when, its dated values "
        "with their ranges, whom it concerns, and the source of each. What no source gives is marked as a judgement."
    )


def _metadata(border: Border, book: Rulebook, files: Mapping[str, str]) -> dict[str, object]:
    """The properties of DataCite's schema 4.5; a repository adds the identifier when the set is deposited."""
    return {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "creators": [{"name": CREATORS, "nameType": "Organizational"}],
        "titles": [
            {"title": f"Rulebook of migration policy: {border.card.name.en}", "lang": "en"},
            {"title": f"Reglas de política migratoria: {border.card.name.es}", "lang": "es"},
        ],
        "publisher": {"name": CREATORS},
        "publicationYear": PUBLISHED,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dated rules with sources"},
        "version": cauce.__version__,
        "language": "en",
        "rightsList": [
            {
                "rights": "Creative Commons Attribution 4.0 International",
                "rightsIdentifier": LICENCE,
                "rightsUri": "https://creativecommons.org/licenses/by/4.0/",
            }
        ],
        "descriptions": [{"description": _says(border, book), "descriptionType": "Abstract"}],
        "subjects": [{"subject": word} for word in ("migration policy", "asylum", "border", "rules as code")],
        "formats": ["text/csv", "application/json", "text/markdown"],
        "rulebookSha256": book.sha256(),
        "files": [
            {"name": name, "bytes": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()}
            for name, text in sorted(files.items())
        ],
    }


def _readme(border: Border, book: Rulebook, tables: Mapping[str, Table]) -> str:
    """What is in the set and what its columns mean."""
    listed = [
        ("rulebook.csv", "one row a span, branch or dated value"),
        ("rulebook.json", "the same measures as documents, with conditions, protections and both legal positions"),
        ("sources.csv", "the publications cited by number, with their addresses as read"),
        *((name, table.says) for name, table in sorted(tables.items())),
        ("metadata.json", "the fields of DataCite, and the hash of each other file"),
    ]
    return "\n".join(
        [
            f"# Rulebook of migration policy: {border.card.name.en}",
            "",
            _says(border, book),
            "",
            "| file | what it says |",
            "|---|---|",
            *(f"| `{name}` | {says} |" for name, says in listed),
            "",
            f"Dates are local to {book.zone}. A measure may have several spans, as courts switch it off and on, and",
            "its past versions say what was known before: the rows without `superseded` are the record.",
            "",
            "| column of rulebook.csv | meaning |",
            "|---|---|",
            *(f"| `{name}` | {says} |" for name, says in COLUMNS.items()),
            "",
            f"Cite as: {CREATORS} ({PUBLISHED}). Rulebook of migration policy: {border.card.name.en}, version",
            f"{cauce.__version__}, book {book.sha256()[:12]}. Licence: {LICENCE}. The set holds no data on any person.",
            "",
        ]
    )
