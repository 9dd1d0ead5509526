"""Morris's screening: which judged numbers move an outcome at all, when each is moved by itself.

A trajectory starts somewhere in all ranges and moves one number after another, each once, by two thirds of its
range; what the outcome changes by is an elementary effect, told for the whole range.  Every point of a trajectory
has the same people with the same luck, so a number that cannot matter has an effect of exactly zero; each
trajectory has a draw of its own, so the mean over trajectories is over luck as well.  Trajectories and measures
are SALib's, in the extra `decisions`.

    trajectory, measures   the design and its measures, of any function
    screen                 run the scenarios along the trajectories
    Screened               what each number does to each difference, and its table

References
----------
Morris (1991), doi:10.1080/00401706.1991.10484804 (mean and spread of elementary effects); Campolongo, Cariboni and
Saltelli (2007), doi:10.1016/j.envsoft.2006.10.004 (the mean of their sizes, mu*).
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named
from cauce.decisions.regret import marked, shown, signed
from cauce.documents import Ranged
from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.runs import student
from cauce.runs.executors import workers as make_workers
from cauce.runs.results import Outcome, Result
from cauce.runs.sheets import Cell, Grid
from cauce.runs.store import Store
from cauce.runs.study import Study

Float = NDArray[np.float64]
Progress = Callable[[int, int], None]

INSTALLED = find_spec("SALib") is not None
LEVELS = 4  # of each range, both ends among them: Morris 1991 and SALib's default
LEAST = 4  # [trajectory] Campolongo and others 2007 use 10; below 4 a spread says nothing
BUDGET = 5000  # [run of every scenario] about twenty minutes of two scenarios on two cores
TOLD = 3  # [number] in the table for one outcome; all are in the JSON


@dataclass(frozen=True)
class Measures:
    """Of the elementary effects of each number, in the outcome's unit for the whole range, shape (number,)."""

    mean: Float
    size: Float
    """Mean of the sizes: mu*."""
    spread: Float
    """Standard deviation: beside mu*, how bent the effect is or how it hangs on other numbers and on luck: sigma."""
    half: Float
    """Half of mu*'s 90% interval over trajectories (Student's)."""

    @property
    def first(self) -> int | None:
        """The number that moves most, unless so few trajectories cannot tell its effect from none."""
        return next((i for i in self.strongest[:1] if self.size[i] > self.half[i]), None)

    @property
    def strongest(self) -> tuple[int, ...]:
        """Numbers that do anything, strongest first."""
        order = np.argsort(-self.size, kind="stable")
        return tuple(int(i) for i in order if self.size[i] > 0)


