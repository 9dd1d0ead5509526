"""A comparison: scenarios beside each other as numbers, and as a sheet for a reader.

Efficiency and protection are always told in one breath, and no scenario is called the best: figures say what
each costs and whom it protects, and where the law of a measure is contested both positions stand beside them.

    Pair, Paths, Precision   the numbers of two scenarios
    Comparison               all of it, and its sheet
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named
from cauce.decisions import levers, regret, tradeoff
from cauce.decisions.differences import FEW, Difference, efficient, exchanged, headline, less_is_wanted, lowered
from cauce.decisions.levers import Lever
from cauce.decisions.regret import marked, share, signed, span
from cauce.decisions.screening import NOTE, Screened
from cauce.decisions.sensitivity import ABSENT, INSTALLED, Indices
from cauce.runs.results import Dispute, Driver, Outcome, Result
from cauce.runs.sheets import Cell, Grid, Plot, Sheet
from cauce.terms import Language

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Paths:
    """Parties of one draw under a pair: met under both, with another path among them, under one alone."""

    shared: int
    differing: int
    first_only: int
    second_only: int


@dataclass(frozen=True)
class Pair:
    """Two options beside each other."""

    first: int
    second: int
    differences: tuple[Difference, ...]
    paths: Paths
    contested: tuple[Dispute, ...]
    """Measures whose law is contested and that the two treat differently."""
    drivers: tuple[Driver, ...]
    boxes: tuple[tuple[Outcome, regret.Box], ...]
    indices: tuple[tuple[Outcome, Indices], ...]


@dataclass(frozen=True)
class Precision:
    """How narrow the interval was asked to be, as a share of the outcome's level, and how narrow it is."""

    asked: float
    reached: bool
    needed: int
    widest: str
    """Outcome that needs the most draws."""


