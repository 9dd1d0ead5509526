"""Did a decision work, by how much, for how long?  Three estimands, always together: own effect, spill-over, total.

A border's `evaluations/*.yaml` names the treated, the day, sets of donors, classes of exposure, and claims that
somebody made.  Nobody is clean here: who is not treated takes the place of who is, and a synthetic control made of
them doubles the effect.  So the own effect is estimated with several sets of donors and with the spill-over solved
together with it, and a verdict is refused where they disagree or do not fit.

    accounting      what the counts did, month to month: no model
    own effect      synthetic control and its augmented form for each set of donors; joint (Cao and Dowd)
    spill-over      joint, by class of exposure; by sector against the count model
    total           seen, minus what the count model and a structural series expected on the last day before
    on the way      the same structural series of counts upstream
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.walks import WalkPool
from cauce.border import Border
from cauce.data import observe
from cauce.decisions import estimators, structural
from cauce.decisions.designs import Design, DonorSet, Series, Upstream, mistake
from cauce.documents import Source
from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.runs.forecasts import WALKED

Float = NDArray[np.float64]
LEVEL = 0.9  # of all intervals
QUANTILES = (0.05, 0.5, 0.95)
LEAST_BEFORE = 13  # [month] the count model wants more than a year
WHOLE = "border"  # the one part of a record that has no sectors
PLAIN, AUGMENTED = "synthetic control", "augmented"  # forms of a control


@dataclass(frozen=True)
class Counts:
    """A shipped table as a panel: months without a gap, parts (sectors, publications, or the whole), nationalities."""

    months: tuple[date, ...]
    corridors: tuple[tuple[str, str], ...]
    counts: Float  # (month, corridor) [event]
    passing: bool = False
    """Whether they are counts on the way, of which the count model knows nothing."""

    @classmethod
    def of(cls, border: Border, table: str) -> Counts:
        """From a reference table of the border."""
        seen = observe.read_reference(border.reference(table))
        passing = {"table", "persons"} <= set(seen.columns)
        if passing:  # a part is a publication
            seen = seen.rename({"table": "sector", "persons": "encounters"})
        if "sector" not in seen.columns:
            seen = seen.with_columns(pl.lit(WHOLE).alias("sector"))
        panel = Panel.of(seen)
        return cls(panel.months, panel.corridors, panel.counts, passing)

    def row(self, month: date, table: str) -> int:
        """Number of a month.

        Raises
        ------
        RequestError
            The table does not have it.
        """
        if month not in self.months:
            span = f"{self.months[0]:%Y-%m} to {self.months[-1]:%Y-%m}"
            raise RequestError(f"{table} has no month {month:%Y-%m}", mend=f"use months from {span}")
        return self.months.index(month)

    def columns(self, series: Series) -> list[int]:
        """Numbers of the corridors of a series."""
        return [
            number for number, (part, nationality) in enumerate(self.corridors)
            if (not series.parts or part in series.parts)
            and (not series.nationalities or nationality in series.nationalities)
            and nationality not in series.but
        ]  # fmt: skip


@dataclass(frozen=True)
class Onward:
    """A structural series from the month before, beside what was seen."""

    seen: Float  # (month after,)
    paths: Float  # (draw, month after)

    def span(self, ahead: range) -> tuple[float, float, float]:
        """Log ratio of seen to expected, added up over some months ahead in each draw: 5, 50 and 95%."""
        months = slice(ahead.start, ahead.stop)
        effect = np.log1p(self.seen[months].sum()) - np.log1p(self.paths[:, months].sum(axis=1))
        low, median, high = np.quantile(effect, QUANTILES)
        return float(low), float(median), float(high)


class Record:
    """A border's tables, and what the count model would have expected of each on a day; each is worked out once."""

    def __init__(self, border: Border, draws: int, seed: int) -> None:
        self.border, self.draws, self.seed = border, draws, seed
        self._counts: dict[str, Counts] = {}
        self._expected: dict[tuple[str, int], NDArray[np.int64]] = {}

    def counts(self, table: str) -> Counts:
        """A table as a panel."""
        if table not in self._counts:
            self._counts[table] = Counts.of(self.border, table)
        return self._counts[table]

    def known(self, month: date) -> Priors:
        """Numbers of the count model known in a month; before any were, the first that were (the sheet says so)."""
        priors = Priors.read(self.border.root / "arrivals.yaml")
        return priors.known_on(max(f"{month:%Y-%m}", *(priors[name].known_by for name in WALKED)))

    def expected(self, table: str, known: int) -> NDArray[np.int64]:
        """Paths of all later months from the first `known`, shape (draw, month, corridor): an honest counterfactual.

        Raises
        ------
        RequestError
            Too few months were known.
        """
        if (table, known) not in self._expected:
            seen = self.counts(table)
            if known < LEAST_BEFORE:
                raise RequestError(
                    f"{known} months of {table} come before the decision, and {LEAST_BEFORE} are needed",
                    mend="give a later month or a longer record",
                )
            priors = self.known(seen.months[known - 1])
            was = seen.counts[:known].sum(axis=0) > 0  # nobody saw the others yet
            corridors = tuple(c for c, there in zip(seen.corridors, was, strict=True) if there)
            pool = WalkPool(priors).fit(Panel(seen.months[:known], corridors, seen.counts[:known, was]))
            paths = pool.draw(len(seen.months) - known, self.draws, fold(self.seed, "evaluation", table, known))
            whole = np.zeros((self.draws, len(seen.months) - known, was.size), dtype=np.int64)
            whole[:, :, was] = paths
            self._expected[table, known] = whole
        return self._expected[table, known]

    def onward(self, table: str, columns: list[int], known: int, ahead: int) -> Onward | None:
        """Structural series of some corridors for months ahead of the first `known`; None where those are too few."""
        if known < structural.LEAST_BEFORE:
            return None
        counts = self.counts(table).counts[:, columns].sum(axis=1)
        key: tuple[str | int, ...] = (self.seed, table, known, *columns)
        return Onward(counts[known : known + ahead], structural.paths(counts[:known], ahead, self.draws, *key))


