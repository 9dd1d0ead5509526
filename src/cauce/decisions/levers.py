"""Which lever moves which outcome: what each choice of an axis does on average over all choices of the others.

A scenario with several axes crosses them, so that its cases are a full factorial design: the main effect of a choice
is the mean over the cases that have it minus the mean over those with the last choice of the same axis (how things
are left, as in a brief), draw by draw on common random numbers.

    Crossed       the axes of one scenario and where its cases begin among those that are compared
    main_effects  of every choice but the last of each axis
    grid, finding, as_json      the same for a reader

References
----------
Box, Hunter and Hunter (2005), Statistics for Experimenters, chapter 5: main effects of factorial designs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cauce.border import Named
from cauce.decisions.differences import Difference, headline
from cauce.decisions.regret import marked, signed, span
from cauce.policy.scenario import Axis, Scenario
from cauce.runs.results import Result
from cauce.runs.sheets import Cell, Grid


@dataclass(frozen=True)
class Crossed:
    """Axes of a scenario, and the number of its first case among those that are compared."""

    scenario: str
    axes: tuple[Axis, ...]
    first: int


@dataclass(frozen=True)
class Lever:
    """A choice of an axis beside the last choice of the same axis, over all choices of the others."""

    scenario: str
    axis: Axis
    choice: int
    effects: tuple[Difference, ...]

    @property
    def name(self) -> Named:
        """The axis and the choice."""
        axis, choice = self.axis.name, self.axis.choices[self.choice].name
        return Named(en=f"{axis.en}: {choice.en}", es=f"{axis.es}: {choice.es}")


def crossed(scenarios: Sequence[Scenario]) -> tuple[Crossed, ...]:
    """Those of the scenarios that cross two axes or more: a single one is a row of pairs."""
    found, first = [], 0
    for scenario in scenarios:
        axes = tuple(axis for axis in scenario.axes if len(axis.choices) > 1)
        if len(axes) > 1:
            found.append(Crossed(scenario.id, axes, first))
        first += len(scenario.cases())
    return tuple(found)


def main_effects(result: Result, design: Crossed) -> tuple[Lever, ...]:
    """Of each choice of each axis, of the outcomes that decide."""
    shape = [len(axis.choices) for axis in design.axes]
    places = design.first + np.arange(np.prod(shape)).reshape(shape)
    outcomes = headline(result)
    found = []
    for number, axis in enumerate(design.axes):
        having = np.moveaxis(places, number, 0).reshape(len(axis.choices), -1)  # (choice, case)
        means = {o.id: result.total(o.id)[having].mean(axis=1) for o in outcomes}  # (choice, draw)
        for choice in range(len(axis.choices) - 1):
            effects = tuple(Difference.of(o, means[o.id][choice], means[o.id][-1]) for o in outcomes)
            found.append(Lever(design.scenario, axis, choice, effects))
    return tuple(found)


def grid(levers: Sequence[Lever]) -> Grid:
    """A row an outcome, a column a choice; efficiency first."""
    order = sorted(range(len(levers[0].effects)), key=lambda n: levers[0].effects[n].outcome.protection)
    rows: list[tuple[Cell, ...]] = []
    for number in order:
        each = [lever.effects[number] for lever in levers]
        cells = []
        for d in each:
            mean, wide = signed(d.mean, d.outcome), span(signed(d.low, d.outcome), signed(d.high, d.outcome))
            cells.append(Named(en=f"{mean.en} ({wide.en})", es=f"{mean.es} ({wide.es})"))
        rows.append((marked(each[0].outcome), *cells))
    return Grid(
        Named(
            en="Which lever moves which outcome: main effect of a choice beside the last of its axis, over all choices "
            "of the others (90% of the mean)",
            es="Qué palanca mueve qué resultado: efecto principal de una opción frente a la última de su eje, sobre "
            "todas las opciones de los demás (90% de la media)",
        ),
        (Named(en="Outcome", es="Resultado"), *(lever.name for lever in levers)), tuple(rows), protection=True,
    )  # fmt: skip


def finding(levers: Sequence[Lever]) -> Named:
    """By axis, the outcomes that it moves most; protection first, and what no lever is told to move."""
    moved: dict[str, list[Named]] = {lever.axis.id: [] for lever in levers}
    names = {lever.axis.id: lever.axis.name for lever in levers}
    untold: list[Named] = []
    for number in sorted(range(len(levers[0].effects)), key=lambda n: not levers[0].effects[n].outcome.protection):
        told = [(abs(d.mean), lever.axis.id) for lever in levers for d in [lever.effects[number]] if d.told_apart]
        name = marked(levers[0].effects[number].outcome)
        (moved[max(told)[1]] if told else untold).append(name)
    parts = [(names[axis], of) for axis, of in moved.items() if of]
    if untold:
        parts.append((Named(en="none is told to move", es="ninguna mueve con certeza"), untold))
    en = "; ".join(f"{head.en}: {', '.join(n.en for n in of)}" for head, of in parts)
    es = "; ".join(f"{head.es}: {', '.join(n.es for n in of)}" for head, of in parts)
    return Named(en=f"Which lever moves which outcome most: {en}.", es=f"Qué palanca mueve más qué resultado: {es}.")


def as_json(levers: Sequence[Lever]) -> list[dict[str, Any]]:
    """Every main effect as plain numbers."""
    return [
        {
            "scenario": lever.scenario, "axis": lever.axis.id, "choice": lever.axis.choices[lever.choice].id,
            "beside": lever.axis.choices[-1].id, **d.as_json(),
        }
        for lever in levers
        for d in lever.effects
    ]  # fmt: skip
