"""A sheet: what a decision tool says, before anybody lays it out.  Findings first, then tables, then what it rests on.

Decisions make sheets, reports lay them out (HTML, PDF, CSV, terminal; en and es), and neither knows the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cauce.border import Named
from cauce.terms import Language, figured

Cell = str | Named


@dataclass(frozen=True)
class Grid:
    """A table in both languages; `protection` marks one that shows what happens to people."""

    name: Named
    head: tuple[Named, ...]
    rows: tuple[tuple[Cell, ...], ...]
    protection: bool = False


@dataclass(frozen=True)
class Mark:
    """One option in a plot: low, median and high of either figure."""

    name: Named
    x: tuple[float, float, float]
    y: tuple[float, float, float]


@dataclass(frozen=True)
class Plot:
    """Two figures of several options against each other; a sentence says what is seen, and a table has the numbers."""

    id: str
    name: Named
    says: Named
    x: Named
    y: Named
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Sheet:
    """One question, what is found, the tables behind it, and what it depends on."""

    id: str
    name: Named
    question: Named
    findings: tuple[Named, ...]
    grids: tuple[Grid, ...]
    notes: tuple[Named, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    plots: tuple[Plot, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything in both languages."""

        def plain(cell: Cell) -> Any:
            return cell if isinstance(cell, str) else both(cell)

        def both(said: Named) -> dict[str, str]:
            return {str(language): said.text(language) for language in Language}

        return {
            "id": self.id,
            "name": both(self.name),
            "question": both(self.question),
            "findings": [both(f) for f in self.findings],
            "tables": [
                {
                    "name": both(g.name),
                    "head": [both(h) for h in g.head],
                    "rows": [[plain(cell) for cell in row] for row in g.rows],
                    "protection": g.protection,
                }
                for g in self.grids
            ],
            "plots": [
                {"name": both(p.name), "says": both(p.says), "x": both(p.x), "y": both(p.y),
                 "marks": [{"name": both(m.name), "x": m.x, "y": m.y} for m in p.marks]}
                for p in self.plots
            ],
            "notes": [both(n) for n in self.notes],
            "hashes": dict(self.hashes),
        }  # fmt: skip

    def text(self, language: Language = Language.ENGLISH) -> str:
        """Findings and tables for a terminal, columns aligned."""
        lines = [self.name.text(language), *(f"- {finding.text(language)}" for finding in self.findings)]
        for grid in self.grids:
            rows = [[worded(cell, language) for cell in row] for row in (grid.head, *grid.rows)]
            widths = [max(len(row[i]) for row in rows) for i in range(len(grid.head))]
            lines += ["", ("◆ " if grid.protection else "") + grid.name.text(language)]
            for first, *rest in rows:
                aligned = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
                lines.append("  ".join([first.ljust(widths[0]), *aligned]).rstrip())
        return "\n".join([*lines, *(["", *(n.text(language) for n in self.notes)] if self.notes else [])])


def worded(cell: Cell, language: Language) -> str:
    """A cell in a language."""
    return figured(cell, language) if isinstance(cell, str) else cell.text(language)
