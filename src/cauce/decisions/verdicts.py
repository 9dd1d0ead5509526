"""What may be said of an effect, or why nothing.

A verdict is refused, "not identified by this design" and with the range, when the fit before is worse than .3 in
log, or when sets of donors that fit disagree twofold or are fewer than two: numbers that look exact would be worth
less than the refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Named
from cauce.decisions import estimators
from cauce.decisions.designs import DonorSet
from cauce.decisions.estimators import WORST_FIT
from cauce.decisions.evaluation import PLAIN, Estimate, Found

Float = NDArray[np.float64]
DISAGREE = 2.0  # donor sets that differ by this factor identify nothing
BACK = 0.8  # share of the month before at which a fall counts as over
EARLIER = 6  # [month] by which placebos in time come before
PANELS = 500  # without effect, for the size of the placebo in space: a second's work
LEAST_UNITS = 4  # of such a panel: its target is a mix of three donors

REFUSED = Named(en="not identified by this design", es="no identificado por este diseño")
NOT_TOLD = Named(en="not told apart from no effect", es="no se distingue de ningún efecto")
COUNT_MODEL = Named(en="count model", es="el modelo de conteos")
STRUCTURAL = Named(en="structural series", es="la serie estructural")
FELL, ROSE = Named(en="fell", es="bajó"), Named(en="rose", es="subió")


@dataclass(frozen=True)
class Verdict:
    """Of one estimand; effects are mean log ratios in the full months before other decisions."""

    estimand: str
    says: Named
    estimates: tuple[float, float]
    """Least and greatest of the designs that fit, or of all of them where the verdict is refused."""
    interval: tuple[float, float]
    """90%: of the headline, of all classes of exposure, or of both series of a total."""
    reasons: tuple[Named, ...] = ()
    left_out: tuple[Named, ...] = ()
    """Sets of donors that do not fit, each with how far it is off."""

    @property
    def identified(self) -> bool:
        """Whether it was not refused."""
        return self.says != REFUSED


def refusals(error: float, means: Iterable[float]) -> tuple[Named, ...]:
    """Why a synthetic control says nothing: its fit before, and the effects that sets of donors which fit give.

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
    if len(values) < 2:
        en, es = "no second set of donors fits that could agree", "ningún otro grupo de donantes ajusta para coincidir"
        found.append(Named(en=en, es=es))
    elif min(values) < 0 < max(values):
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


def told(
    estimand: str,
    estimates: tuple[float, float],
    interval: tuple[float, float],
    *,
    draws: int = 0,
    left_out: tuple[Named, ...] = (),
) -> Verdict:
    """A verdict that is not refused: by the interval."""
    clear = margin(*interval, draws)
    says = FELL if interval[1] < -clear else ROSE if interval[0] > clear else NOT_TOLD
    return Verdict(estimand, says, estimates, interval, left_out=left_out)


def own(found: Found) -> Verdict:
    """Of the treated: every set that fits in both forms, without each donor, and the joint estimate make the range.

    Where the headline does not fit, nothing is identified, and all sets show how wide it is.
    """
    sets = found.design.donors
    fitting = tuple(s for s in sets if _error(found, s) <= WORST_FIT)
    kept = fitting if sets[0] in fitting else sets
    ids = {s.id for s in kept}
    means = {key: float(c.effect[found.assessed].mean()) for key, c in found.controls.items() if key[0] in ids}
    joint = found.mean(tuple(e for e in found.together if e.estimand == "own"))[1]
    every = [*means.values(), *without_each(found), joint]
    estimates = (float(min(every)), float(max(every)))
    low, _, high = found.mean(found.own)
    left_out = tuple(_off(s.name, _error(found, s)) for s in sets if s not in kept)
    reasons = refusals(found.headline.error, [m for (_, form), m in means.items() if form == PLAIN])
    if reasons:
        return Verdict("own", REFUSED, estimates, (low, high), reasons, left_out)
    return told("own", estimates, (low, high), left_out=left_out)


def _error(found: Found, chosen: DonorSet) -> float:
    return found.controls[chosen.id, PLAIN].error