@dataclass(frozen=True)
class Comparison:
    """Scenarios beside each other, as numbers; `sheet` says them."""

    result: Result
    pairs: tuple[Pair, ...]
    precision: Precision | None
    thresholds: tuple[regret.Threshold, ...]
    screened: Screened | None = None
    levers: tuple[tuple[Lever, ...], ...] = ()
    """Main effects, of each scenario that crosses axes."""

    @property
    def key(self) -> tuple[Outcome, ...]:
        """Outcomes of which less is wanted, efficiency first."""
        wanted = [o for o in self.result.outcomes if less_is_wanted(o)]
        return tuple(sorted(wanted, key=lambda o: o.protection))

    def name(self, case: int) -> Named:
        return self.result.cases[case][1]

    @cached_property
    def plot(self) -> Plot | None:
        """Where each scenario stands between efficiency and protection."""
        return tradeoff.plot(self.result)

    @cached_property
    def sheet(self) -> Sheet:
        """What a reader sees."""
        result = self.result
        grids = (
            tradeoff.grid(result, self.key), *map(levers.grid, self.levers), *map(self._beside, self.pairs),
            regret.regret_grid(result, self.key), regret.met_grid(result, self.thresholds), self._paths(),
            self._moved(), self._explained(), *self._screened(), self._boxes(),
        )  # fmt: skip
        hashes = (*sorted(result.provenance.hashes.items()), ("result", result.sha256()))
        added = (*((NOTE,) if self.screened else ()), *(() if INSTALLED else (ABSENT,)))
        return Sheet(
            "compare", result.name, result.question, tuple(self._findings()), tuple(g for g in grids if g.rows),
            (*NOTES, *added, *result.notes, *result.flags, *self._sources()), hashes,
            () if self.plot is None else (self.plot,),
        )  # fmt: skip

    def text(self, language: Language = Language.ENGLISH) -> str:
        return self.sheet.text(language)

    def as_json(self) -> dict[str, Any]:
        """The sheet, and beside it the differences as plain numbers."""
        ids = [case for case, _ in self.result.cases]
        screened = {} if self.screened is None else {"morris": self.screened.as_json(ids)}
        return {
            **self.sheet.as_json(),
            **screened,
            "draws": self.result.provenance.draws,
            "levers": [row for of in self.levers for row in levers.as_json(of)],
            "precision": None if self.precision is None else vars(self.precision),
            "pairs": [
                {
                    "first": ids[p.first],
                    "second": ids[p.second],
                    "paths": vars(p.paths),
                    "differences": [d.as_json() for d in p.differences],
                    "sobol": [{"outcome": o.id, **asdict(one)} for o, one in p.indices],
                }
                for p in self.pairs
            ],
        }  # fmt: skip

    def _findings(self) -> list[Named]:
        draws = self.result.provenance.draws
        found = []
        if draws < FEW:
            found.append(Named(
                en=f"With {draws} draws it cannot tell which scenario is higher in anything; "
                f"give --draws {FEW} or more.",
                es=f"Con {draws} sorteos no se puede saber qué escenario es mayor en nada; "
                f"dé --draws {FEW} o más.",
            ))  # fmt: skip
        else:
            found += [sentence for pair in self.pairs for sentence in self._told(pair)]
        if self.precision is not None:
            found.append(_reached(self.precision, self.result))
        disputes = {d.measure: d for pair in self.pairs for d in pair.contested}
        found += [
            Named(
                en=f"The scenarios differ by a contested measure, {d.measure.en}. For: {d.favour.en}. "
                f"Against: {d.against.en}. Harm: {d.harm.en}. Figures alone do not say which is better.",
                es=f"Los escenarios difieren en una medida cuestionada, {d.measure.es}. A favor: {d.favour.es}. "
                f"En contra: {d.against.es}. Daño: {d.harm.es}. Las cifras solas no dicen cuál es mejor.",
            )
            for d in disputes.values()
        ]
        if draws >= FEW:
            found += [*self._led(), *map(levers.finding, self.levers), self._met(), *self._gained()]
        if self.plot is not None:
            found.append(self.plot.says)
        if self.screened is not None:
            found += self.screened.findings([name for _, name in self.result.cases])
        return found

    def _told(self, pair: Pair) -> list[Named]:
        """What one scenario gives beside another: efficiency, protection and exchange in one breath."""
        key = headline(self.result)
        sure = [d for d in pair.differences if d.outcome in key and d.told_apart]
        first, second = self.name(pair.first), self.name(pair.second)
        kinds = (
            ("efficiency", "eficiencia", [d for d in sure if efficient(d.outcome)]),
            ("protection", "protección", [d for d in sure if d.outcome.protection]),
            ("exchange", "intercambio", [d for d in sure if exchanged(d.outcome)]),
        )
        if not any(some for _, _, some in kinds):
            return [Named(
                en=f"{first.en} and {second.en} cannot be told apart in any headline outcome.",
                es=f"{first.es} y {second.es} no se distinguen en ningún resultado principal.",
            )]  # fmt: skip
        told = [(en, es, _listed(some)) for en, es, some in kinds]
        return [Named(
            en=f"{first.en}, beside {second.en}: {'; '.join(f'{en}: {some.en}' for en, _, some in told)}.",
            es=f"{first.es}, frente a {second.es}: {'; '.join(f'{es}: {some.es}' for _, es, some in told)}.",
        )]  # fmt: skip

    def _led(self) -> list[Named]:
        """Of what each scenario has the least and the most, beyond doubt; efficiency never without protection."""
        wanted = [o for o in headline(self.result) if less_is_wanted(o)]
        key = sorted(wanted, key=lambda o: not o.protection)
        least, most = regret.leaders(self.result, key), regret.leaders(self.result, key, most=True)
        if not least and not most:
            return []

        def sides(case: int, language: Language) -> tuple[str, str]:
            a, b = (", ".join(lowered(o.name.text(language)) for o in lead.get(case, [])) for lead in (least, most))
            nothing = Named(en="nothing", es="nada").text(language)
            return a or nothing, b or nothing

        found = []
        for case in sorted(least | most):
            (least_en, most_en), (least_es, most_es) = sides(case, Language.ENGLISH), sides(case, Language.SPANISH)
            found.append(Named(
                en=f"On average {self.name(case).en} has the least of {least_en}; the most of {most_en}.",
                es=f"En promedio {self.name(case).es} tiene lo menos de {least_es}; lo más de {most_es}.",
            ))  # fmt: skip
        return found

    def _met(self) -> Named:
        """How often each scenario is good enough in everything."""
        shares = [share(s) for s in regret.met(self.result, self.thresholds)[-1].tolist()]
        told = [(s, self.name(case)) for case, s in enumerate(shares)]
        count = len(self.thresholds)
        return Named(
            en=f"All {count} thresholds at once are met in {', '.join(f'{s.en} of draws ({n.en})' for s, n in told)}.",
            es=f"Los {count} umbrales a la vez se cumplen en "
            f"{', '.join(f'{s.es} de los sorteos ({n.es})' for s, n in told)}.",
        )

    def _gained(self) -> list[Named]:
        """What common draws were worth."""
        key = headline(self.result)
        gains = [d.gain for p in self.pairs for d in p.differences if d.outcome in key and np.isfinite(d.gain)]
        if not gains:
            return []
        gain = float(np.median(gains))
        return [Named(
            en=f"Common draws make the median headline interval {gain:.1f} times narrower than separate draws would; "
            f"separate ones would need {gain**2:.1f} times as many.",
            es=f"Los sorteos comunes hacen el intervalo principal mediano {gain:.1f} veces más angosto que otros "
            f"separados; separados harían falta {gain**2:.1f} veces más.",
        )]  # fmt: skip

    def _beside(self, pair: Pair) -> Grid:
        first, second = self.name(pair.first), self.name(pair.second)
        rows: list[tuple[Cell, ...]] = []
        for d in pair.differences:
            o = d.outcome
            low, high = np.percentile(d.by_draw, (10, 90))
            rows.append((
                marked(o), signed(d.mean, o), span(signed(d.low, o), signed(d.high, o)),
                span(signed(float(low), o), signed(float(high), o)), share(d.higher), share(d.lower),
                Named(en="yes", es="sí") if d.told_apart else Named(en="no", es="no"),
            ))  # fmt: skip
        return Grid(
            Named(en=f"{first.en} minus {second.en}", es=f"{first.es} menos {second.es}"),
            tuple(Named(en=en, es=es) for en, es in BESIDE), tuple(rows), protection=True,
        )  # fmt: skip

    def _paths(self) -> Grid:
        rows: list[tuple[Cell, ...]] = []
        for p in self.pairs:
            counts = (p.paths.shared, p.paths.differing, p.paths.first_only, p.paths.second_only)
            rows.append((self._both(p), *(f"{c:,}" for c in counts)))
        name = Named(en="Party by party, in the first draw", es="Grupo por grupo, en el primer sorteo")
        return Grid(name, tuple(Named(en=en, es=es) for en, es in PATHS), tuple(rows))

    def _both(self, pair: Pair) -> str:
        return " / ".join(self.result.cases[case][0] for case in (pair.first, pair.second))

    def _sources(self) -> tuple[Named, ...]:
        """Where the thresholds and the numbers named come from: too long for a table."""
        moved = {d.name: d.source for p in self.pairs for d in p.drivers}
        if self.screened is not None:
            moved |= self.screened.sources()
        limits = {t.name: t.source for t in self.thresholds}
        return (
            *(Named(en=f"{name}: {source}", es=f"{name}: {source}") for name, source in moved.items()),
            *(Named(en=f"{name.en}: {source}", es=f"{name.es}: {source}") for name, source in limits.items()),
        )

    def _moved(self) -> Grid:
        names = {o.id: marked(o) for o in self.result.outcomes}
        rows: list[tuple[Cell, ...]] = []
        for p in self.pairs:
            for d in p.drivers:
                reach = f"{d.low:g}–{d.high:g} {d.unit}"
                rows.append((self._both(p), names[d.outcome], d.name, reach, f"{d.correlation:+.2f}"))
        name = Named(
            en="Which judged numbers move the difference (rank correlation over draws)",
            es="Qué números estimados mueven la diferencia (correlación de rangos entre sorteos)",
        )
        return Grid(name, tuple(Named(en=en, es=es) for en, es in MOVED), tuple(rows))

    def _explained(self) -> Grid:
        rows: list[tuple[Cell, ...]] = []
        for p in self.pairs:
            for outcome, found in p.indices:
                for driver, first in zip(found.names, found.first, strict=True):
                    rows.append((self._both(p), marked(outcome), driver, share(first), share(found.chance)))
        name = Named(
            en="What a number explains of the difference by itself (Sobol's first-order indices)",
            es="Qué explica un número por sí solo de la diferencia (índices de Sobol de primer orden)",
        )
        return Grid(name, tuple(Named(en=en, es=es) for en, es in EXPLAINED), tuple(rows))

    def _screened(self) -> tuple[Grid, ...]:
        return () if self.screened is None else (self.screened.grid([case for case, _ in self.result.cases]),)

    def _boxes(self) -> Grid:
        rows: list[tuple[Cell, ...]] = []
        for p in self.pairs:
            for outcome, box in p.boxes:
                where = ", ".join(f"{name} {low:.3g}–{high:.3g}" for name, low, high in box.bounds)
                rows.append(
                    (self._both(p), marked(outcome), where, *map(share, (box.coverage, box.density, box.share)))
                )
        name = Named(
            en="Where in the ranges the first has less (found on half of the draws, judged on the other)",
            es="Dónde, dentro de los rangos, el primero tiene menos (hallado en una mitad, juzgado en la otra)",
        )
        return Grid(name, tuple(Named(en=en, es=es) for en, es in BOXES), tuple(rows))


