"""What may be said of an effect, or why nothing; and what may be said of a claim.

A verdict is refused, "not identified by this design" and with the range, when the fit before is worse than .3 in
log or donor sets disagree twofold: numbers that look exact would be worth less than the refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Named
from cauce.decisions import estimators
from cauce.decisions.designs import Claim, Series
from cauce.decisions.estimators import WORST_FIT
from cauce.decisions.evaluation import LEVEL, QUANTILES, Estimate, Found, Record
from cauce.errors import RequestError

Float = NDArray[np.float64]
DISAGREE = 2.0  # donor sets that differ by this factor identify nothing
BACK = 0.8  # share of the month before at which a fall counts as over
EARLIER = 6  # [month] by which placebos in time come before

REFUSED = Named(en="not identified by this design", es="no identificado por este diseño")
UNHELD = Named(en="not supported by any series held", es="ninguna serie disponible lo respalda")
SUPPORTED = Named(en="supported", es="respaldado")
NOT_SUPPORTED = Named(en="not supported", es="no respaldado")
UNTOLD = Named(en="seen, but not told apart from usual swings", es="visto, sin distinguirse de los vaivenes usuales")
BESIDE = Named(en="beside the claim", es="junto a la afirmación")
NOT_TOLD = Named(en="not told apart from no effect", es="no se distingue de ningún efecto")
COUNT_MODEL = Named(en="count model", es="el modelo de conteos")
STRUCTURAL = Named(en="structural series", es="la serie estructural")
FELL, ROSE = Named(en="fell", es="bajó"), Named(en="rose", es="subió")


@dataclass(frozen=True)
class Verdict:
    """Of one estimand; the range is of mean log effects in the full months before other decisions."""

    estimand: str
    says: Named
    low: float
    high: float
    reasons: tuple[Named, ...] = ()

    @property
    def identified(self) -> bool:
        """Whether it was not refused."""
        return self.says != REFUSED


def refusals(error: float, means: Iterable[float]) -> tuple[Named, ...]:
    """Why a synthetic control says nothing: its fit before, and the effects that sets of donors give.

    >>> refusals(0.1, [-1.0, -1.9])
    ()
    >>> [r.en for r in refusals(0.4, [-1.0, 0.2])]
    ['the fit before is 0.40 off in log, and 0.3 is the most', 'sets of donors disagree on the sign']
    """
    found, values = [], list(means)
    if error > WORST_FIT:
        en = f"the fit before is {error:.2f} off in log, and {WORST_FIT} is the most"
        es = f"el ajuste previo yerra {error:.2f} en logaritmo, y {WORST_FIT} es lo más admitido"
        found.append(Named(en=en, es=es))
    if min(values) < 0 < max(values):
        found.append(Named(en="sets of donors disagree on the sign", es="los grupos de donantes discrepan en el signo"))
    elif max(abs(v) for v in values) > DISAGREE * min(abs(v) for v in values):
        en, es = "sets of donors disagree more than twofold", "los grupos de donantes discrepan más del doble"
        found.append(Named(en=en, es=es))
    return tuple(found)


def margin(low: float, high: float, draws: int) -> float:
    """Two standard errors of an end of an interval that draws made: nearer to no effect, another seed may differ.

    Of a 5% or 95% quantile of n normal draws: sqrt(.05 * .95 / n) / .103 sd, and 3.29 sd from one to the other.
    """
    return float(2 * 2.11 / np.sqrt(draws) * (high - low) / 3.29) if draws else 0.0


def told(estimand: str, low: float, high: float, ends: tuple[float, float] | None = None, draws: int = 0) -> Verdict:
    """A verdict that is not refused: by the interval `ends`, or the range where none is given."""
    least, most = (low, high) if ends is None else ends
    clear = margin(least, most, draws)
    return Verdict(estimand, FELL if most < -clear else ROSE if least > clear else NOT_TOLD, low, high)


def own(found: Found) -> Verdict:
    """Of the treated: every set and form, without each donor, and the joint estimate make the range."""
    means = {key: float(c.effect[found.assessed].mean()) for key, c in found.controls.items()}
    plain = [m for (_, form), m in means.items() if form == "synthetic control"]
    without = without_each(found)
    joint = found.mean(tuple(e for e in found.together if e.estimand == "own"))[1]
    every = [*means.values(), *without, joint]
    reasons = refusals(found.headline.error, plain)
    if reasons:
        return Verdict("own", REFUSED, min(every), max(every), reasons)
    low, _, high = found.mean(found.own)
    return told("own", min(every), max(every), (low, high))


def without_each(found: Found) -> Float:
    """The headline's mean effect without each donor that has weight, (donor,)."""
    donors = found.logs(found.pool(found.design.donors[0]))
    return estimators.leave_one_out(found.treated, donors, found.before, found.assessed)