def _off(name: Named, error: float) -> Named:
    return Named(en=f"{name.en} {error:.2f}", es=f"{name.es} {error:.2f}")


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
    estimates = (min(m[1] for m in means), max(m[1] for m in means))
    interval = (min(m[0] for m in means), max(m[2] for m in means))
    bad = ", ".join(f"{n} {e:.2f}" for n, e in errors.items() if e > WORST_FIT)
    if bad:
        reason = Named(
            en=f"the fit before is off by more than {WORST_FIT} in log for {bad}",
            es=f"el ajuste previo yerra más de {WORST_FIT} en logaritmo para {bad}",
        )
        return Verdict("spill-over", REFUSED, estimates, interval, (reason,))
    return told("spill-over", estimates, interval)


def by_sector(found: Found) -> dict[str, Verdict]:
    """Of all others in each sector, beside the count model."""
    verdicts = {}
    for sector in dict.fromkeys(e.who for e in found.by_sector):
        low, median, high = found.span(found.design.sectors, found.of(found.design.sectors, sector, False))
        verdicts[sector] = told("spill-over", (median, median), (low, high), draws=found.record.draws)
    return verdicts


def total(found: Found) -> Verdict:
    """Of everybody, where substitution cancels: by the count model and a structural series together.

    Each must have been right about a time without effect, and only what both say is said.
    """
    spans = [found.span(found.design.table, found.everybody)]
    series = found.onward(found.design.table, found.everybody)
    if series is not None:
        spans.append(series.span(found.ahead))
    estimates = (min(s[1] for s in spans), max(s[1] for s in spans))
    interval = (min(s[0] for s in spans), max(s[2] for s in spans))
    wrong = tuple(
        Named(
            en=f"the {name.en} was wrong {EARLIER} months earlier, when nothing was decided",
            es=f"{name.es} erró {EARLIER} meses antes, cuando nada se decidió",
        )
        for name, before in ((COUNT_MODEL, earlier_total(found)), (STRUCTURAL, earlier_series(found)))
        if before is not None and not before[0] <= 0 <= before[2]
    )
    if wrong:
        return Verdict("total", REFUSED, estimates, interval, wrong)
    return told("total", estimates, interval, draws=found.record.draws)


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
class Checks:
    """Placebos and tests of the headline."""

    space: float
    """P-value of the placebo in space."""
    smallest: float
    """The least it could be."""
    size: estimators.Size
    """How often it is as small without any effect, in panels of as many units and months."""
    time: float | None
    """Effect of a decision that was never made; None where too few months come before."""
    conformal: float
    """P-value of no effect in all full months."""


def checks(found: Found) -> Checks:
    """Placebos and tests of the headline, and the size of the one that goes by ranks."""
    donors = found.logs(found.pool(found.design.donors[0]))
    clean = found.clean - found.first
    p, _ = estimators.placebo_space(found.treated[:clean], donors[:clean], found.before)
    rows, units = found.assessed, donors.shape[1] + 1
    months = range(rows.start, rows.stop)
    size = estimators.placebo_size(
        p, PANELS, found.record.seed, units=max(units, LEAST_UNITS), before=found.before, after=clean - found.before
    )
    return Checks(
        p, 1 / units, size,
        estimators.placebo_time(found.treated, donors, found.before, EARLIER, len(months)),
        # an effect in all full months is refused only where each of them refuses it
        max(estimators.conformal_p(found.treated, donors, found.before, row) for row in months),
    )  # fmt: skip


def share(log: float) -> str:
    """A log ratio as a share, finer where little is left; what rounds to nothing has no sign.

    >>> share(-0.1), share(-4.9), share(-0.002), share(np.inf)
    ('-10%', '-99.3%', '0%', '∞')
    """
    percent = 100 * float(np.expm1(log))
    if log == np.inf:
        return "∞"
    if percent < -95:
        return f"{percent:+,.1f}%"
    return f"{percent:+,.0f}%" if round(percent) else "0%"


def ends(low: float, high: float) -> str:
    """An interval of log ratios as shares, in brackets; what is not an interval has none."""
    return f"[{share(low)}, {share(high)}]"


def named(border: Border, who: str) -> Named:
    """A nationality (or several with a plus), or what else a code stands for, in words."""
    parts = who.split("+")
    if all(p in border.nationalities for p in parts):
        rows = [border.nationalities[p] for p in parts]
        return Named(en=", ".join(r["name_en"] for r in rows), es=", ".join(r["name_es"] for r in rows))
    return Named(en=who, es=who)
