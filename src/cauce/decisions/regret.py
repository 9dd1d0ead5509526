"""How scenarios do over draws as uncertainties: regret, thresholds met, and where in the ranges one does better.

Every draw is one way the world may be: a crowd, a response, crews and minutes.  Arrays in, small records out;
nothing here knows what an outcome means, only that less of it is wanted (or, for `at_least`, more).

    half_width                half of the 90% interval of a mean over draws
    regrets, least_regret     what an option costs in a draw beside the best option of that draw
    Threshold, Thresholds     what is good enough, with its source
    met                       share of draws that are good enough
    Box, discover             a box on one or two numbers, found on half of the draws and judged on the other
    shown, signed, share      figures for print, in both languages
    regret_grid, met_grid     the tables of all that
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from cauce.border import Border, Named
from cauce.documents import Document, read_yaml, validate
from cauce.errors import DocumentError
from cauce.runs import student
from cauce.runs.results import Outcome, Result
from cauce.runs.sheets import Cell, Grid
from cauce.terms import ROUNDED

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]

PEEL = 0.1  # share of the draws in the box that one step may take away (Friedman and Fisher 1999: patient)
KIND = 5  # [draw] of either kind in each half, or there is nothing to learn from
HOLDS = 0.5  # a box that holds fewer of the draws that are looked for explains too few of them
ENOUGH = 40  # [draw] with fewer, half of them cannot judge a box
NUMBERS = 2  # [driver] in a box: more cannot be read


def half_width(by_draw: Float) -> float:
    """Half of the 90% interval of a mean over draws (Student's); not a number for a single draw."""
    if by_draw.size < 2:
        return float("nan")
    quantile = student.quantile(0.95, by_draw.size - 1)
    return float(quantile * by_draw.std(ddof=1) / sqrt(by_draw.size))


def regrets(losses: Float) -> Float:
    """What each option loses beside the best option of the same draw, shape (option, draw).

    Examples
    --------
    >>> regrets(np.array([[1.0, 9.0], [3.0, 4.0]])).tolist()
    [[0.0, 5.0], [2.0, 0.0]]
    """
    return np.asarray(losses - losses.min(axis=0, keepdims=True))


def least_regret(losses: Float) -> tuple[Float, Float]:
    """(worst regret, mean regret) of each option over the draws."""
    lost = regrets(losses)
    return lost.max(axis=1), lost.mean(axis=1)


class Threshold(Document):
    """One thing that is good enough: the total of a flow, or the highest morning of a stock."""

    name: Named
    outcome: str
    at_most: float | None = None
    at_least: float | None = None
    source: str

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("a threshold wants one of at_most and at_least")
        if not self.source.strip():
            raise ValueError("a threshold wants a source")
        return self

    def met(self, total: Float) -> Bool:
        """Whether the figure of a case and draw is good enough, same shape."""
        if self.at_least is not None:
            return np.asarray(total >= self.at_least)
        assert self.at_most is not None
        return np.asarray(total <= self.at_most)


class Thresholds(Document):
    """What is good enough, as somebody says it."""

    thresholds: tuple[Threshold, ...]

    @classmethod
    def read(cls, path: Path, outcomes: Sequence[Outcome]) -> tuple[Threshold, ...]:
        """Read a document of thresholds for these outcomes.

        Raises
        ------
        DocumentError
            A mistake in it, with its line.
        """
        source = read_yaml(path)
        found = validate(cls, source).thresholds
        known = [o.id for o in outcomes]
        for number, threshold in enumerate(found):
            if threshold.outcome not in known:
                raise DocumentError(
                    f"there is no outcome {threshold.outcome!r}",
                    mend=f"use one of {', '.join(known)}",
                    file=path,
                    line=source.line(("thresholds", number, "outcome")),
                )
        if not found:
            raise DocumentError("holds no threshold", mend="name at least one", file=path, line=1)
        return found


def usual(border: Border, outcomes: Sequence[Outcome]) -> tuple[Threshold, ...]:
    """What the border calls enough: places within what they hold, its `thresholds.yaml`, and nobody past a limit.

    "Nobody" is fewer than the smallest count that is shown.  A shipped threshold takes the place of that, and is left
    out where these scenarios have no such outcome.

    Raises
    ------
    DocumentError
        A mistake in `thresholds.yaml`, with its line.
    """
    path, known = border.root / "thresholds.yaml", {o.id for o in outcomes}
    shipped = validate(Thresholds, read_yaml(path)).thresholds if path.is_file() else ()
    shipped = tuple(t for t in shipped if t.outcome in known)
    found = list(shipped)
    for outcome in outcomes:
        name = outcome.name
        for limit, en, es in (
            (outcome.rated, "never above what it is rated for", "nunca por encima de su capacidad nominal"),
            (outcome.surge, "never above what it holds in a surge", "nunca por encima de su capacidad ampliada"),
        ):
            if limit is not None:
                words = Named(en=f"{name.en}: {en} ({limit:,.0f})", es=f"{name.es}: {es} ({limit:,.0f})")
                found.append(
                    Threshold(name=words, outcome=outcome.id, at_most=limit, source="the border's table of places")
                )
        if outcome.protection and outcome.kind == "stock" and outcome.id not in {t.outcome for t in shipped}:
            words = Named(en=f"{name.en}: nobody on any morning", es=f"{name.es}: nadie ninguna mañana")
            found.append(
                Threshold(
                    name=words, outcome=outcome.id, at_most=outcome.small_cell - 1,
                    source="the indicator itself: fewer than the smallest count that is shown",
                )
            )  # fmt: skip
    return tuple(found)


def met(result: Result, thresholds: Sequence[Threshold]) -> Float:
    """Share of draws that meet each threshold and, last, all of them: shape (threshold + 1, case)."""
    each = np.stack([t.met(result.total(t.outcome)) for t in thresholds])
    return np.concatenate([each, np.all(each, axis=0, keepdims=True)]).mean(axis=2)


@dataclass(frozen=True)
class Box:
    """Where in the ranges something holds.

    `coverage` is the share of the draws looked for that lie inside, `density` the share of those inside that
    are looked for, `share` their share everywhere; all on draws that the box was not made from.
    """

    bounds: tuple[tuple[str, float, float], ...]
    coverage: float
    density: float
    share: float
    inside: int
    """Number of those draws."""

    @property
    def holds(self) -> bool:
        """Whether the box says more than no box at all, beyond chance, on draws it has not seen."""
        chance = sqrt(self.share * (1 - self.share) / max(self.inside, 1))
        # three standard errors: a box is looked for in every outcome of every pair, and chance would fill some
        return bool(self.bounds) and self.density > self.share + 3 * chance and self.coverage >= HOLDS / 2


def discover(taken: Mapping[str, Float], looked_for: Bool) -> Box | None:
    """The box, on one or two numbers, in which `looked_for` is most often true.

    Peeled from the even draws as in PRIM (each step takes the slice that leaves the densest box, until half
    of the draws looked for would be lost), judged on the odd ones.

    Returns
    -------
    box : Box or None
        None when there are too few draws, or too few of one kind to tell them apart.
    """
    size = looked_for.size
    names = [name for name, values in taken.items() if np.ptp(values) > 0] if size else []
    made = np.tile([True, False], (size + 1) // 2)[:size]
    halves = looked_for[made], looked_for[~made]
    if size < ENOUGH or not names or not all(KIND <= half.sum() <= half.size - KIND for half in halves):
        return None
    bounds = _peel({name: taken[name][made] for name in names}, looked_for[made])
    inside = _inside({name: taken[name][~made] for name in bounds}, bounds, int((~made).sum()))
    wanted = looked_for[~made]
    coverage = float(inside[wanted].mean()) if wanted.any() else 0.0
    density = float(wanted[inside].mean()) if inside.any() else 0.0
    spans = tuple((name, low, high) for name, (low, high) in sorted(bounds.items()))
    return Box(spans, coverage, density, float(wanted.mean()), int(inside.sum()))


def _inside(taken: Mapping[str, Float], bounds: Mapping[str, tuple[float, float]], size: int) -> Bool:
    inside = np.ones(size, dtype=np.bool_)
    for name, (low, high) in bounds.items():
        inside &= (taken[name] >= low) & (taken[name] <= high)
    return inside


def _peel(taken: Mapping[str, Float], wanted: Bool) -> dict[str, tuple[float, float]]:
    """Bounds by name; a box of a single number where a second one adds nothing."""
    bounds: dict[str, tuple[float, float]] = {}
    density, kept = float(wanted.mean()), np.ones(wanted.size, dtype=np.bool_)
    while density < 1:
        best: tuple[float, str, tuple[float, float]] | None = None
        for name in bounds if len(bounds) == NUMBERS else taken:
            low, high = bounds.get(name, (float(taken[name].min()), float(taken[name].max())))
            first, last = (float(q) for q in np.quantile(taken[name][kept], [PEEL, 1 - PEEL]))
            for span in ((first, high), (low, last)):
                left = kept & (taken[name] >= span[0]) & (taken[name] <= span[1])
                if left.sum() == kept.sum() or not left.any() or wanted[left].sum() < HOLDS * wanted.sum():
                    continue
                dense = float(wanted[left].mean())
                if best is None or dense > best[0]:
                    best = dense, name, span
        if best is None or best[0] <= density:
            return bounds
        density, name, bounds[name] = best
        kept = _inside({n: taken[n] for n in bounds}, bounds, wanted.size)
    return bounds


COUNTED = frozenset({"person", "night"})  # units that count people, and so are rounded and hidden when small


def shown(value: float, outcome: Outcome) -> Named:
    """One figure for print: people to the nearest five, dollars in millions, small counts hidden."""
    if np.isnan(value):
        return Named(en="–", es="–")
    if outcome.unit == "usd":
        return Named(en=f"${value / 1e6:,.1f} M", es=f"USD {value / 1e6:,.1f} M")
    if outcome.unit in COUNTED and 0 < abs(value) < outcome.small_cell:
        return Named(en=f"<{outcome.small_cell}", es=f"<{outcome.small_cell}")
    whole = round(value / ROUNDED) * ROUNDED if outcome.unit in COUNTED else round(value)
    return Named(en=f"{whole:,}", es=f"{whole:,}")


def signed(value: float, outcome: Outcome) -> Named:
    """A difference for print, with its sign; a small one only says that it is small."""
    size = shown(abs(value), outcome)
    if not value or np.isnan(value) or size.en[0] in "<0":
        return size
    sign = "+" if value > 0 else "−"
    return Named(en=sign + size.en, es=sign + size.es)


def span(low: Named, high: Named) -> Named:
    """An interval; one figure where both ends look the same."""
    return low if low == high else Named(en=f"{low.en} to {high.en}", es=f"{low.es} a {high.es}")


def share(value: float) -> Named:
    """A share as a percentage; almost none and almost all are not rounded to none and all."""
    text = "<1" if 0 < value < 0.005 else ">99" if 0.995 < value < 1 else f"{100 * value:.0f}"
    return Named(en=f"{text}%", es=f"{text}%")


def marked(outcome: Outcome) -> Named:
    """The name of an outcome; what protects people has its mark."""
    mark = "◆ " * outcome.protection
    return Named(en=mark + outcome.name.en, es=mark + outcome.name.es)


def regret_grid(result: Result, outcomes: Sequence[Outcome]) -> Grid:
    """Mean and worst regret of each case over the draws, for outcomes of which less is wanted."""
    rows = []
    for outcome in outcomes:
        worst, mean = least_regret(result.total(outcome.id))
        figures = ((shown(m, outcome), shown(w, outcome)) for m, w in zip(mean.tolist(), worst.tolist(), strict=True))
        cells = (Named(en=f"{m.en} / {w.en}", es=f"{m.es} / {w.es}") for m, w in figures)
        rows.append((marked(outcome), *cells))
    return Grid(
        Named(
            en="Regret: more than in the best scenario of the same draw, mean / worst draw",
            es="Arrepentimiento: por encima del mejor escenario del mismo sorteo, media / peor",
        ),
        (Named(en="Outcome", es="Resultado"), *(name for _, name in result.cases)),
        tuple(rows),
        protection=any(o.protection for o in outcomes),
    )


def leaders(result: Result, outcomes: Sequence[Outcome], *, most: bool = False) -> dict[int, list[Outcome]]:
    """For each case, the outcomes of which it surely has the least (or the most) on average.

    Surely is beyond the 90% interval of the mean difference to every other case; else nobody leads.
    """
    found: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        total = result.total(outcome.id) * (-1 if most else 1)
        case = int(total.mean(axis=1).argmin())
        beyond = [other - total[case] for number, other in enumerate(total) if number != case]
        if all(gap.mean() > half_width(gap) for gap in beyond):
            found.setdefault(case, []).append(outcome)
    return found


def met_grid(result: Result, thresholds: Sequence[Threshold]) -> Grid:
    """Share of draws in which each case is good enough."""
    shares = met(result, thresholds)
    together = Named(en="all of them", es="todos a la vez")
    names: list[Cell] = [*(t.name for t in thresholds), together]
    return Grid(
        Named(en="Good enough: share of draws that meet a threshold", es="Suficiente: parte de los sorteos"),
        (Named(en="Threshold", es="Umbral"), *(name for _, name in result.cases)),
        tuple((name, *map(share, row.tolist())) for name, row in zip(names, shares, strict=True)),
        protection=True,
    )
