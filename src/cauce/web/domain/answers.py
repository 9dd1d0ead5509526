"""What an application asks, and what the rules make of the answers: to whom nothing is known, nothing is held against.

A draft keeps the answers page by page; `whole` makes of them what is filed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cauce.policy.programme import Application, Crossing, Verdict, decide
from cauce.web.domain import rules
from cauce.web.domain.faults import Refused

MOST_PERSONS = 8
MOST_CROSSINGS = 3
ADULT = 18
PERSON_PAGES = ("person", "passport", "places", "removal", "crossings")
"""Pages that are asked for each person."""

Told = Literal["yes", "no", "unknown"]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Country = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Crossed(_Answer):
    """A border crossed; a day or a manner that nobody knows stays open."""

    place: Country
    on: date | None
    manner: Literal["irregular", "permitted", "unknown"]


class Person(_Answer):
    """One person of an application."""

    name: Word
    born: date
    nationality: Country
    relation: Literal["self", "partner", "child", "other"]
    guardian: int | None = None
    passport_valid: Told
    passport_number: Annotated[str, Field(max_length=20)] = ""
    passport_country: Annotated[str, Field(max_length=3)] = ""
    passport_expired_on: date | None = None
    outside: Told
    other_nationality: Told
    vaccinated: Told
    removed: Told
    removed_on: date | None = None
    stopped_at_sea: Told
    stopped_at_sea_on: date | None = None
    other_bar: Told
    crossed: Told
    crossings: Annotated[tuple[Crossed, ...], Field(max_length=MOST_CROSSINGS)] = ()
    departed_voluntarily: bool = False

    def is_child(self, day: date) -> bool:
        """Under eighteen on a day."""
        age = day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))
        return age < ADULT


def _few(people: tuple[Person | None, ...]) -> tuple[Person | None, ...]:
    if sum(person is not None for person in people) > MOST_PERSONS:
        raise ValueError(f"more than {MOST_PERSONS} people")
    return people


class Answers(_Answer):
    """A whole application.

    people : in the order in which they were filed; None where somebody left, with all that they told
    """

    people: Annotated[tuple[Person | None, ...], Field(min_length=1), AfterValidator(_few)]
    together: bool
    own_flight: Told
    leaves_from: Annotated[str, Field(max_length=120)] = ""

    @property
    def here(self) -> dict[int, Person]:
        """Those who have not left, by their position, counted from 1."""
        return {n: person for n, person in enumerate(self.people, 1) if person is not None}


class Contact(_Answer):
    """How somebody may be reached, and when it is safe."""

    email: Annotated[str, Field(max_length=254)] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    safe: Literal["any", "email", "phone", "none"] = "any"

    @property
    def address(self) -> str:
        """Where messages may go; empty if nowhere."""
        if self.safe == "none":
            return ""
        first, second = (self.phone, self.email) if self.safe == "phone" else (self.email, self.phone)
        return first if self.safe != "any" else first or second


Pages = Mapping[str, Mapping[str, Any]]
"""Answers by page, such as `group` or `passport-2`, as JSON."""


def pages(told: Pages) -> tuple[str, ...]:
    """All pages of an application in their order; how many depends on how many people there are."""
    persons = told.get("group", {}).get("persons", 1)
    each = (f"{page}-{n}" for n in range(1, persons + 1) for page in PERSON_PAGES)
    return ("group", *each, "travel", "supporter", "contact")


def missing(told: Pages) -> tuple[str, ...]:
    """The pages without an answer yet."""
    return tuple(page for page in pages(told) if page not in told)


def whole(told: Pages, day: date) -> Answers:
    """The answers of all pages, judged as they are filed.

    Raises
    ------
    Refused
        Something is missing, contradicts itself, or a child has no guardian.
    """
    try:
        group = told["group"]
        people = [
            {key: value for page in PERSON_PAGES for key, value in told[f"{page}-{n}"].items()}
            for n in range(1, group["persons"] + 1)
        ]
        answers = Answers(people=people, together=group["together"], **told["travel"])
    except (KeyError, ValidationError):
        cause = _("some questions are not answered yet")
        raise Refused(cause, mend=_("answer them, then send the application")) from None
    for fault in _faults(answers, day):
        raise fault
    return answers


def _faults(answers: Answers, day: date) -> Iterator[Refused]:
    here = answers.here
    for n, person in here.items():
        if person.born > day:
            yield Refused(_("a date of birth is in the future"), mend=_("correct the date"))
        guardian = here.get(person.guardian or 0)
        adult = guardian is not None and person.guardian != n and not guardian.is_child(day)
        if person.is_child(day) and not adult:
            cause = _("a child travels with a parent or legal guardian, who is in the same application")
            raise Refused(cause, mend=_("say which adult of this application is the parent or guardian"))
        once(person, (other for before, other in here.items() if before < n))


def once(person: Person, others: Iterable[Person]) -> None:
    """Nobody is in an application twice.

    Raises
    ------
    Refused
        One of the others has the same passport, or the same name and date of birth.
    """
    for other in others:
        if person.passport_number and _passport(person) == _passport(other):
            raise Refused(_("two people cannot have the same passport"), mend=_("correct the number of one of them"))
        if person.born == other.born and _plain(person.name) == _plain(other.name):
            cause = _("two people of this application have the same name and date of birth")
            raise Refused(cause, mend=_("take one of them out; if they are twins, write their other names too"))


def _passport(person: Person) -> tuple[str, str]:
    return person.passport_country, _plain(person.passport_number)


def _plain(text: str) -> str:
    """Letters and figures alone, however they are written."""
    return "".join(symbol for symbol in unicodedata.normalize("NFKC", text).casefold() if symbol.isalnum())


def facts(answers: Answers, position: int, day: date, *, has_supporter: bool | None) -> Application:
    """What the rules ask of one person (counted from 1); vetting is open until somebody did it."""
    person = answers.here[position]
    unclear = [
        person.other_bar == "unknown",
        person.removed != "no" and person.removed_on is None,
        person.stopped_at_sea != "no" and person.stopped_at_sea_on is None,
    ]
    crossings = tuple(
        Crossing(crossed.place, crossed.on)
        for crossed in person.crossings
        if crossed.on is not None and crossed.manner == "irregular"
    )
    application = Application(
        nationality=person.nationality,
        travels_with_eligible_family=_is_family(answers, position),
        outside_country=_known(person.outside),
        has_supporter=has_supporter,
        passport_valid=_known(person.passport_valid),
        passport_expired_on=person.passport_expired_on,
        vaccination_attested=_known(person.vaccinated),
        own_flight=_known(answers.own_flight),
        removed_on=person.removed_on if person.removed == "yes" else None,
        other_bar=True if person.other_bar == "yes" else None if any(unclear) else False,
        stopped_at_sea_on=person.stopped_at_sea_on if person.stopped_at_sea == "yes" else None,
        crossings=crossings,
        departed_voluntarily=person.departed_voluntarily,
        other_nationality=_known(person.other_nationality),
        is_child=person.is_child(day),
        with_guardian=person.guardian is not None,
        security_clear=None,
    )
    return _with_open_crossings(application, person, day)


def _with_open_crossings(application: Application, person: Person, day: date) -> Application:
    """Not knowing a crossing is not a no; but what is known to bar is not undone by another that nobody knows."""
    doubtful = person.crossed == "unknown" or (person.crossed == "yes" and not person.crossings)
    doubtful |= any(c.manner == "unknown" or (c.manner == "irregular" and c.on is None) for c in person.crossings)
    if not doubtful or decide(application, day, rules.programme()).verdict is Verdict.INELIGIBLE:
        return application
    return replace(application, crossings=None)


def _is_family(answers: Answers, position: int) -> bool:
    """Husband, wife, partner or child of somebody of the programme's nationality in the same application."""
    person, first = answers.here[position], [p for p in answers.people[:1] if p is not None]
    theirs = rules.programme().applies_to.nationalities
    partners = [p for p in answers.here.values() if p.relation == "partner"]
    kin = first if person.relation == "partner" else partners if person.relation == "self" else []
    if person.relation == "child":
        kin = [*first, *partners]
    return any(relative.nationality in theirs for relative in kin)


def _known(told: Told) -> bool | None:
    return None if told == "unknown" else told == "yes"
