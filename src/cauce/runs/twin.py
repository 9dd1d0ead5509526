"""The twin experiment: multipliers that are known are hidden behind mornings, and the filter has to find them again.

A twin is a month of the flow version whose four multipliers start and walk as the filter believes that they do.
Each morning its figures are reported with the error of a source that changes from figure to figure, and some are
left blank; the filter sees the figures alone.  On the last morning its intervals are held against the truth.

What this shows is that the filter is right where its world is the world: an interval that says 80% holds the
truth four times in five, and the figures say more than the walk alone.  It says nothing of the border.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import comb
from pathlib import Path
from typing import Any

import numpy as np

from cauce.border import Border
from cauce.data import mornings
from cauce.data.mornings import SOURCES, Entry, Item, Morning, Reported
from cauce.keys import generator
from cauce.runs.assimilate import BAND, MULTIPLIERS, Cloud, Told, advance, assimilate
from cauce.runs.executors import Threads
from cauce.runs.flow import Float, Flow, Rates
from cauce.runs.windows import window
from cauce.runs.words import name_of, say
from cauce.terms import Language

MORNINGS = 30
TWINS = 16
BLANK = 0.2  # share of figures that nobody reports: judgement: a fifth
RARE = 1e-3  # fewer inside than this often by luck alone is a failure
FLOWS = {
    "encounters": "arrivals", "expulsion": "expulsion", "lateral": "lateral", "received": "release", "ice": "ice",
    "hhs": "hhs",
}  # fmt: skip
"""Role of a figure, and the flow it tells."""


@dataclass(frozen=True)
class Found:
    """One multiplier over all twins, on the last morning."""

    multiplier: str
    error: float
    """Mean absolute error of the median [log]."""
    unseen: float
    """The same for a multiplier of one: what is known without any morning [log]."""
    inside_80: int
    inside_95: int
    twins: int

    def fails(self) -> bool:
        """Whether so few are inside an interval that its own level would rarely have it."""
        return self.inside_80 < least(self.twins, 0.8) or self.inside_95 < least(self.twins, 0.95)


def least(number: int, level: float) -> int:
    """Fewest of so many twins that an interval of some level may hold: fewer would be rarer than `RARE`.

    >>> least(24, 0.95)
    18
    """
    below = 0.0
    for inside in range(number + 1):
        below += comb(number, inside) * level**inside * (1 - level) ** (number - inside)
        if below > RARE:
            return inside
    return number


@dataclass(frozen=True)
class Twins:
    """Every multiplier, and how the forecast a day ahead did beside the last figure."""

    found: tuple[Found, ...]
    mornings: int
    better: int
    """Twins in which the forecast a day ahead missed by less than the last reported figure."""

    def text(self, language: Language = Language.ENGLISH) -> tuple[str, ...]:
        """Lines."""
        number = self.found[0].twins
        lines = [say("twins", language, mornings=self.mornings, number=number, better=self.better, of=number)]
        bounds = {"least_80": least(number, 0.8), "least_95": least(number, 0.95)}
        for f in self.found:
            told = say(
                "twin", language, name=name_of(f.multiplier, language), error=np.expm1(f.error),
                unseen=np.expm1(f.unseen), inside_80=f.inside_80, inside_95=f.inside_95, twins=f.twins,
            )  # fmt: skip
            lines.append(told + say("twin_missed" if f.fails() else "twin_met", language, **bounds))
        return tuple(lines)

    def as_json(self) -> dict[str, Any]:
        """The same for machines; errors on the log."""
        return {
            "mornings": self.mornings, "better_than_persistence": self.better,
            "multipliers": [{**asdict(f), "fails": f.fails()} for f in self.found],
        }  # fmt: skip


def world(
    flow: Flow, rates: Rates, items: tuple[Item, ...], folder: Path, start: Cloud, day: date, seed: int, twin: int
) -> tuple[Reported, Float]:
    """Mornings of an invented truth, and its last multipliers [log]."""
    rng, told = (generator(seed, "twin", twin, word) for word in ("truth", "reports"))
    by_role = {item.role: item for item in items}
    truth, found = (
        start,
        [Morning(day, (_report(by_role["custody"], float(start.custody[0]), day, "official", rates, told),))],
    )
    for _ in range(MORNINGS - 1):
        moved = advance(flow, rates, truth, day, Told({}), rng)
        truth, day = moved.after, day + timedelta(days=1)
        values = {role: float(moved.flows[channel].sum()) for role, channel in FLOWS.items()}
        values["custody"] = float(truth.custody[0])
        entries = []
        for role, value in values.items():
            source, blank = str(told.choice(SOURCES)), told.random() < BLANK
            entry = _report(by_role[role], value, day, source, rates, told)
            entries += [] if blank else [entry]
        found.append(Morning(day, tuple(entries)))
    return Reported(tuple(found), items, (), folder), truth.log[0]


def _report(item: Item, value: float, day: date, source: str, rates: Rates, rng: np.random.Generator) -> Entry:
    """A figure with the error of who tells it."""
    seen = round(value * float(np.exp(rates[source] * rng.standard_normal())))
    return Entry(day, item, "", "", float(seen), source, "", "twin", 0)


def twins(border: Border, seed: int, *, number: int = TWINS, workers: int = 2, believed: Rates | None = None) -> Twins:
    """Hide and find again.

    Parameters
    ----------
    believed : Rates, optional
        What the filter believes, where it is not what the truth does: the border's own, if not given.

    Raises
    ------
    RequestError
        The border has no mornings.
    """
    rates, items = Rates.read(border), mornings.items(border)
    days = window(border, "twin")
    flow = Flow.of(border, rates, days.last)
    spread = np.array([rates[f"prior_{name}"] for name in MULTIPLIERS])
    site = next(row for row in border.sites if row["site"] == rates.names.custody)
    surge = float(site["surge"])

    def task(twin: int) -> tuple[Float, Float, bool]:
        rng = generator(seed, "twin", twin, "start")
        start = Cloud(np.array([surge]), spread * rng.standard_normal((1, len(MULTIPLIERS))))
        reported, truth = world(flow, rates, items, mornings.folder(border), start, days.first, seed, twin)
        found = assimilate(flow, believed or rates, reported, surge, seed + twin)
        scored = found.errors()
        return truth, np.log(found.cloud.multipliers()), scored is not None and scored[1] < scored[2]

    done = dict(Threads(workers).map(task, range(number)))
    truth = np.stack([done[twin][0] for twin in range(number)])
    band = np.stack([done[twin][1] for twin in range(number)])  # (twin, BAND, multiplier)
    outer, inner = (BAND.index(2.5), BAND.index(97.5)), (BAND.index(10), BAND.index(90))

    def inside(ends: tuple[int, int]) -> Float:
        return ((band[:, ends[0]] <= truth) & (truth <= band[:, ends[1]])).sum(axis=0)

    error, unseen = np.abs(band[:, BAND.index(50)] - truth).mean(axis=0), np.abs(truth).mean(axis=0)
    narrow, wide = inside(inner), inside(outer)
    found = tuple(
        Found(name, float(error[n]), float(unseen[n]), int(narrow[n]), int(wide[n]), number)
        for n, name in enumerate(MULTIPLIERS)
    )
    return Twins(found, MORNINGS, sum(done[twin][2] for twin in range(number)))