def _listed(differences: list[Difference]) -> Named:
    """Differences with their intervals, in one line."""
    if not differences:
        return Named(en="no difference that can be told", es="sin diferencia que pueda afirmarse")
    parts = [
        (o.name, signed(d.mean, o), span(signed(d.low, o), signed(d.high, o)))
        for d, o in ((d, d.outcome) for d in differences)
    ]
    return Named(
        en=", ".join(f"{lowered(n.en)} {m.en} ({s.en})" for n, m, s in parts),
        es=", ".join(f"{lowered(n.es)} {m.es} ({s.es})" for n, m, s in parts),
    )


def _reached(precision: Precision, result: Result) -> Named:
    asked, draws = f"{100 * precision.asked:g}%", result.provenance.draws
    return Named(
        en=f"Every headline difference is known to {asked} of its level (90% interval) with {draws} draws.",
        es=f"Cada diferencia principal se conoce al {asked} de su nivel (intervalo del 90%) con {draws} sorteos.",
    )


BESIDE = (  # short: the names of outcomes want the width
    ("Outcome", "Resultado"),
    ("Mean", "Media"),
    ("its 90%", "su 90%"),
    ("80% of draws", "80% de rep."),
    ("1st higher", "1.º mayor"),
    ("2nd higher", "2.º mayor"),
    ("Apart", "Distintos"),
)
PATHS = (
    ("Pair", "Par"),
    ("Parties under both", "Grupos en ambos"),
    ("with another path", "con otro camino"),
    ("under the first alone", "solo en el primero"),
    ("under the second alone", "solo en el segundo"),
)
MOVED = (
    ("Pair", "Par"),
    ("Difference in", "Diferencia en"),
    ("Number", "Número"),
    ("Range", "Rango"),
    ("Correlation", "Correlación"),
)
EXPLAINED = (
    ("Pair", "Par"),
    ("Difference in", "Diferencia en"),
    ("Number", "Número"),
    ("explains", "explica"),
    ("by chance at most", "por azar a lo sumo"),
)
BOXES = (
    ("Pair", "Par"),
    ("Outcome", "Resultado"),
    ("Where", "Dónde"),
    ("Coverage", "Cobertura"),
    ("Density", "Densidad"),
    ("Everywhere", "En todas partes"),
)
NOTES = (
    Named(
        en="Flows are totals over the horizon, stocks their highest morning. Each interval holds 90% taken alone, "
        "not all of them together; it covers the luck and the judged ranges, not an error in the model.",
        es="Los flujos son totales del horizonte; las existencias, su mañana más alta. Cada intervalo cubre el 90% "
        "por sí solo, no todos a la vez; cubre la suerte y los rangos estimados, no un error del modelo.",
    ),
    Named(
        en="A mean over draws weighs every world as its judged range does; the worst draw is the worst of those drawn.",
        es="Una media entre sorteos pesa cada mundo como su rango estimado; la peor es la peor de las sorteadas.",
    ),
    Named(
        en="A party is the same under two scenarios when it sets out on the same day with the same luck; whoever "
        "comes by a lawful way instead is counted as another party.",
        es="Un grupo es el mismo en dos escenarios si sale el mismo día con la misma suerte; quien en cambio viene "
        "por una vía legal se cuenta como otro grupo.",
    ),
)
