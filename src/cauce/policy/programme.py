"""A capped programme: who is eligible on a date, and what may happen to an application.

Pure functions of an application's facts: the simulator and an online service use the same.  Reasons carry
the citation of the rule; what nobody knows is not a no: whoever is not plainly in or out goes to a person
for review.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from cauce.border import Named
from cauce.errors import RequestError
from cauce.policy.measure import CrossingBar, Eligibility, Measure, covers

NOON = time(12)
"""A date stands for its noon: what begins or ends at midnight is then past or still to come."""


class Verdict(StrEnum):
    """What the rules say of an application."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    REVIEW = "needs-review"


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DUPLICATE = "duplicate"
    QUEUED = "queued"
    SELECTED = "selected"
    REVIEW = "supporter-review"
    EVIDENCE = "evidence-asked-for"
    CONFIRMED = "supporter-confirmed"
    NOT_CONFIRMED = "not-confirmed"
    ACCOUNT = "beneficiary-account"
    REQUESTED = "travel-requested"
    WAITING = "waiting-for-the-cap"
    AUTHORISED = "authorised"
    EXTENDED = "authorisation-extended"
    DENIED = "denied"
    TRAVELLED = "travelled"
    REFUSED = "refused-at-the-port"
    PAROLED = "paroled"
    REPAROLED = "paroled-again"
    OTHER_STATUS = "other-status"
    ENDED = "parole-ended"
    TERMINATED = "parole-terminated"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_FLOW = {
    State.DRAFT: {State.SUBMITTED},
    State.SUBMITTED: {State.DUPLICATE, State.QUEUED},
    State.DUPLICATE: set(),  # the one that is pending stands
    State.QUEUED: {State.SELECTED},  # by age or by lot
    State.SELECTED: {State.REVIEW},
    State.REVIEW: {State.EVIDENCE, State.CONFIRMED, State.NOT_CONFIRMED},
    State.EVIDENCE: {State.REVIEW, State.NOT_CONFIRMED},
    State.CONFIRMED: {State.ACCOUNT},
    State.ACCOUNT: {State.REQUESTED},  # facts confirmed, vaccination attested
    State.NOT_CONFIRMED: {State.DRAFT},  # a new form may be filed
    State.REQUESTED: {State.AUTHORISED, State.WAITING, State.DENIED},
    State.WAITING: {State.AUTHORISED, State.DENIED},
    State.AUTHORISED: {State.TRAVELLED, State.EXTENDED, State.EXPIRED},
    State.EXTENDED: {State.TRAVELLED, State.EXPIRED},  # once
    State.DENIED: set(),
    State.TRAVELLED: {State.PAROLED, State.REFUSED},
    State.REFUSED: set(),
    State.PAROLED: {State.REPAROLED, State.OTHER_STATUS, State.ENDED, State.TERMINATED},
    State.REPAROLED: {State.OTHER_STATUS, State.ENDED, State.TERMINATED},
    State.OTHER_STATUS: set(),  # asylum, protected status, adjustment
    State.ENDED: set(),
    State.TERMINATED: set(),
    State.EXPIRED: set(),
    State.WITHDRAWN: set(),
}
_MAY_WITHDRAW = {
    State.DRAFT, State.SUBMITTED, State.QUEUED, State.SELECTED, State.REVIEW, State.EVIDENCE, State.CONFIRMED,
    State.NOT_CONFIRMED, State.ACCOUNT, State.REQUESTED, State.WAITING, State.AUTHORISED, State.EXTENDED,
}  # fmt: skip
MOVES: dict[State, frozenset[State]] = {
    now: frozenset(to | {State.WITHDRAWN} if now in _MAY_WITHDRAW else to) for now, to in _FLOW.items()
}
"""From each state, the states that may follow."""


def move(now: State, *to: State) -> State:
    """The state of an application after these moves, one by one.

    Raises
    ------
    RequestError
        A move does not exist.
    """
    for following in to:
        if following not in MOVES[now]:
            allowed = ", ".join(sorted(MOVES[now])) or "nothing: this is the end"
            cause = f"an application that is {now} cannot become {following}"
            raise RequestError(cause, mend=f"possible is {allowed}")
        now = following
    return now


Pair = tuple[str, str]
"""A supporter and a beneficiary, by pseudonyms that a keyed hash gave them."""


