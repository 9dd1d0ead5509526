"""Measured effects: what an evaluation found, taken up in place of the priors; nothing is looked up ahead of the fit.

A file of the contract `effects` holds log ratios of encounters by measure, nationality and months since the
measures began; they are taken for those of new attempts, which nobody records.  Measures that began on one day are
one bundle: only their sum was seen.  A draw takes one of the estimators, all with equal weight, because their
disagreement is part of what is not known, and one quantile for all lags.  Where a case has only a part of a bundle,
the draw's own ridge says which part of the sum is felt.  Months that an estimate saw are no evidence for anything
else: they leave the fit of the baseline.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals import response
from cauce.arrivals.priors import Priors
from cauce.arrivals.response import Exposures
from cauce.border import Border, Named, Row, read_rows
from cauce.data.contracts import Contract
from cauce.errors import DataError
from cauce.keys import key as fold
from cauce.keys import uniforms
from cauce.policy.rulebook import Amendment, Rulebook

Float = NDArray[np.float64]
TAKEN = {
    "own": Named(en="own effect", es="efecto propio"),
    "spill-over": Named(en="spill-over", es="desborde a otros"),
}
"""Estimands that are of a nationality; a total is the sum of these."""


class Curve(NamedTuple):
    """One estimator's effects by months since the beginning, shape (lag,); `ends` has one row a quantile."""

    estimator: str
    lags: Float
    quantiles: Float  # (3,)
    ends: Float  # (3, lag) [log]

    def at(self, uniform: float, lag: Float) -> Float:
        """The effect at a quantile; between its lags a line, beyond them the nearest; never outside its interval."""
        drawn = [np.interp(uniform, self.quantiles, self.ends[:, k]) for k in range(self.lags.size)]
        return np.asarray(np.interp(lag, self.lags, drawn), dtype=np.float64)


class Bundle(NamedTuple):
    """What a book announces by day with and without the measures of a bundle, and whether all are in force (day,)."""

    with_: Exposures
    without: Exposures
    in_force: Float


@dataclass(frozen=True)
class Faced:
    """What people face under a book: without the measures whose effect was measured, and what those add."""

    apart: Exposures
    bundles: tuple[Bundle, ...]


@dataclass(frozen=True)
class Measured:
    """The effects of one bundle on each nationality."""

    measures: tuple[str, ...]
    curves: tuple[tuple[str, tuple[Curve, ...]], ...]
    last: date
    """The newest month that was measured."""
    verdicts: tuple[tuple[str, Named], ...]
    """(estimand, what the evaluation concludes of it)."""

    def drawn(self, nationality: str, lag: Float, key: int) -> Float:
        """The effect of a draw at some lags; the estimator is the same for all nationalities that have it."""
        curves = dict(self.curves)[nationality]
        which, quantile = (float(u[0]) for u in (_uniform(key, "estimator", *self.measures),
                                                 _uniform(key, "effect", *self.measures, nationality)))  # fmt: skip
        return curves[int(which * len(curves))].at(quantile, lag)


def _uniform(key: int, decision: str, *words: str) -> Float:
    return uniforms(np.array([fold(key, *words)], dtype=np.uint64), decision)


@dataclass(frozen=True)
class Effects:
    """A file of effects as a fit takes it up."""

    measured: tuple[Measured, ...]
    used: frozenset[tuple[str, date]]
    """Nationality-months that the estimates saw."""
    sha256: str
    """Of the file; empty where there is none."""

    @classmethod
    def read(cls, path: Path, border: Border, book: Rulebook, newest: date, day: date | None = None) -> Self:
        """Read a file for a fit whose newest month is `newest`, made on `day`.

        Raises
        ------
        DataError
            It is no such table, an effect looks ahead of the fit, or names what the border or the book does not have.
        """
        rows = read_rows(path, tuple(c.name for c in Contract.read("effects").columns))
        for row in rows:
            _refuse_ahead(row, newest, day)
        taken = [row for row in rows if row["estimand"] in TAKEN and not _of_a_place(row, border)]
        names = dict.fromkeys(row["measure"] for row in taken)
        found = tuple(_measured(name, [r for r in taken if r["measure"] == name], border, book) for name in names)
        used = {(n, row.day("month")) for row in taken for n in row["nationality"].split("+")}
        return cls(found, frozenset(used), hashlib.sha256(path.read_bytes()).hexdigest())

    @property
    def nationalities(self) -> frozenset[str]:
        """All whose response was measured."""
        return frozenset(n for m in self.measured for n, _ in m.curves)

    def without(self, book: Rulebook) -> tuple[Rulebook, tuple[Rulebook, ...]]:
        """The book without any of the measures, and without those of each bundle."""
        each = tuple(_without(book, m.measures) for m in self.measured)
        return _without(book, dict.fromkeys(name for m in self.measured for name in m.measures)), each

    def notes(self, border: Border, book: Rulebook) -> tuple[Named, ...]:
        """What took the place of the priors, for a result's own page."""
        found = []
        for m in self.measured:
            rows, names = (
                [border.nationalities[n] for n, _ in m.curves],
                [book.measure(name).name for name in m.measures],
            )
            until = f"{m.last:%Y-%m}"
            found.append(Named(
                en=f"The response to “{' + '.join(n.en for n in names)}” was measured, to {until}, and not taken from"
                   f" the priors, for: {', '.join(r['name_en'] for r in rows)}. The evaluation's verdict is"
                   f" {'; '.join(f'{TAKEN[e].en}: {v.en}' for e, v in m.verdicts)}.",
                es=f"La respuesta a «{' + '.join(n.es for n in names)}» se midió, hasta {until}, y no se tomó de los"
                   f" supuestos, para: {', '.join(r['name_es'] for r in rows)}. El veredicto de la evaluación es"
                   f" {'; '.join(f'{TAKEN[e].es}: {v.es}' for e, v in m.verdicts)}.",
            ))  # fmt: skip
        return tuple(found)


