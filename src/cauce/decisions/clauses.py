"""The two pages of a negotiation: findings first, the clauses, who gives and gets, and what would break the deal.

`sheets` turns a Negotiation into a sheet and its appendix, in both languages; nothing here is computed that the negotiation does
not offer, but means, intervals and words.
"""
# ruff: noqa: E501  (sentences)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named
from cauce.decisions import bargaining
from cauce.decisions.negotiation import Negotiation
from cauce.decisions.table import Lever, Package
from cauce.runs.sheets import Cell, Grid, Sheet

Float = NDArray[np.float64]
TOP = 8  # packages shown in the zone
OWN = 3  # notes of the negotiation itself
WEEK = 7  # [d] over which a day of a defection is averaged


def both(en: str, es: str) -> Named:
    """A text in both languages."""
    return Named(en=en, es=es)


def million(value: float) -> str:
    """Dollars in millions, with a sign."""
    return f"{value / 1e6:+,.1f}"


def span(values: Float) -> str:
    """Mean and 80% interval in millions."""
    low, _, high = np.percentile(values, (10, 50, 90))
    return f"{million(values.mean())} [{million(low)}, {million(high)}]"


def count(value: float) -> str:
    """A whole number, thousands apart."""
    return f"{value:,.0f}"


def sheets(found: Negotiation) -> tuple[Sheet, Sheet]:
    """The two pages for the table, and the appendix behind them; both in both languages."""
    table = found.table
    pages = (_clauses(found), _watched(found), _people(found), _conditions(found), _stops(found))
    behind = (_zone(found), _gains(found), _rates(found), _refused(found), _hearings(found), _appendix(found))
    hashes = (("table", table.sha256()), *sorted(found.payoffs.study.hashes().items()))
    notes, appendix = _notes(found), both(f"{table.name.en}: appendix", f"{table.name.es}: apéndice")
    # what the network doubts stands behind: it is the same for every result
    first = Sheet(table.id, table.name, table.question, _findings(found), pages, notes[:OWN], hashes)
    return first, Sheet(f"{table.id}-appendix", appendix, table.question, (), behind, notes, hashes)


def _findings(found: Negotiation) -> tuple[Named, ...]:
    told = [_first(found), _exchange(found)]
    told += [_binding(found), *_prices(found), _defected(found), _ratified(found), _waited(found), *_struck(found)]
    means, (first, second) = found.ridge()
    flips = bool((np.sign(means[0]) != np.sign(means[1])).any())
    if flips or first != second:
        said = [both("no deal", "ningún acuerdo") if p is None else p.says() for p in (first, second)]
        told.append(
            both(
                "Depends on something nobody can measure yet: whether people stay away because of returns or because "
                f"of lawful places. If returns, the best package gives: {said[0].en}. If places: {said[1].en}.",
                "Depende de algo que nadie puede medir aún: si la gente no viene por los retornos o por los lugares "
                f"legales. Si por los retornos, el mejor paquete da: {said[0].es}. Si por los lugares: {said[1].es}.",
            )
        )
    if flips:  # the value of the traded package has another sign on each side: all that rests on it says so
        told[1] = both(
            f"Depends on something nobody can measure yet: {told[1].en}",
            f"Depende de algo que nadie puede medir aún: {told[1].es}",
        )
    return tuple(told)


def _worth(found: Negotiation, package: int) -> tuple[str, str]:
    parts = [
        (f"{p.name.en} {million(m)}", f"{p.name.es} {million(m)}")
        for p, m in zip(found.table.parties, found.means[package], strict=True)
    ]
    return ", ".join(en for en, _ in parts), ", ".join(es for _, es in parts)


def _first(found: Negotiation) -> Named:
    likely = int((found.zone >= 0.5).sum())
    humane = int(((found.zone >= 0.5) & found.humane).sum())
    en = f"{found.tried} packages tried: {likely} are better than no deal for both with probability of at least one half, {humane} of them within the floors for people on the move."
    es = f"{found.tried} paquetes probados: {likely} son mejores que ningún acuerdo para ambos con probabilidad de al menos un medio, {humane} de ellos dentro de los pisos para las personas en movilidad."
    if found.nash is None:
        return both(
            f"{en} None within the floors gives both a gain.", f"{es} Ninguno dentro de los pisos da ganancia a ambos."
        )
    package, (worth_en, worth_es) = found.packages[found.nash], _worth(found, found.nash)
    said, chance = package.says(), found.zone[found.nash]
    return both(
        f"{en} Nash's point within the floors: {said.en} (both gain with probability {chance:.2f}; million dollars: {worth_en}).",
        f"{es} El punto de Nash dentro de los pisos: {said.es} (ambos ganan con probabilidad {chance:.2f}; millones de dólares: {worth_es}).",
    )


