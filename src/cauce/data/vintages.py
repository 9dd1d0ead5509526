"""Vintages: every issue of a publication is kept beside the others, for publishers revise what they said.

A folder of fetched files looks like this:

    fetched.csv                                  every answer: publication, address, when, hash, was it the file
    <publication>/<retrieved>-<sha12>-<name>     one vintage, whole, as published
    <publication>/<the same>.sha256              its hash, as `sha256sum --check` reads it

keep(...)            put a checked file in its place, unless the same bytes are there
note(...)            add a line to `fetched.csv`
list_vintages(...)   what is kept, and whether it is still what was fetched
catalogue(...)       all publications with their addresses' marks and their vintages
compare(...)         what changed from one vintage to another
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from cauce.border import Border
from cauce.data import registry
from cauce.data.cards import Card
from cauce.data.contracts import Contract
from cauce.data.observe import PERIODS, time_column
from cauce.data.words import called, say
from cauce.errors import DataError, OutputError, RequestError
from cauce.terms import Language

RECORD = "fetched.csv"
FIELDS = ("publication", "address", "retrieved", "sha256", "bytes", "verified")
NAMED = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9a-f]{12})-.+$")
SHOWN = 12
"""Months that a printed comparison lists."""


@dataclass(frozen=True)
class Vintage:
    """One issue of a publication as it was fetched; `whole` is False when its bytes are no longer those."""

    publication: str
    path: Path
    retrieved: date
    sha256: str
    size_bytes: int
    whole: bool

    def as_json(self) -> dict[str, Any]:
        """The vintage as plain values."""
        return {
            "file": self.path.name,
            "retrieved": self.retrieved.isoformat(),
            "sha256": self.sha256,
            "bytes": self.size_bytes,
            "whole": self.whole,
        }


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes, 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _beside(path: Path) -> Path:
    """Where the hash of a vintage stands."""
    return path.with_name(path.name + ".sha256")


def keep(file: Path, folder: Path, name: str, sha256: str, retrieved: date) -> tuple[Path, bool]:
    """Move a checked file to its place among the vintages of its publication.

    Parameters
    ----------
    file : path
        On the same disk as `folder`, so that the move is one step.
    folder : path
        Folder of the publication.
    name : str
        The publisher's name of the file.
    sha256 : str
        Hash of the file.
    retrieved : date
        Day of the fetch (UTC).

    Returns
    -------
    (path, bool)
        Where the bytes are, and whether they are new; the same bytes are not stored twice.
    """
    for known in _files(folder):
        if known.name[11:23] == sha256[:12] and sha256_of(known) == sha256:
            file.unlink()
            return known, False
    place = folder / f"{retrieved:%Y-%m-%d}-{sha256[:12]}-{name}"
    hashed = file.with_name(file.name + ".sha256")
    hashed.write_text(f"{sha256}  {place.name}\n", encoding="utf-8")
    hashed.replace(_beside(place))  # the hash first: a vintage without its hash is never seen
    file.replace(place)
    return place, True


def note(out: Path, publication: str, address: str, retrieved: str, sha256: str, size_bytes: int, good: bool) -> None:
    """Add one answer to `fetched.csv`; one write a line, so that two fetches at once don't mix theirs."""
    path = out / RECORD
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not path.exists():
        writer.writerow(FIELDS)
    writer.writerow((publication, address, retrieved, sha256, size_bytes, "yes" if good else "no"))
    try:
        with path.open("ab", buffering=0) as stream:
            stream.write(text.getvalue().encode())
            os.fsync(stream.fileno())
    except OSError as error:
        cause = f"cannot be written ({error.strerror})"
        raise OutputError(cause, mend="name a folder you may write with --out", file=path) from None


def read_notes(out: Path) -> list[dict[str, str]]:
    """The lines of `fetched.csv`, oldest first; none when nothing was fetched.

    Raises
    ------
    DataError
        Somebody changed its columns.
    """
    path = out / RECORD
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot be read ({error})", mend="check its rights, or remove it", file=path) from None
    for line, row in enumerate(rows, 2):
        if tuple(row) != FIELDS or None in row.values():
            raise DataError("is not a line of fetched files", mend="remove the line", file=path, line=line)
    return rows


