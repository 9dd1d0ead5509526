"""Source cards: what a publication is, who puts it out and when, what it counts, and where it misleads.

One card a publication, `sources/<id>.yaml`, beside its reader.  A card also names the tables of the
publication by their published columns, so that a file can be recognised by its header, and the readers
need no names of places or measures of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

import polars as pl
from pydantic import Field

from cauce.border import Named
from cauce.data import tables
from cauce.documents import Document, Pairs, load
from cauce.errors import DataError, RequestError, nearest

FOLDER = Path(__file__).parent / "sources"


class PublishedTable(Document):
    """One table of a publication.

    Attributes
    ----------
    name : str
        Our name for it.
    files : tuple of str
        Patterns of the file names under which it is known; they decide only between equal headers.
    columns : tuple of str
        Columns as published.
    dimensions : pairs
        Published column -> dimension of the border's `labels.csv`.
    """

    name: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    dimensions: Pairs[str] = ()


class Card(Document):
    """A publication.

    Attributes
    ----------
    name : Named
        What it is called, in English and Spanish.
    lag_days : int
        Days from the end of a period to its publication.
    first_published : date, optional
        Before that day nothing of it was public.
    totals : pairs
        Published labels of totals and rests -> "all" or "rest".
    """

    id: str
    name: Named
    publisher: str
    relay: str
    address: str
    licence: str
    vintage: str
    lag_days: int = Field(ge=0)
    lag_source: str
    first_published: date | None = None
    grain: str
    counts: str
    traps: tuple[Named, ...]
    reader: str
    totals: Pairs[str] = ()
    tables: tuple[PublishedTable, ...]


def choose(path: Path, candidates: Sequence[tuple[Card, PublishedTable]]) -> tuple[Card, PublishedTable]:
    """The candidate whose columns are the file's, or the nearest one when none are.

    Raises
    ------
    DataError
        No candidate shares half of its columns with the file, or several fit and the name doesn't decide.
    """
    header = set(tables.read_header(path))
    fitting = [c for c in candidates if set(c[1].columns) == header]
    if not fitting:
        return _nearest(path, header, candidates)
    named = [c for c in fitting if any(fnmatch(path.name.lower(), pattern) for pattern in c[1].files)]
    if len(fitting) == 1 or len(named) == 1:
        return (named or fitting)[0]
    patterns = ", ".join(pattern for _, table in fitting for pattern in table.files[:1])
    cause = f"has columns that {len(fitting)} published tables share"
    raise DataError(cause, mend=f"name it after one of them: {patterns}", file=path, line=1)


def _nearest(
    path: Path, header: set[str], candidates: Sequence[tuple[Card, PublishedTable]]
) -> tuple[Card, PublishedTable]:
    def likeness(candidate: tuple[Card, PublishedTable]) -> float:
        columns = set(candidate[1].columns)
        return len(columns & header) / len(columns | header)

    best = max(candidates, key=likeness)
    if likeness(best) >= 0.5:
        return best
    shown = tables.shown(",".join(sorted(header)))
    cause = f"has the columns {shown}, which no publication that cauce reads has"
    raise DataError(cause, mend="see `cauce data list` for those it reads", file=path, line=1)


@lru_cache(maxsize=1)
def list_cards() -> tuple[Card, ...]:
    """All cards, in the order of their ids."""
    return tuple(load(Card, path) for path in sorted(FOLDER.glob("*.yaml")))


def find(name: str) -> Card:
    """The card of a publication.

    Raises
    ------
    RequestError
        There is no such publication.
    """
    cards = {card.id: card for card in list_cards()}
    if name not in cards:
        raise RequestError(f"there is no publication {name!r}", mend=nearest(name, cards))
    return cards[name]


def read(path: Path, reader: str) -> tuple[pl.DataFrame, Card, PublishedTable]:
    """A file as text columns with lines, its card, and which of its publication's tables it is.

    Parameters
    ----------
    path : path
        The file.
    reader : str
        Name of the reader; the file must be of a publication that this reader reads.

    Raises
    ------
    DataError
        The file is not as its publisher gives it.
    """
    known = [(card, table) for card in list_cards() if card.reader == reader for table in card.tables]
    card, table = choose(path, known)
    return tables.read(path, table.columns), card, table
