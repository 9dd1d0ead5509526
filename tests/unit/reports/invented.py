"""Invented results of any shape: nobody's border, numbers from a keyed generator."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from cauce.border import Named
from cauce.keys import generator
from cauce.runs.results import Axis, Dispute, Outcome, Provenance, Result


def named(text: str) -> Named:
    return Named(en=text, es=f"{text} (es)")


def _outcome(name: str, group: str, kind: str = "flow", unit: str = "person", **fields: object) -> Outcome:
    fields = {"protection": False, **fields}
    return Outcome(
        id=name, name=named(name.replace("_", " ").capitalize()), unit=unit, kind=kind, group=group, **fields
    )  # type: ignore[arg-type]


OUTCOMES = (
    _outcome("encounters", "arrivals"),
    _outcome("persons", "arrivals"),
    _outcome("repeat_encounters", "arrivals"),
    _outcome("custody", "custody", "stock", rated=1_000.0, surge=3_000.0),
    _outcome("over_72h", "custody", "stock", protection=True),
    _outcome("over_24h", "custody", "stock"),
    _outcome("children_over_72h", "custody", "stock", protection=True, small_cell=20),
    _outcome("field_hold", "custody", "stock", protection=True),
    _outcome("split_families", "custody", protection=True),
    _outcome("releases", "releases"),
    _outcome("street_nights", "releases", unit="night", protection=True),
    _outcome("cold_street_nights", "releases", unit="night", protection=True),
    _outcome("shelter_census", "releases", "stock"),
    _outcome("onward_wait", "releases", "stock"),
    _outcome("flights_boarded", "transfers", unit="flight"),
    _outcome("lateral_moves", "transfers"),
    _outcome("removals_air", "transfers"),
    _outcome("ice_transfers", "transfers"),
    _outcome("hhs_transfers", "transfers"),
    _outcome("expulsions", "returns", gives=("far",), gets=("near",)),
    _outcome("risky_returns", "returns", protection=True),
    _outcome("lawful_admissions", "lawful", gives=("near",), gets=("far",)),
    _outcome("authorisations", "lawful"),
    _outcome("far_waiting", "far", "stock"),
    _outcome("far_unsheltered", "far", unit="night", protection=True),
    _outcome("dollars", "money", unit="usd", gives=("near",)),
)
FEW = tuple(o for o in OUTCOMES if o.group in ("custody", "releases", "lawful", "money"))
SMALL = "children_over_72h"  # the outcome whose counts are all too small to be shown


def axes(*counts: int) -> tuple[Axis, ...]:
    return tuple(
        Axis(f"axis-{a}", named(f"Question {a}"), tuple((f"c{a}{c}", named(f"answer {a}.{c}")) for c in range(count)))
        for a, count in enumerate(counts)
    )


def invent(
    *counts: int, draws: int = 20, days: int = 120, outcomes: tuple[Outcome, ...] = OUTCOMES, seed: int = 1
) -> Result:
    """A result whose axes have these numbers of choices.

    Every choice of the first axis raises all by half; every choice of the last one adds to what is lawful.
    """
    crossed = axes(*counts)
    shape = tuple(counts) or (1,)
    cases = []
    for index in np.ndindex(*shape):
        chosen = [axis.choices[c] for axis, c in zip(crossed, index, strict=False)]
        english = ", ".join(n.en for _, n in chosen) or "as it is"
        cases.append(("+".join(c for c, _ in chosen) or "baseline", named(english)))
    random = generator(seed, "invented")
    level = 40.0 * (1 + np.arange(len(outcomes)))[None, None, :, None]
    common = random.lognormal(0.0, 0.3, (1, draws, len(outcomes), days))
    first = np.array([index[0] for index in np.ndindex(*shape)])[:, None, None, None]
    last = np.array([index[-1] for index in np.ndindex(*shape)])
    daily = np.round(level * common * (1 + 0.5 * first))
    for number, outcome in enumerate(outcomes):
        if outcome.group == "lawful":
            daily[:, :, number] *= 1 + last[:, None, None]
        if outcome.unit == "usd":
            daily[:, :, number] *= 1e4
        if outcome.id == SMALL:
            daily[:, :, number] = 7.0
    start = date(2022, 12, 1)
    return Result(
        id="invented",
        name=named("An invented winter"),
        question=named("What if?"),
        cases=tuple(cases),
        outcomes=outcomes,
        days=tuple(start + timedelta(days=d) for d in range(days)),
        daily=daily,
        provenance=Provenance({"rulebook": "a" * 64, "network": "b" * 64}, 1, draws, "0", "2022-10", "invented"),
        notes=(named("Nothing of this was measured."),),
        sides=(("far", named("Far side")), ("near", named("Near side"))),
        axes=crossed,
        disputes=(Dispute(named("A measure"), named("Some say yes"), named("Some say no"), named("People wait")),),
        flags=(named("A measure does what a law forbids <here>."),),
    )