def _files(folder: Path) -> list[Path]:
    """The vintages in a publication's folder, oldest first."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if NAMED.match(path.name) and _beside(path).is_file()]


def list_vintages(out: Path, publication: str) -> tuple[Vintage, ...]:
    """What is kept of a publication, oldest first; each file's bytes are hashed again."""
    found = []
    for path in _files(out / publication):
        stated = _beside(path).read_text(encoding="utf-8", errors="replace").split(" ")[0]
        whole = sha256_of(path) == stated
        day = date.fromisoformat(path.name[:10])
        found.append(Vintage(publication, path, day, stated, path.stat().st_size, whole))
    return tuple(found)


@dataclass(frozen=True)
class Catalogue:
    """All publications, which address has answered with the file, and what is kept of them."""

    entries: tuple[tuple[Card, tuple[str, str] | None, tuple[Vintage, ...]], ...]

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The catalogue in lines for a terminal."""
        lines = []
        for card, answered, vintages in self.entries:
            address = called(card.address, language)
            if answered is not None:
                address = say("answered", language, address=answered[0], day=answered[1][:10])
            elif address.startswith("http"):
                address = say("unanswered", language, address=address)
            name, publisher = card.name.text(language), called(card.publisher, language)
            lines.append(
                say("source", language, id=card.id, name=name, publisher=publisher, days=card.lag_days, address=address)
            )
            for vintage in vintages:
                fault = "" if vintage.whole else say("not_whole", language)
                lines.append(say("vintage", language, file=vintage.path.name, size=vintage.size_bytes, fault=fault))
        return "\n".join(lines)

    def as_json(self) -> list[dict[str, Any]]:
        """The catalogue as plain values."""
        return [
            {
                **card.model_dump(mode="json"),
                "answered": None if answered is None else {"address": answered[0], "retrieved": answered[1]},
                "vintages": [vintage.as_json() for vintage in vintages],
            }
            for card, answered, vintages in self.entries
        ]


def catalogue(out: Path) -> Catalogue:
    """All publications, with what was fetched of them into a folder."""
    answered = {
        row["publication"]: (row["address"], row["retrieved"]) for row in read_notes(out) if row["verified"] == "yes"
    }
    return Catalogue(
        tuple((card, answered.get(card.id), list_vintages(out, card.id)) for card in registry.list_sources())
    )


@dataclass(frozen=True)
class Revisions:
    """What changed from one vintage to another.

    Attributes
    ----------
    old, new : path
        The two files.
    publication : str
        Of which both are vintages.
    rows : DataFrame
        The key's columns, `column` (str), `old` and `new` (float64; null: no row, or a blank cell), `change`
        (float64): one row a number that differs, in periods that both vintages cover.
    both : int
        Periods that both cover; 0 for a table without time.
    added, dropped : tuple of str
        Periods that only the new, and only the old vintage covers.
    when : str or None
        The key's column that says the period.
    """

    old: Path
    new: Path
    publication: str
    rows: pl.DataFrame
    both: int
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    when: str | None

    def by_period(self) -> pl.DataFrame:
        """Period (if any), column, numbers (int), net and absolute (float64): the sums of the revisions."""
        keys = [name for name in (self.when, "column") if name is not None]
        change = pl.col("change")
        sums = self.rows.group_by(keys).agg(numbers=pl.len(), net=change.sum(), absolute=change.abs().sum())
        return sums.sort(keys)

    def text(self, language: Language = Language.ENGLISH) -> str:
        """The summary in lines for a terminal."""
        lines = [f"{self.publication}: {self.old.name} -> {self.new.name}"]
        sums = self.by_period()
        if self.when is not None:
            lines.append(say("periods", language, revised=sums[self.when].n_unique(), both=self.both))
        totals = self.rows.group_by("column").agg(
            pl.len(), pl.col("change").sum().alias("net"), pl.col("change").abs().sum().alias("absolute")
        )
        for column, numbers, net, absolute in totals.sort("column").iter_rows():
            lines.append(say("revised", language, column=column, numbers=numbers, net=net, absolute=absolute))
        if self.when is not None:
            largest = sums.sort(["absolute", self.when], descending=[True, False]).head(SHOWN)
            for row in largest.iter_rows(named=True):
                lines.append(say("revised_period", language, period=row[self.when], **row))
            if sums.height > SHOWN:
                lines.append(say("further", language, count=sums.height - SHOWN))
        for word, periods in (("only_new", self.added), ("only_old", self.dropped)):
            if periods:
                span = say("from_to", language, first=periods[0], last=periods[-1], count=len(periods))
                lines.append(say(word, language, span=span))
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain values."""
        return {
            "publication": self.publication,
            "old": self.old.name,
            "new": self.new.name,
            "periods_in_both": self.both,
            "periods_added": list(self.added),
            "periods_dropped": list(self.dropped),
            "by_period": self.by_period().to_dicts(),
            "rows": self.rows.to_dicts(),
        }


