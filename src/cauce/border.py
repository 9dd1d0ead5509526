"""One border is one folder of data; this is its only reader.

`Border.open("us_mexico")` finds a shipped border, `Border.open("path/to/folder")` a user's own.  The
folder holds

    border.yaml      name, time zone, the focus sector and its sites' sides
    labels.csv       publishers' labels and everyday words -> our codes (no code names a nationality)
    countries.csv    countries that are no nationality here, such as the one that people come to
    nationalities.csv, sites.csv, routes.csv, fleets.csv (if any vehicle leaves by a rule)
    board.csv        stage of a centre's board -> station of the network (if the service runs here)
    sources.csv      the publications cited by number, with their addresses
    book/            one dated measure a file
    network.yaml     the process network
    reference/       small aggregate tables built by our own readers, each with its provenance
    scenarios/       what can be run

Rows come back as tuples of frozen mappings of strings; whoever needs numbers asks for them by column, and
a mistake is answered with file and line.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from cauce.documents import Document, load
from cauce.errors import DataError, RequestError, nearest
from cauce.places import read_text
from cauce.terms import Language, figured

SHIPPED = Path(__file__).parent / "borders"


class Named(Document):
    """A name in both languages."""

    en: str
    es: str

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The words of a language, figures as it writes them."""
        return figured(self.es, language) if language is Language.SPANISH else self.en


class BorderCard(Document):
    """`border.yaml`: what this border is called and where its focus lies."""

    id: str
    name: Named
    timezone: str
    law_timezone: str
    encounters: str
    publication: str
    focus_sector: str
    twin_city: Named
    scenario: str = ""
    """The scenario that stands for this border where none is named."""
    destination: str = ""
    """Code of the country that people come to, for the questions of the service."""
    programme: str = ""
    """The programme of the book that the online service runs."""
    shown_on: date | None = None
    """The day on which a demonstration of the service begins."""


class Row(Mapping[str, str]):
    """One row of a border's table, with its place."""

    __slots__ = ("_cells", "file", "line")

    def __init__(self, cells: Mapping[str, str], file: Path, line: int) -> None:
        self._cells, self.file, self.line = MappingProxyType(dict(cells)), file, line

    def __getitem__(self, column: str) -> str:
        try:
            return self._cells[column]
        except KeyError:
            raise DataError(
                f"column {column!r} is missing", mend="add it to the header", file=self.file, line=1
            ) from None

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def number(self, column: str) -> float:
        """The cell as a number that is not negative."""
        try:
            value = float(self[column])
        except ValueError:
            raise DataError(
                f"{column!r} is {self[column]!r}, not a number",
                mend="write a number",
                file=self.file,
                line=self.line,
            ) from None
        if not 0 <= value < float("inf"):
            raise DataError(
                f"{column!r} is {self[column]}, which is negative or without end",
                mend="write a number from 0 up",
                file=self.file,
                line=self.line,
            )
        return value

    def day(self, column: str) -> date:
        """The cell as a date."""
        try:
            return date.fromisoformat(self[column])
        except ValueError:
            cause = f"{column!r} is {self[column]!r}, which is not a date that exists"
            raise DataError(cause, mend="write it as YYYY-MM-DD", file=self.file, line=self.line) from None


def read_rows(path: Path, required: tuple[str, ...] = ()) -> tuple[Row, ...]:
    """Rows of a small CSV table; lines starting with `#` carry provenance and are passed over.

    Raises
    ------
    DataError
        The file is missing, empty, not text, lacks a required column, or has a ragged row.
    """
    text = read_text(path)
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    if not lines:
        raise DataError("is empty", mend="give a header line and rows", file=path)
    header = next(csv.reader([lines[0][1]]))
    missing = [column for column in required if column not in header]
    if missing:
        mend = "add it to the header"
        if len(header) == 1 and ";" in header[0]:
            mend = "part the cells by commas, not by semicolons"
        raise DataError(f"column {missing[0]!r} is missing", mend=mend, file=path, line=lines[0][0])
    rows = []
    for number, line in lines[1:]:
        cells = next(csv.reader(io.StringIO(line)))
        if len(cells) != len(header):
            raise DataError(
                f"has {len(cells)} cells where the header has {len(header)}",
                mend="add or remove cells (a comma inside a cell wants quotes)",
                file=path,
                line=number,
            )
        rows.append(Row(dict(zip(header, (c.strip() for c in cells), strict=True)), path, number))
    return tuple(rows)


