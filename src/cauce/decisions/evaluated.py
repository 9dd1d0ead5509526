"""An evaluation's result: its sheet in both languages, and its effects as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

import cauce
from cauce.border import Border, Named
from cauce.decisions import claims, designs, effects, estimators, structural, verdicts
from cauce.decisions.evaluation import AUGMENTED, PLAIN, Estimate, Found, Record, without
from cauce.decisions.verdicts import Verdict
from cauce.errors import OutputError, RequestError
from cauce.runs.sheets import Cell, Grid, Sheet
from cauce.terms import Language

MOST = 10_000  # draws and panels beyond which nothing is learnt and an hour is lost


@dataclass(frozen=True)
class Evaluated:
    """What `cauce evaluate` answers."""

    sheet: Sheet
    numbers: dict[str, Any]
    """Verdicts, checks and claims as plain numbers."""
    effects: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The sheet, and beside it verdicts, checks, claims and every estimate as plain numbers."""
        return {**self.sheet.as_json(), **self.numbers, "effects": list(self.effects)}

    def text(self, language: Language = Language.ENGLISH) -> str:
        """For a terminal."""
        return self.sheet.text(language)

    def write(self, folder: Path) -> Path | None:
        """`effects.csv`, where there are any.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        if not self.effects:
            return None
        path = folder / "effects.csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(effects.as_csv(list(self.effects)), encoding="utf-8")
        except OSError as error:
            mend = "name a folder you may write with --out"
            raise OutputError(f"cannot be written ({error.strerror})", mend=mend, file=path) from None
        return path


def run(
    border: Border, name: str | None, *, draws: int = 1000, seed: int = 1, size_study: int = 0, as_of: str | None = None
) -> Evaluated:
    """Work an evaluation through; of its effects, only those published by `as_of` (YYYY-MM-DD) leave.

    Raises
    ------
    RequestError
        No such evaluation, months that the tables do not have, numbers out of range, or scipy is missing.
    DocumentError
        The document names donors that are treated, or too few months before.
    """
    if name is None:
        known = ", ".join(designs.names(border)) or "a file of your own"
        raise RequestError("an evaluation has a name", mend=f"name one: {known}")
    if not 20 <= draws <= MOST:
        raise RequestError(f"{draws} draws are out of range", mend=f"give 20 to {MOST}")
    if not 0 <= size_study <= MOST:
        raise RequestError(f"{size_study} panels are out of range", mend=f"give 1 to {MOST}, or 0 for no study")
    try:
        day = None if as_of is None else date.fromisoformat(as_of)
    except ValueError:
        raise RequestError(f"{as_of!r} is not a day that exists", mend="write it as YYYY-MM-DD") from None
    for package, installed in (("scipy", estimators.INSTALLED), ("statsmodels", structural.INSTALLED)):
        if not installed:
            raise RequestError(f"evaluations need the package {package}", mend="pip install 'cauce[decisions]'")
    document, source = designs.read(border, name)
    record = Record(border, draws, seed)
    findings: list[Named] = []
    grids: list[Grid] = []
    table: list[dict[str, Any]] = []
    numbers: dict[str, Any] = {"verdicts": [], "checks": None, "claims": []}
    notes = [HINDSIGHT, METHOD]
    if document.design is not None:
        found = Found(border, document.design, record, source)
        judged = (verdicts.own(found), verdicts.spill_over(found), verdicts.total(found))
        sectors = verdicts.by_sector(found)
        checked = verdicts.checks(found)
        numbers |= {"verdicts": [_as_json(found, verdict) for verdict in judged], "checks": asdict(checked)}
        findings += [accounting(border, found), *(said(found, v) for v in judged), how_long(border, found)]
        grids += [
            _months(found),
            _sets(found),
            _joint(border, found),
            _sectors(sectors),
            _series(border, found),
            _checks(found, checked),
        ]
        table = effects.rows(border, found, judged, sectors, day)
        notes.append(document.design.ridge)
    answers = [(c, tuple(claims.answer(c, s, record) for s in c.series)) for c in document.claims]
    if answers:
        findings += [claims.answered(claim, of) for claim, of in answers]
        numbers["claims"] = claims.as_json(answers)
        grids.append(claims.grid(answers))
        notes += [COUNTED, *claims.cited(answers)]
    if size_study:
        grids.append(_size(size_study, seed))
    hashes = (("evaluation", document.sha256()), ("program", cauce.__version__), ("seed", str(seed)))
    sheet = Sheet(document.id, document.name, document.question, tuple(findings), tuple(grids), tuple(notes), hashes)
    return Evaluated(sheet, numbers, tuple(table))


HINDSIGHT = Named(
    en="The count model sees only the months before; its few constants were chosen on forecasts scored to the month "
    "in which the border's priors say they were known, which may be later.",
    es="El modelo de conteos solo ve los meses anteriores; sus pocas constantes se eligieron con pronósticos evaluados "
    "hasta el mes en que los supuestos dicen que se conocían, que puede ser posterior.",
)
COUNTED = Named(
    en="A claim is supported when the counts say it; that the decision was the cause is another question.",
    es="Una afirmación está respaldada cuando los conteos la dicen; que la decisión fuera la causa es otra pregunta.",
)
METHOD = Named(
    en="Intervals are 90%, or as near as ranks of so few months allow: for synthetic controls and the joint estimate "
    "by steps from month to month, for the count model and the structural series by draws. Encounters are events, not "
    "persons.",
    es="Los intervalos son del 90%, o lo más cercano que permiten los rangos de tan pocos meses: para los controles "
    "sintéticos y la estimación conjunta, por cambios de mes a mes; para el modelo de conteos y la serie estructural, "
    "por sorteos. Los encuentros son eventos, no personas.",
)


def _joined(parts: Sequence[Named], between: str = "; ") -> Named:
    return Named(en=between.join(p.en for p in parts), es=between.join(p.es for p in parts))


def accounting(border: Border, found: Found) -> Named:
    """What the counts did from the last month before to the first full month after: no model at all."""
    then, now = found.before - 1, found.full - found.first
    exposed = sorted({n for c in found.design.exposure for n in c.nationalities if n in found.by_nationality})
    treated = list(found.design.treated)

    def moved(who: Sequence[str]) -> tuple[float, float]:
        each = [found.by_nationality[n] for n in who]
        return float(sum(e[then] for e in each)), float(sum(e[now] for e in each))

    own, others, total = moved(treated), moved(exposed), moved(list(found.by_nationality))
    a, b = f"{found.months[then]:%Y-%m}", f"{found.months[now]:%Y-%m}"
    who, next_ = verdicts.named(border, "+".join(treated)), verdicts.named(border, "+".join(exposed))
    counts = f"{own[0]:,.0f} → {own[1]:,.0f}"
    return Named(
        en=f"Counted from {a} to {b}: {who.en} {own[1] - own[0]:+,.0f} ({counts}); {next_.en} together "
        f"{others[1] - others[0]:+,.0f}; everybody {total[0]:,.0f} → {total[1]:,.0f} ({total[1] / total[0] - 1:+.1%}).",
        es=f"Contado de {a} a {b}: {who.es} {own[1] - own[0]:+,.0f} ({counts}); {next_.es} juntas "
        f"{others[1] - others[0]:+,.0f}; total {total[0]:,.0f} → {total[1]:,.0f} ({total[1] / total[0] - 1:+.1%}).",
    )


ESTIMANDS = {
    "own": Named(en="Own effect", es="Efecto propio"),
    "spill-over": Named(en="Spill-over", es="Desborde a otros"),
    "total": Named(en="Total", es="Total"),
}


def said(found: Found, verdict: Verdict) -> Named:
    """A verdict in a sentence: what the designs estimate, the 90% interval, and what both are in encounters a month."""
    rows = found.assessed
    span = f"{found.months[rows.start]:%Y-%m} – {found.months[rows.stop - 1]:%Y-%m}"
    head, why, between = ESTIMANDS[verdict.estimand], _joined(verdict.reasons), _between(verdict.estimates)
    interval, out, counts = verdicts.ends(*verdict.interval), _joined(verdict.left_out, ", "), _counts(found, verdict)
    en, es = (f": {why.en}", f": {why.es}") if verdict.reasons else ("", "")
    left = ("", "")
    if verdict.left_out:
        left = (f" (left out, fit over {verdicts.WORST_FIT}: {out.en})",
                f" (omitidos, con ajuste de más de {verdicts.WORST_FIT}: {out.es})")  # fmt: skip
    return Named(
        en=f"{head.en}: {verdict.says.en}{en}; by design {between.en}{left[0]}, 90% interval {interval}"
        f"{counts.en}, {span}.",
        es=f"{head.es}: {verdict.says.es}{es}; según el diseño {between.es}{left[1]}, intervalo del 90% {interval}"
        f"{counts.es}, {span}.",
    )


def _between(estimates: tuple[float, float]) -> Named:
    low, high = (verdicts.share(e) for e in estimates)
    return Named(en=low, es=low) if low == high else Named(en=f"from {low} to {high}", es=f"de {low} a {high}")


def _counts(found: Found, verdict: Verdict) -> Named:
    """Encounters a month, seen and as the interval implies without the decision, and whether so many ever were."""
    seen, without_it, most = _implied(found, verdict)
    if without_it is None:
        return Named(en="", es="")
    low, high = (f"{float(f'{n:.3g}'):,.0f}" if np.isfinite(n) else "∞" for n in without_it)
    beyond = ("", "")
    if without_it[1] > most:
        whole = without_it[0] > most
        beyond = (f", {'all' if whole else 'at the upper end'} more than any month of the record counted ({most:,.0f})",
                  f", {'siempre' if whole else 'en el extremo alto'} más de lo contado en cualquier mes del registro "
                  f"({most:,.0f})")  # fmt: skip
    return Named(
        en=f": {seen:,.0f} encounters a month seen, {low} to {high} without it{beyond[0]}",
        es=f": {seen:,.0f} encuentros al mes vistos, de {low} a {high} sin la decisión{beyond[1]}",
    )


def _implied(found: Found, verdict: Verdict) -> tuple[float, tuple[float, float] | None, float]:
    """Seen a month, the counterfactual that the interval implies, and the most of any month; none for a spill-over."""
    if verdict.estimand == "spill-over":
        return 0.0, None, 0.0
    table = found.design.table
    columns = found.of(table, None, True) if verdict.estimand == "own" else found.everybody
    counts = found.whole.counts[:, columns].sum(axis=1)
    seen = float(counts[found.full : found.clean].mean())
    low, high = verdict.interval
    return seen, (without(seen, high), without(seen, low)), float(counts.max())


def _as_json(found: Found, verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain numbers: log ratios, and encounters a month; an open end is null."""
    seen, without_it, most = _implied(found, verdict)
    implied = {} if without_it is None else {"seen": seen, "without": _closed(without_it), "most": most}
    return {
        "estimand": verdict.estimand,
        "verdict": verdict.says.model_dump(),
        "estimates": _closed(verdict.estimates),
        "interval": _closed(verdict.interval),
        **implied,
        "reasons": [r.model_dump() for r in verdict.reasons],
        "left_out": [r.model_dump() for r in verdict.left_out],
    }


