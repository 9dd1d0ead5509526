"""What a negotiation finds, as sentences in both languages; they stand first on its sheet.

A sentence whose verdict differs between the draws in which returns did more and those in which lawful places did
more says so first.

findings    all of them, in the order of the sheet
rates       what one lever is worth in another
"""
# ruff: noqa: E501  (sentences)

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named
from cauce.decisions import offers
from cauce.decisions.negotiation import Negotiation, Slope
from cauce.decisions.phrases import both, million, span
from cauce.decisions.table import Lever

Float = NDArray[np.float64]


class Told(NamedTuple):
    """A sentence, and what of it would change what somebody does: a sign, a package, a yes or no."""

    subject: str
    said: Named
    verdict: Hashable


def checked(found: Negotiation, *makers: Callable[[Negotiation], list[Told]]) -> list[Named]:
    """What the makers tell; what has another verdict where the return did more than where the lane did says so."""
    said = []
    for make in makers:
        halves = [{t.subject: t.verdict for t in make(half)} for half in found.halves or ()]
        for told in make(found):
            flips = len({half.get(told.subject) for half in halves}) > 1
            said.append(
                both(
                    f"Depends on something nobody can measure yet (do returns or lawful places keep people away?): {told.said.en}",
                    f"Depende de algo que nadie puede medir aún (¿son los retornos o los lugares legales?): {told.said.es}",
                )
                if flips
                else told.said
            )
    return said


def findings(found: Negotiation) -> tuple[Named, ...]:
    """Every sentence, those that matter most first; what rests on the split of the response says so."""
    told = checked(found, _first, _exchange, _binding, _prices, _defected, _ratified, _talks, struck)
    told += _scored(found)
    if found.halves is not None:
        first, second = (half.packages[half.exchange] for half in found.halves)
        if first != second:
            told.append(
                both(
                    f"If returns keep people away, the exchange is: {first.says().en}. If lawful places: {second.says().en}.",
                    f"Si la gente no viene por los retornos, el intercambio es: {first.says().es}. Si por los lugares legales: {second.says().es}.",
                )
            )
    return tuple(told)


def _signs(values: Float) -> tuple[float, ...]:
    return tuple(np.sign(values).tolist())


def _worth(found: Negotiation, package: int) -> tuple[str, str]:
    """Mean gain and probability of a gain, party by party."""
    parts = list(zip(found.table.parties, found.means[package], found.likely[package], strict=True))
    en, es = (", ".join(f"{getattr(p.name, x)} {million(m)} ({c:.2f})" for p, m, c in parts) for x in ("en", "es"))
    return en, es


def _first(found: Negotiation) -> list[Told]:
    likely = int((found.zone >= 0.5).sum())
    humane = int(((found.zone >= 0.5) & found.humane).sum())
    some_en, some_es = ("", "") if found.tried == found.possible else (
        f" of {found.possible}, evenly over the order of the table,", f" de {found.possible}, parejos en el orden de la mesa,",
    )  # fmt: skip
    en = f"{found.tried} packages{some_en} tried: {likely} are better than no deal for both with probability of at least one half, {humane} of them within the floors for people on the move."
    es = f"{found.tried} paquetes{some_es} probados: {likely} son mejores que ningún acuerdo para ambos con probabilidad de al menos un medio, {humane} de ellos dentro de los pisos para las personas en movilidad."
    if found.nash is None:
        return [Told("first", both(
            f"{en} None within the floors gives both a gain.", f"{es} Ninguno dentro de los pisos da ganancia a ambos."
        ), None)]  # fmt: skip
    package, (worth_en, worth_es) = found.packages[found.nash], _worth(found, found.nash)
    said, chance = package.says(), found.zone[found.nash]
    return [Told("first", both(
        f"{en} Nash's point within the floors: {said.en} (both gain with probability {chance:.2f}; million dollars, and each side's probability of a gain: {worth_en}).",
        f"{es} El punto de Nash dentro de los pisos: {said.es} (ambos ganan con probabilidad {chance:.2f}; millones de dólares, y la probabilidad de ganar de cada lado: {worth_es}).",
    ), package.levels)]  # fmt: skip