def submit(pair: Pair, pending: Collection[Pair]) -> State:
    """Where a submitted form goes: in the queue, or out when the same two have one pending already."""
    return move(State.DRAFT, State.SUBMITTED, State.DUPLICATE if pair in pending else State.QUEUED)


def authorisation_ends(issued: date, programme: Measure, *, extended: bool = False) -> date:
    """First day on which an authorisation to travel no longer holds; one extension doubles it.

    Raises
    ------
    RequestError
        The programme does not say how long one holds.
    """
    days = programme.value("authorisation_days", datetime.combine(issued, NOON))
    if days is None:
        cause = f"{programme.id!r} does not say how long an authorisation holds"
        raise RequestError(cause, mend="give it the value `authorisation_days`")
    return issued + timedelta(days=days.value * (2 if extended else 1))


@dataclass(frozen=True)
class Crossing:
    """An irregular crossing: into which country, on which day."""

    place: str
    on: date


@dataclass(frozen=True)
class Application:
    """The facts that the rules ask for; no name, no number, no address.  None: nobody knows yet."""

    nationality: str
    travels_with_eligible_family: bool = False
    outside_country: bool | None = True
    has_supporter: bool | None = True
    passport_valid: bool | None = True
    passport_expired_on: date | None = None
    vaccination_attested: bool | None = True
    own_flight: bool | None = True
    """Pays the flight to an airport inland."""
    removed_on: date | None = None
    other_bar: bool | None = False
    """Not admissible for another reason, such as an offence."""
    stopped_at_sea_on: date | None = None
    crossings: tuple[Crossing, ...] | None = ()
    departed_voluntarily: bool = False
    """Left by a single voluntary departure or withdrawal after the crossing."""
    other_nationality: bool | None = False
    """National, permanent resident or refugee of another country too."""
    is_child: bool = False
    with_guardian: bool | None = True
    security_clear: bool | None = True


@dataclass(frozen=True)
class Decision:
    """A verdict with its reasons, each with its citation."""

    verdict: Verdict
    reasons: tuple[tuple[Named, str], ...] = ()


def decide(application: Application, day: date, programme: Measure) -> Decision:
    """Whether an application meets a programme's rules on a day.

    Raises
    ------
    RequestError
        The measure has no rules of eligibility.
    """
    if programme.eligibility is None:
        raise RequestError(f"{programme.id!r} says nothing of who is eligible", mend="give it `eligibility`")
    bars = [
        *_bars(application, day, programme),
        *_attestations(application, programme.eligibility),
        *_crossing_bars(application, programme),
        *_sea_bars(application, programme.eligibility),
    ]
    return _decision(bars, programme.eligibility.source)


def _decision(bars: list[Bar], source: str) -> Decision:
    """No when any rule says no, for every reason; a person decides when any does not know."""
    reasons = tuple((reason, source) for barred, reason in bars if barred)
    if reasons:
        return Decision(Verdict.INELIGIBLE, reasons)
    unclear = tuple((reason, source) for barred, reason in bars if barred is None)
    return Decision(Verdict.REVIEW if unclear else Verdict.ELIGIBLE, unclear)


Bar = tuple[bool | None, Named]
"""Whether a rule bars the application (None: not known), and the reason in words."""


def _bars(a: Application, day: date, programme: Measure) -> Iterator[Bar]:
    noon = datetime.combine(day, NOON)
    open_now = any(covers(span, noon) for span in programme.in_force)
    yield not open_now, Named(en="the programme is not open on this day", es="el programa no está abierto este día")
    family = a.travels_with_eligible_family
    yield (
        a.nationality not in programme.applies_to.nationalities and not family,
        Named(
            en="neither the nationality of the programme nor immediate family of somebody who has it",
            es="ni la nacionalidad del programa ni familiar inmediato de quien la tiene",
        ),
    )
    yield _not(a.outside_country), Named(en="already in the country", es="ya está en el país")
    yield _not(a.has_supporter), Named(en="there is no supporter yet", es="aún no hay patrocinador")
    yield (
        _without_passport(a, day, programme),
        Named(en="no passport valid for travel", es="sin pasaporte válido para viajar"),
    )
    assert programme.eligibility is not None
    years = programme.eligibility.removal_bar_years
    yield (
        a.removed_on is not None and day < years_after(a.removed_on, years),
        Named(en=f"ordered removed within {years} years", es=f"orden de remoción en {years} años"),
    )
    yield a.other_bar, Named(en="not admissible for another reason", es="no admisible por otro motivo")
    yield (
        False if family else a.other_nationality,
        Named(
            en="national, resident or refugee of another country too",
            es="también nacional, residente o refugiado de otro país",
        ),
    )
    yield (
        a.is_child and _not(a.with_guardian),
        Named(en="a child travels with a parent or guardian", es="un menor viaja con su tutor"),
    )
    yield (
        None if a.security_clear is not True else False,  # a hit is looked at by a person, never a no by itself
        Named(en="a person must look at the vetting result", es="una persona debe revisar el resultado"),
    )


