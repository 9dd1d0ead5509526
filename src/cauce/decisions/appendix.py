"""What stands behind the two pages of a negotiation: the zone, gives and gets, rates, refusals, hearings, solutions.

grids    all tables of the appendix
"""
# ruff: noqa: E501  (sentences)

from __future__ import annotations

import numpy as np

from cauce.decisions import bargaining
from cauce.decisions.conclusions import rates
from cauce.decisions.negotiation import Negotiation
from cauce.decisions.phrases import both, count, million, span
from cauce.runs.sheets import Cell, Grid

TOP = 8  # packages shown in the zone


def grids(found: Negotiation) -> tuple[Grid, ...]:
    """Every table of the appendix."""
    behind = (_zone, _gains, _rates, _refused, _hearings, _record, _appendix)
    return tuple(grid for make in behind if (grid := make(found)).rows)


def _zone(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    order = sorted(range(len(found.packages)), key=lambda n: (-found.zone[n], -found.means[n].min()))[:TOP]
    yes, no = both("yes", "sí"), both("no", "no")
    for n in dict.fromkeys((found.offered, found.traded, *order)):
        package = found.packages[n]
        settles = found.payoffs.settles(package)
        rows.append((
            package.says(), f"{found.zone[n]:.2f}", *(span(g) for g in found.spread[n]),
            yes if found.humane[n] else no, yes if found.front[n] else no, "–" if settles is None else f"{settles:.2f}",
        ))  # fmt: skip
    head = (
        both("Package", "Paquete"), both("Both gain", "Ambos ganan"), *(p.name for p in found.table.parties),
        both("Keeps the floors", "Respeta los pisos"), both("On the front", "En la frontera"),
        both("Asking side settles", "Quien pide acepta"),
    )  # fmt: skip
    return Grid(both("Zone of agreement, million dollars", "Zona de acuerdo, millones de dólares"), head, tuple(rows))


def _gains(found: Negotiation) -> Grid:
    without, with_deal = found.totals(None), found.totals(found.offer)
    rows: list[tuple[Cell, ...]] = []
    for p, party in enumerate(found.table.parties):
        for w in party.weights:
            o = found.payoffs.outcomes[w.outcome]
            change = with_deal[:, o] - without[:, o]
            worth = np.multiply.outer(change, found.payoffs.weights[p, :, o]) * found.payoffs.days
            low, _, high = np.percentile(change, (10, 50, 90))
            sign = both("gets", "recibe") if worth.mean() > 0 else both("gives", "da")
            rows.append((
                party.name, found.payoffs.study.outcomes[o].name, count(without[:, o].mean()),
                f"{change.mean():+,.0f} [{low:+,.0f}, {high:+,.0f}]", span(worth), sign,
            ))  # fmt: skip
        direct = sum(found.payoffs.direct(x, k)[p] for x, k in zip(found.table.levers, found.offer.chosen, strict=True))
        money = np.asarray(direct) * found.payoffs.days
        sign = both("gets", "recibe") if money.mean() > 0 else both("gives", "da")
        rows.append(
            (
                party.name,
                both("Worth of the clauses themselves", "Valor de las cláusulas mismas"),
                "–",
                "–",
                span(money),
                sign,
            )
        )
        rows.append((party.name, both("All together", "En total"), "–", "–", span(found.spread[found.traded, p]), ""))
    head = (
        both("Party", "Parte"), both("What changes", "Qué cambia"), both("No deal, a day", "Sin acuerdo, al día"),
        both("Change a day [80%]", "Cambio al día [80%]"), both("Worth, million dollars [80%]", "Valor, millones de dólares [80%]"),
        both("Gives or gets", "Da o recibe"),
    )  # fmt: skip
    return Grid(
        both("What each gives and gets in the exchange", "Qué da y qué recibe cada uno en el intercambio"),
        head,
        tuple(rows),
    )


def _rates(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for rate in rates(found):
        worth = " / ".join(f"{v:,.0f}" for v in np.percentile(rate.worth, (10, 50, 90))) if rate.worth.size else "–"
        given, unit = rate.said(0), rate.given.unit
        what = both(f"+{rate.step:,.0f} {unit.en}: {given.en}", f"+{rate.step:,.0f} {unit.es}: {given.es}")
        rows.append((what, rate.said(1), worth, f"{rate.share:.0%}"))
    head = (
        both("What is given", "Qué se da"), both("Is worth, in", "Vale, en"), both("p10 / median / p90", "p10 / mediana / p90"),
        both("Weights with a price", "Pesos con precio"),
    )  # fmt: skip
    return Grid(both("Rates of exchange", "Tasas de cambio"), head, tuple(rows))


def _refused(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for refusal in found.refused():
        why = both(*(
            "; ".join(f"{getattr(party.name, x)}: {getattr(part.said, x)} {million(worth)}" for party, part, worth in refusal.why)
            for x in ("en", "es")
        ))  # fmt: skip
        rows.append((refusal.lever.name, refusal.level.name, *(f"{c:.2f}" for c in refusal.best), why))
    head = (
        both("Clause", "Cláusula"), both("Level", "Nivel"), *(p.name for p in found.table.parties),
        both("What weighs most against it, million dollars", "Lo que más pesa en contra, millones de dólares"),
    )  # fmt: skip
    return Grid(
        both(
            "What a side would refuse whatever else is given: its best probability of gain, and why",
            "Lo que un lado rechazaría con todo lo demás: su mejor probabilidad de ganar, y por qué",
        ),
        head,
        tuple(rows),
    )


def _hearings(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for hearing, lost, worth in found.hearings():
        chance = hearing.decided
        decided = f"{chance.value:.0%} ({chance.low:.0%}–{chance.high:.0%})"
        rows.append((f"{hearing.day}", decided, count(lost), *(million(w) for w in worth)))
    head = (
        both("Wait until", "Esperar hasta"),
        both("Decided by then", "Decidido para entonces"),
        both("Days of the deal lost", "Días de acuerdo perdidos"),
        *(p.name for p in found.table.parties),
    )
    return Grid(
        both(
            "Value of waiting for the court, million dollars: knowing its branch, scaled by the chance that it has decided by then (when it speaks is taken to say nothing of how), less the days lost",
            "Valor de esperar al tribunal, millones de dólares: saber su rama, por la probabilidad de que haya decidido para entonces (se supone que cuándo habla no dice nada de cómo), menos los días perdidos",
        ),
        head, tuple(rows),
    )  # fmt: skip


def _appendix(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for name, floored, value in found.solutions():
        en, es = ("within the floors", "dentro de los pisos") if floored else ("without floors", "sin pisos")
        rows.append((both(f"{name}, lotteries, {en}", f"{name}, loterías, {es}"), *(million(v) for v in value)))
    words = (both("keep", "sigue"), both("stop", "se detiene"))
    for first, second in bargaining.equilibria(*found.game()):
        said = [
            both(
                *(
                    " / ".join(f"{getattr(w, x)} {s:.2f}" for w, s in zip(words, side, strict=True) if s > 0)
                    for x in ("en", "es")
                )
            )
            for side in (first, second)
        ]
        rows.append((both("Keep or stop: an equilibrium", "Seguir o detenerse: un equilibrio"), *said))
    return Grid(
        both("Appendix: solutions, million dollars", "Apéndice: soluciones, millones de dólares"),
        (both("Concept", "Concepto"), *(p.name for p in found.table.parties)), tuple(rows),
    )  # fmt: skip


def _record(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    names = {p.id: p.name for p in found.table.parties}
    answers = {"accept": both("accepted", "aceptó"), "refuse": both("refused", "rechazó")}
    inferred = found.inference
    for s in () if inferred is None else inferred.scored:
        d = s.decision
        rows.append((
            f"{d.day}", names.get(d.party, d.party), s.said, answers[d.answer],
            f"{s.judged:.2f}", f"{s.inferred:.2f}",
        ))  # fmt: skip
    head = (
        both("Day", "Día"), both("Party", "Parte"), both("Package", "Paquete"), both("Answer", "Respuesta"),
        both("P(accept), judged ranges", "P(acepta), rangos estimados"),
        both("P(accept), from its other answers", "P(acepta), según sus otras respuestas"),
    )  # fmt: skip
    return Grid(
        both(
            "The record of decisions, each left out in its turn",
            "El registro de decisiones, cada una excluida a su vez",
        ),
        head,
        tuple(rows),
    )