def compare(old: Path, new: Path, border: Border) -> Revisions:
    """What changed from one vintage of a publication to another.

    A combination that has no row in one of the two counts there as zero, for publishers leave zeros out; a
    cell that was published blank is a change whose size is not known, and is left out of the sums.

    Raises
    ------
    RequestError
        The files are of two publications or tables, or their rows have no key to find them by.
    DataError
        One of them is not as published.
    """
    (card, table), (other, second) = registry.identify(old), registry.identify(new)
    if (card.id, table.name) != (other.id, second.name):
        cause = f"one file is of {card.id}/{table.name}, the other of {other.id}/{second.name}"
        raise RequestError(cause, mend="give two files of one table")
    read = registry.reader_of(card)
    before, after = read(old, border), read(new, border)
    contract = Contract.read(card.reader)
    # a number of months that a row spans is a part of its name, and a day on which it was drawn is not
    keys = [c.name for c in contract.columns if c.type == "code" or c.name in PERIODS or c.unit == "months"]
    values = [c.name for c in contract.columns if c.type in ("count", "number") and c.name not in keys]
    for path, seen in ((old, before), (new, after)):
        if not keys or seen.select(keys).is_duplicated().any():
            cause = "has rows that no column tells apart, so they cannot be followed from one vintage to another"
            raise RequestError(cause, mend="compare vintages of another publication", file=path)
    when = time_column(before)
    rows = _changes(before, after, keys, values)
    if when is None:
        return Revisions(old, new, card.id, rows, 0, (), (), None)
    was, now = set(before[when].to_list()), set(after[when].to_list())
    rows = rows.filter(pl.col(when).is_in(sorted(was & now)))
    added, dropped = _named(now - was), _named(was - now)
    return Revisions(old, new, card.id, rows, len(was & now), added, dropped, when)


def _named(periods: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(period) for period in sorted(periods))


def _changes(before: pl.DataFrame, after: pl.DataFrame, keys: list[str], values: list[str]) -> pl.DataFrame:
    """Rows of `Revisions.rows`, all periods."""

    def long(table: pl.DataFrame, name: str) -> pl.DataFrame:
        numbers = table.select(*keys, *(pl.col(value).cast(pl.Float64) for value in values))
        melted = numbers.unpivot(values, index=keys, variable_name="column", value_name=name)
        return melted.with_columns(pl.lit(True).alias(f"{name}_row"))

    index = [*keys, "column"]
    joined = long(before, "old").join(long(after, "new"), on=index, how="full", coalesce=True)

    def size(name: str) -> pl.Expr:
        return pl.when(pl.col(f"{name}_row").is_null()).then(0.0).otherwise(pl.col(name))

    changed = joined.filter(size("old").ne_missing(size("new")))
    return changed.with_columns(change=size("new") - size("old")).select(*index, "old", "new", "change").sort(index)