def _exchange(found: Negotiation) -> list[Told]:
    package, (worth_en, worth_es) = found.offer, _worth(found, found.traded)
    said, chance, settles = package.says(), found.zone[found.traded], found.payoffs.settles(package)
    held = found.floors(package)
    broken = [found.payoffs.study.outcomes[found.payoffs.outcomes[f.outcome]].name
              for f, h in zip(found.table.people.floors, held, strict=True) if h < 0.5]  # fmt: skip
    en = f" It breaks a floor: {', '.join(b.en for b in broken)}." if broken else " It keeps every floor."
    es = f" Rompe un piso: {', '.join(b.es for b in broken)}." if broken else " Respeta todos los pisos."
    if settles is not None:
        en = f" The chance that the asking side settles for these levels is {settles:.2f}.{en}"
        es = f" La probabilidad de que quien pide acepte estos niveles es {settles:.2f}.{es}"
    how_en, how_es = _how(found, bool(broken))
    verdict = (found.packages[found.exchange].levels, _signs(found.means[found.traded]))
    return [Told("exchange", both(
        f"The exchange, {how_en}: {said.en}. Both gain with probability {chance:.2f} ({worth_en}).{en}",
        f"El intercambio, {how_es}: {said.es}. Ambos ganan con probabilidad {chance:.2f} ({worth_es}).{es}",
    ), verdict)]  # fmt: skip


def _how(found: Negotiation, broken: bool) -> tuple[str, str]:
    """Which of the packages the exchange is."""
    if not found.offer.trades:
        return (
            "as no package in play trades anything, the offer",
            "pues ningún paquete en juego intercambia algo, la oferta",
        )
    if not (found.means[found.traded] > 0).all():
        return (
            "the likeliest of those in which something is given in return, none of which gives both a gain",
            "el más probable de los que dan algo a cambio, ninguno de los cuales da ganancia a ambos",
        )
    if broken:
        return (
            "the best for both of those in which something is given in return (within the floors none gives both a gain)",
            "el mejor para ambos de los que dan algo a cambio (dentro de los pisos ninguno da ganancia a ambos)",
        )
    return (
        "the best for both of those within the floors in which something is given in return",
        "el mejor para ambos de los que, dentro de los pisos, dan algo a cambio",
    )


def _binding(found: Negotiation) -> list[Told]:
    rows = found.relaxed()
    if not rows:
        said = both("No condition is asked of this package.", "A este paquete no se le pide ninguna condición.")
        return [Told("binding", said, None)]
    first, second = found.table.parties
    lever, change = max(rows, key=lambda row: float(np.abs(row[1].mean(axis=(1, 2))).max()))
    gain, name = change.mean(axis=(1, 2)), found.table.lever(lever).name
    return [Told("binding", both(
        f"The condition that weighs most is {name.en}: without it the deal is worth {million(gain[0])} million dollars to {first.name.en} and {million(gain[1])} to {second.name.en} beside what it is worth now.",
        f"La condición que más pesa es {name.es}: sin ella el acuerdo vale {million(gain[0])} millones de dólares para {first.name.es} y {million(gain[1])} para {second.name.es} respecto de lo que vale ahora.",
    ), (lever, _signs(gain)))]  # fmt: skip


