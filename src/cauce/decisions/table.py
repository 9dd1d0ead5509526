"""The table of a negotiation: who sits there, what each may give, what each cares about, and no deal.

A table is a file in the border's `negotiations/`, never code.  Each level of a lever is a list of amendments of
the rulebook, so that a package of levels is a book like any other and the simulator tells what it does.

    Table.read       the document, checked: every outcome is one the simulator gives, every lever amends something
    Table.packages   every combination of levels that keeps the hard conditions
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from cauce.border import Border, Named
from cauce.decisions import stops
from cauce.documents import Document, Pairs, Ranged, Source, read_yaml, validate
from cauce.errors import DocumentError, RequestError, nearest
from cauce.policy.rulebook import Rulebook
from cauce.policy.scenario import AMENDABLE, Change, Scenario

Place = tuple[int | str, ...]


class Weight(Document):
    """What one more of an outcome is worth to a party [usd a unit]; nobody knows it, so it is a range."""

    outcome: str
    direction: Literal["more", "less"]
    weight: Ranged

    @property
    def sign(self) -> float:
        return 1.0 if self.direction == "more" else -1.0


class Party(Document):
    """A government at the table."""

    id: str
    name: Named
    weights: tuple[Weight, ...] = ()


class Floor(Document):
    """What no deal may do to people: at most so many times what happens without a deal."""

    outcome: str
    at_most: Ranged


class People(Document):
    """People on the move: a column and floors, and no vote."""

    name: Named
    watch: tuple[str, ...]
    floors: tuple[Floor, ...]


class Level(Document):
    """One step of a lever; `pays` and `gains` are what the simulator does not see [usd a day], by party."""

    id: str
    name: Named
    amount: float = Field(ge=0)
    amend: tuple[Change, ...] = ()
    pays: Pairs[Ranged] = ()
    gains: Pairs[Ranged] = ()
    source: str


class Lever(Document):
    """What one side may give; the first level is what there is today."""

    id: str
    name: Named
    party: str
    unit: Named
    per_day: float = Field(ge=0)
    """Factor from the lever's amount to people a day; 0 where it does not count people."""
    indicator: Named
    trigger: Named
    levels: tuple[Level, ...] = Field(min_length=2)


class HardCondition(Document):
    """A lever is given above its first level only where another reaches an amount.

    `measure` and `waits_for` name the same condition in the rulebook, if it stands there too.
    """

    lever: str
    requires: str
    at_least: float = Field(ge=0)
    measure: str | None = None
    waits_for: str | None = None
    source: str


class Ratification(Document):
    """Somebody who can stop a lever after the deal is struck."""

    id: str
    party: str
    name: Named
    lever: str
    block: Ranged
    delay_days: int = Field(ge=0)
    """Days from the deal's first day to the ruling; blocked, the whole deal reverts then."""


class Hearing(Document):
    """A day on which the court may speak, and the probability that it has decided by then."""

    day: date
    decided: Ranged


class Struck(Document):
    """A deal that was struck: its levels by lever; a condition that it did not meet was waived."""

    day: date
    name: Named
    levels: Pairs[str]
    source: str


class Opening(Document):
    """The offer on the table, by a party; and what a refusal costs."""

    party: str
    levels: Pairs[str] = Field(min_length=1)
    round_days: Ranged
    """Days from an offer to the answer to it; the deal's days run out meanwhile."""
    breakdown: Ranged
    """Probability that a refusal ends the talks for good."""
    impatience: Pairs[Ranged] = ()
    """By party, the share of a gain that is lost to it where it comes a round later, beside the days that pass."""
    source: str


class Known(Document):
    """A document of dated decisions, and the last day of those that the table may know of."""

    document: str
    until: date


class NoDeal(Document):
    """A scenario and one choice of each of its axes: what happens without a deal."""

    scenario: str
    choices: Pairs[str]
    hearings: tuple[Hearing, ...] = ()
    priors_of: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    """Month whose priors of arrivals are used, where those of the scenario's own day are not held: a look ahead."""


class Effort(Document):
    """How much is simulated."""

    packages: int = Field(ge=2)
    draws: int = Field(ge=2)


