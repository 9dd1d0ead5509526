"""Which publications cauce reads, which of them a file is, and what is in it.

list_sources()      all source cards
identify(path)      the publication and table of a file, by its header
read(path, border)  any official file as a tidy table
check_file(...)     the same, with what a reader should know before using it
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from cauce.border import Border, Named
from cauce.data import cards, tables
from cauce.data.cards import Card, PublishedTable
from cauce.data.contracts import Contract
from cauce.data.observe import time_column
from cauce.data.words import called, named, say
from cauce.terms import Language

Reader = Callable[[Path, Border], pl.DataFrame]


@dataclass(frozen=True)
class Report:
    """What is in an official file.

    Attributes
    ----------
    path : path
        The file.
    card : Card
        Its publication.
    table : str
        Which of the publication's tables.
    rows : int
        Rows of data in the file.
    tidy_rows : int
        Rows of the tidy table that the reader makes of them.
    columns : tuple of (name, type, unit)
        As the contract says.
    months : (date, date) or None
        First and last period; None for a table without time.
    totals : tuple of (name, number)
        Sum of each column of counts that may be added up.
    findings : tuple of Named
        What to know before using it: gaps, blanks, the card's traps.
    """

    path: Path
    card: Card
    table: str
    rows: int
    tidy_rows: int
    columns: tuple[tuple[str, str, str], ...]
    months: tuple[date, date] | None
    totals: tuple[tuple[str, int], ...]
    findings: tuple[Named, ...]

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The report in lines for a terminal."""
        name, publisher = self.card.name.text(language), called(self.card.publisher, language)
        table = f"{self.card.id}/{self.table}"
        span = "" if self.months is None else say("span", language, first=self.months[0], last=self.months[1])
        lines = [
            say("report", language, file=self.path.name, name=name, table=table, publisher=publisher),
            say("rows", language, rows=self.rows, span=span),
            *(say("total", language, column=column, total=total) for column, total in self.totals),
            say("columns", language, names=", ".join(column for column, _, _ in self.columns)),
            *(f"- {finding.text(language)}" for finding in self.findings),
        ]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "file": self.path.name,
            "publication": self.card.id,
            "table": self.table,
            "rows": self.rows,
            "tidy_rows": self.tidy_rows,
            "columns": [dict(zip(("name", "type", "unit"), column, strict=True)) for column in self.columns],
            "months": None if self.months is None else [day.isoformat() for day in self.months],
            "totals": dict(self.totals),
            "findings": [finding.model_dump() for finding in self.findings],
        }


def list_sources() -> tuple[Card, ...]:
    """The source cards of all publications that cauce reads."""
    return cards.list_cards()


def identify(path: Path) -> tuple[Card, PublishedTable]:
    """Which publication's table a file is.

    Raises
    ------
    DataError
        It is none that cauce reads, or several have its columns and its name doesn't decide.
    """
    return cards.choose(path, [(card, table) for card in cards.list_cards() for table in card.tables])


def reader_of(card: Card) -> Reader:
    """The reader of a publication: the module of that name beside the card."""
    reader: Reader = import_module(f"cauce.data.sources.{card.reader}").read
    return reader


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read any official file that cauce knows, whichever it is.

    Raises
    ------
    DataError
        The file is of no known publication, or not as published.
    """
    return reader_of(identify(path)[0])(path, border)


def check_file(path: Path, border: Border) -> Report:
    """Read an official file and say what is in it.

    Raises
    ------
    DataError
        What is wrong with it, in one sentence with its line.
    """
    card, published = identify(path)
    table = reader_of(card)(path, border)
    contract = Contract.read(card.reader)
    return Report(
        path=path,
        card=card,
        table=published.name,
        rows=tables.count_rows(path),
        tidy_rows=table.height,
        columns=tuple((c.name, c.type, c.unit) for c in contract.columns),
        months=_span(table),
        totals=_totals(table, contract),
        findings=(*_gaps(table), *_blanks(table), *card.traps),
    )


def _span(table: pl.DataFrame) -> tuple[date, date] | None:
    """First and last period; a fiscal year is dated by its last day."""
    when = time_column(table)
    if when is None:
        return None
    days = table[when].to_list()
    if when == "fiscal_year":
        days = [date(year, 9, 30) for year in days]
    return min(days), max(days)


FLOWS = ("encounters", "persons", "persons or events")
"""Units whose counts may be added up over time; stocks may not."""


def _totals(table: pl.DataFrame, contract: Contract) -> tuple[tuple[str, int], ...]:
    """Sums of the counts; where rows of totals ("all") stand among their parts, of those rows alone."""
    flows = [c.name for c in contract.columns if c.type == "count" and c.unit in FLOWS]
    for column in (c.name for c in contract.columns if c.type == "code"):
        codes = set(table[column].to_list())
        if "all" in codes:
            table = table.filter(pl.col(column) == "all")
        elif column == "series":
            return ()  # headings that are each other's parts, without a total: a sum would mean nothing
    return tuple((name, int(table[name].sum())) for name in flows)


def _gaps(table: pl.DataFrame) -> list[Named]:
    """Months or weeks that the table jumps over."""
    when = time_column(table)
    steps = {"month": "1mo", "week": "1w"}
    if when not in steps:
        return []
    single = table.filter(pl.col("span_months") == 1) if "span_months" in table.columns else table
    seen = set(single[when].to_list())
    if not seen:
        return []
    grid = pl.select(pl.date_range(min(seen), max(seen), steps[when])).to_series()
    missing = sorted(set(grid.to_list()) - seen)
    if not missing:
        return []
    shown = ", ".join(f"{day:%Y-%m-%d}" if when == "week" else f"{day:%Y-%m}" for day in missing[:3])
    more = named("more", count=len(missing) - 3) if len(missing) > 3 else Named(en="", es="")
    said = (say("gap", language, named=shown, more=more.text(language)) for language in Language)
    return [Named(**dict(zip(("en", "es"), said, strict=True)))]


def _blanks(table: pl.DataFrame) -> list[Named]:
    """Columns with cells that were not published."""
    counts = {name: table[name].null_count() for name in table.columns}
    return [named("blank", column=name, count=n, rows=table.height) for name, n in counts.items() if n]
