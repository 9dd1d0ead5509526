"""A comparison: scenarios beside each other as numbers, and as a sheet for a reader.

Efficiency and protection are always told in one breath, and no scenario is called the best: figures say what
each costs and whom it protects, and where the law of a measure is contested both positions stand beside them.

    Difference, half_width, Pair, Paths, Precision   the numbers, draw by draw
    headline, efficient                              which outcomes decide
    Comparison                                       all of it, and its sheet
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named
from cauce.decisions import regret
from cauce.decisions.regret import marked, share, shown, signed, span
from cauce.runs.results import Dispute, Driver, Outcome, Result
from cauce.runs.sheets import Cell, Grid, Sheet
from cauce.terms import Language

Float = NDArray[np.float64]

FEW = 20  # [draw] with fewer, an interval of a mean says too little to call one higher


@dataclass(frozen=True)
class Difference:
    """One outcome of one pair, draw by draw: what the first gives beyond the second."""

    outcome: Outcome
    by_draw: Float
    mean: float
    low: float
    """Of the 90% interval of the mean; with `high` not a number for a single draw."""
    high: float
    higher: float
    """Share of draws in which the first is the higher one."""
    lower: float

    @classmethod
    def of(cls, outcome: Outcome, first: Float, second: Float) -> Difference:
        by_draw = first - second
        mean, half = float(by_draw.mean()), half_width(by_draw)
        return cls(
            outcome, by_draw, mean, mean - half, mean + half, float((by_draw > 0).mean()), float((by_draw < 0).mean())
        )

    @property
    def told_apart(self) -> bool:
        """Whether there are draws enough, and zero lies outside the interval."""
        return self.by_draw.size >= FEW and bool(self.low > 0 or self.high < 0)


def half_width(by_draw: Float) -> float:
    """Half of the 90% interval of a mean over draws (Student's); not a number for a single draw.

    The quantile is Fisher's expansion (Abramowitz and Stegun 26.7.5), right to three digits from 4 draws up.
    """
    if by_draw.size < 2:
        return float("nan")
    z, n = 1.6448536269514722, by_draw.size - 1  # the normal quantile at (1 + SURE) / 2
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    quantile = z + sum(term / n ** (power + 1) for power, term in enumerate(terms))
    return float(quantile * by_draw.std(ddof=1) / sqrt(by_draw.size))


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


@dataclass(frozen=True)
class Precision:
    """How narrow the interval was asked to be, as a share of the outcome's level, and how narrow it is."""

    asked: float
    reached: bool
    needed: int
    widest: str
    """Outcome that needs the most draws."""


def headline(result: Result) -> tuple[Outcome, ...]:
    """Outcomes that decide: crowded places, money, protection; those too small to be shown anywhere left out."""
    wanted = [o for o in result.outcomes if o.protection or efficient(o)]
    return tuple(o for o in wanted if level(result, o) >= (1 if o.unit == "usd" else o.small_cell))


def efficient(outcome: Outcome) -> bool:
    """Whether less of it is a smoother or cheaper run: places that fill up, and money."""
    return not outcome.protection and (outcome.rated is not None or outcome.unit == "usd")


def level(result: Result, outcome: Outcome) -> float:
    """Mean of the scenario with the most."""
    return float(result.total(outcome.id).mean(axis=1).max())


@dataclass(frozen=True)
class Comparison:
    """Scenarios beside each other, as numbers; `sheet` says them."""

    result: Result
    pairs: tuple[Pair, ...]
    precision: Precision | None
    thresholds: tuple[regret.Threshold, ...]

    @property
    def key(self) -> tuple[Outcome, ...]:
        """Outcomes of which less is wanted, efficiency first."""
        wanted = [o for o in self.result.outcomes if efficient(o) or o.protection]
        return tuple(sorted(wanted, key=lambda o: o.protection))

    def name(self, case: int) -> Named:
        return self.result.cases[case][1]

    @cached_property
    def sheet(self) -> Sheet:
        """What a reader sees."""
        result = self.result
        grids = (
            self._trade_off(), *map(self._beside, self.pairs), regret.regret_grid(result, self.key),
            regret.met_grid(result, self.thresholds), self._paths(), self._moved(), self._boxes(),
        )  # fmt: skip
        hashes = (*sorted(result.provenance.hashes.items()), ("result", result.sha256()))
        return Sheet(
            "compare", result.name, result.question, tuple(self._findings()), tuple(g for g in grids if g.rows),
            (*NOTES, *result.notes, *result.flags), hashes,
        )  # fmt: skip

    def text(self, language: Language = Language.ENGLISH) -> str:
        return self.sheet.text(language)

    def as_json(self) -> dict[str, Any]:
        """The sheet, and beside it the differences as plain numbers."""
        ids = [case for case, _ in self.result.cases]
        return {
            **self.sheet.as_json(),
            "draws": self.result.provenance.draws,
            "precision": None if self.precision is None else vars(self.precision),
            "pairs": [
                {
                    "first": ids[p.first],
                    "second": ids[p.second],
                    "paths": vars(p.paths),
                    "differences": [
                        {"outcome": d.outcome.id, "protection": d.outcome.protection, "mean": d.mean,
                         "low": _number(d.low), "high": _number(d.high), "higher": d.higher, "lower": d.lower,
                         "told_apart": d.told_apart}
                        for d in p.differences
                    ],
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
                es=f"Con {draws} repeticiones no se puede saber qué escenario es mayor en nada; "
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
            found += self._regretted()
        return found

    def _told(self, pair: Pair) -> list[Named]:
        """What one scenario gives beside another: efficiency and protection in one breath."""
        key = headline(self.result)
        sure = [d for d in pair.differences if d.outcome in key and d.told_apart]
        first, second = self.name(pair.first), self.name(pair.second)
        if not sure:
            return [Named(
                en=f"{first.en} and {second.en} cannot be told apart in any headline outcome.",
                es=f"{first.es} y {second.es} no se distinguen en ningún resultado principal.",
            )]  # fmt: skip

        def words(protection: bool) -> Named:
            some = [d for d in sure if d.outcome.protection is protection]
            if not some:
                return Named(en="no difference that can be told", es="sin diferencia que pueda afirmarse")
            parts = [
                (o.name, signed(d.mean, o), span(signed(d.low, o), signed(d.high, o)))
                for d, o in ((d, d.outcome) for d in some)
            ]
            return Named(
                en=", ".join(f"{n.en.lower()} {m.en} ({s.en})" for n, m, s in parts),
                es=", ".join(f"{n.es.lower()} {m.es} ({s.es})" for n, m, s in parts),
            )

        smooth, safe = words(False), words(True)
        return [Named(
            en=f"{first.en}, beside {second.en}: efficiency: {smooth.en}; protection: {safe.en}.",
            es=f"{first.es}, frente a {second.es}: eficiencia: {smooth.es}; protección: {safe.es}.",
        )]  # fmt: skip

    def _regretted(self) -> list[Named]:
        """Who has the least regret where, protection first; and who is good enough how often."""

        def listed(protection: bool, language: Language) -> str:
            lead = regret.leaders(self.result, [o for o in headline(self.result) if o.protection is protection])
            told = (f"{self.name(c).text(language)}: {', '.join(o.name.text(language).lower() for o in os)}"
                    for c, os in sorted(lead.items()))  # fmt: skip
            return "; ".join(told) or "–"

        en, es = Language.ENGLISH, Language.SPANISH
        shares = [share(s) for s in regret.met(self.result, self.thresholds)[-1].tolist()]

        def met(language: Language) -> str:
            of = Named(en="of draws", es="de las repeticiones").text(language)
            told = (f"{s.text(language)} {of} ({self.name(case).text(language)})" for case, s in enumerate(shares))
            return ", ".join(told)

        return [
            Named(
                en=f"Least mean regret, protection: {listed(True, en)}. Efficiency: {listed(False, en)}.",
                es=f"Menor arrepentimiento medio, protección: {listed(True, es)}. Eficiencia: {listed(False, es)}.",
            ),
            Named(
                en=f"All thresholds at once are met in {met(en)}.",
                es=f"Todos los umbrales a la vez se cumplen en {met(es)}.",
            ),
        ]  # fmt: skip

    def _trade_off(self) -> Grid:
        rows = []
        for outcome in self.key:
            cells = []
            for by_draw in self.result.total(outcome.id):
                low, middle, high = (shown(float(q), outcome) for q in np.percentile(by_draw, (10, 50, 90)))
                wide = span(low, high)
                cells.append(Named(en=f"{middle.en} ({wide.en})", es=f"{middle.es} ({wide.es})"))
            rows.append((marked(outcome), *cells))
        name = Named(
            en="Efficiency beside protection (◆): median and 80% of draws; of each, less is wanted",
            es="Eficiencia junto a protección (◆): mediana y 80 % de las repeticiones; de todo se quiere menos",
        )
        head = (Named(en="Outcome", es="Resultado"), *(n for _, n in self.result.cases))
        return Grid(name, head, tuple(rows), protection=True)

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
        rows = []
        for p in self.pairs:
            counts = (p.paths.shared, p.paths.differing, p.paths.first_only, p.paths.second_only)
            rows.append((self._both(p), *(Named(en=f"{c:,}", es=f"{c:,}".replace(",", "\u202f")) for c in counts)))
        name = Named(en="Party by party, in the first draw", es="Grupo por grupo, en la primera repetición")
        return Grid(name, tuple(Named(en=en, es=es) for en, es in PATHS), tuple(rows))

    def _both(self, pair: Pair) -> Named:
        a, b = self.name(pair.first), self.name(pair.second)
        return Named(en=f"{a.en} / {b.en}", es=f"{a.es} / {b.es}")

    def _moved(self) -> Grid:
        names = {o.id: marked(o) for o in self.result.outcomes}
        rows: list[tuple[Cell, ...]] = []
        for p in self.pairs:
            for d in p.drivers:
                reach = f"{d.low:g}–{d.high:g} {d.unit}"
                rows.append((self._both(p), names[d.outcome], d.name, reach, f"{d.correlation:+.2f}", d.source))
        name = Named(
            en="Which judged numbers move the difference (rank correlation over draws)",
            es="Qué números estimados mueven la diferencia (correlación de rangos entre repeticiones)",
        )
        return Grid(name, tuple(Named(en=en, es=es) for en, es in MOVED), tuple(rows))

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


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _reached(precision: Precision, result: Result) -> Named:
    draws, asked, needed = result.provenance.draws, share(precision.asked), precision.needed
    if precision.reached:
        return Named(
            en=f"Every headline difference is known to {asked.en} of its level (90% interval) with {draws} draws.",
            es=f"Cada diferencia principal se conoce al {asked.es} de su nivel (intervalo del 90 %) "
            f"con {draws} repeticiones.",
        )
    name = next(o.name for o in result.outcomes if o.id == precision.widest)
    return Named(
        en=f"{draws} draws do not reach {asked.en}: {name.en.lower()} would need about {needed:,}; "
        f"give --draws {needed} or a wider --precision.",
        es=f"{draws} repeticiones no alcanzan el {asked.es}: {name.es.lower()} necesitaría unas {needed}; "
        f"dé --draws {needed} o una --precision más amplia.",
    )


BESIDE = (
    ("Outcome", "Resultado"),
    ("Mean difference", "Diferencia media"),
    ("90% interval of the mean", "Intervalo del 90 % de la media"),
    ("80% of draws", "80 % de las repeticiones"),
    ("First higher", "Primero mayor"),
    ("Second higher", "Segundo mayor"),
    ("Told apart", "Se distinguen"),
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
    ("Source", "Fuente"),
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
        es="Los flujos son totales del horizonte; las existencias, su mañana más alta. Cada intervalo cubre el 90 % "
        "por sí solo, no todos a la vez; cubre la suerte y los rangos estimados, no un error del modelo.",
    ),
)
