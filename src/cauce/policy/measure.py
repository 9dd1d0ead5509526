"""One measure: a rule that somebody decided, dated, with the source of every value.

A measure holds its *history*: what was known of its spans, and since when.  The last entry is the record;
`Rulebook.known_on` goes back to an earlier one.  A span's end may be uncertain (courts): then it has
branches with probabilities, and a simulation draws one.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from cauce.border import Named
from cauce.documents import Document, Pairs
from cauce.terms import Demographic

Kind = Literal[
    "expulsion",
    "return-agreement",
    "programme",
    "processing-pathway",
    "port-appointments",
    "entry-requirement",
    "enforcement",
    "lever",
]
Period = Literal["total", "month", "fiscal-year", "day"]


def _moment(text: str) -> str:
    """A local date or minute: `2022-12-21` (its first minute) or `2023-05-11T23:59`."""
    datetime.fromisoformat(text)
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
        if self.until is not None and datetime.fromisoformat(self.until) <= datetime.fromisoformat(self.from_):
            raise ValueError(f"the span ends at {self.until}, before it begins at {self.from_}")
        if self.branches and abs(sum(b.probability for b in self.branches) - 1) > 1e-9:
            raise ValueError("the probabilities of the branches do not add up to 1")
        return self


class Known(Document):
    """What was known of the spans from a date on."""

    known: date
    in_force: tuple[Span, ...]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        spans = sorted(self.in_force, key=lambda s: datetime.fromisoformat(s.from_))
        for earlier, later in pairwise(spans):
            if earlier.until is None or datetime.fromisoformat(earlier.until) > datetime.fromisoformat(later.from_):
                raise ValueError(f"the spans from {earlier.from_} and from {later.from_} overlap")
        return self


class Value(Document):
    """A dated number with its range and source; with selectors, only for some people."""

    from_: Moment = "1900-01-01"
    value: float
    low: float
    high: float
    unit: str = "1"
    source: str
    known_by: str | None = None
    nationalities: tuple[str, ...] = ()
    demographics: tuple[Demographic, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _reserved_word(cls, value: Any) -> Any:
        value = _rename_from(value)
        if isinstance(value, dict) and "value" in value:
            value = {"low": value["value"], "high": value["value"], **value}
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not 0 <= self.low <= self.value <= self.high:
            raise ValueError(f"wants 0 <= low <= value <= high, got {self.low}, {self.value}, {self.high}")
        if self.unit == "1" and self.high > 1:
            raise ValueError(f"a share or a level of {self.high} is more than 1")
        if not self.source.strip():
            raise ValueError("a value wants a source")
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
    values: Pairs[tuple[Value, ...]] = ()
    condition: Condition | None = None
    contested: Contested | None = None
    eligibility: str | None = None
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
        if ("cap" in dict(self.values)) != (self.cap_per is not None):
            raise ValueError("a cap wants both a value `cap` and what it is counted per (`cap_per`)")
        if self.kind in ("expulsion", "processing-pathway") and self.pathway is None:
            raise ValueError(f"a measure of kind {self.kind} names its pathway")
        return self

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

        `when` is local to the book's zone and naive, as the values' own dates.
        """
        best: Value | None = None
        for given in dict(self.values).get(name, ()):
            if given.concerns(nationality, demographic) and datetime.fromisoformat(given.from_) <= when:
                best = given if best is None or _rank(given) >= _rank(best) else best
        return best


def _rank(value: Value) -> tuple[int, datetime]:
    particular = bool(value.nationalities) + bool(value.demographics)
    return particular, datetime.fromisoformat(value.from_)


def _rename_from(value: Any) -> Any:
    if isinstance(value, dict) and "from" in value:
        return {**{k: v for k, v in value.items() if k != "from"}, "from_": value["from"]}
    return value
