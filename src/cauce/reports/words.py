"""Every sentence of the brief, in both languages, in one table."""

from __future__ import annotations

from functools import partial

from cauce.terms import Words, spoken

WORDS: Words = {
    # frame
    "skip": ("Skip to the answer", "Ir a la respuesta"),
    "other": ("Español", "English"),
    "horizon": ("{start} to {end}, {days} days; {draws} draws", "Del {start} al {end}, {days} días; {draws} sorteos"),
    "question": ("The question", "La pregunta"),
    "answer": ("What the simulation says", "Lo que dice la simulación"),
    "crossed": ("The cases side by side", "Los casos lado a lado"),
    "figures": ("The figures", "Las cifras"),
    "charts": ("Day by day and in all", "Día a día y en total"),
    "sides": ("What each side gives and gets", "Lo que cada parte da y recibe"),
    "depends": ("What this depends on", "De qué depende"),
    "and": (" and ", " y "),
    "quoted": ("“{name}”", "«{name}»"),
    "or": (" or ", " o "),
    "all_cases": ("every case", "todos los casos"),
    "accord_met": (
        "Conditions for “{measure}”, in {cases}: all {count} are met by the end, and it holds.",
        "Condiciones de «{measure}», en {cases}: se cumplen las {count} al final, y rige.",
    ),
    "accord_unmet": (
        "Conditions for “{measure}”, in {cases}: it does not hold. What binds: {unmet}.",
        "Condiciones de «{measure}», en {cases}: no rige. Lo que falta: {unmet}.",
    ),
    "announced": (
        "Returned under the rules, of all encounters: {low} to {high}% announced by the rules, to which people "
        "answer, and {least} to {most}% realised, by case.",
        "Retornados según las reglas, del total de encuentros: de {low} a {high}% anunciado por las reglas, a lo "
        "que responde la gente, y de {least} a {most}% realizado, según el caso.",
    ),
    "apart": (
        "With {cases} announced and realised returns are up to {points} points apart: how people answer is "
        "doubtful there.",
        "Con {cases} lo anunciado y lo realizado difieren hasta {points} puntos: la respuesta de la gente es "
        "dudosa allí.",
    ),
    "driven": (
        "{outcome} follows most these ranges: {drivers}.",
        "{outcome} sigue sobre todo estos rangos: {drivers}.",
    ),
    "driver_up": (
        "more with a higher {name}, {range} ({source})",
        "más con mayor {name}, {range} ({source})",
    ),
    "driver_down": (
        "less with a higher {name}, {range} ({source})",
        "menos con mayor {name}, {range} ({source})",
    ),
    "disputes": ("Contested measures", "Medidas en disputa"),
    "flags": ("Against the law as it stands", "Contra el derecho vigente"),
    "not_for": ("What it must not be used for", "Para qué no debe usarse"),
    "not_for_text": (
        "Not for scoring, selecting, denying, detaining or tracking anybody. The people in it are synthetic. "
        "It supports a decision within a wider view; it is not the decision.",
        "No sirve para calificar, seleccionar, rechazar, detener ni rastrear a nadie. Las personas son sintéticas. "
        "Apoya una decisión dentro de una visión más amplia; no la sustituye.",
    ),
    "provenance": ("Where it comes from", "De dónde viene"),
    "months": (
        "January February March April May June July August September October November December",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    ),
    "date": ("{day} {month} {year}", "{day} de {month} de {year}"),
    # reading aids
    "median80": (
        "Median, and 80% interval over {draws} draws; sums over {days} days, or the highest morning.",
        "Mediana, e intervalo del 80% en {draws} sorteos; sumas de {days} días, o la mañana más alta.",
    ),
    "rounding": (
        "People are rounded to {step}; counts under {small} are not shown.",
        "Las personas se redondean a {step}; los conteos menores de {small} no se muestran.",
    ),
    "protection": ("Protection", "Protección"),
    "efficiency": ("Operation", "Operación"),
    "total": ("sum", "suma"),
    "highest": ("highest morning", "mañana más alta"),
    "usd": ("millions of US dollars", "millones de dólares de EE. UU."),
    "millions": ("US${figure} million", "US${figure} millones"),
    "everything": ("Every outcome", "Todos los resultados"),
    "table": ("The same as a table", "Lo mismo en tabla"),
    "outcome": ("Outcome", "Resultado"),
    "case": ("Case", "Caso"),
    "median": ("Median (80% interval)", "Mediana (intervalo del 80%)"),
    "day": ("Day", "Día"),
    "sides_note": (
        "Difference from “{base}”, all else the same, on the same draws.",
        "Diferencia con «{base}», con todo lo demás igual, en los mismos sorteos.",
    ),
    "gives": ("gives", "da"),
    "gets": ("gets", "recibe"),
    "seed": ("Seed", "Semilla"),
    "hash": ("Hash of the numbers", "Huella de los números"),
    "hashes": ("Hashes of what it was made from", "Huellas de aquello con que se hizo"),
    "data": ("Newest month of data", "Mes más reciente de datos"),
    "version": ("Version", "Versión"),
    "favour": ("In favour", "A favor"),
    "against": ("Against", "En contra"),
    "harm": ("Harm", "Daño"),
    # keys of the charts
    "key_fan": ("Line: median. Band: 80% of draws.", "Línea: mediana. Banda: 80% de los sorteos."),
    "key_flow": ("A day.", "Por día."),
    "key_rated": ("Dashed: rated, {rated}.", "Rayas: capacidad nominal, {rated}."),
    "key_surge": ("Dotted: surge, {surge}.", "Puntos: capacidad máxima, {surge}."),
    "key_totals": ("Mark: median. Bar: 80% of draws.", "Marca: mediana. Barra: 80% de los sorteos."),
    "key_scatter": (
        "Number: median. Bars: 80% of draws. Less of both: towards the lower left.",
        "Número: mediana. Barras: 80% de los sorteos. Menos de ambos: hacia abajo a la izquierda.",
    ),
    "key_changes": ("Zero: “{base}”.", "Cero: «{base}»."),
    "key_protection": (
        "Medians. Darker: nearer to the worst case. Unshaded: the cases hardly differ.",
        "Medianas. Más oscuro: más cerca del peor caso. Sin sombra: los casos apenas difieren.",
    ),
    # findings
    "finding_one": ("{name} ({what}): {low} ({interval}).", "{name} ({what}): {low} ({interval})."),
    "finding_axis": (
        "{name} ({what}): about {low} with “{low_case}”, {high} with “{high_case}”; “{other}” changes it little.",
        "{name} ({what}): cerca de {low} con «{low_case}», {high} con «{high_case}»; «{other}» lo cambia poco.",
    ),
    "finding_range": (
        "{name} ({what}): {low} with “{low_case}”, {high} with “{high_case}”.",
        "{name} ({what}): {low} con «{low_case}», {high} con «{high_case}».",
    ),
    "finding_same": (
        "{name} ({what}): much the same in every case, about {low}.",
        "{name} ({what}): casi igual en todos los casos, cerca de {low}.",
    ),
    "finding_spans": ("{spans} ({what}, by case).", "{spans} ({what}, según el caso)."),
    "range": ("{low} to {high}", "de {low} a {high}"),
    "finding_sure": (
        "The second is the higher in {share}% of draws.",
        "Lo segundo es más alto en el {share}% de los sorteos.",
    ),
    "finding_capacity": (
        "Above the {which} capacity of {capacity} in {least} to {most}% of draws, by case.",
        "Por encima de la capacidad {which} de {capacity} en {least} a {most}% de los sorteos, según el caso.",
    ),
    "finding_capacity_one": (
        "Above the {which} capacity of {capacity} in {most}% of draws.",
        "Por encima de la capacidad {which} de {capacity} en el {most}% de los sorteos.",
    ),
    "rated": ("rated", "nominal"),
    "surge": ("surge", "máxima"),
    "finding_changes": (
        "{name}: {middle} ({interval}) with “{case}”, against “{base}”. {sides}.",
        "{name}: {middle} ({interval}) con «{case}», frente a «{base}». {sides}.",
    ),
    "finding_protection": (
        "Protection: of {count} indicators that differ, {worst} are worst with “{case}” and {rest} in other cases.",
        "Protección: de {count} indicadores que difieren, {worst} están peor con «{case}» y {rest} en otros casos.",
    ),
    "finding_protection_same": (
        "Protection: the cases hardly differ.",
        "Protección: los casos apenas difieren.",
    ),
    "message": (
        "{name}: {findings} Not for decisions about individuals.",
        "{name}: {findings} No sirve para decidir sobre personas.",
    ),
}


say = partial(spoken, WORDS)
"""A sentence in a language, its fields filled in."""
