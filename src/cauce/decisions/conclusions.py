"""What a negotiation finds, as sentences in both languages; they stand first on its sheet.

findings    all of them, in the order of the sheet
rates       what one lever is worth in another
"""
# ruff: noqa: E501  (sentences)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named
from cauce.decisions import offers
from cauce.decisions.negotiation import Negotiation
from cauce.decisions.phrases import both, million, span
from cauce.decisions.table import Lever

Float = NDArray[np.float64]


def findings(found: Negotiation) -> tuple[Named, ...]:
    """Every sentence, those that matter most first; what rests on the split of the response says so."""
    told = [_first(found), _exchange(found)]
    told += [
        _binding(found),
        *_prices(found),
        _defected(found),
        _ratified(found),
        *_talks(found),
        *struck(found),
        *_scored(found),
    ]
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
        f"If one side says on day {day} that it stops and the other answers {snap} days later, each after its notice (million dollars to day {found.followed.days} of the deal): {en}. {'Neither gains by stopping.' if stable else 'The deal does not enforce itself.'}",
        f"Si un lado dice el día {day} que se detiene y el otro responde {snap} días después, cada uno tras su aviso (millones de dólares hasta el día {found.followed.days} del acuerdo): {es}. {'Ninguno gana al detenerse.' if stable else 'El acuerdo no se sostiene solo.'}",
    )


def _ratified(found: Negotiation) -> Named:
    (alive, gain), (most, _), (least, _) = found.ratified(), found.ratified("low"), found.ratified("high")
    parts = list(zip(found.table.parties, gain, strict=True))
    en, es = (", ".join(f"{getattr(p.name, x)} {million(g)}" for p, g in parts) for x in ("en", "es"))
    return both(
        f"Courts and legislatures leave it standing with probability {alive:.2f} ({least:.2f} to {most:.2f}); with that it is worth {en} million dollars.",
        f"Tribunales y legislaturas lo dejan en pie con probabilidad {alive:.2f} ({least:.2f} a {most:.2f}); con eso vale {es} millones de dólares.",
    )


def waited(found: Negotiation) -> Named:
    """What waiting for the court is worth; it stands before the appendix, as the two pages are full."""
    known, day = found.waiting()
    parts = list(zip(found.table.parties, known, day, strict=True))
    en, es = ("; ".join(f"{getattr(p.name, x)} {million(k)}, {million(-d)}" for p, k, d in parts) for x in ("en", "es"))
    return both(
        f"Dealing only once the court has decided, and each day by which the deal then begins later, million dollars: {en}; what one side gains by knowing may be the other's loss, as the package then differs.",
        f"Acordar solo cuando el tribunal haya decidido, y cada día en que el acuerdo empieza entonces más tarde, millones de dólares: {es}; lo que un lado gana al saber puede ser pérdida del otro, pues el paquete cambia.",
    )


def _talks(found: Negotiation) -> list[Named]:
    """Alternating offers from the opening on the table."""
    talks = offers.play(found)
    if talks is None:
        return []
    first = next(p for p in found.table.parties if p.id == talks.opening.party)
    other = next(p for p in found.table.parties if p.id != talks.opening.party)
    place = found.table.parties.index(other)
    said, near, worth, wanted = talks.package.says(), talks.near.says(), talks.worth[place], talks.wanted.mean()
    yes = talks.accepted >= 0.5
    en, es = (
        ", ".join(f"{getattr(p.name, x)} {span(s)}" for p, s in zip(found.table.parties, talks.settled.T, strict=True))
        for x in ("en", "es")
    )
    end_en, end_es = (
        ("", "")
        if yes
        else (
            f" It answers with what leaves {first.name.en} no better off by waiting",
            f" Responde con lo que a {first.name.es} no le conviene rechazar",
        )
    )
    return [both(
        f"{first.name.en} opens with: {said.en}. {other.name.en} {'accepts' if yes else 'refuses'} (accepted in {talks.accepted:.0%} of what a refusal may cost): it is worth {million(worth)} million dollars to it, and it can wait for {million(wanted)}.{end_en + ';' if end_en else ''} {'talks' if end_en else 'Talks'} end at {en}, near the package: {near.en}.",
        f"{first.name.es} abre con: {said.es}. {other.name.es} {'acepta' if yes else 'rechaza'} (acepta en {talks.accepted:.0%} de lo que puede costar un rechazo): para él vale {million(worth)} millones de dólares, y puede esperar {million(wanted)}.{end_es + ';' if end_es else ''} {'las' if end_es else 'Las'} conversaciones acaban en {es}, cerca del paquete: {near.es}.",
    )]  # fmt: skip


