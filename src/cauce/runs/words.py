"""Every sentence that a run tells in a terminal, in both languages, in one table."""

from __future__ import annotations

from datetime import date
from functools import partial

from cauce import terms
from cauce.border import Named
from cauce.terms import Language, Words, spoken

WORDS: Words = {
    # of several verbs
    "hash": ("{name} sha256 {value}", "{name}, sha256 {value}"),
    "months": (
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "ene feb mar abr may jun jul ago sep oct nov dic",
    ),
    # forecast
    "forecast_head": (
        "As of {day}, counts to {newest}: encounters between ports, {first} to {last}, {corridors} corridors, {draws} draws; median (80% interval) [persons]",
        "Al {day}, con conteos hasta {newest}: encuentros entre puertos de entrada, de {first} a {last}, {corridors} corredores, {draws} sorteos; mediana (intervalo del 80%) [personas]",
    ),
    "no_persons": (
        "persons: the record does not say who was expelled here",
        "personas: el registro no dice a quién se expulsó aquí",
    ),
    "warned": ("{corridor} {chance:.0%} (above {threshold:,.0f})", "{corridor} {chance:.0%} (más de {threshold:,.0f})"),
    "warning": (
        "early warning, chance that {month} exceeds nine tenths of the past: {warned}",
        "alerta temprana, probabilidad de que {month} supere a nueve de cada diez meses pasados: {warned}",
    ),
    "already": (
        "already above it in {month}: {count} of {corridors} corridors",
        "ya lo superaban en {month}: {count} de {corridors} corredores",
    ),
    "hindcast": (
        "a hindcast: the count model's own numbers were chosen later, on forecasts up to {month}",
        "un pronóstico retrospectivo: los números del modelo de conteos se eligieron después, con pronósticos hasta {month}",
    ),
    # backtest
    "target_ratio": ("ratio at {months} months", "cociente a {months} mes(es)"),
    "target_interval": ("its 90% interval at {months} months", "su intervalo del 90% a {months} mes(es)"),
    "target_coverage": ("80% coverage off at {months} months", "desvío de la cobertura del 80% a {months} mes(es)"),
    "target_goal": ("goal: ratio at {months} months", "meta: cociente a {months} mes(es)"),
    "target_met": (
        "met    {target}: {figure:.3f} (bound {bound:.2f})",
        "cumple {target}: {figure:.3f} (límite {bound:.2f})",
    ),
    "target_missed": (
        "MISSED {target}: {figure:.3f} (bound {bound:.2f})",
        "FALLA  {target}: {figure:.3f} (límite {bound:.2f})",
    ),
    "targets": ("targets: {met} of {of} met", "objetivos: se cumplen {met} de {of}"),
    "no_weeks": (
        "left out: the scoreboard by week, for want of a weekly record",
        "se omite: el tablero por semana, por falta de un registro semanal",
    ),
    "no_transit": (
        "left out: transit-pool, for want of counts on the way",
        "se omite: transit-pool, por falta de conteos en el camino",
    ),
    "transit_without": (
        "transit-pool is without {names}: no counts of it",
        "transit-pool va sin {names}: no hay conteos",
    ),
    "quick": (
        "quick: every third cutoff; ETS, Theta and ARIMA left out",
        "rápido: uno de cada tres cortes; se omiten ETS, Theta y ARIMA",
    ),
    "no_library": (
        "left out: ETS, Theta and ARIMA need the extra `forecasts`; pip install 'cauce[forecasts]'",
        "se omite: ETS, Theta y ARIMA requieren el extra `forecasts`; pip install 'cauce[forecasts]'",
    ),
    # the test of the article
    "article": (
        "A hindcast: the form of the model was chosen by people who knew the outcome. Inputs are the offer's terms; shares expelled, uptake and authorisations are predicted. There are about four independent units, so a difference here is an anecdote with a number. Scores are on log1p of encounters; lower is better.",
        "Un pronóstico retrospectivo: la forma del modelo la eligió gente que sabía lo que pasó. Los insumos son los términos de la oferta; las partes expulsadas, la acogida y las autorizaciones se predicen. Hay unas cuatro unidades independientes, así que aquí una diferencia es una anécdota con un número. Las puntuaciones son sobre log1p de los encuentros; menos es mejor.",
    ),
    "article_head": ("{event}: the test of the article. {says}", "{event}: la prueba del artículo. {says}"),
    "slowdown": (
        "The week of {week} counted {met:,.0f} encounters nationwide, {change:+.0%} on the mean of the {weeks} weeks before ({before:,.0f}), before the announcement on {announced}. No forecast here knew of it, and the programme is not credited with it: the fall from the newest month counted holds both, and these scores do not tell them apart.",
        "La semana del {week} contó {met:,.0f} encuentros en todo el país, {change:+.0%} respecto de la media de las {weeks} semanas anteriores ({before:,.0f}), antes del anuncio del {announced}. Ningún pronóstico de aquí lo sabía, y no se le acredita al programa: la caída desde el último mes contado contiene ambas cosas, y estas puntuaciones no las distinguen.",
    ),
    "vintage": (
        "As of {day}, counts to {newest}; {first} to {last}; reference class (log): {known}",
        "Al {day}, con conteos hasta {newest}; de {first} a {last}; clase de referencia (log): {known}",
    ),
    "cells_head": ("CRPS of log1p, mean over months", "CRPS de log1p, media de los meses"),
    "cells_mean": ("mean", "media"),
    "cells_energy": ("energy", "energía"),
    "cells_joint": ("joint", "conj."),
    "cells_missed": ("missed", "fallas"),
    "paths_head": (
        "  median (80%) of encounters [persons], and what came             ",
        "  mediana (80%) de encuentros [personas], y lo que llegó",
    ),
    "path": (
        "    {cell:7}{month}  {way:14}{median:9,.0f} ({low:,.0f}-{high:,.0f}) [{persons:,.0f}]  came {came:,.0f}  {hit}",
        "    {cell:7}{month}  {way:17}{median:9,.0f} ({low:,.0f}-{high:,.0f}) [{persons:,.0f}]  llegaron {came:,.0f}  {hit}",
    ),
    "miss": ("MISS", "FALLA"),
    "beside": ("  beside, {way}: {figures}", "  aparte, {way}: {figures}"),
    "beside_cell": (
        "{cell} CRPS {crps:.2f}, missed {missed}/{months}",
        "{cell} CRPS {crps:.2f}, fallas {missed}/{months}",
    ),
    "beside_ports": (
        "  beside, persons at ports, the count model alone: {month} {median:,.0f} ({low:,.0f}-{high:,.0f}), came {came:,.0f}; CRPS {crps:.2f}, missed {missed}/{months}",
        "  aparte, personas en puertos de entrada, solo el modelo de conteos: {month} {median:,.0f} ({low:,.0f}-{high:,.0f}), llegaron {came:,.0f}; CRPS {crps:.2f}, fallas {missed}/{months}",
    ),
    "verdict_better": (
        "  our response is better than {way}: ratio {ratio:.2f}, better in {better} of {of} cells",
        "  nuestra respuesta es mejor que «{way}»: cociente {ratio:.2f}, mejor en {better} de {of} celdas",
    ),
    "verdict_worse": (
        "  our response is WORSE than {way}: ratio {ratio:.2f}, better in {better} of {of} cells",
        "  nuestra respuesta es PEOR que «{way}»: cociente {ratio:.2f}, mejor en {better} de {of} celdas",
    ),
    "further": (
        "Further events, CRPS of log1p / energy score of the path, four months from the one of the event; the count model's own numbers were chosen on forecasts to the article's month.",
        "Otros eventos, CRPS de log1p / puntuación de energía de la trayectoria, cuatro meses desde el del evento; los números del modelo de conteos se eligieron con pronósticos hasta el mes del artículo.",
    ),
    "headline": ("  {mode} (the headline)", "  {mode} (lo principal)"),
    "no_forecast": (
        "  {mode} (no forecast: it knows later events)",
        "  {mode} (no es pronóstico: conoce eventos posteriores)",
    ),
    "counts": ("counts", "conteos"),
    "ratio": (
        "ratio to no response, same events (how many)",
        "cociente con «sin respuesta», mismos eventos (cuántos)",
    ),
    "no_term": ("the response has no term for it", "la respuesta no tiene término para ello"),
    "not_known": (
        "the response's numbers were not known then",
        "los números de la respuesta no se conocían entonces",
    ),
    # calibrate
    "kept": (
        "{draws} draws, {kept} kept: {nearest:.2f} to {furthest:.2f} sd from the points (all: median {median:.2f})",
        "{draws} sorteos, {kept} conservados: de {nearest:.2f} a {furthest:.2f} desviaciones estándar de los puntos (todos: mediana {median:.2f})",
    ),
    "near": (
        "{near} draws lie within {plausible:.0f} sd of every point.",
        "{near} sorteos están a menos de {plausible:.0f} desviaciones estándar de cada punto.",
    ),
    "kept_head": (
        "     figure   all p10       p90  kept p10       p90",
        "      cifra todos p10       p90 cons. p10       p90",
    ),
    "moved": (
        "moved     {number}: {name} {before} -> {after} {unit}, {where} its shipped range",
        "movido    {number}: {name} {before} -> {after} {unit}, {where} su rango de origen",
    ),
    "not_moved": (
        "not moved {number}: {name} {before} -> {after} {unit}, {where} its shipped range",
        "no movido {number}: {name} {before} -> {after} {unit}, {where} su rango de origen",
    ),
    "unmoved": ("The points do not move: {names}.", "Los puntos no mueven: {names}."),
    "all_moved": ("The points move every free number.", "Los puntos mueven todos los números libres."),
    "unreached": (
        "No draw comes within {plausible:.0f} sd of: {name} ({value:g}).",
        "Ningún sorteo llega a menos de {plausible:.0f} desviaciones estándar de: {name} ({value:g}).",
    ),
    # stations
    "stations_head": ("{case}, draw {draw}", "{case}, sorteo {draw}"),
    "crews_head": (
        "crew          parties  servers  load  wait [h]  Erlang C [h]",
        "equipo         grupos  puestos carga  cola [h]  Erlang C [h]",
    ),
    "unsteady": ("no steady state", "sin estado estacionario"),
    "places_head": (
        "place         mean persons  Little's law  apart at most",
        "lugar    personas en media ley de Little    dif. máxima",
    ),
    # validate
    "balance": ("Balance of the points, before any model:", "Balance de los puntos, antes de todo modelo:"),
    "no_balance": (
        "no period has people in, out and held",
        "ningún periodo tiene personas que entran, que salen y bajo custodia",
    ),
    "balanced": (
        "{period}, a day: {inflow:,.0f} came, {outflow:,.0f} left by the ways counted, custody fell by {fall:,.0f}; {left:,.0f} are left for releases and all other ways (80%: {low:,.0f} to {high:,.0f})",
        "{period}, por día: llegaron {inflow:,.0f}, salieron {outflow:,.0f} por las vías contadas, la custodia bajó en {fall:,.0f}; quedan {left:,.0f} para las liberaciones y las demás vías (80%: de {low:,.0f} a {high:,.0f})",
    ),
    "within_balance": (
        "  {name}, {rate:,.0f} a day ({source}), is within that",
        "  {name}, {rate:,.0f} por día ({source}), está dentro de ese intervalo",
    ),
    "outside_balance": (
        "  {name}, {rate:,.0f} a day ({source}), is outside that",
        "  {name}, {rate:,.0f} por día ({source}), queda fuera de ese intervalo",
    ),
    "replayed": (
        "Replay of {draws} draws from {ranges}; recorded: encounters, the share expelled, the nationwide weeks, and the share released border-wide in the months before the test (published later).",
        "Reproducción en {draws} sorteos de {ranges}; del registro: los encuentros, la parte expulsada, las semanas de todo el país y la parte liberada en toda la frontera en los meses anteriores a la prueba (publicada después).",
    ),
    "ranges_kept": ("those that the calibration kept", "los que la calibración conservó"),
    "ranges_shipped": ("the shipped ranges", "los rangos de origen"),
    "role": ("role", "papel"),
    "figure": ("figure", "cifra"),
    "median": ("median", "mediana"),
    "inside": ("inside", "dentro"),
    "outside": ("outside", "fuera"),
    "missed": ("MISSED", "FALLA"),
    "conflicts": (
        "Figures that contradict others (shown, not scored):",
        "Cifras que contradicen a otras (se muestran, no se puntúan):",
    ),
    "no_test": (
        "No test point lies in this window: nothing is scored.",
        "Ningún punto de prueba cae en estos días: no se puntúa nada.",
    ),
    "open_loop": (
        "Open loop, test points alone: {share:.0%} inside 80% (goal of 70% {met}, n={n}), mean width {width:.0%} of the value; {alone} would be inside without the error of the figures.",
        "Lazo abierto, solo puntos de prueba: {share:.0%} dentro del 80% (meta del 70% {met}, n={n}), ancho medio {width:.0%} del valor; sin el error de las cifras quedarían dentro {alone}.",
    ),
    "goal_met": ("met", "cumplida"),
    "goal_missed": ("MISSED", "NO CUMPLIDA"),
    "sequential": (
        "Sequential, from each figure to the next: {scores}.",
        "Secuencial, de cada cifra a la siguiente: {scores}.",
    ),
    "last_value": ("last value", "último valor"),
    "persistence": ("persistence", "persistencia"),
    "against": (
        "interval score {ours:.2f} against {last:.2f} for {other}, mean error {error:.0%} against {last_error:.0%} of the value (n={n}{won})",
        "puntuación de intervalo {ours:.2f} frente a {last:.2f} ({other}), error medio {error:.0%} frente a {last_error:.0%} del valor (n={n}{won})",
    ),
    "against_missed": ("; MISSED: {other} is better", "; FALLA: es mejor {other}"),
    "against_nothing": (
        "no test point has a {other} to be compared with",
        "ningún punto de prueba tiene con qué compararse ({other})",
    ),
    "not_unseen": (
        "Not unseen: these cite a publication of a test point: {names}.",
        "Ya vistos: estos citan una publicación de un punto de prueba: {names}.",
    ),
    "not_at_hand": (
        "Left out: {table} is not at hand; give its file with --data.",
        "Se omite: no se tiene a mano {table}; dé su archivo con --data.",
    ),
    "dispositions": (
        "Dispositions border-wide, FY2023 by citizenship and month from how FY2022's shares drift: n={n}, {coverage:.0%} inside 80% ({verdict} {off:+.0%} of the nominal; {learnt}), mean width {width:.2f}, mean error {error:.3f} against {last_error:.3f} for the last month's share.",
        "Disposiciones en toda la frontera, año fiscal 2023 por ciudadanía y mes según la deriva de las partes del año fiscal 2022: n={n}, {coverage:.0%} dentro del 80% ({verdict} {off:+.0%} respecto del nominal; {learnt}), ancho medio {width:.2f}, error medio {error:.3f} frente a {last_error:.3f} de la parte del último mes.",
    ),
    "dispositions_met": ("within", "en la meta:"),
    "dispositions_missed": ("MISSED:", "FALLA:"),
    "dispositions_way": ("{name} {inside} of {n}", "{name} {inside} de {n}"),
    "dispositions_learnt": (
        "{share:.0%} within FY2022 itself, n={n}",
        "{share:.0%} en el propio año fiscal 2022, n={n}",
    ),
    "dispositions_short": (
        "FY2022 is too short to test itself",
        "el año fiscal 2022 es demasiado corto para probarse a sí mismo",
    ),
    "children": (
        "Children held, day by day, from the past alone (error of ours over that of persistence):",
        "Niñas, niños y adolescentes bajo custodia, día a día, solo desde el pasado (error nuestro sobre el de la persistencia):",
    ),
    "children_ahead": (
        "  {days:2} days ahead: n={n:3}, {ratio:.2f} ({ours:.0f} against {last:.0f}; persistence is off by {relative:.0%} of those held){won}",
        "  a {days:2} días: n={n:3}, {ratio:.2f} ({ours:.0f} frente a {last:.0f}; la persistencia se desvía {relative:.0%} de quienes están bajo custodia){won}",
    ),
    "children_lost": ("  persistence wins", "  gana la persistencia"),
    "twins": (
        "Twin experiment: hidden multipliers behind {mornings} synthetic mornings, {number} times, figures by all four sources and a fifth of them blank; a day ahead better than the last figure in {better} of {of}.",
        "Experimento gemelo: multiplicadores ocultos tras {mornings} mañanas sintéticas, {number} veces, cifras de las cuatro fuentes y una quinta parte en blanco; a un día, mejor que la última cifra en {better} de {of}.",
    ),
    "twin": (
        "  {name:9} mean error {error:4.0%} (without mornings {unseen:4.0%}); inside 80% and 95%: {inside_80} and {inside_95} of {twins}",
        "  {name:10} error medio {error:4.0%} (sin mañanas {unseen:4.0%}); dentro del 80% y del 95%: {inside_80} y {inside_95} de {twins}",
    ),
    "twin_met": (" (at least {least_80} and {least_95} must be)", " (deben ser al menos {least_80} y {least_95})"),
    "twin_missed": (
        "; MISSED: at least {least_80} and {least_95} must be",
        "; FALLA: deben ser al menos {least_80} y {least_95}",
    ),
    # doctor
    "machine": ("python {python}, {versions}", "python {python}, {versions}"),
    "first_run": (
        "kernel ready; first run took {seconds:.1f} s",
        "núcleo listo; la primera corrida tardó {seconds:.1f} s",
    ),
    "reference": (
        "reference hash {reference} (the same on any machine with these versions)",
        "hash de referencia {reference} (el mismo en toda máquina con estas versiones)",
    ),
    # validate, below each table
    "inside_of": ("inside: {inside} of {n}", "dentro: {inside} de {n}"),
}

