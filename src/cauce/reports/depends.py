"""What a result depends on, as sentences: which condition binds, whether the rules did what they announced,
which judged numbers move it, and what its model leaves out.
"""

from __future__ import annotations

from cauce.reports.words import say
from cauce.runs.results import Accord, Driver, Result
from cauce.terms import Language

DOUBTFUL_POINTS = 10  # [percentage point] judgement: announced and realised return shares apart by more warn


def sentences(result: Result, language: Language) -> tuple[str, ...]:
    """Every sentence, the conditions first."""
    told = [one for accord in result.accords for one in _accord(result, accord, language)]
    told += _announced(result, language)
    told += _drivers(result, language)
    return (*told, *(note.text(language) for note in result.notes))


def _cases(result: Result, numbers: tuple[int, ...], language: Language) -> str:
    """The cases of a set, named by the axis choices that part them from the others."""
    names = []
    size = len(result.cases)
    for axis in result.axes:
        size //= len(axis.choices)
        taken = sorted({number // size % len(axis.choices) for number in numbers})
        if len(taken) < len(axis.choices):
            quoted = (say("quoted", language, name=axis.choices[i][1].text(language)) for i in taken)
            names.append(say("or", language).join(quoted))
    if not names and len(numbers) < len(result.cases):
        names = [say("quoted", language, name=result.cases[i][1].text(language)) for i in numbers]
    return say("and", language).join(names) or say("all_cases", language)


def _accord(result: Result, accord: Accord, language: Language) -> list[str]:
    ways: dict[tuple[int, ...], list[int]] = {}
    for case, unmet in enumerate(accord.binding):
        ways.setdefault(unmet, []).append(case)
    told = []
    for unmet, numbers in ways.items():
        names = "; ".join(accord.conditions[i].text(language) for i in unmet)
        told.append(
            say(
                "accord_unmet" if unmet else "accord_met",
                language,
                measure=accord.measure.text(language),
                cases=_cases(result, tuple(numbers), language),
                unmet=names,
                count=len(accord.conditions),
            )
        )
    return told


def _announced(result: Result, language: Language) -> list[str]:
    """Return share announced beside the realised one; apart by more than ten points, people were told wrong."""
    told = []
    for outcome in result.outcomes:
        if outcome.realised is None:
            continue
        by, of = outcome.realised
        base, announced, realised = (result.values(o).sum(axis=(1, 2)) for o in (of, outcome.id, by))
        shares = [(100 * a / b, 100 * r / b) for a, r, b in zip(announced, realised, base, strict=True) if b > 0]
        if not shares:
            continue
        ends = [round(x) for column in zip(*shares, strict=True) for x in (min(column), max(column))]
        told.append(say("announced", language, low=ends[0], high=ends[1], least=ends[2], most=ends[3]))
        apart = tuple(i for i, (a, r) in enumerate(shares) if abs(a - r) > DOUBTFUL_POINTS)
        if apart:
            worst = max(abs(a - r) for a, r in shares)
            told.append(say("apart", language, cases=_cases(result, apart, language), points=round(worst)))
    return told


def _range(driver: Driver, language: Language) -> str:
    ends = say("range", language, low=f"{driver.low:g}", high=f"{driver.high:g}")
    return ends if driver.unit == "1" else f"{ends} {driver.unit}"


def _drivers(result: Result, language: Language) -> list[str]:
    names = {o.id: o.name.text(language) for o in result.outcomes}
    by_outcome: dict[str, list[str]] = {}
    for d in result.drivers:
        word = "driver_up" if d.correlation > 0 else "driver_down"
        by_outcome.setdefault(d.outcome, []).append(
            say(word, language, name=d.name, range=_range(d, language), source=d.source)
        )
    return [
        say("driven", language, outcome=names[outcome], drivers="; ".join(given))
        for outcome, given in by_outcome.items()
    ]