def _closed(ends: tuple[float, float]) -> list[float | None]:
    return [end if np.isfinite(end) else None for end in ends]


def _everybody(found: Found) -> Any:
    return np.sum(list(found.by_nationality.values()), axis=0)


def how_long(border: Border, found: Found) -> Named:
    """For how long the treated stayed below what the count model expected, and when the count was back."""
    months = verdicts.below(found.treated_walk)
    counts = np.expm1(found.treated)
    level = counts[found.before - 1]
    low = False
    back: date | None = None
    for month, count in zip(found.months[found.before :], counts[found.before :], strict=True):
        low = low or count < verdicts.BACK * level
        if low and count >= verdicts.BACK * level:
            back = month
            break
    listed = ", ".join(f"{m:%Y-%m}" for m in months) or "–"
    mark, last = f"{verdicts.BACK:.0%}", f"{found.months[-1]:%Y-%m}"
    again = (
        f"the count was not back at {mark} of the month before by {last}",
        f"a {last} el conteo no había vuelto al {mark} del mes anterior",
    )
    if back is not None:
        share = f"{back:%Y-%m} ({counts[found.months.index(back)] / level:.0%})"
        again = (
            f"the count was back at {mark} of the month before in {share}",
            f"el conteo volvió al {mark} del mes anterior en {share}",
        )
    return Named(
        en=f"How long: below the count model's 90% interval in {listed}; {again[0]}.",
        es=f"Cuánto duró: por debajo del intervalo del 90% del modelo de conteos en {listed}; {again[1]}.",
    )


