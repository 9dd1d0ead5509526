"""A scenario: a question, a start, and axes of choices that are crossed into cases.

Each choice amends the book; whose idea it is stands beside it.  A what-if is a file, never code.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from cauce.border import Border, Named
from cauce.documents import Document, Source, read_yaml, validate
from cauce.errors import DocumentError, RequestError, nearest
from cauce.policy.measure import Measure, Moment
from cauce.policy.rulebook import Amendment, Rulebook, unknown_nationality


def _frozen(value: Any) -> Any:
    """YAML lists and maps as tuples and sorted pairs, all the way down."""
    if isinstance(value, dict):
        return tuple(sorted((str(k), _frozen(v)) for k, v in value.items()))
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


class Change(Document):
    """Fields of one measure that a choice replaces."""

    measure: str
    set_: Annotated[tuple[tuple[str, Any], ...], BeforeValidator(_frozen)]
    source: str

    @model_validator(mode="before")
    @classmethod
    def _reserved_word(cls, value: Any) -> Any:
        if isinstance(value, dict) and "set" in value:
            return {**{k: v for k, v in value.items() if k != "set"}, "set_": value["set"]}
        return value

    def amendment(self) -> Amendment:
        return Amendment(measure=self.measure, set_=tuple((k, _thawed(v)) for k, v in self.set_), source=self.source)


def _thawed(value: Any) -> Any:
    """Pairs back as a map, for the measure's own validation."""
    if isinstance(value, tuple):
        if value and all(isinstance(v, tuple) and len(v) == 2 and isinstance(v[0], str) for v in value):
            return {k: _thawed(v) for k, v in value}
        return [_thawed(v) for v in value]
    return value


class Choice(Document):
    id: str
    name: Named
    amend: tuple[Change, ...] = ()


class Axis(Document):
    id: str
    name: Named
    choices: tuple[Choice, ...] = Field(min_length=1)


class Observed(Document):
    """A month's level of arrivals that was known outside the monthly record, once the month was over."""

    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    persons_per_day: float = Field(gt=0)
    relative_sd: float = Field(gt=0, lt=1)
    source: str

    def known(self, first: date, day: date) -> bool:
        """Whether it is the level of the month that begins on `first`, and that month was over by a day."""
        return f"{first:%Y-%m}" == self.month < f"{day:%Y-%m}"


class Case(Document):
    """One cell of the crossed axes."""

    id: str
    name: Named
    amend: tuple[Change, ...]


LONGEST = 3660  # [day] ten years: further on no rule and no response is known


class Scenario(Document):
    """The whole document."""

    id: str
    name: Named
    question: Named
    start: Moment
    days: int = Field(ge=1, le=LONGEST)
    as_of: date
    draws: int = Field(ge=1, le=100_000)
    seed: int = Field(ge=0)
    census: str
    network: str = "network.yaml"
    """Network document in the border's folder."""
    encounters: str | None = None
    """Reference table of monthly encounters by nationality, demographic and authority; else the border card's."""
    sectors: str | None = None
    """Reference table of monthly encounters by sector and nationality: who comes where; else all at one place."""
    observed: Observed | None = None
    """Taken up where it was known on the day and its month was not published yet; else nothing."""
    later: tuple[Named, ...] = ()
    """What this ground holds that was not known on its day: a sentence each, for whoever reads a result."""
    axes: tuple[Axis, ...] = ()
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.as_of > datetime.fromisoformat(self.start).date():
            raise ValueError(f"data as of {self.as_of} would be later than the start {self.start}")
        return self

    @classmethod
    def read(cls, border: Border, name: str) -> Scenario:
        """Read a shipped scenario by name, or any file by path.

        Raises
        ------
        RequestError
            No such scenario.
        DocumentError
            A mistake in it, with its line.
        """
        path = border.scenarios.get(name, Path(name))
        if name not in border.scenarios and not path.suffix:
            mend = f"{nearest(name, border.scenarios)}, or give a file"
            raise RequestError(f"there is no scenario {name!r}", mend=mend)
        source = read_yaml(path)
        scenario = validate(cls, source)
        _check(scenario, Rulebook.read(border), border, source)
        return scenario

    @property
    def offered(self) -> frozenset[str]:
        """Measures that some choice amends."""
        return frozenset(c.measure for axis in self.axes for choice in axis.choices for c in choice.amend)

    def cases(self) -> tuple[Case, ...]:
        """Every combination of one choice from each axis, in order; a single case when there is no axis."""
        found = []
        for choices in product(*(axis.choices for axis in self.axes)):
            found.append(
                Case(
                    id="+".join(c.id for c in choices) or "baseline",
                    name=Named(
                        en=", ".join(c.name.en for c in choices) or "as things stand",
                        es=", ".join(c.name.es for c in choices) or "como están las cosas",
                    ),
                    amend=tuple(change for c in choices for change in c.amend),
                )
            )
        return tuple(found)


