"""One run's crews and places beside queueing theory, for a terminal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cauce.border import Border
from cauce.errors import RequestError, nearest
from cauce.model.steady import Crew, Place, crews, places
from cauce.runs.study import Study
from cauce.runs.words import say
from cauce.terms import Language


@dataclass(frozen=True)
class Check:
    """All crews and clocked places of one run."""

    case: str
    draw: int
    crews: tuple[Crew, ...]
    places: tuple[Place, ...]

    def text(self, language: Language = Language.ENGLISH) -> str:
        """A table for a terminal."""
        lines = [say("stations_head", language, case=self.case, draw=self.draw), say("crews_head", language)]
        for c in self.crews:
            erlang = say("unsteady", language) if c.erlang_hours is None else f"{c.erlang_hours:12.3f}"
            lines.append(f"{c.name:12} {c.parties:8,} {c.servers:8.1f} {c.load:5.2f} {c.wait_hours:9.3f}  {erlang}")
        lines.append(say("places_head", language))
        lines += [f"{p.name:12} {p.persons:13,.1f} {p.little_persons:13,.1f} {p.bound:14,.1f}" for p in self.places]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def check(border: Border, scenario: str, *, case: str | None = None, draw: int = 0, seed: int | None = None) -> Check:
    """Run one case of one draw and set it beside theory.

    Raises
    ------
    RequestError
        No such case, or a draw below zero.
    """
    study = Study.of(border, scenario, seed=seed)
    names = [c.id for c in study.cases]
    if case is not None and case not in names:
        raise RequestError(f"there is no case {case!r}", mend=nearest(case, names))
    if draw < 0:
        raise RequestError(f"draw is {draw}", mend="give a whole number from 0 up")
    number = 0 if case is None else names.index(case)
    prepared = study.prepare(study.decided(number, draw), draw, study.crowd(draw), study.drawn(draw))
    run = study.run(number, draw, person_table=True)
    return Check(
        names[number],
        draw,
        crews(prepared.assembled, run),
        places(prepared.assembled, run, prepared.parties),
    )