def _head(*words: tuple[str, str]) -> tuple[Named, ...]:
    return tuple(Named(en=en, es=es) for en, es in words)


MONTH, MEAN, INTERVAL = ("month", "mes"), ("effect", "efecto"), ("90%", "90%")
FIT = ("fit before [log]", "ajuste previo [log]")


def _estimate(e: Estimate) -> tuple[str, str]:
    return verdicts.share(e.median), verdicts.ends(e.low, e.high)


def _months(found: Found) -> Grid:
    own, walk = {e.month: e for e in found.own}, {e.month: e for e in found.treated_walk}
    everybody = _everybody(found)
    rows: list[tuple[Cell, ...]] = []
    for total in found.total:
        at = found.months.index(total.month)
        seen, other = float(np.expm1(found.treated[at])), total.month > found.design.clean_until
        rows.append((
            f"{total.month:%Y-%m}" + (" *" if other else ""), f"{seen:,.0f}", *_estimate(own[total.month]),
            *_estimate(walk[total.month]), f"{everybody[at]:,.0f}", *_estimate(total),
        ))  # fmt: skip
    return Grid(
        Named(en="Month by month (* others were treated too)", es="Mes a mes (* también se trató a otros)"),
        _head(
            MONTH, ("treated, seen", "tratados, visto"), ("synthetic control", "control sintético"), INTERVAL,
            ("count model", "modelo de conteos"), INTERVAL, ("total, seen", "total, visto"),
            ("count model", "modelo de conteos"), INTERVAL,
        ), tuple(rows),
    )  # fmt: skip


