"""The small tables that a border ships, built from the official files by our own readers.

The border's `reference/tables.yaml` says which: each names a publication's table, the rows to keep, and how
to turn them (a *kind*, below).  `build` finds the files, derives the tables, and writes them with their
provenance on top, so that the same records give the same bytes.

    encounters   counts of encounters, added up by some columns; rows of zero are left out
    shares       the part of encounters that has a property, by period, with Wilson's interval
    outcomes     each outcome's part in a total without the outcomes left out, by period
    beside       tables of one shape side by side, a column each
    rows         the rows kept, as read, one input below the other
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import polars as pl

from cauce.border import Border
from cauce.data import cards, registry
from cauce.data.cards import Card, PublishedTable
from cauce.documents import Document, Pairs, load
from cauce.errors import DataError, OutputError, RequestError

NORMAL_95 = 1.959964  # two-sided 95% quantile of the normal distribution, for Wilson's score interval


class Period(Document):
    """First and last month of a named period."""

    first: date
    last: date


class Recipe(Document):
    """One reference table.

    Attributes
    ----------
    name, about : str
        File name, and what the table says in one line.
    kind : str
        One of the kinds above.
    inputs : pairs
        Name -> `publication/table`.
    keep : pairs
        Column -> the code that a row must have to be kept.
    first, last : date, optional
        Bounds of the period column.
    by : tuple of str
        Columns to add up by, or to keep.
    part_name, part : str, pairs
        For shares: the numerator's name, and column -> the code that makes a row part of it.
    leave_out : tuple of str
        For outcomes: outcomes that are in neither part nor total.
    periods : pairs
        Name -> period, for shares and outcomes.
    """

    name: str
    about: str
    kind: Literal["encounters", "shares", "outcomes", "beside", "rows"]
    inputs: Pairs[str]
    keep: Pairs[str] = ()
    first: date | None = None
    last: date | None = None
    by: tuple[str, ...] = ()
    part_name: str = "part"
    part: Pairs[str] = ()
    leave_out: tuple[str, ...] = ()
    periods: Pairs[Period] = ()


class Recipes(Document):
    """All reference tables of a border."""

    tables: tuple[Recipe, ...]


def build(records: Path, border: Border, out: Path) -> tuple[Path, ...]:
    """Build all reference tables of a border.

    Parameters
    ----------
    records : path
        Folder with the official files, at any depth.
    border : Border
        Its `reference/tables.yaml` says what to build.
    out : path
        Folder to write into, made if missing.

    Returns
    -------
    tuple of path
        The files written, in the order of the recipes, then README.md.

    Raises
    ------
    DataError
        An official file is missing, stands twice, or is not as published.
    DocumentError
        The border's recipes are not valid.
    OutputError
        The folder cannot be written.
    """
    recipes = load(Recipes, border.root / "reference" / "tables.yaml").tables
    shelf = Shelf(records, border)
    texts = {recipe.name: _text(recipe, shelf) for recipe in recipes}
    texts["README.md"] = _readme(recipes)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        cause = f"cannot be written ({error.strerror})"
        raise OutputError(cause, mend="give a folder with the right to write", file=out) from None
    return tuple(out / name for name in texts)


class Shelf:
    """The official files in a folder, found by the names on the source cards, each read once."""

    def __init__(self, records: Path, border: Border) -> None:
        if not records.is_dir():
            raise DataError("there is no such folder", mend="give the folder with the files", file=records)
        self.records, self.border = records, border
        self._files = sorted(p for p in records.rglob("*") if p.suffix in (".csv", ".gz"))
        self._read: dict[Path, pl.DataFrame] = {}

    def find(self, wanted: str) -> tuple[Card, Path]:
        """The card and the file of `publication/table`.

        Raises
        ------
        DataError
            No file, or more than one, has a name that the card gives for that table.
        """
        name, _, table = wanted.partition("/")
        card = cards.find(name)
        published = next((t for t in card.tables if t.name == table), None)
        if published is None:
            known = ", ".join(t.name for t in card.tables)
            raise RequestError(f"{name} has no table {table!r}", mend=f"use one of {known}")
        return card, self._only(published, wanted)

    def _only(self, published: PublishedTable, wanted: str) -> Path:
        for pattern in published.files:
            found = [p for p in self._files if fnmatch(p.name.lower(), pattern)]
            if len(found) == 1:
                return found[0]
            if found:
                cause = f"holds {len(found)} files {pattern!r}"
                raise DataError(cause, mend=f"keep the one that is {wanted}", file=self.records)
        cause = f"holds no file {published.files[0]!r}"
        raise DataError(cause, mend=f"put the file of {wanted} there", file=self.records)

    def read(self, path: Path, card: Card) -> pl.DataFrame:
        """A file as its publication's reader gives it."""
        if path not in self._read:
            self._read[path] = registry.reader_of(card)(path, self.border)
        return self._read[path]


def _text(recipe: Recipe, shelf: Shelf) -> str:
    """A reference table as text, with its provenance."""
    found = [shelf.find(wanted) for _, wanted in recipe.inputs]
    frames = [_keep(shelf.read(path, card), recipe) for card, path in found]
    rows = KINDS[recipe.kind](recipe, frames)
    lines = [f"# {recipe.about}"]
    for (card, path), (_, wanted) in zip(found, recipe.inputs, strict=True):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"# source: {card.name.en}, {card.publisher} ({wanted}), {card.vintage}")
        lines.append(f"# input: {path.name} sha256 {digest}, read by cauce.data.sources.{card.reader}")
    if "month" in rows.columns:
        months = rows["month"].dt.to_string("%Y-%m")
        lines.append(f"# months: {months.min()!s} to {months.max()!s}")
    for name, period in recipe.periods:
        lines.append(f"# period {name}: {period.first:%Y-%m} to {period.last:%Y-%m}")
    lines.append("# built by: cauce data build")
    return "\n".join(lines) + "\n" + rows.write_csv()


