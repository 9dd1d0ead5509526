"""What would have been forecast of an event, from what was known on a day: a conditional forecast, long after.

`Ground` holds what was known: published counts, persons behind them, priors, the book with the event's offer.
`forecasts` gives count paths of encounters by nationality from each way of forecasting:

    no response        the count model alone, as if nothing were decided
    our response       the same people, answering the offer's terms; one row a case
    same fall          the newest earlier event's fall happens again
    reference class    the fall of an earlier event, drawn

Encounters are persons and their repeats.  An event that was under way when the newest count was made goes on
in the last two by what was left of its fall.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals import attempts, response
from cauce.arrivals import events as room
from cauce.arrivals.events import Event
from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.timing import GROWTH_CAP
from cauce.arrivals.walks import WalkPool
from cauce.border import Border
from cauce.data import cards, observe
from cauce.keys import generator
from cauce.keys import key as fold
from cauce.model.network import Layout
from cauce.policy.rulebook import Rulebook
from cauce.policy.scenario import Choice
from cauce.runs import crowd
from cauce.runs.exposed import exposures
from cauce.terms import Authority

Float = NDArray[np.float64]
TABLE = "swb_encounters.csv"
WORLDS = 100  # ways in which courts and predicted values go; draws take them in turn
NO_RESPONSE, SAME_FALL, CLASS = "no response", "same fall", "reference class"


@dataclass(frozen=True)
class Day:
    """A day on which somebody forecasts: what is decided and believed by `as_of`, what is counted by `counted`."""

    as_of: date
    counted: date
    book: date
    priors: str
    """Month (YYYY-MM) from which the baseline's numbers are taken."""


def table(border: Border) -> pl.DataFrame:
    """The border-wide record, as it ships."""
    return observe.read_reference(border.reference(TABLE))


@dataclass(frozen=True)
class Ground:
    """What was known on a day."""

    border: Border
    day: Day
    history: pl.DataFrame
    priors: Priors
    book: Rulebook
    layout: Layout

    @classmethod
    def of(cls, border: Border, event: Event, day: Day, without: Event | None = None) -> Ground:
        """Only what was known; with `without`, priors as they would be had that event not been."""
        card = cards.find(border.card.publication)
        priors = Priors.read(border.root / "arrivals.yaml").known_on(day.priors)
        book = Rulebook.read(border).known_on(day.book, frozenset(event.offered))
        return cls(
            border=border,
            day=day,
            history=observe.published_by(table(border), day.counted, card),
            priors=priors if without is None else room.Without(priors, without.without_it),
            book=book,
            layout=Layout.of(border, book, tuple(border.nationalities)),
        )

    @cached_property
    def months(self) -> tuple[date, ...]:
        return tuple(sorted(self.history["month"].unique().to_list()))

    @cached_property
    def persons(self) -> Float:
        """New attempts, shape (month, class)."""
        return crowd.persons(self.history, self.layout)

    @cached_property
    def met(self) -> Float:
        """Encounters, shape (month, class)."""
        return crowd.encounters(self.history, self.layout)

    @cached_property
    def expelled(self) -> Float:
        """Share expelled in the newest month, shape (class,)."""
        newest = self.history.filter(pl.col("month") == self.months[-1])
        gone = newest.with_columns(
            pl.when(pl.col("authority") == Authority.TITLE_42).then(pl.col("encounters")).otherwise(0)
        )
        return np.asarray(crowd.encounters(gone, self.layout)[-1] / np.maximum(self.met[-1], 1.0))

    def ahead(self, last: date) -> tuple[date, ...]:
        """Months from the one after the newest to `last`."""
        found, month = [], _next(self.months[-1])
        while month <= last:
            found.append(month)
            month = _next(month)
        return tuple(found)

    def walk(self, horizon: int, draws: int, seed: int) -> Float:
        """The count model's paths of persons, shape (draw, month, class)."""
        corridors = tuple((demographic.value, nationality) for nationality, demographic in self.layout.classes)
        pool = WalkPool(self.priors).fit(Panel(self.months, corridors, self.persons))
        return pool.draw(horizon, draws, fold(seed, "baseline")).astype(np.float64)

    def encounters(self, persons: Float, share: Float) -> Float:
        """Encounters of persons, both (draw, month, class); the newest month's repeats go on into the first."""
        draws, months, classes = persons.shape
        before = np.broadcast_to(self.persons[-1], (draws, 1, classes))
        shares = np.concatenate([np.broadcast_to(self.expelled, before.shape), share], axis=1)
        people = np.concatenate([before, persons], axis=1)
        flat = [np.moveaxis(a, 1, 0).reshape(months + 1, -1) for a in (people, shares)]
        same = 1 - min(self.layout.retry_hours / crowd.HOURS_A_MONTH, 1.0)
        met = attempts.encounters(flat[0], flat[1], np.tile(self.layout.retry, draws), same)
        return np.moveaxis(met[1:].reshape(months, draws, classes), 0, 1)

    def nationalities(self, paths: Float) -> Float:
        """Demographics added up: (draw, month, nationality), in the border's order."""
        names = list(self.border.nationalities)
        found = np.zeros((*paths.shape[:2], len(names)))
        for column, (nationality, _) in enumerate(self.layout.classes):
            found[:, :, names.index(nationality)] += paths[:, :, column]
        return found