@dataclass(frozen=True)
class Screened:
    """What each judged number does to the differences of each pair, and to nothing else."""

    names: tuple[str, ...]
    ranges: tuple[Ranged, ...]
    trajectories: int
    found: tuple[tuple[int, int, Outcome, Measures], ...]
    """First and second scenario, outcome, measures."""

    @property
    def idle(self) -> tuple[str, ...]:
        """Numbers that moved nothing, to the bit."""
        moving = {i for _, _, _, m in self.found for i in m.strongest}
        return tuple(name for i, name in enumerate(self.names) if i not in moving)

    def sources(self) -> dict[str, str]:
        """Where each number of the table comes from."""
        told = dict.fromkeys(i for _, _, _, m in self.found for i in m.strongest[:TOLD])
        return {self.names[i]: self.ranges[i].source for i in told}

    def findings(self, options: Sequence[Named]) -> tuple[Named, ...]:
        """By pair, which number moves each outcome most, protection in the same breath; then what moves nothing."""
        pairs = dict.fromkeys((a, b) for a, b, _, _ in self.found)
        said = [self._led(pair, *(options[i] for i in pair)) for pair in pairs]
        count, idle = len(self.names), self.idle
        if idle:
            listed = ", ".join(idle)
            said.append(Named(
                en=f"Of {count} judged numbers {len(idle)} moved no difference in any of {self.trajectories} "
                f"trajectories: {listed}.",
                es=f"De {count} números estimados, {len(idle)} no movieron ninguna diferencia en ninguna de "
                f"{self.trajectories} trayectorias: {listed}.",
            ))  # fmt: skip
        return tuple(said)

    def _led(self, pair: tuple[int, int], first: Named, second: Named) -> Named:
        led: dict[int | None, list[Named]] = {}
        for a, b, outcome, m in sorted(self.found, key=lambda one: one[2].protection):
            if (a, b) == pair and _shows(outcome, m):
                led.setdefault(m.first, []).append(marked(outcome))
        untold = led.pop(None, [])
        en = [f"{self.names[i]}: {', '.join(n.en for n in names)}" for i, names in led.items() if i is not None]
        es = [f"{self.names[i]}: {', '.join(n.es for n in names)}" for i, names in led.items() if i is not None]
        if untold:
            en.append(f"not told by {self.trajectories} trajectories: {', '.join(n.en for n in untold)}")
            es.append(f"{self.trajectories} trayectorias no lo dicen: {', '.join(n.es for n in untold)}")
        if not en:
            en, es = ["no effect is large enough to show"], ["ningún efecto es tan grande que se muestre"]
        return Named(
            en=f"Moved by itself, which number moves a difference most ({first.en}, beside {second.en}): "
            f"{'; '.join(en)}.",
            es=f"Movido por sí solo, qué número mueve más una diferencia ({first.es}, frente a {second.es}): "
            f"{'; '.join(es)}.",
        )

    def grid(self, options: Sequence[str]) -> Grid:
        """The strongest numbers of each difference."""
        rows: list[tuple[Cell, ...]] = []
        for a, b, outcome, m in self.found:
            for i in m.strongest[:TOLD]:
                size, half, spread = (shown(float(x[i]), outcome) for x in (m.size, m.half, m.spread))
                rows.append((
                    f"{options[a]} / {options[b]}", marked(outcome), self.names[i],
                    Named(en=f"{size.en} ± {half.en}", es=f"{size.es} ± {half.es}"),
                    signed(float(m.mean[i]), outcome), spread,
                ))  # fmt: skip
        return Grid(
            Named(
                en=f"Morris's screening: what moving one number through its range does to the difference "
                f"({self.trajectories} trajectories, the {TOLD} strongest)",
                es=f"Cribado de Morris: qué hace a la diferencia mover un número por todo su rango "
                f"({self.trajectories} trayectorias, los {TOLD} más fuertes)",
            ),
            tuple(Named(en=en, es=es) for en, es in HEAD), tuple(rows), protection=True,
        )  # fmt: skip

    def as_json(self, options: Sequence[str]) -> dict[str, Any]:
        """Every number and every difference."""
        return {
            "trajectories": self.trajectories,
            "levels": LEVELS,
            "idle": self.idle,
            "numbers": {
                name: {"low": q.low, "high": q.high, "unit": q.unit, "source": q.source}
                for name, q in zip(self.names, self.ranges, strict=True)
            },
            "effects": [
                {
                    "first": options[a], "second": options[b], "outcome": outcome.id, "protection": outcome.protection,
                    "number": self.names[i], "mu_star": float(m.size[i]), "half_width": float(m.half[i]),
                    "mu": float(m.mean[i]), "sigma": float(m.spread[i]),
                }
                for a, b, outcome, m in self.found
                for i in range(len(self.names))
            ],
        }  # fmt: skip


def _shows(outcome: Outcome, found: Measures) -> bool:
    """Whether its largest effect is not too small to show."""
    return bool(found.size.max() >= (1 if outcome.unit == "usd" else outcome.small_cell))


def trajectory(numbers: int, key: int) -> Float:
    """A trajectory through the unit cube, shape (numbers + 1, numbers): each number moves once."""
    made = importlib.import_module("SALib.sample.morris").sample(_problem(numbers), 1, num_levels=LEVELS, seed=key)
    return np.asarray(made, dtype=np.float64)


def measures(points: Float, values: Float) -> Measures:
    """Measures of the elementary effects along trajectories.

    Parameters
    ----------
    points : (trajectory, numbers + 1, numbers)
        From `trajectory`.
    values : (trajectory, numbers + 1)
        What came of each point.
    """
    count, _, numbers = points.shape
    told = importlib.import_module("SALib.analyze.morris").analyze(
        _problem(numbers), points.reshape(-1, numbers), np.ascontiguousarray(values, dtype=np.float64).ravel(),
        num_levels=LEVELS, num_resamples=2, seed=0,  # the interval is our own: resamples of few are too narrow
    )  # fmt: skip
    mean, size, spread = (np.asarray(told[name], dtype=np.float64) for name in ("mu", "mu_star", "sigma"))
    # variance of the sizes: they and the effects have the same squares
    variance = np.maximum(spread**2 + (mean**2 - size**2) * count / (count - 1), 0.0)
    return Measures(mean, size, spread, student.quantile(0.95, count - 1) * np.sqrt(variance) / sqrt(count))


def _problem(numbers: int) -> dict[str, Any]:
    return {"num_vars": numbers, "names": [str(i) for i in range(numbers)], "bounds": [[0.0, 1.0]] * numbers}