def spill_over(found: Found) -> Verdict:
    """Of the exposed: it stands on every unit's synthetic control."""
    exposed = {n for _, who in found.classes for n in who}
    errors = {n: float(found.joint.error[1 + found.units.index(n)]) for n in sorted(exposed)}
    errors = {"+".join(found.design.treated): float(found.joint.error[0]), **errors}
    means = [found.mean(tuple(e for e in found.together if e.who == n)) for n in sorted(exposed)]
    low, high = min(m[1] for m in means), max(m[1] for m in means)
    bad = ", ".join(f"{n} {e:.2f}" for n, e in errors.items() if e > WORST_FIT)
    if bad:
        reason = Named(
            en=f"the fit before is off by more than {WORST_FIT} in log for {bad}",
            es=f"el ajuste previo yerra más de {WORST_FIT} en logaritmo para {bad}",
        )
        return Verdict("spill-over", REFUSED, low, high, (reason,))
    return told("spill-over", low, high, (min(m[0] for m in means), max(m[2] for m in means)))


def total(found: Found) -> Verdict:
    """Of everybody, where substitution cancels: by the count model and a structural series together.

    Each must have been right about a time without effect, and only what both say is said.
    """
    spans = [found.span(found.design.table, found.everybody)]
    series = found.onward(found.design.table, found.everybody)
    if series is not None:
        spans.append(series.span(found.ahead))
    low, high = min(s[0] for s in spans), max(s[2] for s in spans)
    wrong = tuple(
        Named(
            en=f"the {name.en} was wrong {EARLIER} months earlier, when nothing was decided",
            es=f"{name.es} erró {EARLIER} meses antes, cuando nada se decidió",
        )
        for name, before in ((COUNT_MODEL, earlier_total(found)), (STRUCTURAL, earlier_series(found)))
        if before is not None and not before[0] <= 0 <= before[2]
    )
    if wrong:
        return Verdict("total", REFUSED, low, high, wrong)
    return told("total", low, high, draws=found.record.draws)


def earlier_total(found: Found) -> tuple[float, float, float] | None:
    """Placebo in time of the total: log ratio of seen to expected, 5, 50 and 95%, of as many months."""
    known = found.known - EARLIER
    if found.before - EARLIER < estimators.LEAST_PLACEBO:
        return None
    ahead = range(found.full - found.known, min(found.clean - found.known, EARLIER))
    return found.over(found.design.table, found.everybody, known, ahead)


def earlier_series(found: Found) -> tuple[float, float, float] | None:
    """The same of the structural series."""
    series = found.onward(found.design.table, found.everybody, EARLIER)
    if series is None:
        return None
    return series.span(range(found.ahead.start, min(found.ahead.stop, EARLIER)))


def below(estimates: tuple[Estimate, ...]) -> tuple[date, ...]:
    """Months whose interval lies clear below no effect."""
    return tuple(e.month for e in estimates if e.high < -margin(e.low, e.high, e.draws))