def _refuse_ahead(row: Row, newest: date, day: date | None) -> None:
    place = {"file": row.file, "line": row.line}
    mend = "leave out effects of later months (`cauce evaluate --as-of` does)"
    if max(row["cutoff"], f"{row.day('month'):%Y-%m}") > f"{newest:%Y-%m}":
        cause = f"an effect was estimated with {row['cutoff']}, and the fit's cutoff is {newest:%Y-%m}"
        raise DataError(cause, mend=mend, **place)  # type: ignore[arg-type]
    if day is not None and row.day("known_by") > day:
        cause = f"an effect was known from {row['known_by']}, and the fit is made on {day}"
        raise DataError(cause, mend=mend, **place)  # type: ignore[arg-type]


def _of_a_place(row: Row, border: Border) -> bool:
    """Whether a row is of a sector: none of its names is a nationality."""
    return row["estimand"] == "spill-over" and not set(row["nationality"].split("+")) & set(border.nationalities)


def _measured(name: str, rows: Sequence[Row], border: Border, book: Rulebook) -> Measured:
    known = {m.id for m in book.measures}
    measures = tuple(name.split("+"))
    for row in rows:
        for stranger in [m for m in measures if m not in known]:
            cause = f"measure {stranger!r} is not in the book as known on the day"
            raise DataError(cause, mend="use the name of one that is", file=row.file, line=row.line)
        for stranger in sorted(set(row["nationality"].split("+")) - set(border.nationalities)):
            cause = f"nationality {stranger!r} is unknown"
            raise DataError(cause, mend="use a code of nationalities.csv", file=row.file, line=row.line)
    curves = []
    for who in dict.fromkeys(n for row in rows for n in row["nationality"].split("+")):
        mine = [row for row in rows if who in row["nationality"].split("+")]
        curves.append((who, _curves(who, mine)))
    said = {(row["estimand"], row["verdict"], row["verdict_es"]): None for row in rows}
    verdicts = tuple((estimand, Named(en=en, es=es)) for estimand, en, es in said)
    return Measured(measures, tuple(curves), max(row.day("month") for row in rows), verdicts)


def _curves(who: str, rows: Sequence[Row]) -> tuple[Curve, ...]:
    """One curve an estimator whose intervals are all closed: nothing can be drawn from an open one."""
    found = []
    for estimator in sorted({row["estimator"] for row in rows}):
        mine = sorted((r for r in rows if r["estimator"] == estimator), key=lambda r: _whole(r, "lag_months"))
        if any(r[end] == "" for r in mine for end in ("log_low", "log_high")):
            continue
        lags = np.array([_whole(r, "lag_months") for r in mine], dtype=np.float64)
        if np.unique(lags).size < lags.size:
            twice = next(b for a, b in pairwise(mine) if a["lag_months"] == b["lag_months"])
            cause = f"{who} has lag {twice['lag_months']} twice from {estimator!r}"
            raise DataError(cause, mend="keep one", file=twice.file, line=twice.line)
        ends = np.array([[_number(r, f"log_{e}") for r in mine] for e in ("low", "median", "high")])
        found.append(Curve(estimator, lags, _quantiles(mine[0]), _rising(ends, mine)))
    if not found:
        cause = f"every interval of {who} is open, so that nothing can be drawn"
        raise DataError(cause, mend="leave that nationality out", file=rows[0].file, line=rows[0].line)
    return tuple(found)


