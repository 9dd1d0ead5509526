"""One measure: a rule that somebody decided, dated, with the source of every value.

A measure holds its *history*: what was known of its spans, and since when.  The last entry is the record;
`Rulebook.known_on` goes back to an earlier one.  A span's end may be uncertain (courts): then it has
branches with probabilities, and a simulation draws one.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cauce.border import Named
from cauce.documents import Document, Pairs, Ranged
from cauce.terms import Demographic

Kind = Literal[
    "expulsion",
    "return-agreement",
    "air-return",
    "programme",
    "processing-pathway",
    "port-appointments",
    "entry-requirement",
    "asylum-limit",
    "enforcement",
    "protection",
    "lever",
    "accord",
    "ruling",
    "prosecution",
    "return-limit",
    "entry-waiver",
    "parole-status",
    "custody-standard",
]
ALWAYS = "1900-01-01"  # a value without a date holds from the beginning of the book
Period = Literal["total", "month", "fiscal-year", "day"]


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime:
    """A moment of a document as naive local time of the law; texts recur, so they are read once."""
    return datetime.fromisoformat(text)


def _moment(text: str) -> str:
    """A local date or minute: `2022-12-21` (its first minute) or `2023-05-11T23:59`."""
    if instant(text).tzinfo is not None:
        raise ValueError(f"{text} names a zone, but the book's dates are local to the law")
    return text


Moment = Annotated[str, BeforeValidator(str), AfterValidator(_moment)]


class Branch(Document):
    """One way an uncertain end may go."""

    name: Named
    until: Moment | None = None
    probability: float
    low: float
    high: float
    source: str

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not 0 <= self.low <= self.probability <= self.high <= 1:
            raise ValueError(f"wants 0 <= low <= probability <= high <= 1, got {self.low}, {self.probability}")
        return self


class Span(Document):
    """A stretch of time in which the measure is in force (or would be, but for a court)."""

    from_: Moment
    until: Moment | None = None
    status: Literal["active", "enjoined", "stayed", "vacated"] = "active"
    branches: tuple[Branch, ...] = ()
    source: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _reserved_word(cls, value: Any) -> Any:
        return _rename_from(value)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for end in (self.until, *(b.until for b in self.branches)):
            if end is not None and instant(end) <= instant(self.from_):
                raise ValueError(f"the span ends at {end}, before it begins at {self.from_}")
        if self.branches and abs(sum(b.probability for b in self.branches) - 1) > 1e-9:
            raise ValueError("the probabilities of the branches do not add up to 1")
        return self


class Known(Document):
    """What was known of the spans from a date on."""

    known: date
    in_force: tuple[Span, ...]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        for earlier, later in pairwise(sorted(self.in_force, key=lambda s: instant(s.from_))):
            if earlier.until is None or instant(earlier.until) > instant(later.from_):
                raise ValueError(f"the spans from {earlier.from_} and from {later.from_} overlap")
        return self


class Value(Ranged):
    """A dated number with its range and source; with selectors, only for some people."""

    from_: Moment = ALWAYS
    known_by: str | None = Field(default=None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    nationalities: tuple[str, ...] = ()
    demographics: tuple[Demographic, ...] = ()
    quote: str | None = None
    """The words in which it was said."""

    @model_validator(mode="before")
    @classmethod
    def _reserved_word(cls, value: Any) -> Any:
        value = _rename_from(value)
        if isinstance(value, dict) and "value" in value:
            value = {"low": value["value"], "high": value["value"], **value}
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.unit == "1" and self.high > 1:
            raise ValueError(f"a share or a level of {self.high} is more than 1")
        return self

    def concerns(self, nationality: str | None, demographic: Demographic | None) -> bool:
        return (not self.nationalities or nationality in self.nationalities) and (
            not self.demographics or demographic in self.demographics
        )


class Reach(Document):
    """Whom a measure concerns; empty means everybody."""

    entry: Literal["between-ports", "port", "air", "any"] = "any"
    nationalities: tuple[str, ...] = ()
    demographics: tuple[Demographic, ...] = ()

    def concerns(self, nationality: str, demographic: Demographic) -> bool:
        return (not self.nationalities or nationality in self.nationalities) and (
            not self.demographics or demographic in self.demographics
        )


class Condition(Document):
    """In force if, and only if, all of these measures reach the level that the party asked for."""

    party: str
    requires: tuple[str, ...]
    notice_days: int = 0
    source: str


class Contested(Document):
    """Both legal positions, and the harm."""

    for_: Named
    against: Named
    harm: Named

    @model_validator(mode="before")
    @classmethod
    def _reserved_word(cls, value: Any) -> Any:
        if isinstance(value, dict) and "for" in value:
            value = {**{k: v for k, v in value.items() if k != "for"}, "for_": value["for"]}
        return value


class Protection(Document):
    """What the law forbids to be done to whom; a measure that does it is flagged, never hidden."""

    against: tuple[str, ...] = ()
    """Kinds or ids of measures."""
    limits: Pairs[float] = ()
    """Names of values, and the most that any measure may give them for these people."""
    unless: str | None = None
    """A measure that makes it lawful while it is in force."""
    says: Named

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.against and not self.limits:
            raise ValueError("a protection says from which measures (`against`) or beyond which values (`limits`)")
        return self


class CrossingBar(Document):
    """An irregular crossing from a day on, at one of these places, bars the people of some nationalities."""

    since: date
    places: tuple[str, ...]
    nationalities: tuple[str, ...] = ()


class PassportGrace(Document):
    """People of some nationalities may travel on a passport that ran out no longer ago than this."""

    nationalities: tuple[str, ...]
    years: int = Field(ge=1)


class Eligibility(Document):
    """The rules of a programme that differ from programme to programme."""

    crossing_bars: tuple[CrossingBar, ...] = ()
    removal_bar_years: int
    one_departure_excused: bool = False
    """Whether a single voluntary departure or withdrawal keeps a person eligible."""
    sea_bars: tuple[CrossingBar, ...] = ()
    """Being stopped at sea from a day on; the places are not asked for."""
    passport_grace: tuple[PassportGrace, ...] = ()
    vaccination_attested: bool = False
    """Whether people attest that they are vaccinated."""
    own_flight: bool = False
    """Whether people pay their own flight to an airport inland."""
    supporters: tuple[str, ...] = ()
    """Who may support somebody, by status; empty where anybody may."""
    source: str


class Measure(Document):
    """One measure of the book."""

    id: str
    name: Named
    kind: Kind
    decided_by: str
    announced: date
    history: tuple[Known, ...]
    applies_to: Reach = Reach()
    needs_agreement: bool = False
    unless: str | None = None
    pathway: str | None = None
    cap_per: Period | None = None
    cap_carries_over: bool = False
    """Whether places that one period leaves are added to the next."""
    values: Pairs[tuple[Value, ...]] = ()
    condition: Condition | None = None
    contested: Contested | None = None
    protects: Protection | None = None
    eligibility: Eligibility | None = None
    source: str

    @model_validator(mode="before")
    @classmethod
    def _one_version(cls, value: Any) -> Any:
        """`in_force` alone is a history of one entry, known since the measure was announced."""
        if isinstance(value, dict) and "in_force" in value and "history" not in value:
            value = dict(value)
            value["history"] = [{"known": value.get("announced"), "in_force": value.pop("in_force")}]
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.source.strip():
            raise ValueError("a measure wants a source")
        if not self.history:
            raise ValueError("a measure says when it is in force")
        if any(a.known >= b.known for a, b in pairwise(self.history)):
            raise ValueError("what was known stands in the order of its dates")
        if bool(self._given("cap")) != (self.cap_per is not None):
            raise ValueError("a cap wants both a value `cap` and what it is counted per (`cap_per`)")
        if self.cap_carries_over and self.cap_per in (None, "total"):
            raise ValueError("a cap that carries over is counted per month, fiscal-year or day (`cap_per`)")
        if self.kind in ("expulsion", "processing-pathway") and self.pathway is None:
            raise ValueError(f"a measure of kind {self.kind} names its pathway")
        if self.kind == "enforcement" and not (
            self.contested and self._given("displaced") and all(v.low > 0 for v in self._given("displaced"))
        ):
            raise ValueError("enforcement is contested, and the share it only displaces (`displaced`) is never zero")
        stated, held = self._given("stated"), self._given("reservation")
        if stated and any(v.high > max(s.value for s in stated) for v in held):
            raise ValueError("a party settles for no more than it states: the reservation is above `stated`")
        if (self.kind == "protection") != (self.protects is not None):
            raise ValueError("a protection, and nothing else, says what it protects from (`protects`)")
        return self

    def _given(self, name: str) -> tuple[Value, ...]:
        return dict(self.values).get(name, ())

    @property
    def in_force(self) -> tuple[Span, ...]:
        """The spans as this copy of the measure knows them."""
        return self.history[-1].in_force

    def value(
        self,
        name: str,
        when: datetime,
        nationality: str | None = None,
        demographic: Demographic | None = None,
    ) -> Value | None:
        """The value in effect: the most particular one for the class, then the newest; None if there is none.

        `when` is local to the book's zone and naive, as the values' own dates.  Between two of those dates the
        answer is the same, so it is worked out once; it stays with the measure, and thus outlives amendments
        of others.
        """
        turns = self._turns.get(name)
        if turns is None:
            return None
        question = (name, bisect_right(turns, when), nationality, demographic)
        if question not in self._answers:
            self._answers[question] = self._best(name, when, nationality, demographic)
        return self._answers[question]

    @property
    def token(self) -> object:
        """Stands for this very measure in a memory; unlike its address in memory it is never given to another."""
        return self._token

    @cached_property
    def _token(self) -> object:
        return object()

    def turn(self, when: datetime) -> int:
        """Which stretch between the dates of its values an instant falls in; within one no value changes."""
        return bisect_right(self._dates, when)

    @cached_property
    def _dates(self) -> list[datetime]:
        return sorted({date for dates in self._turns.values() for date in dates})

    @cached_property
    def _turns(self) -> dict[str, list[datetime]]:
        """For each value, the instants from which another number may hold."""
        return {name: sorted({instant(v.from_) for v in given}) for name, given in self.values}

    @cached_property
    def _answers(self) -> dict[tuple[str, int, str | None, Demographic | None], Value | None]:
        return {}

    def _best(
        self, name: str, when: datetime, nationality: str | None, demographic: Demographic | None
    ) -> Value | None:
        best: Value | None = None
        for given in self._given(name):
            if given.concerns(nationality, demographic) and instant(given.from_) <= when:
                best = given if best is None or _rank(given) >= _rank(best) else best
        return best


def covers(span: Span, now: datetime) -> bool:
    """Whether a span is active at a local instant; its end is no longer within it."""
    if span.status != "active" or now < instant(span.from_):
        return False
    return span.until is None or now < instant(span.until)


def _rank(value: Value) -> tuple[int, datetime]:
    particular = bool(value.nationalities) + bool(value.demographics)
    return particular, instant(value.from_)


def _rename_from(value: Any) -> Any:
    if isinstance(value, dict) and "from" in value:
        return {**{k: v for k, v in value.items() if k != "from"}, "from_": value["from"]}
    return value