def struck(found: Negotiation) -> list[Named]:
    """Of each deal of the record, whether it is inside the zone, near the front, and within the floors."""
    told = []
    for deal in found.struck():
        parts = list(zip(found.table.parties, deal.means, strict=True))
        en, es = (", ".join(f"{getattr(p.name, x)} {million(g)}" for p, g in parts) for x in ("en", "es"))
        near, cerca = "no package here is better for both", "ningún paquete aquí es mejor para ambos"
        if not deal.unbeaten:
            more = f"{deal.shortfall / 1e6:,.1f}"
            near, cerca = (
                f"some package here gives each at least {more} more",
                f"algún paquete aquí da a cada uno al menos {more} más",
            )
        name, day = deal.struck.name, deal.struck.day
        told.append(
            both(
                f"{name.en} ({day}): {'inside' if deal.within else 'outside'} our zone (both gain with probability {deal.chance:.2f}; {en} million dollars); {near}; it {'keeps every floor' if deal.humane else 'breaks a floor'} for people on the move.",
                f"{name.es} ({day}): {'dentro' if deal.within else 'fuera'} de nuestra zona (ambos ganan con probabilidad {deal.chance:.2f}; {es} millones de dólares); {cerca}; {'respeta todos los pisos' if deal.humane else 'rompe un piso'} para las personas en movilidad.",
            )
        )
    return told


def _scored(found: Negotiation) -> list[Named]:
    """How well the weights foretell a decision from the others, beside the base rate."""
    inferred = found.inference
    if inferred is None or not inferred.scored:
        return []
    n, own, judged, base = len(inferred.scored), inferred.brier("inferred"), inferred.brier("judged"), inferred.base
    en, es = ("beats", "mejora") if own < base else ("does not beat", "no mejora")
    return [both(
        f"Weights inferred from what each side accepted and refused: with each of {n} decisions left out in its turn the Brier score is {own:.3f} (judged ranges {judged:.3f}, base rate {base:.3f}); with so few, and some alike, it {en} the base rate here and proves no more.",
        f"Pesos inferidos de lo que cada lado aceptó y rechazó: con cada una de {n} decisiones excluida a su vez, la puntuación de Brier es {own:.3f} (rangos estimados {judged:.3f}, tasa base {base:.3f}); con tan pocas, y algunas parecidas, {es} la tasa base aquí y no prueba más.",
    )]  # fmt: skip


def weights(found: Negotiation) -> Named:
    """Where the weights come from."""
    inferred, known = found.inference, found.table.precedents
    if inferred is None or known is None or not inferred.known:
        return both(
            "The weights are judged, not inferred from decisions of the past.",
            "Los pesos son estimados, no inferidos de decisiones pasadas.",
        )
    names = {p.id: p.name for p in found.table.parties}
    en, es = ("; ".join(f"{getattr(names[p], x)} {share:.0%}" for p, share in inferred.shares) for x in ("en", "es"))
    n, right = len(inferred.known), inferred.explained
    return both(
        f"Weights: those of judged ranges that explain {right} of {n} decisions known by {known.until} ({en} of the ranges); decisions say nothing of their scale.",
        f"Pesos: los de rangos estimados que explican {right} de {n} decisiones conocidas al {known.until} ({es} de los rangos); las decisiones no dicen nada de su escala.",
    )