def plain(text: str) -> str:
    """Lower case without accents, for comparing words that people type."""
    decomposed = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@dataclass(frozen=True)
class Border:
    """A border's folder, opened.  Everything is read once, when first asked for."""

    root: Path

    @classmethod
    def open(cls, name_or_path: str | Path = "us_mexico") -> Border:
        """Open a shipped border by name or any folder by path.

        Raises
        ------
        RequestError
            There is neither a shipped border nor a folder of that name.
        """
        for root in (SHIPPED / str(name_or_path), Path(name_or_path)):
            if (root / "border.yaml").is_file():
                return cls(root)
        hint = nearest(str(name_or_path), sorted(p.parent.name for p in SHIPPED.glob("*/border.yaml")))
        mend = f"{hint}, or the path of a folder that holds border.yaml"
        raise RequestError(f"there is no border {str(name_or_path)!r}", mend=mend)

    @cached_property
    def card(self) -> BorderCard:
        return load(BorderCard, self.root / "border.yaml")

    @cached_property
    def nationalities(self) -> Mapping[str, Row]:
        """Code -> row (`code,name_en,name_es,demonym_en,demonym_es`), in the order of the table."""
        rows = read_rows(self.root / "nationalities.csv", ("code", "name_en", "name_es"))
        return MappingProxyType({row["code"]: row for row in rows})

    @cached_property
    def countries(self) -> Mapping[str, Row]:
        """Code -> row (`code,name_en,name_es`) of every country named here, those too that are no nationality.

        Further languages have columns of their own, such as `name_pt`; `within_en` and the like are how a sentence
        says the name, where it says it otherwise than a list does.
        """
        path = self.root / "countries.csv"
        rows = read_rows(path, ("code", "name_en", "name_es")) if path.is_file() else ()
        return MappingProxyType({**self.nationalities, **{row["code"]: row for row in rows}})

    @cached_property
    def sites(self) -> tuple[Row, ...]:
        return read_rows(self.root / "sites.csv", ("site", "name_en", "name_es"))

    @cached_property
    def routes(self) -> tuple[Row, ...]:
        return read_rows(self.root / "routes.csv", ("route",))

    @cached_property
    def fleets(self) -> tuple[Row, ...]:
        """Vehicles that leave by a rule; a border need not have any."""
        path = self.root / "fleets.csv"
        return read_rows(path, ("fleet", "station", "to", "rule")) if path.is_file() else ()

    @cached_property
    def board(self) -> tuple[Row, ...]:
        """Where people on the board of a centre stand in the network; a border need not have any."""
        path = self.root / "board.csv"
        return read_rows(path, ("site", "stage", "station")) if path.is_file() else ()

    @cached_property
    def sources(self) -> Mapping[str, Row]:
        """Number of a cited publication -> row (`id,publication,address`); empty when the border has no such table."""
        path = self.root / "sources.csv"
        rows = read_rows(path, ("id", "publication", "address")) if path.is_file() else ()
        return MappingProxyType({row["id"]: row for row in rows})

    @cached_property
    def _labels(self) -> Mapping[tuple[str, str], str]:
        rows = read_rows(self.root / "labels.csv", ("dimension", "label", "code"))
        return MappingProxyType({(row["dimension"], plain(row["label"])): row["code"] for row in rows})

    def code(self, dimension: str, label: str) -> str | None:
        """Our code for a publisher's label or an everyday word, or None when nobody listed it."""
        return self._labels.get((dimension, plain(label)))

    def labels(self, dimension: str) -> Mapping[str, str]:
        """All listed labels of a dimension (plain form) -> code."""
        return MappingProxyType({lab: code for (dim, lab), code in self._labels.items() if dim == dimension})

    @cached_property
    def book(self) -> tuple[Path, ...]:
        return tuple(sorted((self.root / "book").glob("*.yaml")))

    @cached_property
    def network(self) -> Path:
        return self.root / "network.yaml"

    @cached_property
    def scenarios(self) -> Mapping[str, Path]:
        return MappingProxyType({p.stem: p for p in sorted((self.root / "scenarios").glob("*.yaml"))})

    def reference(self, name: str) -> Path:
        """Path of a reference table.

        Raises
        ------
        DataError
            The border ships no such table.
        """
        path = self.root / "reference" / name
        if not path.is_file():
            raise DataError("there is no such reference table", mend="check the name", file=path)
        return path
