"""Who goes where: the rulebook's pathways and the document's branches, as rows of cumulative shares.

A row is (cumulative thresholds, targets).  Stations whose way on depends on the rules have one row for each
regime, pressure and class; all others share one row for each branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cauce.errors import DocumentError
from cauce.model.process import REST, Branch, Station
from cauce.terms import Demographic

if TYPE_CHECKING:
    from cauce.model.network import Layout

WHOLE = 2**32 - 1  # a cumulative share of one, as the kernel reads it


@dataclass(frozen=True)
class Rules:
    """What the book says of each class in one regime (between two dates at which anything changes)."""

    shares: tuple[tuple[tuple[str, float], ...], ...]
    """By class: (pathway, share), summing to one."""
    capped: tuple[Mapping[str, str], ...]
    """By class: quota station of the document -> the measure whose cap concerns the class."""
    returned: tuple[float, ...]
    """By class: share that the rules announce to return."""


class Routing:
    """Collects rows and hands them over as the kernel's arrays.

    row    (regime, pressed, station, class) int32   row of each situation, -1 where nobody goes on
    start  (rows + 1,) int32                         first entry of each row
    cum    (entries,) uint32                         ascending, the last is 2^32 - 1
    to     (entries,) int16                          target station
    """

    def __init__(
        self,
        layout: Layout,
        parameters: Mapping[str, float],
        rules: Sequence[Rules],
    ) -> None:
        self._layout, self._parameters, self._rules = layout, parameters, rules
        self._known: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        self.row = np.full((len(rules), 2, len(layout.stations), len(layout.classes)), -1, dtype=np.int32)
        for number, station in enumerate(layout.documents):
            if station.pathways:
                self._by_rules(number, station)
            elif station.to:
                self._by_branches(number, station)

    def _row(self, shares: Iterable[tuple[int, float]]) -> int:
        """Number of the row with these targets and shares, in this order; rows are kept once."""
        targets, parts = zip(*((target, share) for target, share in shares if share > 0), strict=True)
        cum = tuple(accumulate(parts))
        thresholds = *(min(round(c / cum[-1] * WHOLE), WHOLE) for c in cum[:-1]), WHOLE
        return self._known.setdefault((thresholds, targets), len(self._known))

    def _by_branches(self, number: int, station: Station) -> None:
        self._fill(number, station, station.to, slice(None))
        if station.pressed is not None and station.pressed.to:
            self._fill(number, station, station.pressed.to, slice(1, 2))

    def _fill(self, number: int, station: Station, branches: tuple[Branch, ...], layers: slice) -> None:
        rows = []
        for branch in branches:
            given = sum(self._parameters[name] for _, name in branch.to if name != REST)
            shares = {
                self._layout.index[target]: 1 - given if name == REST else self._parameters[name]
                for target, name in branch.to
            }
            rows.append(self._row(shares.items()))
        self.row[:, layers, number] = np.array(rows)[self._layout.branch_of(branches, station.id)]

    def _by_rules(self, number: int, station: Station) -> None:
        known: dict[object, tuple[int, int] | None] = {}  # classes under equal rules share the work
        for regime, rules in enumerate(self._rules):
            for column, (_, demographic) in enumerate(self._layout.classes):
                faced = rules.shares[column], demographic, tuple(rules.capped[column].items())
                if faced not in known:
                    known[faced] = self._rows_under(station, rules, column, demographic)
                rows = known[faced]
                if rows is not None:
                    self.row[regime, :, number, column] = rows

    def _rows_under(
        self, station: Station, rules: Rules, column: int, demographic: Demographic
    ) -> tuple[int, int] | None:
        """Rows of a class when calm and when pressed; None when no rule leads on."""
        ways = dict(station.pathways)
        calm: list[tuple[int, float]] = []
        pressed: list[tuple[int, float]] = []
        for pathway, share in _asked(station, rules.shares[column]):
            if pathway not in ways:
                raise DocumentError(
                    f"station {station.id!r} has no way for pathway {pathway!r}",
                    mend="add it to its pathways",
                    file=self._layout.border.network,
                )
            entry = self._entry(ways[pathway], rules, column)
            calm.append((entry, share))
            diverted = self._diverted(station, pathway, demographic) * share
            pressed.append((entry, share - diverted))
            if diverted and station.pressed is not None and station.pressed.divert is not None:
                pressed.append((self._layout.index[station.pressed.divert.to], diverted))
        if not calm:
            return None
        if station.choice is None:
            return self._row(_merged(calm).items()), self._row(_merged(pressed).items())
        return self._row(calm), self._row(pressed)

    def _diverted(self, station: Station, pathway: str, demographic: Demographic) -> float:
        if station.pressed is None or station.pressed.divert is None:
            return 0.0
        divert = station.pressed.divert
        concerned = pathway in divert.pathways and demographic in divert.demographics
        return self._parameters[divert.share] if concerned else 0.0

    def _entry(self, target: str, rules: Rules, column: int) -> int:
        """Kernel station of a target; a quota station is the one of the rule that concerns the class."""
        station = self._layout.process.station(target)
        if station.kind != "quota":
            return self._layout.index[target]
        measure = rules.capped[column].get(target)
        if measure is not None:
            return self._layout.index[f"{target}@{measure}"]
        return self._entry(station.to[0].to[0][0], rules, column)

    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint32], NDArray[np.int16]]:
        """(row, start, cum, to) as the kernel wants them."""
        rows = list(self._known)
        start = np.concatenate([[0], np.cumsum([len(to) for _, to in rows])]).astype(np.int32)
        cum = np.array([c for thresholds, _ in rows for c in thresholds], dtype=np.uint32)
        to = np.array([t for _, targets in rows for t in targets], dtype=np.int16)
        return self.row, start, cum, to


def _asked(station: Station, shares: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """(pathway, share) of what a station offers, in the rules' order.

    Where the choice has been made before, the part of a pathway that is not offered is shared out among those that are,
    and all other parts stay where they are: one draw then gives the same answer at every station that asks.
    """
    offered = [(pathway, share) for pathway, share in shares if share > 0 and pathway not in station.without]
    if station.choice is None:
        return offered
    whole = sum(share for _, share in offered)
    kept: list[tuple[str, float]] = []
    for pathway, share in shares:
        if pathway in station.without:
            kept += [(other, share * part / whole) for other, part in offered]
        elif share > 0:
            kept.append((pathway, share))
    return kept


def _merged(parts: Iterable[tuple[int, float]]) -> dict[int, float]:
    """One part for each target."""
    found: dict[int, float] = {}
    for target, share in parts:
        found[target] = found.get(target, 0.0) + share
    return found