def _exchange(found: Negotiation) -> Named:
    package, (worth_en, worth_es) = found.offer, _worth(found, found.traded)
    said, chance, settles = package.says(), found.zone[found.traded], found.payoffs.settles(package)
    held = found.payoffs.floors(package, found.draws)
    broken = [found.payoffs.study.outcomes[found.payoffs.outcomes[f.outcome]].name
              for f, h in zip(found.table.people.floors, held, strict=True) if h < 0.5]  # fmt: skip
    en = f" It breaks a floor: {', '.join(b.en for b in broken)}." if broken else " It keeps every floor."
    es = f" Rompe un piso: {', '.join(b.es for b in broken)}." if broken else " Respeta todos los pisos."
    return both(
        f"The exchange, best for both if no floor were asked for: {said.en}. Both gain with probability {chance:.2f} ({worth_en} million dollars); the chance that the asking side settles for these levels is {settles:.2f}.{en}",
        f"El intercambio, el mejor para ambos si no se pidiera ningún piso: {said.es}. Ambos ganan con probabilidad {chance:.2f} ({worth_es} millones de dólares); la probabilidad de que quien pide acepte estos niveles es {settles:.2f}.{es}",
    )


def _binding(found: Negotiation) -> Named:
    rows = found.relaxed()
    if not rows:
        return both("No condition is asked of this package.", "A este paquete no se le pide ninguna condición.")
    first, second = found.table.parties
    lever, change = max(rows, key=lambda row: float(np.abs(row[1].mean(axis=(1, 2))).max()))
    gain, name = change.mean(axis=(1, 2)), found.table.lever(lever).name
    return both(
        f"The condition that weighs most is {name.en}: without it the deal is worth {million(gain[0])} million dollars to {first.name.en} and {million(gain[1])} to {second.name.en} beside what it is worth now.",
        f"La condición que más pesa es {name.es}: sin ella el acuerdo vale {million(gain[0])} millones de dólares para {first.name.es} y {million(gain[1])} para {second.name.es} respecto de lo que vale ahora.",
    )


def rates(found: Negotiation) -> list[tuple[Lever, Lever, float, Float, float]]:
    """(lever given, lever in return, step given, what it is worth of the other, share in which it has a price)."""
    priced = []
    for p, party in enumerate(found.table.parties):
        other = [x for x in found.table.levers if x.party == party.id and x.per_day]
        for mine in [x for x in found.table.levers if x.party != party.id and x.per_day]:
            for theirs in other:
                a, b = found.slope(mine.id), found.slope(theirs.id)
                if a is None or b is None:
                    continue
                worth, price = a[1][p] / a[0], -b[1][p] / b[0]
                sound = (price > 0) & (worth > 0)
                step = 1000.0 if max(k.amount for k in mine.levels) >= 1000 else 1.0
                with np.errstate(divide="ignore", invalid="ignore"):
                    priced.append((mine, theirs, step, (step * worth / price)[sound], float(sound.mean())))
    return priced


def _prices(found: Negotiation) -> list[Named]:
    told, seen = [], set()
    for mine, theirs, step, values, share in rates(found):
        if theirs.party in seen:
            continue  # the first lever of each; the others stand in their table
        seen.add(theirs.party)
        other = next(p for p in found.table.parties if p.id == theirs.party)
        if values.size:
            low, middle, high = np.percentile(values, (10, 50, 90))
            half = (high - low) / 2
            told.append(both(
                f"+{step:,.0f} {mine.unit.en} ({mine.name.en}) is worth {middle:,.0f} ± {half:,.0f} {theirs.unit.en} to {other.name.en}, where more of those cost it anything ({share:.0%} of the weights).",
                f"+{step:,.0f} {mine.unit.es} ({mine.name.es}) vale {middle:,.0f} ± {half:,.0f} {theirs.unit.es} para {other.name.es}, donde más de esos le cuestan algo ({share:.0%} de los pesos).",
            ))  # fmt: skip
    return told


