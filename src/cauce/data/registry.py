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

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.cards import Card, PublishedTable
from cauce.data.contracts import Contract
from cauce.data.observe import time_column

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
    findings : tuple of str
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
    findings: tuple[str, ...]

    def text(self) -> str:
        """The report in lines for a terminal."""
        lines = [f"{self.path.name}: {self.card.name.en} ({self.card.id}/{self.table}), {self.card.publisher}"]
        span = "" if self.months is None else f", {self.months[0]} to {self.months[1]}"
        lines.append(f"{self.rows:,} rows{span}")
        lines += [f"{name}: {total:,} in all" for name, total in self.totals]
        lines.append("columns: " + ", ".join(name for name, _, _ in self.columns))
        return "\n".join([*lines, *(f"- {finding}" for finding in self.findings)])

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
            "findings": list(self.findings),
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


def _gaps(table: pl.DataFrame) -> list[str]:
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
    named = ", ".join(f"{day:%Y-%m-%d}" if when == "week" else f"{day:%Y-%m}" for day in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return [f"No row for {named}{more}."]


def _blanks(table: pl.DataFrame) -> list[str]:
    """Columns with cells that were not published."""
    counts = {name: table[name].null_count() for name in table.columns}
    return [f"{name} is blank in {n} of {table.height} rows." for name, n in counts.items() if n]