class Table(Document):
    """The whole document."""

    id: str
    name: Named
    question: Named
    no_deal: NoDeal
    begins: date
    defection_day: int = Field(ge=1)
    stop_followed_days: int | None = Field(default=None, ge=1)
    """Days of the deal over which a stop is followed, where that is longer than the scenario."""
    snap_back_days: int = Field(ge=0)
    """Days until the other side answers a stop with its own."""
    notice: str | None = None
    """The lever that says how many days its party's promises outlive its word that it stops."""
    precedents: Known | None = None
    """Decisions from which weights are inferred; without it they stay as judged."""
    replays: tuple[str, ...] = ()
    """Tables of deals that were struck, each on the ground of its own day."""
    opening: Opening | None = None
    """Where given, alternating offers are played from it."""
    quick: Effort
    full: Effort
    parties: tuple[Party, Party]
    people: People
    levers: tuple[Lever, ...] = Field(min_length=1)
    conditions: tuple[HardCondition, ...] = ()
    ratification: tuple[Ratification, ...] = ()
    struck: tuple[Struck, ...] = ()
    source: str

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for kind, ids in (("party", [p.id for p in self.parties]), ("lever", [x.id for x in self.levers])):
            if len(set(ids)) < len(ids):
                raise ValueError(f"two of a kind ({kind}) have one id")
        return self

    @classmethod
    def read(cls, border: Border, name: str | None = None) -> Table:
        """Read a shipped table by name (the first without one), or any file by path.

        A table that `follows` another takes from it whatever it does not say itself.

        Raises
        ------
        RequestError
            No such table.
        DocumentError
            A mistake in it, with its line.
        """
        shipped = {p.stem: p for p in sorted((border.root / "negotiations").glob("*.yaml"), key=lambda p: p.stem)}
        name = name or next(iter(shipped), "")
        if not name:
            raise RequestError("the border ships no table", mend="give a file")
        path = shipped.get(name, Path(name))
        if name not in shipped and not path.suffix:
            mend = f"{nearest(name, shipped)}, or give a file"
            raise RequestError(f"there is no table {name!r}", mend=mend)
        source = read_yaml(path)
        value = source.value
        if isinstance(value, dict) and "follows" in value:
            followed = str(value["follows"])
            if followed not in shipped:
                mend = f"use one of {', '.join(shipped) or '(none ships)'}"
                cause, line = f"there is no table {followed!r} to follow", source.line(("follows",))
                raise DocumentError(cause, mend=mend, file=path, line=line)
            value = {**read_yaml(shipped[followed]).value, **{k: v for k, v in value.items() if k != "follows"}}
        return validate(cls, source, value)._checked(source, border)

    def _checked(self, source: Source, border: Border) -> Table:
        check = _Check(self, source, border)
        check.outcomes()
        check.ground()
        check.levers()
        check.conditions()
        return self

    def lever(self, name: str) -> Lever:
        return next(lever for lever in self.levers if lever.id == name)

    def party(self, name: str) -> Party:
        return next(party for party in self.parties if party.id == name)

    def level(self, lever: str, name: str) -> Level | None:
        """A level by the names of its lever and its own; None where the table has no such level."""
        return next((k for x in self.levers if x.id == lever for k in x.levels if k.id == name), None)

    def packages(self) -> tuple[Package, ...]:
        """Every combination of levels that keeps the hard conditions, in the order of the document."""
        every = product(*(range(len(lever.levels)) for lever in self.levers))
        return tuple(p for p in (Package(self, levels) for levels in every) if p.kept())