NAMES: Words = {
    # hashes
    "record": ("record", "registro"),
    "priors": ("priors", "valores a priori"),
    "program": ("program", "programa"),
    "effects": ("effects", "efectos"),
    "points": ("points", "puntos"),
    "replay": ("replay", "reproducción"),
    "transit": ("transit", "tránsito"),
    "weekly record": ("weekly record", "registro semanal"),
    "calibrated": ("calibrated", "calibración"),
    # roles of points
    "input": ("input", "insumo"),
    "calibration": ("calibration", "calibración"),
    "test": ("test", "prueba"),
    "conflict": ("conflict", "conflicto"),
    # multipliers of the mornings
    "arrivals": ("arrivals", "llegadas"),
    "expulsion": ("expulsion", "expulsión"),
    "lateral": ("lateral", "traslado"),
    "release": ("release", "liberación"),
    # cells and ways of the article
    "all": ("all", "todos"),
    "others": ("others", "otras"),
    "no response": ("no response", "sin respuesta"),
    "our response": ("our response", "nuestra respuesta"),
    "same fall": ("same fall", "misma caída"),
    "reference class": ("reference class", "clase de referencia"),
    "earlier events only": ("earlier events only", "solo eventos anteriores"),
    "one event left out": ("one event left out", "un evento excluido"),
    # where a calibrated number lies
    "below": ("below", "por debajo de"),
    "within": ("within", "dentro de"),
    "above": ("above", "por encima de"),
    # outcomes of the records
    "other-outcomes": ("other-outcomes", "otros desenlaces"),
    "port-paroles": ("port-paroles", "permisos humanitarios en puertos"),
    "releases": ("releases", "liberaciones"),
    "title-8-repatriations": ("title-8-repatriations", "repatriaciones del Título 8"),
    "transfers-to-hhs": ("transfers-to-hhs", "traslados al HHS"),
    "transfers-to-ice": ("transfers-to-ice", "traslados al ICE"),
}
"""Names of hashes, roles and outcomes, as a reader meets them."""

say = partial(spoken, WORDS)
"""A sentence in a language, its fields filled in."""


def named(word: str, **fields: object) -> Named:
    """A sentence in both languages, for a result that keeps it until somebody reads."""
    return Named(en=say(word, Language.ENGLISH, **fields), es=say(word, Language.SPANISH, **fields))


def dated(day: date, language: Language, *, year: bool = True) -> str:
    """A day in words, short enough for a column."""
    month = say("months", language).split()[day.month - 1]
    return f"{day:%d} {month} {day:%Y}" if year else f"{day:%d} {month}"


def period(first: date, last: date, language: Language) -> str:
    """A day, or the first and the last of several."""
    ends = (dated(first, language, year=False), dated(last, language))
    return ends[1] if first == last else " - ".join(ends)


name_of = partial(terms.name_of, NAMES)
"""The name of a thing in a language; what nobody has words for stays what it is."""


def hashed(hashes: dict[str, str], language: Language) -> list[str]:
    """A line for each hash, shortened."""
    return [say("hash", language, name=name_of(name, language), value=value[:16]) for name, value in hashes.items()]
