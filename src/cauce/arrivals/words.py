"""Every sentence that the arrivals tell in a terminal, in both languages, in one table."""

from __future__ import annotations

from functools import partial

from cauce.terms import Words, spoken

WORDS: Words = {
    # response
    "assumptions": ("Assumptions (the record may overturn them)", "Supuestos (el registro puede desmentirlos)"),
    "assumed_return": (
        "return lowers new attempts: the return effect is never negative",
        "el retorno reduce los nuevos intentos: el efecto del retorno nunca es negativo",
    ),
    "assumed_lane": (
        "lawful supply lowers new attempts between ports: the lane effect is never negative, and a lane without places is no lane",
        "la oferta legal reduce los nuevos intentos entre puertos de entrada: el efecto de la vía nunca es negativo, y una vía sin cupos no es vía",
    ),
    "priors": ("Priors", "Valores a priori"),
    "prior": (
        "  {name:28} {value:g} ({low:g}-{high:g}){unit}{held}, from {known_by}: {source}",
        "  {name:28} {value:g} ({low:g}-{high:g}){unit}{held}, desde {known_by}: {source}",
    ),
    "held": (" (held at the value)", " (fijo en el valor)"),
    "ridge": (
        "The ridge: over {draws} draws the return and the lane effect are tied, with a correlation of {ridge:+.2f}: where one is high the other is low. What each did alone is not identified by events in which both began on one day, so neither is to be read by itself.",
        "La cresta: en {draws} sorteos los efectos del retorno y de la vía van atados, con una correlación de {ridge:+.2f}: donde uno es alto el otro es bajo. Lo que hizo cada uno por sí solo no queda identificado por eventos en que ambos empezaron el mismo día, así que ninguno debe leerse aparte.",
    ),
    "fall": (
        "  fall in log, {name:16} {median:.2f} ({low:.2f}-{high:.2f})",
        "  caída en logaritmo, {name:16} {median:.2f} ({low:.2f}-{high:.2f})",
    ),
    "return": ("return", "retorno"),
    "lane": ("lane", "vía"),
    "both": ("both in full", "ambos completos"),
    "measured": (
        "Measured, in place of the priors (effects sha256 {sha256}); log, as drawn",
        "Medidos, en lugar de los valores a priori (efectos, sha256 {sha256}); en logaritmo, como se sortean",
    ),
    "measured_line": (
        "  {who} {measure}, {lag:.0f} months on: {median:+.2f} ({low:+.2f} to {high:+.2f})",
        "  {who} {measure}, a los {lag:.0f} meses: {median:+.2f} (de {low:+.2f} a {high:+.2f})",
    ),
    "absent": ("Not in the response: {things}", "Lo que la respuesta no incluye: {things}"),
    "absent_entry": (
        "requirements to enter a country on the way",
        "requisitos para entrar en un país de tránsito",
    ),
    "absent_deadlines": (
        "deadlines (more before, fewer after)",
        "fechas límite (más antes, menos después)",
    ),
    "absent_enforcement": ("enforcement on the way", "control migratorio en el camino"),
    "absent_moving": (
        "moving to another sector or to a port",
        "desplazarse a otro sector o a un puerto de entrada",
    ),
    "absent_waiting": (
        "waiting for a place in a rationed lane",
        "esperar un cupo en una vía racionada",
    ),
    "laws": ("Numerical laws, tested", "Leyes numéricas, con su prueba"),
    "law_no_effects": (
        "an empty file of effects changes no bit",
        "un archivo de efectos vacío no cambia ni un bit",
    ),
    "law_zero_effect": ("a measured effect of zero moves nobody", "un efecto medido de cero no mueve a nadie"),
    "law_no_amendment": ("an empty amendment changes no bit", "una enmienda vacía no cambia ni un bit"),
    "law_equal": (
        "equal exposures give a multiplier of exactly one",
        "exposiciones iguales dan un multiplicador de exactamente uno",
    ),
    "law_no_cap": (
        "a cap of zero equals no programme, where supply is predicted",
        "un tope de cero equivale a que no haya programa, donde la oferta se predice",
    ),
    "law_no_lane": ("a lane without places is no lane", "una vía sin cupos no es vía"),
    "law_substitution": (
        "pure substitution between sectors keeps the sum",
        "la mera sustitución entre sectores conserva la suma",
    ),
    "law_nothing_before": (
        "nothing is felt before it happens",
        "nada se siente antes de que ocurra",
    ),
    "law_nothing_later": (
        "no later datum, prior or measure changes a bit",
        "ningún dato, valor a priori o medida posterior cambia ni un bit",
    ),
    # scoreboard
    "board": (
        "{many} corridors, cutoffs {first} to {last}; sums of CRPS against the best reference of the horizon, 90% bootstrap interval; 80% coverage; error of the total",
        "{many} corredores, cortes de {first} a {last}; sumas de CRPS frente a la mejor referencia del horizonte, intervalo bootstrap del 90%; cobertura del 80%; error del total",
    ),
    "board_head": (
        "model             h   n                  counts                   log1p  tail  log     cov50/80/95  total80  error  surge F1  small/middle/large",
        "modelo            h   n                 conteos                   log1p  cola  log     cob50/80/95  total80  error   alza F1  pequeños/medianos/grandes",
    ),
    "board_single": (
        "{name} by {unit}, cutoffs {first} to {last}; sums of CRPS against the best reference of the horizon, 90% bootstrap interval; root mean square of the log error of the median",
        "{name} por {unit}, cortes de {first} a {last}; sumas de CRPS frente a la mejor referencia del horizonte, intervalo bootstrap del 90%; raíz del error cuadrático medio del logaritmo de la mediana",
    ),
    "board_single_head": (
        "model             h   n                  counts                   log1p    log  cov50/80/95    error  rms log",
        "modelo            h   n                 conteos                   log1p    log  cob50/80/95    error  rms log",
    ),
    "nationwide": ("nationwide", "todo el país"),
    "month": ("month", "mes"),
    "week": ("week", "semana"),
    "best_by_month": (
        "best reference at {horizon} months: {counts} on counts, {logs} on log1p",
        "mejor referencia a {horizon} mes(es): {counts} en conteos, {logs} en log1p",
    ),
    "best_by_week": (
        "best reference at {horizon} weeks: {counts} on counts, {logs} on log1p",
        "mejor referencia a {horizon} semana(s): {counts} en conteos, {logs} en log1p",
    ),
}

say = partial(spoken, WORDS)
"""A sentence in a language, its fields filled in."""