@dataclass(frozen=True)
class Answer:
    """A series beside a claim."""

    series: Series
    before: float
    after: float
    low: float | None
    high: float | None
    """Interval of the change against what the count model expected, as a share; None for published counts."""
    until: date | None
    """First month in which the count was back; None if never in the record, or published counts."""
    says: Named

    @property
    def change(self) -> float:
        """As a share of the month before."""
        return self.after / self.before - 1


def answer(claim: Claim, series: Series, record: Record) -> Answer:
    """What a series says of a claim."""
    if series.counts is not None:
        before, after = series.counts
        says = judged(claim, after / before - 1, None) if series.direct else BESIDE
        return Answer(series, before, after, None, None, None, says)
    table = str(series.table)
    seen = record.counts(table)
    then, now, columns = seen.row(series.before, table), seen.row(series.after, table), seen.columns(series)
    if not columns:
        cause = f"claim {claim.id!r}: no row of {table} fits the series {series.name.en!r}"
        raise RequestError(cause, mend="correct its sectors or nationalities")
    counts = seen.counts[:, columns].sum(axis=1)
    paths = record.expected(table, then + 1)[:, now - then - 1, columns].sum(axis=1)
    low, high = np.quantile(np.log1p(counts[now]) - np.log1p(paths), (QUANTILES[0], QUANTILES[-1]))
    over = [m for m, c in zip(seen.months[now:], counts[now:], strict=True) if c >= BACK * counts[then]]
    until = over[0] if over and claim.direction == "fall" and counts[now] < BACK * counts[then] else None
    change = float(counts[now] / max(counts[then], 1.0) - 1)
    ends = (float(np.expm1(low)), float(np.expm1(high)))
    clear = margin(float(low), float(high), record.draws)
    says = judged(claim, change, (float(low), float(high)), clear) if series.direct else BESIDE
    return Answer(series, float(counts[then]), float(counts[now]), *ends, until, says)


def judged(claim: Claim, change: float, ends: tuple[float, float] | None, clear: float = 0.0) -> Named:
    """The verdict of one series: large enough, and told apart from what would have come anyhow."""
    fall = claim.direction == "fall"
    if (-change if fall else change) < claim.by:
        return NOT_SUPPORTED
    if ends is None:
        return UNTOLD  # a bare pair of counts has no counterfactual
    return SUPPORTED if (ends[1] < -clear if fall else ends[0] > clear) else UNTOLD


def concluded(answers: tuple[Answer, ...]) -> Named:
    """The verdict of a claim: that of the series that count what it speaks of, or that none does."""
    direct = [a.says for a in answers if a.series.direct]
    if not direct:
        return UNHELD
    order = [NOT_SUPPORTED, UNTOLD, SUPPORTED]
    return order[min(order.index(says) for says in direct)]


def checks(found: Found) -> dict[str, float]:
    """Placebos and tests of the headline."""
    donors = found.logs(found.pool(found.design.donors[0]))
    clean = found.clean - found.first
    p, _ = estimators.placebo_space(found.treated[:clean], donors[:clean], found.before)
    rows = found.assessed
    months = range(rows.start, rows.stop)
    return {
        "error": found.headline.error,
        "placebo_space": p,
        "smallest": 1 / (donors.shape[1] + 1),
        "placebo_time": estimators.placebo_time(found.treated, donors, found.before, EARLIER, len(months)),
        # an effect in all full months is refused only where each of them refuses it
        "conformal": max(estimators.conformal_p(found.treated, donors, found.before, row) for row in months),
        "level": LEVEL,
    }


def named(border: Border, who: str) -> Named:
    """A nationality (or several with a plus), or what else a code stands for, in words."""
    parts = who.split("+")
    if all(p in border.nationalities for p in parts):
        rows = [border.nationalities[p] for p in parts]
        return Named(en=", ".join(r["name_en"] for r in rows), es=", ".join(r["name_es"] for r in rows))
    return Named(en=who, es=who)