class Rate(NamedTuple):
    """What a lever of one side is worth in a lever of the other, to that other."""

    given: Lever
    wanted: Lever
    step: float
    ends: tuple[Slope, Slope]
    """Of the lever given and of the one in return: between which amounts."""
    worth: Float
    """How many of the lever in return the step is worth, by sample of weights that has a price."""
    share: float
    """Of the samples, how many have one: more of the one costs it something, more of the other is worth something."""

    def said(self, which: int) -> Named:
        """A lever's name with the amounts between which it is priced."""
        lever, ends = (self.given, self.wanted)[which], self.ends[which]
        low, high = f"{ends.low:,.0f}", f"{ends.high:,.0f}"
        return both(f"{lever.name.en}, {low} to {high}", f"{lever.name.es}, de {low} a {high}")


def rates(found: Negotiation) -> list[Rate]:
    """Every lever that counts people against every one of the other side."""
    priced = []
    for p, party in enumerate(found.table.parties):
        other = [x for x in found.table.levers if x.party == party.id and x.per_day]
        for mine in [x for x in found.table.levers if x.party != party.id and x.per_day]:
            for theirs in other:
                a, b = found.slope(mine.id), found.slope(theirs.id)
                if a is None or b is None:
                    continue
                worth, price = a.change[p], -b.change[p]
                sound = (price > 0) & (worth > 0)
                step = 1000.0 if max(k.amount for k in mine.levels) >= 1000 else 1.0
                priced.append(Rate(mine, theirs, step, (a, b), step * worth[sound] / price[sound], float(sound.mean())))
    return priced


def _prices(found: Negotiation) -> list[Told]:
    told, seen = [], set()
    for rate in rates(found):
        theirs = rate.wanted
        if theirs.party in seen:
            continue  # the first lever of each; the others stand in their table
        seen.add(theirs.party)
        other = found.table.party(theirs.party)
        if rate.worth.size:
            low, middle, high = np.percentile(rate.worth, (10, 50, 90))
            half, given, wanted = (high - low) / 2, rate.said(0), rate.said(1)
            told.append(Told(f"price of {theirs.id}", both(
                f"+{rate.step:,.0f} {rate.given.unit.en} ({given.en}) is worth {middle:,.0f} ± {half:,.0f} {theirs.unit.en} ({wanted.en}) to {other.name.en}, where more of those cost it anything ({rate.share:.0%} of the weights; ± is half of the 80% interval over them).",
                f"+{rate.step:,.0f} {rate.given.unit.es} ({given.es}) vale {middle:,.0f} ± {half:,.0f} {theirs.unit.es} ({wanted.es}) para {other.name.es}, donde más de esos le cuestan algo ({rate.share:.0%} de los pesos; ± es la mitad del intervalo de 80% sobre ellos).",
            ), rate.share >= 0.5))  # fmt: skip
    return told


def _defected(found: Negotiation) -> list[Told]:
    stops = {party.id: [found.stop(party.id, day) for day in found.looks] for party in found.table.parties}
    gains = tuple(any(stop.share >= 0.5 for stop in looks) for looks in stops.values())
    parts: list[tuple[str, str]] = []
    for p, party in enumerate(found.table.parties):
        mean = stops[party.id][0].total.mean(axis=(1, 2))
        own, other = million(mean[p]), million(mean[1 - p])
        shares = ", ".join(f"{stop.share:.0%} ({stop.day})" for stop in stops[party.id])
        parts.append((
            f"{party.name.en} gains by it in {shares}, at first {own} for itself and {other} for the other",
            f"{party.name.es} gana con ello en {shares}, al principio {own} para sí y {other} para el otro",
        ))  # fmt: skip
    en, es = ("; ".join(part[n] for part in parts) for n in (0, 1))
    snap, days = found.table.snap_back_days, found.window
    return [Told("defection", both(
        f"If one side says that it stops, its levers end after its notice and the other answers {snap} days after that, after its own (share of draws and weights by day of the word; million dollars over the {days} days from it): {en}. {'The deal does not enforce itself.' if any(gains) else 'Neither gains by stopping.'}",
        f"Si un lado dice que se detiene, sus palancas acaban tras su aviso y el otro responde {snap} días después de eso, tras el suyo (parte de sorteos y pesos por día de la palabra; millones de dólares en los {days} días desde ella): {es}. {'El acuerdo no se sostiene solo.' if any(gains) else 'Ninguno gana al detenerse.'}",
    ), gains)]  # fmt: skip