def _sets(found: Found) -> Grid:
    forms = {
        PLAIN: Named(en="synthetic control", es="control sintético"),
        AUGMENTED: Named(en="augmented", es="aumentado"),
    }
    rows: list[tuple[Cell, ...]] = []
    for chosen in found.design.donors:
        for form, words in forms.items():
            control = found.controls[chosen.id, form]
            names = found.pool(chosen)
            heavy = [k for k in np.argsort(-np.abs(control.weights)) if abs(control.weights[k]) >= 0.05]
            made = ", ".join(f"{names[k]} {control.weights[k]:.2f}" for k in heavy[:5])
            mean = float(control.effect[found.assessed].mean())
            rows.append((_joined((chosen.name, words), ", "), f"{control.error:.2f}", verdicts.share(mean), made))
    own = found.mean(tuple(e for e in found.together if e.estimand == "own"))
    rows.append((
        Named(en="joint with spill-over (Cao and Dowd)", es="conjunto con desborde (Cao y Dowd)"),
        f"{found.joint.error[0]:.2f}", verdicts.share(own[1]), verdicts.ends(own[0], own[2]),
    ))  # fmt: skip
    return Grid(
        Named(en="Own effect by set of donors", es="Efecto propio por grupo de donantes"),
        _head(("donors", "donantes"), FIT, MEAN, ("weights", "pesos")), tuple(rows),
    )  # fmt: skip


def _joint(border: Border, found: Found) -> Grid:
    words = {c.id: c.name for c in found.design.exposure}
    rows: list[tuple[Cell, ...]] = []
    for name, who in found.classes:
        for nationality in who:
            low, mean, high = found.mean(tuple(e for e in found.together if e.who == nationality))
            level = float(found.by_nationality[nationality][found.assessed].mean())
            error = float(found.joint.error[1 + found.units.index(nationality)])
            label = words.get(name, Named(en="moved with the treated", es="se movían con los tratados"))
            rows.append((
                verdicts.named(border, nationality), label, f"{error:.2f}", f"{found.comovement[nationality]:+.2f}",
                verdicts.share(mean), verdicts.ends(low, high), f"{level - without(level, mean):+,.0f}",
            ))  # fmt: skip
    return Grid(
        Named(en="Spill-over by class of exposure (joint estimate: one effect for all of a class)",
              es="Desborde por clase de exposición (estimación conjunta: un solo efecto por clase)"),
        _head(("nationality", "nacionalidad"), ("exposure", "exposición"), FIT, ("co-movement", "comovimiento"), MEAN,
              INTERVAL, ("encounters a month", "encuentros al mes")), tuple(rows),
    )  # fmt: skip


def _sectors(judged: dict[str, Verdict]) -> Grid:
    rows = tuple(
        (sector, verdicts.share(v.estimates[0]), verdicts.ends(*v.interval), v.says) for sector, v in judged.items()
    )
    return Grid(
        Named(en="All others by sector, beside the count model", es="Los demás por sector, ante el modelo de conteos"),
        _head(("sector", "sector"), MEAN, INTERVAL, ("verdict", "veredicto")), rows,
    )  # fmt: skip


def _series(border: Border, found: Found) -> Grid:
    """The structural series: everybody at the border, and on the way the treated and everybody."""
    everybody, who = Named(en="everybody", es="todos"), verdicts.named(border, "+".join(found.design.treated))
    border_ = Named(en="at the border", es="en la frontera")
    series = [(border_, everybody, found.onward(found.design.table, found.everybody))]
    series += [(place.name, who if treated else everybody, one) for place, treated, one in found.on_the_way]
    rows: list[tuple[Cell, ...]] = []
    for place, whom, one in series:
        if one is not None:
            low, median, high = one.span(found.ahead)
            seen = f"{one.seen[found.ahead.start : found.ahead.stop].mean():,.0f}"
            told = verdicts.told("own", (median, median), (low, high), draws=found.record.draws).says
            rows.append((place, whom, seen, verdicts.share(median), verdicts.ends(low, high), told))
    return Grid(
        Named(en="Structural series (level, trend, season), also on the way",
              es="Serie estructural (nivel, tendencia, estación), también en el camino"),
        _head(("counted", "contado"), ("whom", "a quiénes"), ("seen, a month", "visto, al mes"), MEAN, INTERVAL,
              ("verdict", "veredicto")), tuple(rows),
    )  # fmt: skip


