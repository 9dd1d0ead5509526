"""Efficiency against protection: where each scenario stands, as a chart with its table and a sentence.

The chart has the pair of outcomes that pulls the scenarios apart most: where one is low and the other high.  The table
has them all.  No scenario is called the best: the sentence says who has the least of which, and whether that is one
and the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from cauce.border import Named
from cauce.decisions.differences import efficient, headline
from cauce.decisions.regret import marked, shown, span
from cauce.runs.results import INTERVAL, Outcome, Result
from cauce.runs.sheets import Grid, Mark, Plot


def grid(result: Result, outcomes: Sequence[Outcome]) -> Grid:
    """Median and 80% of draws of each outcome, a column a scenario."""
    rows = []
    for outcome in outcomes:
        cells = []
        for by_draw in result.total(outcome.id):
            low, middle, high = (shown(float(q), outcome) for q in np.percentile(by_draw, INTERVAL))
            wide = span(low, high)
            cells.append(Named(en=f"{middle.en} ({wide.en})", es=f"{middle.es} ({wide.es})"))
        rows.append((marked(outcome), *cells))
    name = Named(
        en="Efficiency beside protection (◆): median and 80% of draws; of each, less is wanted",
        es="Eficiencia junto a protección (◆): mediana y 80% de los sorteos; de todo se quiere menos",
    )
    head = (Named(en="Outcome", es="Resultado"), *(n for _, n in result.cases))
    return Grid(name, head, tuple(rows), protection=True)


def plot(result: Result) -> Plot | None:
    """The chart of the pair that is most in conflict over the scenarios; None where there is none of one kind."""
    deciding = headline(result)
    pairs = list(product((o for o in deciding if efficient(o)), (o for o in deciding if o.protection)))
    if not pairs:
        return None
    across, up = min(pairs, key=lambda pair: _together(result, *pair))
    marks = tuple(
        Mark(name, _span(result, across, case), _span(result, up, case)) for case, (_, name) in enumerate(result.cases)
    )
    name = Named(en="Efficiency against protection (◆)", es="Eficiencia frente a protección (◆)")
    return Plot("trade-off", name, _said(result, across, up), marked(across), marked(up), marks)


def _span(result: Result, outcome: Outcome, case: int) -> tuple[float, float, float]:
    low, middle, high = np.percentile(result.total(outcome.id)[case], INTERVAL)
    return float(low), float(middle), float(high)


def _together(result: Result, *pair: Outcome) -> float:
    """Covariance over the scenarios of the medians of two outcomes, each beside its highest: below 0, a conflict."""
    medians = [np.median(result.total(outcome.id), axis=1) for outcome in pair]
    x, y = (m / max(float(m.max()), 1.0) for m in medians)
    return float(((x - x.mean()) * (y - y.mean())).mean())


def _said(result: Result, across: Outcome, up: Outcome) -> Named:
    """Who has the least of either, in the median draw."""
    least = []
    for outcome in (across, up):
        medians = np.median(result.total(outcome.id), axis=1)
        case = int(medians.argmin())
        least.append((case, result.cases[case][1], shown(float(medians[case]), outcome), marked(outcome)))
    (one, name, value, of), (other, name2, value2, of2) = least
    if one == other:
        return Named(
            en=f"In the median draw both are least in {name.en}: {of.en} {value.en}, {of2.en} {value2.en}.",
            es=f"En el sorteo mediano ambos son mínimos en {name.es}: {of.es} {value.es}, {of2.es} {value2.es}.",
        )
    return Named(
        en=f"In the median draw no scenario has the least of both: {of.en} is least in {name.en} ({value.en}), "
        f"{of2.en} in {name2.en} ({value2.en}).",
        es=f"En el sorteo mediano ningún escenario tiene lo menos de ambos: {of.es} es mínimo en {name.es} "
        f"({value.es}); {of2.es}, en {name2.es} ({value2.es}).",
    )