def _ratified(found: Negotiation) -> list[Told]:
    (alive, gain), (most, _), (least, _) = found.ratified(), found.ratified("low"), found.ratified("high")
    parts = list(zip(found.table.parties, gain, strict=True))
    en, es = (", ".join(f"{getattr(p.name, x)} {million(g)}" for p, g in parts) for x in ("en", "es"))
    return [Told("ratified", both(
        f"Courts and legislatures leave it standing with probability {alive:.2f} ({least:.2f} to {most:.2f}); with that it is worth {en} million dollars.",
        f"Tribunales y legislaturas lo dejan en pie con probabilidad {alive:.2f} ({least:.2f} a {most:.2f}); con eso vale {es} millones de dólares.",
    ), _signs(gain))]  # fmt: skip


def waited(found: Negotiation) -> list[Told]:
    """What waiting for the court is worth; it stands before the appendix, as the two pages are full."""
    known, day = found.waiting()
    parts = list(zip(found.table.parties, known, day, strict=True))
    en, es = ("; ".join(f"{getattr(p.name, x)} {million(k)}, {million(-d)}" for p, k, d in parts) for x in ("en", "es"))
    return [Told("waited", both(
        f"To deal only once the court has decided, and beside it each day by which the deal begins later than {found.table.begins}, million dollars: {en}; what one side gains by knowing may be the other's loss, as the package then differs.",
        f"Acordar solo cuando el tribunal haya decidido, y aparte cada día en que el acuerdo empieza después del {found.table.begins}, millones de dólares: {es}; lo que un lado gana al saber puede ser pérdida del otro, pues el paquete cambia.",
    ), _signs(known))]  # fmt: skip


def _talks(found: Negotiation) -> list[Told]:
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
    drawn_en, drawn_es = (
        f"in {talks.accepted:.0%} of {talks.wanted.size} draws of what a refusal costs it accepts",
        f"en {talks.accepted:.0%} de {talks.wanted.size} sorteos de lo que cuesta un rechazo acepta",
    )
    return [Told("talks", both(
        f"{first.name.en} opens with: {said.en}. {other.name.en} {'accepts' if yes else 'refuses'} ({drawn_en}): it is worth {million(worth)} million dollars to it, and it can wait for {million(wanted)}.{end_en + ';' if end_en else ''} {'talks' if end_en else 'Talks'} end at {en}, near the package: {near.en}.",
        f"{first.name.es} abre con: {said.es}. {other.name.es} {'acepta' if yes else 'rechaza'} ({drawn_es}): para él vale {million(worth)} millones de dólares, y puede esperar {million(wanted)}.{end_es + ';' if end_es else ''} {'las' if end_es else 'Las'} conversaciones acaban en {es}, cerca del paquete: {near.es}.",
    ), yes)]  # fmt: skip


def struck(found: Negotiation) -> list[Told]:
    """Of each deal of the record, whether it is inside the zone, near the front, and within the floors."""
    told = list[Told]()
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
        told.append(Told(f"struck on {day}", both(
            f"{name.en} ({day}): {'inside' if deal.within else 'outside'} our zone (both gain with probability {deal.chance:.2f}; {en} million dollars); {near}; it {'keeps every floor' if deal.humane else 'breaks a floor'} for people on the move.",
            f"{name.es} ({day}): {'dentro' if deal.within else 'fuera'} de nuestra zona (ambos ganan con probabilidad {deal.chance:.2f}; {es} millones de dólares); {cerca}; {'respeta todos los pisos' if deal.humane else 'rompe un piso'} para las personas en movilidad.",
        ), (deal.within, deal.unbeaten, deal.humane)))  # fmt: skip
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