@dataclass(frozen=True)
class Package:
    """One level of each lever."""

    table: Table
    levels: tuple[int, ...]

    @property
    def id(self) -> str:
        return "+".join(level.id for level in self.chosen)

    @property
    def chosen(self) -> tuple[Level, ...]:
        return tuple(lever.levels[n] for lever, n in zip(self.table.levers, self.levels, strict=True))

    def amount(self, lever: str) -> float:
        return next(c.amount for x, c in zip(self.table.levers, self.chosen, strict=True) if x.id == lever)

    def given(self, lever: str) -> bool:
        return any(n > 0 for x, n in zip(self.table.levers, self.levels, strict=True) if x.id == lever)

    def kept(self) -> bool:
        """Whether the hard conditions hold."""
        return all(not self.given(c.lever) or self.amount(c.requires) >= c.at_least for c in self.table.conditions)

    @property
    def trades(self) -> bool:
        """Whether something is given in exchange: a lever under a condition; without conditions, one by each party."""
        if self.table.conditions:
            return any(self.given(c.lever) for c in self.table.conditions)
        return all(any(self.given(x.id) for x in self.table.levers if x.party == p.id) for p in self.table.parties)

    @property
    def waived(self) -> frozenset[str]:
        """Levers that a condition asks for and this package does not give."""
        asked = (c for c in self.table.conditions if self.given(c.lever) and c.measure is not None)
        return frozenset(c.requires for c in asked if self.amount(c.requires) < c.at_least)

    def notice(self, party: str) -> int:
        """Days by which a party's promises outlive its word that it stops."""
        lever = self.table.notice
        return int(self.amount(lever)) if lever is not None and self.table.lever(lever).party == party else 0

    def ends(self, word: dict[str, int]) -> dict[str, int]:
        """The days on which parties' levers end, who said on a day that they stop."""
        return {party: day + self.notice(party) for party, day in word.items()}

    def answered(self, party: str, day: int) -> dict[str, int]:
        """The days on which levers end where one party says on a day that it stops and the other answers.

        The answer comes some days after the levers of the first have truly ended; it too has its notice.
        """
        other = next(p.id for p in self.table.parties if p.id != party)
        own = day + self.notice(party)
        return {party: own, **self.ends({other: own + self.table.snap_back_days})}

    def with_level(self, lever: str, level: int) -> Package:
        """The same package with one lever at another level."""
        place = [x.id for x in self.table.levers].index(lever)
        return Package(self.table, (*self.levels[:place], level, *self.levels[place + 1 :]))

    def says(self) -> Named:
        """What is given, lever by lever."""
        given = [c for c, n in zip(self.chosen, self.levels, strict=True) if n]
        return Named(
            en="; ".join(c.name.en for c in given) or "nothing",
            es="; ".join(c.name.es for c in given) or "nada",
        )


def levels_of(table: Table, named: Pairs[str]) -> Package:
    """The package of the named levels; levers that are not named stay as they are today."""
    wanted = dict(named)
    levels = (next((n for n, k in enumerate(x.levels) if k.id == wanted.get(x.id)), 0) for x in table.levers)
    return Package(table, tuple(levels))


def changes(scenario: Scenario, choices: Pairs[str]) -> tuple[Change, ...]:
    """The amendments of one choice of each axis."""
    wanted = dict(choices)
    return tuple(c for a in scenario.axes for o in a.choices if o.id == wanted.get(a.id) for c in o.amend)


