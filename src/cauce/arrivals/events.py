"""Events of the past that changed who came, as data: what, when, for whom, and by how much arrivals fell.

A border's `events/*.yaml` holds one event a file.  A fall is a log ratio of two months' counts, with the day
from which it was known; `Fall` of an event that came later is never seen by a forecast made before.  Falls of
earlier events are the *reference class*: what somebody without a model would expect of the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from cauce.arrivals.priors import Prior, Priors
from cauce.border import Border, Named
from cauce.documents import Document, Pairs, Ranged, load
from cauce.errors import DocumentError
from cauce.keys import generator, triangular
from cauce.policy.rulebook import Amendment, Rulebook
from cauce.policy.scenario import Change, Choice

Float = NDArray[np.float64]
DAYS_PER = {"day": 1.0, "month": 30.4, "fiscal-year": 365.25, "total": 1.0}  # [day] mean lengths of the calendar


class Fall(Ranged):
    """By how much arrivals fell, as a log ratio, and the day from which that was known."""

    known: date
    before: date | None = None
    """The month before, where the shipped tables hold it."""
    after: date | None = None


class Predicted(Document):
    """A value of an offered measure that is not a term: it is drawn like an earlier measure's, known on the day."""

    measure: str
    value: str
    like: str
    times: float = Field(default=1.0, gt=0)
    """How many of the earlier one this one is."""
    unit: str = "1"
    source: str

    def amendment(self, known: Rulebook, offer: Rulebook, day: date, uniform: float) -> Amendment:
        """The value for a uniform of a draw; at most the offered measure's cap."""
        now = known.local(day)
        seen = known.measure(self.like).value(self.value, now)
        if seen is None:
            cause = f"{self.like!r} has no {self.value!r} that was known on {day}"
            raise DocumentError(cause, mend="name an earlier measure that has one")
        drawn = self.times * triangular(seen.low, seen.value, seen.high, uniform)
        measure = offer.measure(self.measure)
        cap = measure.value("cap", now)
        if cap is not None and self.unit.startswith("person"):
            drawn = min(drawn, cap.value / DAYS_PER[measure.cap_per or "total"])
        given = {"value": drawn, "unit": self.unit, "source": self.source}
        return Amendment.of(self.measure, self.source, values={self.value: [given]})


class Trial(Document):
    """What an event is tested on: the day of the forecast, the cells, the months."""

    as_of: date
    cells: tuple[str, ...] = Field(min_length=1)
    from_: date = Field(alias="from")
    months: int = Field(ge=1)


class Event(Document):
    """One event: a document of `events/`."""

    id: str
    name: Named
    kind: Literal["entry-requirement", "return-and-lane", "enforcement"]
    announced: date
    begins: date
    nationalities: tuple[str, ...]
    """Whom it singled out; empty for everybody."""
    beside: tuple[str, ...] = ()
    """Whom it concerned too, shown and not scored."""
    falls: tuple[Fall, ...] = Field(min_length=1)
    test: Trial | None = None
    offered: tuple[str, ...] = ()
    """Measures that were no more than an offer on the day."""
    amend: tuple[Change, ...] = ()
    """The offer's terms."""
    predicted: tuple[Predicted, ...] = ()
    cases: tuple[Choice, ...] = ()
    """Ways in which what nobody had decided yet may go; the first is the headline."""
    numbers_known: date | None = None
    """The day from which the book holds the event's own numbers; for tests that leave one event out."""
    without_it: Pairs[Prior] = ()
    """Priors as they would be had the event not been."""
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.begins < self.announced:
            raise ValueError(f"it begins on {self.begins}, before it is announced on {self.announced}")
        return self

    def fall(self, day: date) -> Fall | None:
        """The newest figure that was known by a day."""
        known = [f for f in self.falls if f.known <= day]
        return max(known, key=lambda f: f.known) if known else None

    def concerned(self) -> tuple[str, ...]:
        """Scored or not."""
        return (*self.nationalities, *self.beside)


def read(border: Border) -> tuple[Event, ...]:
    """A border's events, oldest first; a border need not have any.

    Raises
    ------
    DocumentError
        An event whose file has another name, or a nationality that the border does not list.
    """
    found = [(load(Event, path), path) for path in sorted((border.root / "events").glob("*.yaml"))]
    for event, path in found:
        _check(event, path, border)
    return tuple(sorted((event for event, _ in found), key=lambda e: (e.begins, e.id)))


def _check(event: Event, path: Path, border: Border) -> None:
    if event.id != path.stem:
        cause = f"event {event.id!r} stands in a file of another name"
        raise DocumentError(cause, mend=f"name the file {event.id}.yaml", file=path)
    named = {*event.concerned(), *(() if event.test is None else event.test.cells)}
    for stranger in sorted(named - set(border.nationalities)):
        cause = f"nationality {stranger!r} is not in nationalities.csv"
        raise DocumentError(cause, mend="use one of its codes", file=path)


def reference_class(events: Iterable[Event], day: date) -> tuple[tuple[Event, Fall], ...]:
    """Events whose fall was known by a day, oldest first: those that singled out nationalities, or else all."""
    known = [(e, f) for e in events if (f := e.fall(day)) is not None]
    singled = [(e, f) for e, f in known if e.nationalities]
    return tuple(sorted(singled or known, key=lambda found: found[0].begins))


def drawn_falls(members: Iterable[tuple[Event, Fall]], draws: int, key: int) -> Float:
    """A fall for each draw: an event of the class at random, then a number from its range, shape (draw,)."""
    falls = [fall for _, fall in members]
    rng = generator("reference class", key)
    chosen, uniform = rng.integers(len(falls), size=draws), rng.random(draws)
    return np.array(
        [
            triangular(falls[c].low, falls[c].value, falls[c].high, float(u))
            for c, u in zip(chosen, uniform, strict=True)
        ]
    )


def fallen(fall: Float, begins: date, months: tuple[date, ...]) -> Float:
    """Multiplier of each month when all of a fall comes on its day, shape (draw, month).

    The month in which it begins keeps its days before.

    Examples
    --------
    >>> fallen(np.array([np.log(2)]), date(2023, 4, 16), (date(2023, 3, 1), date(2023, 4, 1), date(2023, 5, 1)))
    array([[1.  , 0.75, 0.5 ]])
    """
    before = []
    for month in months:
        length = ((month + timedelta(days=32)).replace(day=1) - month).days
        before.append(min(max((begins - month).days / length, 0.0), 1.0))
    share = np.array(before)
    return np.asarray(share + (1 - share) * np.exp(-fall)[:, None])


class Without(Priors):
    """Priors with some replaced: what they would be had an event not been."""

    def __init__(self, known: Priors, instead: Pairs[Prior]) -> None:
        super().__init__({**known._numbers, **dict(instead)}, known._profiles, known._grids, known._path)