@dataclass(frozen=True)
class Forecasts:
    """Encounters by nationality from every way of forecasting."""

    months: tuple[date, ...]
    nationalities: tuple[str, ...]
    paths: dict[str, Float]  # (draw, month, nationality) [event]
    persons: dict[str, Float]  # the same [person]: new attempts
    known: tuple[tuple[str, float], ...]
    """(event, fall) of the reference class."""


def forecasts(
    ground: Ground, event: Event, others: Iterable[Event], last: date, draws: int, seed: int, *, ever: bool = False
) -> Forecasts:
    """Every way of forecasting `event` until the month `last`.

    Parameters
    ----------
    others : events
        From which the reference class comes: those whose fall was known on the day.
    ever : bool
        Take falls that became known later too: all events but this one, which is no forecast.
    """
    months = ground.ahead(last)
    people = ground.walk(len(months), draws, seed)
    share = np.broadcast_to(ground.expelled, people.shape)
    persons = {NO_RESPONSE: ground.nationalities(people)}
    paths = {NO_RESPONSE: ground.nationalities(ground.encounters(people, share))}
    for case in _cases(event) if answers(ground) else ():
        multiplier, returned = respond(ground, event, case, months, draws, seed)
        persons[named(case)] = ground.nationalities(people * multiplier)
        paths[named(case)] = ground.nationalities(ground.encounters(people * multiplier, returned))
    members = room.reference_class([e for e in others if e.id != event.id], date.max if ever else ground.day.counted)
    falls = {CLASS: room.drawn_falls(members, draws, seed)} if members else {}
    if members and not ever:
        falls = {SAME_FALL: np.full(draws, members[-1][1].value), **falls}
    under_way = _goes_on(ground, others)
    for name, fall in falls.items():
        factor = _fallen(ground, event, fall, months) * under_way
        persons[name], paths[name] = persons[NO_RESPONSE] * factor, paths[NO_RESPONSE] * factor
    known = tuple((e.id, f.value) for e, f in members)
    return Forecasts(months, tuple(ground.border.nationalities), paths, persons, known)


def named(case: Choice) -> str:
    """Name of the row of a case."""
    return f"our response: {case.name.en}" if case.id else "our response"


def _cases(event: Event) -> tuple[Choice, ...]:
    """Ways of the event; one without a name where nothing was undecided.  None where the response has no term."""
    if event.kind != "return-and-lane":
        return ()
    return event.cases or (Choice(id="", name=event.name),)


def answers(ground: Ground) -> bool:
    """Whether the response's numbers were known on the day."""
    month = f"{ground.day.book:%Y-%m}"
    return all(ground.priors[name].known_by <= month for name in response.drawn(ground.priors, 0))


