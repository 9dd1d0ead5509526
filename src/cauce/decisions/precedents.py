"""Precedents: dated decisions in which a government accepted or refused a package.

Precedents.read    the document, checked against the tables in whose levers it speaks
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from cauce.border import Border
from cauce.decisions.table import Package, Table, levels_of
from cauce.documents import Document, Pairs, Source, read_yaml, validate
from cauce.errors import DocumentError, RequestError, nearest


class Decision(Document):
    """A party's answer to a package: the levels of a table's levers, those not named as they were."""

    day: date
    party: str
    answer: Literal["accept", "refuse"]
    table: str
    levels: Pairs[str] = Field(min_length=1)
    source: str

    @property
    def accepted(self) -> bool:
        return self.answer == "accept"


class Record(Document):
    """The whole document."""

    id: str
    decisions: tuple[Decision, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Precedents:
    """Decisions with the tables they speak of."""

    path: Path
    decisions: tuple[Decision, ...]
    tables: dict[str, Table]

    @classmethod
    def read(cls, border: Border, name: str) -> Precedents:
        """Read a shipped document by name, or any file by path.

        Raises
        ------
        RequestError
            No such document.
        DocumentError
            A mistake in it, with its line.
        """
        shipped = {p.stem: p for p in sorted((border.root / "negotiations" / "precedents").glob("*.yaml"))}
        path = shipped.get(name, Path(name))
        if name not in shipped and not path.suffix:
            mend = f"use one of {', '.join(shipped) or '(none ships)'}, or give a file"
            raise RequestError(f"there are no precedents {name!r}", mend=mend)
        source = read_yaml(path)
        record = validate(Record, source)
        tables: dict[str, Table] = {}
        for n, decision in enumerate(record.decisions):
            table = tables.setdefault(decision.table, Table.read(border, decision.table))
            _check(decision, table, source, n)
        return cls(path, record.decisions, tables)

    def package(self, decision: Decision) -> Package:
        return levels_of(self.tables[decision.table], decision.levels)


def _check(decision: Decision, table: Table, source: Source, n: int) -> None:
    """Party, levers and levels exist in the table."""

    def named(name: str, known: tuple[str, ...], what: str, *at: str) -> None:
        if name not in known:
            line = source.line(("decisions", n, *at))
            cause = f"there is no {what} {name!r}"
            raise DocumentError(cause, mend=nearest(name, known), file=source.path, line=line)

    named(decision.party, tuple(p.id for p in table.parties), "party", "party")
    for lever, level in decision.levels:
        named(lever, tuple(x.id for x in table.levers), "lever", "levels")
        named(level, tuple(k.id for k in table.lever(lever).levels), "level", "levels", lever)