def _checks(found: Found, seen: verdicts.Checks) -> Grid:
    earlier = verdicts.earlier_total(found)
    before = Named(
        en=f"placebo in time, {verdicts.EARLIER} months earlier",
        es=f"placebo en el tiempo, {verdicts.EARLIER} meses antes",
    )
    p, size = seen.conformal, seen.size
    rows: list[tuple[Cell, ...]] = [
        (Named(en="placebo in space, p", es="placebo en el espacio, p"), f"{seen.space:.2f}"),
        (Named(en="smallest p: 1/(donors + 1)", es="menor p: 1/(donantes + 1)"), f"{seen.smallest:.2f}"),
        (
            Named(
                en=f"its size: as small in {size.panels} panels without effect",
                es=f"su tamaño: igual de pequeño en {size.panels} paneles sin efecto",
            ),
            f"{size.share:.1%}",
        ),
        (
            Named(en="conformal test of no effect, p", es="prueba conforme sin efecto, p"),
            f"{p:.2f}" if p >= 0.01 else "<0.01",
        ),
    ]
    if seen.time is not None:
        own = _joined((before, Named(en="own effect", es="efecto propio")), ": ")
        rows.append((own, verdicts.share(seen.time)))
    series = verdicts.earlier_series(found)
    if series is not None:
        name = _joined((before, Named(en="total, structural series", es="total, serie estructural")), ": ")
        rows.append((name, f"{verdicts.share(series[1])} {verdicts.ends(series[0], series[2])}"))
    if earlier is not None:
        total = f"{verdicts.share(earlier[1])} {verdicts.ends(earlier[0], earlier[2])}"
        rows.append((_joined((before, Named(en="total", es="total")), ": "), total))
    each = verdicts.without_each(found)
    if each.size:
        name = Named(en="leave one donor out: own effect", es="sin un donante cada vez: efecto propio")
        rows.append((name, _between((float(each.min()), float(each.max())))))
    head = _head(("check", "prueba"), ("result", "resultado"))
    return Grid(Named(en="Placebos and tests", es="Placebos y pruebas"), head, tuple(rows))


SIZED = {
    "conformal": Named(en="conformal, every panel", es="conforme, todos los paneles"),
    "conformal, reported": Named(en="conformal, where it is reported", es="conforme, donde se informa"),
    "conformal at 5%, reported": Named(
        en="conformal at 5%, where it is reported", es="conforme al 5%, donde se informa"
    ),
    "third month": Named(
        en="conformal in the third month, every panel", es="conforme al tercer mes, todos los paneles"
    ),
    "third month, reported": Named(
        en="conformal in the third month, where it is reported", es="conforme al tercer mes, donde se informa"
    ),
    "placebo in space": Named(en="placebo in space", es="placebo en el espacio"),
    "placebo in space, reported": Named(
        en="placebo in space, where it is reported", es="placebo en el espacio, donde se informa"
    ),
    "joint, with spill-over": Named(en="joint, with spill-over", es="conjunta, con desborde"),
}


def _size(panels: int, seed: int) -> Grid:
    """How often our own tests find an effect where there is none, beside their level."""
    fits, apart = (estimators.size_study(panels, seed, fits=fits) for fits in (True, False))

    def cell(size: estimators.Size) -> str:
        return f"{size.share:.1%} ({size.panels:,})" if size.panels else "–"

    rows = tuple((SIZED[test], f"{fits[test].nominal:.1%}", cell(fits[test]), cell(apart[test])) for test in fits)
    return Grid(
        Named(en=f"Size of our own tests on {panels} panels without effect (number of panels that say anything)",
              es=f"Tamaño de nuestras pruebas en {panels} paneles sin efecto (cuántos paneles dicen algo)"),
        _head(("test", "prueba"), ("nominal", "nominal"),
              ("target is a mix of donors", "el tratado es mezcla de donantes"),
              ("target is not", "el tratado no lo es")), rows,
    )  # fmt: skip
