"""A capped programme: who is eligible on a date, and what may happen to an application.

Pure functions of an application's facts: the simulator and an online service use the same.  Reasons carry
the citation of the rule; whoever is not plainly in or out goes to a person for review.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from cauce.border import Named
from cauce.errors import RequestError
from cauce.policy.measure import Measure


class Verdict(StrEnum):
    """What the rules say of an application."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    REVIEW = "needs-review"


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CONFIRMED = "supporter-confirmed"
    NOT_CONFIRMED = "not-confirmed"
    AUTHORISED = "authorised"
    WAITING = "waiting-for-the-cap"
    TRAVELLED = "travelled"
    PAROLED = "paroled"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.CONFIRMED, State.NOT_CONFIRMED, State.WITHDRAWN}),
    State.CONFIRMED: frozenset({State.AUTHORISED, State.WAITING, State.WITHDRAWN}),
    State.WAITING: frozenset({State.AUTHORISED, State.WITHDRAWN}),
    State.AUTHORISED: frozenset({State.TRAVELLED, State.EXPIRED, State.WITHDRAWN}),
    State.TRAVELLED: frozenset({State.PAROLED}),
    State.NOT_CONFIRMED: frozenset({State.DRAFT}),  # a new form may be filed
    State.PAROLED: frozenset(),
    State.EXPIRED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


def move(now: State, to: State) -> State:
    """The next state of an application.

    Raises
    ------
    RequestError
        The move does not exist.
    """
    if to not in MOVES[now]:
        allowed = ", ".join(sorted(MOVES[now])) or "nothing: this is the end"
        raise RequestError(f"an application that is {now} cannot become {to}", mend=f"possible is {allowed}")
    return to


@dataclass(frozen=True)
class Application:
    """The facts that the rules ask for; no name, no number, no address."""

    nationality: str
    travels_with_eligible_family: bool = False
    outside_country: bool = True
    has_supporter: bool = True
    passport_valid: bool = True
    removed_in_last_5_years: bool = False
    crossed_irregularly_on: date | None = None
    other_nationality: bool = False
    child_without_guardian: bool = False
    security_hit: bool = False


@dataclass(frozen=True)
class Decision:
    """A verdict with its reasons, each with its citation."""

    verdict: Verdict
    reasons: tuple[tuple[Named, str], ...] = ()


def decide(application: Application, day: date, programme: Measure) -> Decision:
    """Whether an application meets a programme's rules on a day.

    The crossing bar counts from the day on which the programme's notice took effect (its first span).
    """
    source = programme.source
    first = datetime.fromisoformat(programme.in_force[0].from_).date()
    crossed = application.crossed_irregularly_on
    family = application.travels_with_eligible_family
    bars = (
        (day < first, "the programme has not begun", "el programa no ha comenzado"),
        (
            application.nationality not in programme.applies_to.nationalities and not family,
            "neither the nationality of the programme nor immediate family of somebody who has it",
            "ni la nacionalidad del programa ni familiar inmediato de quien la tiene",
        ),
        (
            not application.outside_country,
            "the applicant is already in the country",
            "la persona ya está en el país",
        ),
        (not application.has_supporter, "there is no supporter yet", "aún no hay patrocinador"),
        (not application.passport_valid, "no passport valid for travel", "sin pasaporte válido para viajar"),
        (
            application.removed_in_last_5_years,
            "ordered removed within five years",
            "orden de remoción en cinco años",
        ),
        (
            crossed is not None and crossed >= first,
            "crossed a border irregularly after the programme began",
            "cruzó una frontera de forma irregular después del inicio del programa",
        ),
        (
            application.other_nationality and not family,
            "national or resident of another country too",
            "también nacional o residente de otro país",
        ),
        (
            application.child_without_guardian,
            "a child travels with a parent or guardian",
            "un menor viaja con su tutor",
        ),
    )
    reasons = tuple((Named(en=en, es=es), source) for barred, en, es in bars if barred)
    if reasons:
        return Decision(Verdict.INELIGIBLE, reasons)
    if application.security_hit:
        seen = Named(en="a person must look at the vetting result", es="una persona debe revisar el resultado")
        return Decision(Verdict.REVIEW, ((seen, source),))
    return Decision(Verdict.ELIGIBLE)