def _defected(found: Negotiation) -> Named:
    parts = []
    for party in found.table.parties:
        own = found.table.parties.index(party)
        total = found.defection()[party.id][1]
        parts.append((party, total[own], total[1 - own]))
    stable = all(own <= 0 for _, own, _ in parts)
    en = "; ".join(f"{p.name.en} stops: {million(own)} for itself, {million(o)} for the other" for p, own, o in parts)
    es = "; ".join(f"{p.name.es} se detiene: {million(own)} para sí, {million(o)} para el otro" for p, own, o in parts)
    day, snap = found.table.defection_day, found.table.snap_back_days
    return both(
        f"If one side says on day {day} that it stops and the other answers {snap} days later, each after its notice (million dollars to the end of the horizon): {en}. {'Neither gains by stopping.' if stable else 'The deal does not enforce itself.'}",
        f"Si un lado dice el día {day} que se detiene y el otro responde {snap} días después, cada uno tras su aviso (millones de dólares hasta el fin del horizonte): {es}. {'Ninguno gana al detenerse.' if stable else 'El acuerdo no se sostiene solo.'}",
    )


def _ratified(found: Negotiation) -> Named:
    (alive, gain), (most, _), (least, _) = found.ratified(), found.ratified("low"), found.ratified("high")
    parts = list(zip(found.table.parties, gain, strict=True))
    en, es = (", ".join(f"{getattr(p.name, x)} {million(g)}" for p, g in parts) for x in ("en", "es"))
    return both(
        f"Courts and legislatures leave it standing with probability {alive:.2f} ({least:.2f} to {most:.2f}); with that it is worth {en} million dollars.",
        f"Tribunales y legislaturas lo dejan en pie con probabilidad {alive:.2f} ({least:.2f} a {most:.2f}); con eso vale {es} millones de dólares.",
    )


def _waited(found: Negotiation) -> Named:
    known, day = found.waiting()
    parts = list(zip(found.table.parties, known, day, strict=True))
    en, es = ("; ".join(f"{getattr(p.name, x)} {million(k)}, {million(-d)}" for p, k, d in parts) for x in ("en", "es"))
    return both(
        f"Dealing only once the court has decided, and each day by which the deal then begins later, million dollars: {en}; what one side gains by knowing may be the other's loss, as the package then differs.",
        f"Acordar solo cuando el tribunal haya decidido, y cada día en que el acuerdo empieza entonces más tarde, millones de dólares: {es}; lo que un lado gana al saber puede ser pérdida del otro, pues el paquete cambia.",
    )


def _struck(found: Negotiation) -> list[Named]:
    told = []
    for deal, chance, gains, unbeaten in found.struck():
        parts = list(zip(found.table.parties, gains.mean(axis=(1, 2)), strict=True))
        en, es = (", ".join(f"{getattr(p.name, x)} {million(g)}" for p, g in parts) for x in ("en", "es"))
        within = chance >= 0.5
        told.append(
            both(
                f"{deal.name.en} ({deal.day}): {'inside' if within else 'outside'} our zone (both gain with probability {chance:.2f}; {en} million dollars), and {'no package here is better for both' if unbeaten else 'some package here is better for both'}.",
                f"{deal.name.es} ({deal.day}): {'dentro' if within else 'fuera'} de nuestra zona (ambos ganan con probabilidad {chance:.2f}; {es} millones de dólares), y {'ningún paquete aquí es mejor para ambos' if unbeaten else 'algún paquete aquí es mejor para ambos'}.",
            )
        )
    return told


def _amount(value: float) -> str:
    """Short enough for a column: thousands apart, millions as M."""
    return f"{value / 1e6:,.0f} M" if value >= 1e6 else count(value)