def _quantiles(row: Row) -> Float:
    try:
        found = np.array([float(q) for q in row["quantiles"].split()])
    except ValueError:
        found = np.zeros(0)
    if found.size != 3 or (np.diff(found) <= 0).any() or found[0] <= 0 or found[-1] >= 1:  # low, median, high
        cause = f"quantiles {row['quantiles']!r} are not three rising probabilities"
        raise DataError(cause, mend="write them as 0.05 0.5 0.95", file=row.file, line=row.line)
    return found


def _rising(ends: Float, rows: Sequence[Row]) -> Float:
    """Ends in order; a conformal interval need not hold its own estimate, which then is drawn at the nearer end."""
    wrong = np.flatnonzero(ends[0] > ends[2])
    if wrong.size:
        row = rows[int(wrong[0])]
        cause = f"log_low {row['log_low']} is above log_high {row['log_high']}"
        raise DataError(cause, mend="correct the row", file=row.file, line=row.line)
    return np.stack([ends[0], np.clip(ends[1], ends[0], ends[2]), ends[2]])


def _number(row: Row, column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        cause = f"{column!r} is {row[column]!r}, not a number"
        raise DataError(cause, mend="write a log ratio", file=row.file, line=row.line)
    return value


def _whole(row: Row, column: str) -> int:
    value = row.number(column)
    if value != round(value):
        cause = f"{column!r} is {row[column]!r}, not a whole number"
        raise DataError(cause, mend="count whole months", file=row.file, line=row.line)
    return round(value)


def _without(book: Rulebook, measures: Iterable[str]) -> Rulebook:
    """A book in which some measures are never in force."""
    return book.amend(*(Amendment.of(name, "the measures whose effect was measured", in_force=[]) for name in measures))


NONE = Effects((), frozenset(), "")
"""No file: the priors answer for everything."""


class Ground(NamedTuple):
    """What the effects of a bundle are set against, one Bundle each."""

    measured: tuple[Bundle, ...]
    """On the last day that was measured, one day."""
    standing: tuple[Bundle, ...]
    """On the last day of the newest month, one day: what the baseline goes on from."""


def multipliers(
    effects: Effects,
    ground: Ground,
    case: Faced,
    who: Sequence[str],
    month: NDArray[np.int64],
    priors: Priors,
    key: int,
) -> Float:
    """Multiplier of new attempts by measured effects, shape (class, day), for the draw of `key`.

    Parameters
    ----------
    who : nationality of each class
    month : (day,)
        Number of each day's month; the first day is one of the newest month.

    A bundle that goes on as it was gives exactly 1.0, and so does one whose effect was zero.
    """
    taken = response.drawn(priors, key)
    log = np.zeros((len(who), month.size))
    for n, measured in enumerate(effects.measured):
        full = _pull(ground.measured[n], taken, priors)
        share = _share(case.bundles[n], full, taken, priors)
        before = _share(ground.standing[n], full, taken, priors)
        share[:, month == month[0]] = before  # the newest month is counted already
        step = np.diff(share, axis=1, prepend=before)
        for nationality, _ in measured.curves:
            mine = np.array([code == nationality for code in who])
            lags = np.arange(month[-1] - month[0] + 1, dtype=np.float64)
            curve = measured.drawn(nationality, lags, key)
            longest = float(measured.drawn(nationality, np.array([np.inf]), key)[0])
            for day in np.flatnonzero(step[mine].any(axis=0)):
                rise = curve[month[day:] - month[day]]
                fall = longest * np.minimum(np.arange(month.size - day) / taken["response_lag_days"], 1.0)
                moved = step[mine, day][:, None]
                log[mine, day:] += np.where(moved > 0, moved * rise, moved * fall)
    return np.asarray(np.exp(log), dtype=np.float64)


def _pull(bundle: Bundle, taken: dict[str, float], priors: Priors) -> Float:
    """How strongly a draw's ridge has what a bundle adds, shape (class, day)."""
    full = priors["full_lane"].value
    lane = response.supply(bundle.with_.places, full) - response.supply(bundle.without.places, full)
    returned = bundle.with_.returned - bundle.without.returned
    return np.asarray(taken["return_effect"] * returned + taken["lane_effect"] * lane)


def _share(bundle: Bundle, full: Float, taken: dict[str, float], priors: Priors) -> Float:
    """Part of the measured sum that is felt; of a bundle that announces nothing to a class, all or nothing."""
    pull = _pull(bundle, taken, priors)
    whole = np.broadcast_to(bundle.in_force, pull.shape)
    return np.where(full > 0, pull / np.where(full > 0, full, 1.0), whole)