@dataclass(frozen=True)
class _Walk:
    """One point of one trajectory is one task."""

    study: Study
    store: Store
    ranges: Mapping[str, Ranged]
    points: Float

    def __call__(self, task: int) -> Float:
        block = self.store.read(task)
        if block is None:
            draw, step = divmod(task, self.points.shape[1])
            place = zip(self.ranges.items(), self.points[draw, step].tolist(), strict=True)
            block = self.study.simulate(draw, {name: q.low + x * (q.high - q.low) for (name, q), x in place})
            self.store.write(task, block)
        return block


def asked(study: Study, trajectories: int) -> dict[str, Ranged]:
    """The numbers to screen, once it is clear that the design can be run.

    Raises
    ------
    RequestError
        No library, too few trajectories, more runs than the budget, or nothing to move.
    """
    if not INSTALLED:
        mend = "install it with `pip install 'cauce[decisions]'`"
        raise RequestError("screening needs a library that is not installed", mend=mend)
    ranges = {name: q for name, q in study.quantities.items() if q.low < q.high}
    if not ranges:
        raise RequestError("no judged number has a range", mend="leave out --morris")
    if trajectories < LEAST:
        raise RequestError(f"{trajectories} trajectories have no spread", mend=f"give at least {LEAST}, better 10")
    each = len(ranges) + 1
    if trajectories * each > BUDGET:
        cause = (
            f"{trajectories} trajectories of {len(ranges)} numbers are {trajectories * each:,} runs of every scenario,"
            f" more than {BUDGET:,}"
        )
        raise RequestError(cause, mend=f"give --morris {BUDGET // each} or fewer")
    return ranges


def screen(
    study: Study,
    result: Result,
    pairs: Sequence[tuple[int, int]],
    outcomes: Sequence[Outcome],
    trajectories: int,
    *,
    workers: int,
    store_root: Path,
    progress: Progress | None = None,
) -> Screened:
    """Run every scenario along trajectories through the ranges of the judged numbers; goes on where it was stopped.

    Parameters
    ----------
    result : Result
        Of the same study: how an outcome is totalled.
    pairs : which scenarios are set beside which.

    Raises
    ------
    RequestError
        A design that cannot be run.
    OutputError
        The store cannot be written.
    """
    ranges = asked(study, trajectories)
    # keyed one by one, so that more trajectories go on from fewer
    points = np.stack([trajectory(len(ranges), fold(study.seed, t, "morris")) for t in range(trajectories)])
    named = hashlib.sha256(f"{study.sha256()}\nmorris {LEVELS} {' '.join(ranges)}".encode()).hexdigest()
    walk = _Walk(study, Store.open(store_root, named), ranges, points)
    tasks = points.shape[0] * points.shape[1]
    totals = {o.id: np.empty((len(study.cases), tasks)) for o in outcomes}
    for done, (task, block) in enumerate(make_workers(workers).map(walk, range(tasks)), 1):
        alone = replace(result, daily=block[:, None])
        for name, total in totals.items():
            total[:, task] = alone.total(name)[:, 0]
        if progress is not None:
            progress(done, tasks)
    found = tuple(
        (a, b, o, measures(points, (totals[o.id][a] - totals[o.id][b]).reshape(points.shape[:2])))
        for a, b in pairs
        for o in outcomes
    )
    return Screened(tuple(ranges), tuple(ranges.values()), trajectories, found)


HEAD = (
    ("Pair", "Par"),
    ("Difference in", "Diferencia en"),
    ("Number", "Número"),
    ("mu* ± half of its 90%", "mu* ± mitad de su 90%"),
    ("Mean", "Media"),
    ("sigma", "sigma"),
)
NOTE = Named(
    en="Screening moves each judged number by two thirds of its range, in each trajectory at other values of the rest "
    "and with other luck; mu* is the mean size of what the whole range would do, sigma the spread of it: a sigma near "
    "mu* or above means that the effect is bent or hangs on other numbers or on luck. The response's own half of the "
    "lane effect is moved, the other half follows the return effect. Minutes of a pathway and places of a route are "
    "not moved.",
    es="El cribado mueve cada número estimado por dos tercios de su rango, en cada trayectoria con otros valores de "
    "los demás y otra suerte; mu* es el tamaño medio de lo que haría el rango entero, sigma su dispersión: una sigma "
    "cercana a mu* o mayor quiere decir que el efecto es curvo o depende de otros números o de la suerte. Se mueve la "
    "mitad propia del efecto de la vía; la otra sigue al efecto del retorno. No se mueven los minutos de una vía ni "
    "las plazas de una ruta.",
)