def _fallen(ground: Ground, event: Event, falls: Float, months: tuple[date, ...]) -> Float:
    """Multiplier of a fall for those whom the event concerns, shape (draw, month, nationality)."""
    names = list(ground.border.nationalities)
    factor = np.ones((falls.size, len(months), len(names)))
    columns = [names.index(n) for n in event.concerned()]
    factor[:, :, columns] = room.fallen(falls, event.begins, months)[:, :, None]
    return factor


def _goes_on(ground: Ground, earlier: Iterable[Event]) -> Float:
    """Multiplier of each nationality for events whose fall was not all counted yet, shape (nationality,)."""
    names = list(ground.border.nationalities)
    found = np.ones(len(names))
    month, seen = ground.months[-1], ground.nationalities(ground.met[None])[0]
    for event in earlier:
        fall = event.fall(ground.day.counted)
        if fall is None or fall.before is None or fall.after is None or event.begins > ground.day.as_of:
            continue
        if fall.after <= month or fall.before not in ground.months:
            continue
        for column in [names.index(n) for n in event.nationalities]:
            so_far = np.log(seen[ground.months.index(fall.before), column] / max(seen[-1, column], 1.0))
            found[column] *= np.exp(-max(fall.value - so_far, 0.0))
    return found


def respond(
    ground: Ground, event: Event, case: Choice, months: tuple[date, ...], draws: int, seed: int
) -> tuple[Float, Float]:
    """Multiplier of new attempts and share returned, both (draw, month, class), for every draw.

    What people faced on average in the newest month is what the baseline goes on from.
    """
    days = _noons(ground, months[-1])
    length = calendar.monthrange(ground.months[-1].year, ground.months[-1].month)[1]
    standing = exposures(ground.layout.classes, ground.book, days[:length])
    level = response.Exposures(*(np.repeat(_mean(a), len(days), axis=1) for a in (standing.returned, standing.places)))
    of_month = np.array([day.year * 12 + day.month for day in days])
    spans = [of_month == m.year * 12 + m.month for m in months]
    faced = [exposures(ground.layout.classes, book, days) for book in worlds(ground, event, case, seed)]
    multiplier, share = (np.empty((draws, len(months), len(ground.layout.classes))) for _ in range(2))
    for draw in range(draws):
        world = faced[draw % WORLDS]
        daily = response.multipliers(level, world, ground.priors, fold(seed, draw, "response"))
        daily = np.minimum(daily, GROWTH_CAP)
        returned = ground.expelled[:, None] + world.returned - level.returned
        for number, span in enumerate(spans):
            multiplier[draw, number] = daily[:, span].mean(axis=1)
            share[draw, number] = np.clip(returned[:, span].mean(axis=1), 0.0, 1.0)
    return multiplier, share


def _mean(faced: Float) -> Float:
    """Mean over days, shape (class, 1): of equal days exactly their number, so that no change is no change."""
    first = faced[:, :1]
    return np.asarray(first + (faced - first).mean(axis=1, keepdims=True))


def worlds(ground: Ground, event: Event, case: Choice, seed: int) -> Iterator[Rulebook]:
    """The book with the offer's terms, once for each way: predicted values at evenly spread quantiles, courts drawn."""
    terms = ground.book.amend(*(c.amendment() for c in (*event.amend, *case.amend)))
    spread = (np.arange(WORLDS) + 0.5) / WORLDS
    order = [generator("predicted", seed, p.measure, p.value).permutation(WORLDS) for p in event.predicted]
    for world in range(WORLDS):
        values = [
            p.amendment(ground.book, terms, ground.day.as_of, float(spread[o[world]]))
            for p, o in zip(event.predicted, order, strict=True)
        ]
        yield terms.amend(*values).resolve(fold(seed, world, "courts"))


def _noons(ground: Ground, last: date) -> tuple[datetime, ...]:
    """Noon of every day from the newest month to the end of `last`, by the law's clock."""
    first = ground.months[-1]
    days = (_next(last) - first).days
    noon = datetime(first.year, first.month, 1, 12, tzinfo=ground.book.law)
    return tuple(noon + timedelta(days=d) for d in range(days))


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