def _clauses(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    names = {p.id: p.name for p in found.table.parties}
    within, traded = found.packages[found.offered], found.offer
    for n, lever in enumerate(found.table.levers):
        levels = lever.levels
        chosen = levels[traded.levels[n]]
        paid = found.payoffs.direct(lever, chosen).mean(axis=1)
        payer = [p.name for p, d in zip(found.table.parties, paid, strict=True) if d < 0] or [names[lever.party]]
        shown = (levels[0], levels[-1], levels[within.levels[n]], chosen)
        rows.append(
            (
                both(f"{lever.name.en}, {lever.unit.en}", f"{lever.name.es}, {lever.unit.es}"),
                *(_amount(level.amount) for level in shown),
                count(chosen.amount * lever.per_day) if lever.per_day else "–",
                count(abs(paid[paid < 0].sum())),
                both(", ".join(p.en for p in payer), ", ".join(p.es for p in payer)),
            )
        )
    head = (
        both("Clause", "Cláusula"), both("Today", "Hoy"), both("Most asked", "Lo más pedido"), both("Offer", "Oferta"),
        both("Exchange", "Intercambio"), both("People a day", "Personas al día"), both("USD a day", "USD al día"),
        both("Who pays", "Quién paga"),
    )  # fmt: skip
    name = both(
        "The clauses: offer within the floors, exchange without them",
        "Las cláusulas: oferta dentro de los pisos, intercambio sin ellos",
    )
    return Grid(name, head, tuple(rows))


def _watched(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    snap = found.table.snap_back_days
    for lever in found.table.levers:
        risks = [r for r in found.table.ratification if r.lever == lever.id]
        veto = both(*(
            "; ".join(f"{getattr(r.name, x)}: {r.block.value:.0%} ({r.block.low:.0%}–{r.block.high:.0%}), {r.delay_days} d" for r in risks) or "–"
            for x in ("en", "es")
        ))  # fmt: skip
        back = both(
            f"in {snap} d, after notice",
            f"en {snap} d, tras aviso",
        )
        rows.append((lever.name, lever.indicator, lever.trigger, back, veto))
    head = (
        both("Clause", "Cláusula"), both("Indicator", "Indicador"), both("Trigger", "Disparador"),
        both("Snap-back", "Reversión"), both("Veto risk", "Riesgo de veto"),
    )  # fmt: skip
    return Grid(both("How each clause is watched", "Cómo se vigila cada cláusula"), head, tuple(rows))


def _totals(found: Negotiation, package: Package | None) -> Float:
    """Mean over the ways of the courts, shape (draw, outcome), a day."""
    payoffs = found.payoffs
    book = payoffs.ground if package is None else payoffs.book(package)
    seen = np.tensordot(payoffs.ways, payoffs.seen(book, found.draws).mean(axis=3), axes=1)
    return np.asarray(seen)


def _gains(found: Negotiation) -> Grid:
    without, with_deal = _totals(found, None), _totals(found, found.offer)
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


def _people(found: Negotiation) -> Grid:
    people, payoffs = found.table.people, found.payoffs
    within = found.packages[found.offered]
    without, first, second = (_totals(found, p) for p in (None, within, found.offer))
    floors = {f.outcome: n for n, f in enumerate(people.floors)}
    held = [payoffs.floors(p, found.draws) for p in (within, found.offer)]
    rows: list[tuple[Cell, ...]] = []
    for name in dict.fromkeys((*people.watch, *floors)):
        o, n = payoffs.outcomes[name], floors.get(name)
        floor = "–" if n is None else f"≤ {people.floors[n].at_most.value:.2f} ×"
        kept = ["–" if n is None else f"{h[n]:.2f}" for h in held]
        rows.append(
            (payoffs.study.outcomes[o].name, *(count(t[:, o].mean()) for t in (without, first, second)), floor, *kept)
        )
    head = (
        both("A day", "Al día"), both("No deal", "Sin acuerdo"), both("Offer", "Oferta"),
        both("Exchange", "Intercambio"), both("Floor", "Piso"), both("Offer holds", "Oferta cumple"),
        both("It holds", "Cumple"),
    )  # fmt: skip
    return Grid(people.name, head, tuple(rows), protection=True)


def _zone(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    order = sorted(range(len(found.packages)), key=lambda n: (-found.zone[n], -found.means[n].min()))[:TOP]
    yes, no = both("yes", "sí"), both("no", "no")
    for n in dict.fromkeys((found.offered, found.traded, *order)):
        package = found.packages[n]
        rows.append((
            package.says(), f"{found.zone[n]:.2f}", *(span(g) for g in found.spread[n]),
            yes if found.humane[n] else no, yes if found.front[n] else no, f"{found.payoffs.settles(package):.2f}",
        ))  # fmt: skip
    head = (
        both("Package", "Paquete"), both("Both gain", "Ambos ganan"), *(p.name for p in found.table.parties),
        both("Keeps the floors", "Respeta los pisos"), both("On the front", "En la frontera"),
        both("Asking side settles", "Quien pide acepta"),
    )  # fmt: skip
    return Grid(both("Zone of agreement, million dollars", "Zona de acuerdo, millones de dólares"), head, tuple(rows))


def _conditions(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for lever, change in found.relaxed():
        asked = max((c for c in found.table.conditions if c.requires == lever), key=lambda c: c.at_least)
        x = found.table.lever(lever)
        rows.append((x.name, f"≥ {asked.at_least:,.0f}", *(span(c) for c in change)))
    head = (
        both("Condition dropped", "Condición retirada"),
        both("Asked at least", "Mínimo pedido"),
        *(p.name for p in found.table.parties),
    )
    return Grid(
        both(
            "What relaxing a condition is worth, million dollars",
            "Cuánto vale relajar una condición, millones de dólares",
        ),
        head,
        tuple(rows),
    )


def _refused(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = [
        (lever.name, level.name, *(f"{c:.2f}" for c in best)) for lever, level, best in found.refused()
    ]
    head = (both("Clause", "Cláusula"), both("Level", "Nivel"), *(p.name for p in found.table.parties))
    return Grid(
        both(
            "What a side would refuse whatever else is given: its best probability of gain",
            "Lo que un lado rechazaría con todo lo demás: su mejor probabilidad de ganar",
        ),
        head,
        tuple(rows),
    )


def _rates(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for mine, theirs, step, values, share in rates(found):
        worth = " / ".join(f"{v:,.0f}" for v in np.percentile(values, (10, 50, 90))) if values.size else "–"
        unit = both(f"+{step:,.0f} {mine.unit.en}: {mine.name.en}", f"+{step:,.0f} {mine.unit.es}: {mine.name.es}")
        name = theirs.name
        rows.append((unit, name, worth, f"{share:.0%}"))
    head = (
        both("What is given", "Qué se da"), both("Is worth, in", "Vale, en"), both("p10 / median / p90", "p10 / mediana / p90"),
        both("Weights with a price", "Pesos con precio"),
    )  # fmt: skip
    return Grid(both("Rates of exchange", "Tasas de cambio"), head, tuple(rows))


def _stops(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    begin, days = found.table.defection_day, found.payoffs.days
    moments = [d for d in (1, 30, 90) if begin + d + WEEK <= days]
    for party in found.table.parties:
        change = found.defection()[party.id][0].mean(axis=1)
        for p, other in enumerate(found.table.parties):
            cells = [f"{change[p, begin + d - 1 : begin + d - 1 + WEEK].mean():+,.0f}" for d in moments]
            rows.append((party.name, other.name, *cells, million(change[p].sum())))
    late = [both(f"Day {d} after", f"Día {d} después") for d in moments]
    head = (
        both("Who stops", "Quién se detiene"), both("Dollars a day for", "Dólares al día para"), *late,
        both("To the end, million dollars", "Hasta el final, millones de dólares"),
    )  # fmt: skip
    return Grid(both("If one side stops", "Si un lado se detiene"), head, tuple(rows))


def _hearings(found: Negotiation) -> Grid:
    known, day = found.waiting()
    rows: list[tuple[Cell, ...]] = []
    for hearing in found.table.no_deal.hearings:
        chance = hearing.decided
        cells = []
        for k, d in zip(known, day, strict=True):
            worth = chance.value * k
            cells.append(f"{million(worth)} ({max(worth, 0) / d:,.1f} d)" if d > 0 else million(worth))
        rows.append((f"{hearing.day}", f"{chance.value:.0%} ({chance.low:.0%}–{chance.high:.0%})", *cells))
    head = (
        both("Wait until", "Esperar hasta"),
        both("Decided by then", "Decidido para entonces"),
        *(p.name for p in found.table.parties),
    )
    return Grid(
        both("Value of waiting for the court, million dollars (and the days of delay it pays for)", "Valor de esperar al tribunal, millones de dólares (y los días de demora que compensa)"),
        head, tuple(rows),
    )  # fmt: skip


def _appendix(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    humane = found.means[found.humane]
    for name, concept in (("Nash", bargaining.nash), ("Kalai–Smorodinsky", bargaining.kalai_smorodinsky)):
        for points, en, es in (
            (humane, "within the floors", "dentro de los pisos"),
            (found.means, "without floors", "sin pisos"),
        ):
            value = concept(points) if len(points) else np.zeros(2)
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


def _notes(found: Negotiation) -> tuple[Named, ...]:
    study = found.payoffs.study
    return (
        both(
            f"{found.draws} draws on common random numbers, seed {study.seed}; weights in {found.payoffs.weights.shape[1]} samples from judged ranges; gains over {found.payoffs.days} days from {found.table.begins}, against no deal.",
            f"{found.draws} sorteos con números aleatorios comunes, semilla {study.seed}; pesos en {found.payoffs.weights.shape[1]} muestras de rangos estimados; ganancias en {found.payoffs.days} días desde {found.table.begins}, frente a ningún acuerdo.",
        ),
        both(
            "The weights are judged, not inferred from decisions of the past: what was accepted and refused before has not been scored here.",
            "Los pesos son estimados, no inferidos de decisiones pasadas: lo aceptado y rechazado antes no se ha puntuado aquí.",
        ),
        both(
            "Conditions stand at what the asking side would settle for, most likely; what it stated is higher.",
            "Las condiciones están en lo que quien pide aceptaría, lo más probable; lo declarado es más.",
        ),
        *study.layout.process.doubtful,
    )  # fmt: skip