@dataclass(frozen=True)
class _Check:
    """What pydantic cannot see: whether the names of a table exist, and whether it can be played at all."""

    table: Table
    source: Source
    border: Border

    def refuse(self, cause: str, mend: str, *at: int | str) -> DocumentError:
        return DocumentError(cause, mend=mend, file=self.source.path, line=self.source.line(at))

    def named(self, name: str, known: tuple[str, ...], what: str, *at: int | str) -> None:
        if name not in known:
            raise self.refuse(f"there is no {what} {name!r}", nearest(name, known), *at)

    def package(self, levels: Pairs[str], *at: int | str) -> None:
        """Levers and levels exist."""
        for name, level in levels:
            self.named(name, tuple(x.id for x in self.table.levers), "lever", *at, "levels")
            self.named(level, tuple(k.id for k in self.table.lever(name).levels), "level", *at, "levels", name)

    def outcomes(self) -> None:
        """Every outcome is one that the simulator gives."""
        network = read_yaml(self.border.root / "network.yaml").value
        known = tuple(o["id"] for o in network["outcomes"])
        for p, party in enumerate(self.table.parties):
            for w, weight in enumerate(party.weights):
                self.named(weight.outcome, known, "outcome", "parties", p, "weights", w, "outcome")
            if not any(w.weight.high > 0 for w in party.weights):
                raise self.refuse(f"{party.id!r} cares about nothing", "give a weight above 0", "parties", p, "weights")
        for n, outcome in enumerate(self.table.people.watch):
            self.named(outcome, known, "outcome", "people", "watch", n)
        for n, floor in enumerate(self.table.people.floors):
            self.named(floor.outcome, known, "outcome", "people", "floors", n, "outcome")

    def ground(self) -> None:
        """No deal is a scenario that ships, with one choice of each axis, and the deal begins within it."""
        scenario = Scenario.read(self.border, self.table.no_deal.scenario)
        wanted = dict(self.table.no_deal.choices)
        for axis in scenario.axes:
            known = tuple(c.id for c in axis.choices)
            self.named(wanted.get(axis.id, ""), known, f"choice of {axis.id!r}", "no_deal", "choices", axis.id)
        start = datetime.fromisoformat(scenario.start).date()
        if not 0 <= (self.table.begins - start).days < scenario.days:
            cause = f"the deal begins on {self.table.begins}, outside of the scenario's {scenario.days} days"
            raise self.refuse(cause, f"give a day from {start} on", "begins")

    def levers(self) -> None:
        """Every lever amends something that exists, and somebody at the table controls it."""
        book = Rulebook.read(self.border)
        measures, parties = tuple(m.id for m in book.measures), tuple(p.id for p in self.table.parties)
        for n, lever in enumerate(self.table.levers):
            self.named(lever.party, parties, "party", "levers", n, "party")
            if not any(change.set_ for level in lever.levels for change in level.amend):
                raise self.refuse(
                    f"lever {lever.id!r} amends nothing", "amend a measure of the book", "levers", n, "levels"
                )
            for k, level in enumerate(lever.levels):
                place: Place = ("levers", n, "levels", k)
                for party, _ in (*level.pays, *level.gains):
                    self.named(party, parties, "party", *place)
                for c, change in enumerate(level.amend):
                    at = (*place, "amend", c)
                    self.named(change.measure, measures, "measure", *at, "measure")
                    for field, _ in change.set_:
                        self.named(field, tuple(sorted(AMENDABLE)), "field", *at, "set", field)
                self.amends(book, level, place)
        known = tuple(x.id for x in self.table.levers)
        if self.table.notice is not None:
            self.named(self.table.notice, known, "lever", "notice")
        for n, deal in enumerate(self.table.struck):
            self.package(deal.levels, "struck", n)
        if self.table.opening is not None:
            self.package(self.table.opening.levels, "opening")
            self.named(self.table.opening.party, parties, "party", "opening", "party")
            for party, _ in self.table.opening.impatience:
                self.named(party, parties, "party", "opening", "impatience", party)
        for n, risk in enumerate(self.table.ratification):
            self.named(risk.lever, known, "lever", "ratification", n, "lever")
            self.named(risk.party, parties, "party", "ratification", n, "party")

    def amends(self, book: Rulebook, level: Level, place: Place) -> None:
        """What a level amends makes a sound book, and can end again where its party stops."""
        try:
            book.amend(*(change.amendment() for change in level.amend))
        except (ValidationError, ValueError) as error:
            cause = f"level {level.id!r} is not sound ({str(error).splitlines()[0]})"
            raise self.refuse(cause, "correct its amendments", *place) from None
        for c, change in enumerate(level.amend):
            if not stops.dated(change.amendment(), book.measure(change.measure)):
                cause = f"what level {level.id!r} amends of {change.measure!r} could not end where its party stops"
                mend = "amend its `in_force` too, or only values that the measure has"
                raise self.refuse(cause, mend, *place, "amend", c, "set")

    def conditions(self) -> None:
        """Conditions name levers, can be met, and do not lead back to themselves."""
        book = Rulebook.read(self.border)
        known = tuple(x.id for x in self.table.levers)
        needs: dict[str, set[str]] = {}
        for n, c in enumerate(self.table.conditions):
            self.named(c.lever, known, "lever", "conditions", n, "lever")
            self.named(c.requires, known, "lever", "conditions", n, "requires")
            most = max(level.amount for level in self.table.lever(c.requires).levels)
            if most < c.at_least:
                cause = f"{c.requires!r} can never reach {c.at_least:,.10g}: its highest level is {most:,.10g}"
                raise self.refuse(cause, "ask for less or add a level", "conditions", n, "at_least")
            needs.setdefault(c.lever, set()).add(c.requires)
            if c.measure is not None:
                self.named(c.measure, tuple(m.id for m in book.measures), "measure", "conditions", n, "measure")
                held = book.measure(c.measure).condition
                waits = () if held is None else held.requires
                self.named(c.waits_for or "", waits, f"condition of {c.measure!r}", "conditions", n, "waits_for")
            circle = _circle(c.lever, needs, ())
            if circle:
                cause = f"the conditions go in a circle: {' needs '.join(circle)}"
                raise self.refuse(cause, "remove one of these conditions", "conditions", n)


def _circle(name: str, needs: dict[str, set[str]], path: tuple[str, ...]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    for wanted in sorted(needs.get(name, ())):
        found = _circle(wanted, needs, (*path, name))
        if found:
            return found
    return ()