def _check(scenario: Scenario, book: Rulebook, border: Border, source: Source) -> None:
    """Files exist; every amendment names a measure and gives it sound fields, alone and together in a case."""
    reference = border.root / "reference"
    for field, folder in (("network", border.root), ("encounters", reference), ("sectors", reference)):
        name = getattr(scenario, field)
        default = field == "network" and name == Scenario.model_fields["network"].default
        if name is not None and not default and not (folder / name).is_file():
            cause, mend = f"{field} is {name!r}, and there is no such file", f"name one of {folder.name}"
            raise DocumentError(cause, mend=mend, file=source.path, line=source.line((field,)))
    for a, axis in enumerate(scenario.axes):
        for c, choice in enumerate(axis.choices):
            for n, change in enumerate(choice.amend):
                _check_change(change, book, border, source, ("axes", a, "choices", c, "amend", n))
    for case in scenario.cases():
        try:
            book.amend(*(change.amendment() for change in case.amend))
        except ValidationError as error:
            cause = f"the amendments of {case.id!r} do not go together ({_words(error)})"
            raise DocumentError(
                cause, mend="correct one of them", file=source.path, line=source.line(("axes",))
            ) from None


def _check_change(change: Change, book: Rulebook, border: Border, source: Source, place: tuple[int | str, ...]) -> None:
    def refuse(cause: str, mend: str, *at: int | str) -> DocumentError:
        return DocumentError(cause, mend=mend, file=source.path, line=source.line((*place, *at)))

    names = [m.id for m in book.measures]
    if change.measure not in names:
        mend = nearest(change.measure, names, "see `cauce rules`")
        raise refuse(f"there is no measure {change.measure!r}", mend, "measure")
    for field, value in change.set_:
        if field not in AMENDABLE:
            cause = f"{field!r} is not a field of a measure that a choice may change"
            raise refuse(cause, nearest(field, sorted(AMENDABLE)), "set", field)
        if field == "values":
            mistake = _wrong_values(value)
            if mistake is not None:
                raise refuse(mistake[0], mistake[1], "set", "values", *mistake[2])
    try:
        amended = book.amend(change.amendment())
    except ValidationError as error:
        cause = f"the amendment of {change.measure!r} is not sound ({_words(error)})"
        raise refuse(cause, "correct it", "set") from None
    stranger = unknown_nationality(amended.measure(change.measure), border)
    if stranger is not None:
        raise refuse(f"nationality {stranger!r} is not in nationalities.csv", "use one of its codes", "set")


AMENDABLE = {*Measure.model_fields, "in_force"} - {"id", "kind", "history"}
"""Fields that a choice may change: what a measure is stays."""


def _words(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(step) for step in first["loc"] if not isinstance(step, int))
    return f"{field}: " * bool(field) + first["msg"].removeprefix("Value error, ")


def _wrong_values(values: Any) -> tuple[str, str, tuple[int | str, ...]] | None:
    """(cause, mend, place) of the first thing that is not a list of dated values, or is below zero."""
    if not _is_map(values):
        return "`values` is not a map", "write values: {name: [{value: ..., source: ...}]}", ()
    for name, given in values:
        if not isinstance(given, tuple) or not all(_is_map(fields) for fields in given):
            return f"{name!r} is not a list of values", f"write {name}: [{{value: ..., source: ...}}]", (name,)
        for number, fields in enumerate(given):
            amount = dict(fields).get("value")
            if isinstance(amount, int | float) and amount < 0:
                return f"{name!r} is {amount}, below zero", "give a number from 0 up", (name, number, "value")
    return None


def _is_map(value: Any) -> bool:
    """Whether a frozen value was a map."""
    return isinstance(value, tuple) and all(
        isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in value
    )