@dataclass(frozen=True)
class Estimate:
    """An effect in one month, as a log ratio of what was seen to what would have been."""

    estimand: Literal["own", "spill-over", "total"]
    who: str
    estimator: str
    month: date
    low: float
    median: float
    high: float
    draws: int = 0
    """Of a simulated counterfactual; 0 for an interval from moved residuals."""


def without(seen: float, effect: float) -> float:
    """Encounters that there would have been: the counterfactual that a log ratio implies."""
    return (seen + 1) * float(np.exp(-effect)) - 1


class Found:
    """A design worked through."""

    def __init__(self, border: Border, design: Design, record: Record, source: Source) -> None:
        self.border, self.design, self.record, self.source = border, design, record, source
        self.whole = record.counts(design.table)
        row = {m: self.whole.row(m, design.table) for m in (design.first, design.clean_until, design.until)}
        self.known = self.whole.row(design.month, design.table)
        self.first, self.last, self.clean = row[design.first], row[design.until] + 1, row[design.clean_until] + 1
        self.before = self.known - self.first
        if self.before < LEAST_BEFORE:
            mistake(
                source, ("design", "first"),
                f"{self.before} months come before the decision, and {LEAST_BEFORE} are needed", "begin earlier",
            )  # fmt: skip
        self.full = self.whole.row(design.full, design.table)

    @cached_property
    def months(self) -> tuple[date, ...]:
        """From the first of the design to the last."""
        return self.whole.months[self.first : self.last]

    @cached_property
    def by_nationality(self) -> Mapping[str, Float]:
        """Encounters of each nationality, (month,) from the first of the design."""
        totals: dict[str, Float] = {}
        for number, (_, nationality) in enumerate(self.whole.corridors):
            seen = self.whole.counts[self.first : self.last, number]
            totals[nationality] = totals[nationality] + seen if nationality in totals else seen
        return totals

    def logs(self, nationalities: tuple[str, ...]) -> Float:
        """log1p counts, (month, nationality)."""
        return np.log1p(np.stack([self.by_nationality[n] for n in nationalities], axis=1))

    def large(self, nationalities: tuple[str, ...]) -> tuple[str, ...]:
        """Those that were large enough before: a judgement on months before alone."""
        return tuple(
            n for n in nationalities
            if n in self.by_nationality and self.by_nationality[n][: self.before].mean() >= self.design.least
        )  # fmt: skip

    @cached_property
    def treated(self) -> Float:
        """The treated together, log1p, (month,)."""
        missing = [n for n in self.design.treated if n not in self.by_nationality]
        if missing:
            mistake(self.source, ("design", "treated"), f"{self.design.table} never counts {missing[0]!r}")
        return np.log1p(np.sum([self.by_nationality[n] for n in self.design.treated], axis=0))

    @cached_property
    def assessed(self) -> slice:
        """Rows of the full months before other decisions."""
        return slice(self.full - self.first, self.clean - self.first)

    def pool(self, chosen: DonorSet) -> tuple[str, ...]:
        """Donors of a set that are large enough.

        Raises
        ------
        DocumentError
            None is.
        """
        kept = self.large(chosen.nationalities)
        if not kept:
            at = ("design", "donors", self.design.donors.index(chosen))
            least = f"{self.design.least:g} encounters a month before"
            mistake(self.source, at, f"donors {chosen.id!r}: none had {least}", "add larger ones or lower `least`")
        return kept

    @cached_property
    def controls(self) -> dict[tuple[str, str], estimators.Control]:
        """(set, form) -> synthetic control of the treated."""
        found = {}
        for chosen in self.design.donors:
            donors = self.logs(self.pool(chosen))
            found[chosen.id, PLAIN] = estimators.control(self.treated, donors, self.before)
            found[chosen.id, AUGMENTED] = estimators.augmented(self.treated, donors, self.before)
        return found

    @cached_property
    def headline(self) -> estimators.Control:
        """Of the first set."""
        return self.controls[self.design.donors[0].id, PLAIN]

    @cached_property
    def own(self) -> tuple[Estimate, ...]:
        """The headline's effect with its conformal interval, month by month."""
        donors = self.logs(self.pool(self.design.donors[0]))
        found = []
        for row in range(self.before, len(self.months)):
            low, high = estimators.conformal(self.treated, donors, self.before, row, LEVEL)
            effect = float(self.headline.effect[row])
            found.append(Estimate("own", "+".join(self.design.treated), PLAIN, self.months[row], low, effect, high))
        return tuple(found)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Those whom the joint estimator knows beside the treated, and without those whom other decisions struck."""
        out = {*self.design.treated, *self.design.apart}
        return self.large(tuple(n for n in self.by_nationality if n not in out))

    @cached_property
    def comovement(self) -> Mapping[str, float]:
        """Correlation of each unit's monthly steps before with the treated's."""
        steps = np.diff(self.treated[: self.before])
        others = np.diff(self.logs(self.units)[: self.before], axis=0)
        return {n: float(np.corrcoef(steps, others[:, k])[0, 1]) for k, n in enumerate(self.units)}

    @cached_property
    def classes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Exposure by geography, and by rising and falling with the treated before, more than chance would.

        Who moved against the treated is not exposed as they are: what struck both struck them the other way.
        """
        named = {n for c in self.design.exposure for n in c.nationalities}
        chance = 2 / np.sqrt(self.before - 1)  # two standard errors of no correlation: one in forty, upwards
        moving = tuple(n for n, r in self.comovement.items() if n not in named and r > chance)
        found = []
        for number, exposed in enumerate(self.design.exposure):
            who = self.large(exposed.nationalities)
            if not who:
                cause = f"exposure {exposed.id!r}: none had {self.design.least:g} encounters a month before"
                mistake(self.source, ("design", "exposure", number), cause, "add larger ones or lower `least`")
            found.append((exposed.id, who))
        return (*found, ("co-moving", moving)) if moving else tuple(found)

    @cached_property
    def joint(self) -> estimators.Joint:
        """All units at once; column 0 is the treated."""
        seen = np.column_stack([self.treated, self.logs(self.units)])
        structure = np.zeros((seen.shape[1], 1 + len(self.classes)))
        structure[0, 0] = 1
        for column, (_, who) in enumerate(self.classes, 1):
            for nationality in who:
                structure[1 + self.units.index(nationality), column] = 1
        return estimators.joint(seen[: self.clean - self.first], self.before, structure, LEVEL)

    @cached_property
    def together(self) -> tuple[Estimate, ...]:
        """Own effect and spill-over from the joint estimator, until other decisions struck."""
        found, exposed = [], [(0, "own", "+".join(self.design.treated))]
        exposed += [(1 + self.units.index(n), "spill-over", n) for _, who in self.classes for n in who]
        for column, estimand, who in exposed:
            for row in range(self.joint.effect.shape[0]):
                values = (float(a[row, column]) for a in (self.joint.low, self.joint.effect, self.joint.high))
                month = self.months[self.before + row]
                found.append(Estimate(estimand, who, "joint", month, *values))  # type: ignore[arg-type]
        return tuple(found)

    def _against(
        self, table: str, columns: list[int], estimand: Literal["own", "total", "spill-over"], who: str
    ) -> tuple[Estimate, ...]:
        """Seen beside the count model's paths from the month before, until the end of the design."""
        seen = self.record.counts(table)
        known = seen.row(self.design.month, table)
        paths = self.record.expected(table, known)[:, :, columns].sum(axis=2)
        found = []
        for ahead in range(self.last - self.known):
            actual = seen.counts[known + ahead, columns].sum()
            low, median, high = np.quantile(np.log1p(actual) - np.log1p(paths[:, ahead]), QUANTILES)
            month = seen.months[known + ahead]
            found.append(
                Estimate(estimand, who, "count model", month, float(low), float(median), float(high), self.record.draws)
            )
        return tuple(found)

    @property
    def everybody(self) -> list[int]:
        """Numbers of all corridors of the whole."""
        return list(range(len(self.whole.corridors)))

    @cached_property
    def total(self) -> tuple[Estimate, ...]:
        """The total beside the count model."""
        return self._against(self.design.table, self.everybody, "total", "all")

    def onward(self, table: str, columns: list[int], earlier: int = 0) -> Onward | None:
        """Structural series of some corridors until the end of the design; None where too few months come before."""
        seen = self.record.counts(table)
        known = seen.row(self.design.month, table) - earlier
        return self.record.onward(table, columns, known, seen.row(self.design.until, table) + 1 - known)

    @cached_property
    def structural_total(self) -> tuple[Estimate, ...]:
        """The total beside the structural series; none where too few months come before."""
        found = self.onward(self.design.table, self.everybody)
        if found is None:
            return ()
        each = ((number, found.span(range(number, number + 1))) for number in range(found.seen.size))
        return tuple(
            Estimate(
                "total", "all", "structural series", self.whole.months[self.known + number], *ends, self.record.draws
            )
            for number, ends in each
        )

    @property
    def ahead(self) -> range:
        """The assessed months, as months ahead of the last before."""
        return range(self.full - self.known, self.clean - self.known)

    def passed(self, place: Upstream, treated: bool) -> list[int]:
        """Numbers of the corridors of a publication on the way: of the treated, or of everybody.

        Raises
        ------
        DocumentError
            The table has no such publication, or it never counts the treated.
        """
        found = [
            number for number, (part, nationality) in enumerate(self.record.counts(place.table).corridors)
            if part == place.part and (not treated or nationality in self.design.treated)
        ]  # fmt: skip
        if not found:
            at = ("design", "upstream", self.design.upstream.index(place))
            parts = ", ".join(dict.fromkeys(part for part, _ in self.record.counts(place.table).corridors))
            mistake(self.source, at, f"{place.table} counts none of them in {place.part!r}", f"use one of {parts}")
        return found

    @cached_property
    def on_the_way(self) -> tuple[tuple[Upstream, bool, Onward], ...]:
        """(publication, whether of the treated alone, its structural series)."""
        found = (
            (place, treated, self.onward(place.table, self.passed(place, treated)))
            for place in self.design.upstream
            for treated in (True, False)
        )
        return tuple((place, treated, series) for place, treated, series in found if series is not None)

    @cached_property
    def treated_walk(self) -> tuple[Estimate, ...]:
        """The treated beside the count model."""
        return self._against(
            self.design.table, self.of(self.design.table, None, True), "own", "+".join(self.design.treated)
        )

    @cached_property
    def by_sector(self) -> tuple[Estimate, ...]:
        """All others in each sector beside the count model."""
        sectors = sorted({s for s, _ in self.record.counts(self.design.sectors).corridors})
        of_each = (
            self._against(self.design.sectors, self.of(self.design.sectors, s, False), "spill-over", s) for s in sectors
        )
        return tuple(estimate for estimates in of_each for estimate in estimates)

    def of(self, table: str, sector: str | None, treated: bool) -> list[int]:
        """Numbers of the corridors of the treated or of all others, in a sector or everywhere."""
        return [
            number for number, (part, nationality) in enumerate(self.record.counts(table).corridors)
            if (sector is None or part == sector) and (nationality in self.design.treated) == treated
        ]  # fmt: skip

    def span(self, table: str, columns: list[int]) -> tuple[float, float, float]:
        """Log ratio of seen to expected, added up over the assessed months in each draw: 5, 50 and 95%."""
        known = self.record.counts(table).row(self.design.month, table)
        return self.over(table, columns, known, self.ahead)

    def over(self, table: str, columns: list[int], known: int, ahead: range) -> tuple[float, float, float]:
        """The same of any months ahead of any month known."""
        paths = self.record.expected(table, known)[:, ahead.start : ahead.stop, columns].sum(axis=(1, 2))
        actual = self.record.counts(table).counts[known + ahead.start : known + ahead.stop, columns].sum()
        low, median, high = np.quantile(np.log1p(actual) - np.log1p(paths), QUANTILES)
        return float(low), float(median), float(high)

    def mean(self, estimates: tuple[Estimate, ...]) -> tuple[float, float, float]:
        """Mean of low, median and high over the assessed months: an interval of the mean that is never too narrow."""
        months = self.months[self.assessed]
        kept = [e for e in estimates if e.month in months]
        low, median, high = np.mean([[e.low, e.median, e.high] for e in kept], axis=0)
        return float(low), float(median), float(high)