def _without_passport(a: Application, day: date, programme: Measure) -> bool | None:
    """Whether there is no passport to travel on; for some nationalities one that ran out still serves for years."""
    rules = programme.eligibility
    assert rules is not None
    if a.passport_valid is False and a.passport_expired_on is not None:
        grace = [g.years for g in rules.passport_grace if a.nationality in g.nationalities]
        return not any(day < years_after(a.passport_expired_on, years) for years in grace)
    return _not(a.passport_valid)


def _attestations(a: Application, rules: Eligibility) -> Iterator[Bar]:
    """What people declare themselves, where the programme asks for it."""
    yield (
        _not(a.vaccination_attested) if rules.vaccination_attested else False,
        Named(en="vaccination is not attested", es="no declara las vacunas"),
    )
    yield (
        _not(a.own_flight) if rules.own_flight else False,
        Named(en="no flight of their own to an airport inland", es="sin vuelo propio a un aeropuerto interior"),
    )


def _sea_bars(a: Application, rules: Eligibility) -> Iterator[Bar]:
    """Being stopped at sea bars the people of some nationalities from a day on."""
    stopped = a.stopped_at_sea_on
    bars = (bar for bar in rules.sea_bars if not bar.nationalities or a.nationality in bar.nationalities)
    yield (
        stopped is not None and any(stopped >= bar.since for bar in bars),
        Named(
            en="stopped at sea after the day from which that bars",
            es="interceptado en el mar después del día que excluye",
        ),
    )


@dataclass(frozen=True)
class Supporter:
    """The facts of who supports somebody; an organisation's are those of who signs for it.  None: nobody knows yet."""

    status: str | None
    income_enough: bool | None = True
    """Alone or together with others who support the same person."""
    security_clear: bool | None = True


def decide_supporter(supporter: Supporter, programme: Measure) -> Decision:
    """Whether somebody may support an application.  There is one form for each person, children too, and no fee.

    How many people somebody supports is no bar: one who helps many may be a shelter.

    Raises
    ------
    RequestError
        The measure has no rules of eligibility.
    """
    rules = programme.eligibility
    if rules is None:
        raise RequestError(f"{programme.id!r} says nothing of who may support", mend="give it `eligibility`")
    known = supporter.status is not None
    unfit = bool(rules.supporters) and supporter.status not in rules.supporters
    bars: list[Bar] = [
        (
            unfit if known else None,
            Named(en="no status that lets them support", es="sin un estatus que permita patrocinar"),
        ),
        (_not(supporter.income_enough), Named(en="not enough income", es="ingresos insuficientes")),
        (
            None if supporter.security_clear is not True else False,
            Named(en="a person must look at the vetting result", es="una persona debe revisar el resultado"),
        ),
    ]
    return _decision(bars, rules.source)


def _crossing_bars(a: Application, programme: Measure) -> Iterator[Bar]:
    """The bars of the applicant's nationality; for family of another nationality a person decides."""
    rules = programme.eligibility
    assert rules is not None
    own = [bar for bar in rules.crossing_bars if not bar.nationalities or a.nationality in bar.nationalities]
    bars = own or rules.crossing_bars
    if a.crossings is None:
        reason = Named(en="whether a border was crossed irregularly", es="si se cruzó una frontera de forma irregular")
        yield None if bars else False, reason
        return
    after = [crossing for crossing in a.crossings if any(_barred(crossing, bar) for bar in bars)]
    excused = rules.one_departure_excused and a.departed_voluntarily and len(after) == 1
    barred = bool(after) and not excused
    yield (
        barred if own or not barred else None,
        Named(
            en="crossed a border irregularly after the day from which that bars",
            es="cruzó una frontera de forma irregular después del día desde el que eso excluye",
        ),
    )


def _barred(crossing: Crossing, bar: CrossingBar) -> bool:
    return crossing.place in bar.places and crossing.on >= bar.since


def _not(fact: bool | None) -> bool | None:
    return None if fact is None else not fact


def years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
