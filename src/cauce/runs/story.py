"""One simulated party's path: its draw is run again alone, with tracing.

The people are synthetic; a story shows what rules do, never what happened to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cauce.border import Border
from cauce.errors import RequestError
from cauce.model.clock import TICKS_PER_SECOND, UTC
from cauce.model.people import TRACE_WORDS
from cauce.model.simulate import simulate
from cauce.policy.measure import Measure
from cauce.policy.rulebook import Rulebook
from cauce.runs.results import Result
from cauce.runs.study import Study
from cauce.terms import DEMOGRAPHIC_NAMES, Demographic, Language, Words, spoken

WORDS: Words = {
    "entered": ("came to", "llegó a"),
    "served": ("began to be served at", "empezó a ser atendida en"),
    "door": ("waits outside for", "espera fuera de"),
    "left": ("left", "salió de"),
    "why": ("because of", "por"),
    "pressed": ("under pressure of numbers", "por saturación"),
    "head": (
        "Synthetic party {name}: {size} person(s), {who}",
        "Grupo sintético {name}: {size} persona(s), {who}",
    ),
}


say = partial(spoken, WORDS)


@dataclass(frozen=True)
class Step:
    """One event of the path."""

    when: datetime
    what: str
    station: str
    pressed: bool
    rules: tuple[Measure, ...]


@dataclass(frozen=True)
class Story:
    """The party and its steps."""

    name: str
    who: tuple[str, Demographic]
    size: int
    steps: tuple[Step, ...]

    def text(self, language: Language = Language.ENGLISH) -> str:
        """One line an event, with the rules that decided."""
        who = f"{DEMOGRAPHIC_NAMES[self.who[1]][language]}, {self.who[0]}"
        lines = [say("head", language, name=self.name, size=self.size, who=who)]
        for step in self.steps:
            line = f"{step.when:%Y-%m-%d %H:%M}  {say(step.what, language)} {step.station}"
            if step.pressed:
                line += f" ({say('pressed', language)})"
            for rule in step.rules:
                line += (
                    f"\n                  {say('why', language)} {rule.name.text(language)} [{rule.id}]; {rule.source}"
                )
            lines.append(line)
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "party": self.name,
            "nationality": self.who[0],
            "demographic": self.who[1].value,
            "persons": self.size,
            "steps": [
                {"when": s.when.isoformat(), "what": s.what, "station": s.station, "pressed": s.pressed,
                 "rules": [r.id for r in s.rules]}
                for s in self.steps
            ],
        }  # fmt: skip


def tell(border: Border, folder: Path, party: str, effects: Path | None = None) -> Story:
    """Run a party's draw again and tell its path.

    Parameters
    ----------
    party : str
        `case/draw/number`, such as `stays+refused/0/1200`: the number-th party that enters in that run.
    effects : path, optional
        The measured effects that the run took up.

    Raises
    ------
    RequestError
        No such case, draw or party, or the result was made from other documents than these.
    """
    result = Result.read(folder)
    study = Study.of(border, result.id, seed=result.provenance.seed, effects=effects)
    if study.hashes() != result.provenance.hashes:
        mend = "run the scenario again, then explain"
        if ("effects" in result.provenance.hashes) != (effects is not None):
            mend = "name with --effects the file that the run took up, and none if it took up none"
        raise RequestError(f"{folder} was made from other documents than those of now", mend=mend)
    case, draw, number = _address(party, study, result)
    book = study.decided(case, draw)
    prepared = study.prepare(book, draw, study.crowd(draw), study.drawn(draw))
    if number >= prepared.parties.tick.size:
        raise RequestError(
            f"there are {prepared.parties.tick.size} parties, so none has number {number}",
            mend="give a smaller one",
        )
    run = simulate(prepared.assembled, prepared.parties, study.people_key(draw), trace=number)
    layout = study.layout
    steps = []
    for tick, what, station, how in run.out.trace.tolist():
        if what < 0:
            break
        when = study.clock.origin + timedelta(seconds=tick / TICKS_PER_SECOND)
        rules = _rules(book, layout.stations[station], TRACE_WORDS[what], study, when)
        local = when.astimezone(study.clock.zone)
        steps.append(Step(local, TRACE_WORDS[what], layout.stations[station], bool(how & 1), rules))
    cls = layout.classes[prepared.parties.cls[number]]
    return Story(party, cls, int(prepared.parties.size[number]), tuple(steps))


def _address(party: str, study: Study, result: Result) -> tuple[int, int, int]:
    names = [case.id for case in study.cases]
    case, _, rest = party.partition("/")
    draw, _, number = rest.partition("/")
    if case not in names or not draw.isdigit() or not number.isdigit():
        raise RequestError(
            f"{party!r} is not a party", mend=f"write case/draw/number, the case one of {', '.join(names)}"
        )
    if int(draw) >= result.provenance.draws:
        raise RequestError(
            f"the result has {result.provenance.draws} draws, numbered from 0", mend="give a smaller draw"
        )
    return names.index(case), int(draw), int(number)


def _rules(book: Rulebook, station: str, what: str, study: Study, when: datetime) -> tuple[Measure, ...]:
    """The measures behind entering a station: those whose pathway leads there, or whose cap it is."""
    if what != "entered":
        return ()
    name, _, capped = station.partition("@")
    pathways = {p for s in study.layout.process.stations for p, to in s.pathways if to == name}
    found = [m for m in book.at(when.astimezone(UTC)) if m.pathway in pathways or m.id == capped]
    return tuple(found)