def _keep(table: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """The rows that a recipe keeps."""
    for column, code in recipe.keep:
        table = table.filter(pl.col(column) == code)
    when = next((name for name in ("month", "week", "date", "last") if name in table.columns), None)
    if when is not None:
        first, last = recipe.first or date.min, recipe.last or date.max
        table = table.filter(pl.col(when).is_between(first, last))
    return table


def _encounters(recipe: Recipe, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Encounters added up; rows of zero are left out."""
    table = frames[0].group_by(recipe.by).agg(pl.col("encounters").sum())
    return table.filter(pl.col("encounters") > 0).sort(recipe.by)


def _shares(recipe: Recipe, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Part of the encounters that has a property, with Wilson's 95% interval, by period."""
    is_part = pl.all_horizontal(pl.col(column) == code for column, code in recipe.part)
    part, whole = pl.col(recipe.part_name), pl.col("encounters")
    counted = {"encounters": whole.sum(), recipe.part_name: whole.filter(is_part).sum()}
    table = _by_period(recipe, frames[0], lambda inside: inside.group_by(recipe.by).agg(**counted))
    low, high = share_interval(part, whole)
    table = table.filter(whole > 0).with_columns(share=(part / whole).round(4))
    table = table.with_columns(
        low=pl.min_horizontal(low.round(4), "share"), high=pl.max_horizontal(high.round(4), "share")
    )
    return table.select(*recipe.by, "period", "encounters", recipe.part_name, "share", "low", "high")


def share_interval(part: pl.Expr, whole: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Wilson's 95% score interval of a share; holds the share itself also where it is 0 or 1."""
    z2 = NORMAL_95**2
    centre = (part + z2 / 2) / (whole + z2)
    half = NORMAL_95 / (whole + z2) * (part * (whole - part) / whole + z2 / 4).sqrt()
    return (centre - half).clip(0.0, 1.0), (centre + half).clip(0.0, 1.0)


def _outcomes(recipe: Recipe, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Each outcome's part in the sum of the outcomes kept; `group` takes the name of its input."""
    parts = []
    for (dimension, _), frame in zip(recipe.inputs, frames, strict=True):
        kept = frame.filter(~pl.col("series").is_in(["all", *recipe.leave_out]))
        summed = _by_period(recipe, kept, _sum_outcomes)
        rest = {name: pl.lit("all") for name in recipe.by if name != dimension}
        parts.append(summed.rename({"group": dimension}).with_columns(**rest))
    keys = (*recipe.by, "period", "outcome")
    table = pl.concat([part.select(*keys, "persons", "share") for part in parts])
    return table.unique(keys, keep="first").sort("period", *recipe.by, "outcome")


def _sum_outcomes(inside: pl.DataFrame) -> pl.DataFrame:
    summed = inside.group_by("group", outcome="series").agg(persons=pl.col("count").sum())
    total = pl.col("persons").sum().over("group")
    return summed.filter(total > 0).with_columns(share=(pl.col("persons") / total).round(4))


def _beside(recipe: Recipe, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Tables of one shape side by side: months and inner headings, a column a table; totals left out."""
    joined: pl.DataFrame | None = None
    for (name, _), frame in zip(recipe.inputs, frames, strict=True):
        one = frame.filter(pl.col("series") != "all").select(
            "month", pl.col("series").alias(recipe.by[0]), pl.col("count").alias(name)
        )
        keys = ["month", recipe.by[0]]
        joined = one if joined is None else joined.join(one, on=keys, how="full", coalesce=True)
    if joined is None:
        raise RequestError(f"{recipe.name} has no inputs", mend="name them in tables.yaml")
    return joined.sort("month", recipe.by[0])


def _rows(recipe: Recipe, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows kept of all inputs, with the columns of `by`, or all."""
    return pl.concat([frame.select(recipe.by or pl.all()) for frame in frames])


def _by_period(recipe: Recipe, table: pl.DataFrame, derive: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """What `derive` makes of the rows of each period, one below the other."""
    parts = []
    for name, period in recipe.periods:
        inside = table.filter(pl.col("month").is_between(period.first, period.last))
        made = derive(inside).with_columns(period=pl.lit(name))
        parts.append(made.sort(pl.all()))
    return pl.concat(parts)


KINDS: dict[str, Callable[[Recipe, Sequence[pl.DataFrame]], pl.DataFrame]] = {
    "encounters": _encounters,
    "shares": _shares,
    "outcomes": _outcomes,
    "beside": _beside,
    "rows": _rows,
}


def _readme(recipes: Sequence[Recipe]) -> str:
    """What the folder holds, one line a table."""
    lines = [
        "# Reference tables",
        "",
        "Small aggregates of official records, built by `cauce data build` from",
    ]
    lines += ["the recipes in `tables.yaml`. Each file starts with its source and the hash of its input.", ""]
    lines += ["| table | what it says | built from |", "|---|---|---|"]
    for recipe in recipes:
        inputs = ", ".join(wanted for _, wanted in recipe.inputs)
        lines.append(f"| `{recipe.name}` | {recipe.about} | {inputs} |")
    return "\n".join(lines) + "\n"
