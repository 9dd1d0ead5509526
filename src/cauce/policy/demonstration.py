"""The programme in memory: synthetic families apply from many threads against the cap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from cauce.border import Border, Named
from cauce.errors import RequestError
from cauce.keys import generator
from cauce.policy.cap import CapLedger
from cauce.policy.measure import Measure, instant
from cauce.policy.programme import Application, Crossing, State, Verdict, decide, move
from cauce.policy.rulebook import Rulebook
from cauce.terms import Language, Words, spoken

THREADS = 16
LARGEST_GROUP = 5
MOST = 1_000_000  # [group] all are held in memory at once
WORDS: Words = {
    "demonstration": (
        "DEMONSTRATION: not a government service, no authorisation is real, applying is free.",
        "DEMOSTRACIÓN: no es un servicio del gobierno, ninguna autorización es real, solicitar es gratis.",
    ),
    "cap": ("{programme}: cap {cap:,}, used {used:,}", "{programme}: tope {cap:,}, usado {used:,}"),
    "agrees": ("the ledger agrees", "el libro cuadra"),
    "disagrees": ("the ledger DISAGREES", "el libro NO CUADRA"),
    "groups": ("groups (persons): {states}", "grupos (personas): {states}"),
    "reasons": ("reasons: {reasons}", "motivos: {reasons}"),
    "none": ("none", "ninguno"),
    State.AUTHORISED: ("authorised", "autorizados"),
    State.WAITING: ("waiting for the cap", "en espera del tope"),
    State.NOT_CONFIRMED: ("not confirmed", "no confirmados"),
    State.REVIEW: ("a person reviews the supporter", "una persona revisa al patrocinador"),
}
_say = partial(spoken, WORDS)


@dataclass(frozen=True)
class DemoResult:
    """What came of the applications."""

    programme: Named
    cap: int
    used: int
    ledger_agrees: bool
    groups: dict[str, int]
    persons: dict[str, int]
    reasons: tuple[tuple[Named, int], ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        reasons = {reason.en: count for reason, count in self.reasons}
        return {**vars(self), "programme": self.programme.en, "reasons": reasons}

    def text(self, language: Language = Language.ENGLISH) -> str:
        """A few plain lines."""
        states = ", ".join(
            f"{spoken(WORDS, name, language)} {count:,} ({self.persons[name]:,})"
            for name, count in sorted(self.groups.items())
        )
        barred = "; ".join(sorted(f"{reason.text(language)}: {count:,}" for reason, count in self.reasons))
        lines = (
            _say("demonstration", language),
            _say("cap", language, programme=self.programme.text(language), cap=self.cap, used=self.used),
            _say("agrees" if self.ledger_agrees else "disagrees", language),
            _say("groups", language, states=states),
            _say("reasons", language, reasons=barred or _say("none", language)),
        )
        return "\n".join(lines)


def demonstrate(border: Border, seed: int, applications: int) -> DemoResult:
    """Let `applications` synthetic groups of 1 to 5 apply to the border's first programme with a total cap.

    Raises
    ------
    RequestError
        Fewer than one application, or a border without such a programme.
    """
    if not 1 <= applications <= MOST:
        raise RequestError(f"{applications} applications are none or too many", mend=f"give 1 to {MOST}")
    book = Rulebook.read(border)
    capped = (m for m in book.measures if m.kind == "programme" and m.cap_per == "total")
    programmes = [m for m in capped if m.eligibility and m.in_force]
    if not programmes:
        cause = "the border has no programme in force with a total cap and rules of eligibility"
        raise RequestError(cause, mend="add one to its book")
    programme = programmes[0]
    start = instant(programme.in_force[0].from_)
    cap = programme.value("cap", start)
    assert cap is not None  # a measure with `cap_per` has one
    ledger = CapLedger(round(cap.value))
    groups = _groups(programme, start.date(), seed, applications)
    outcomes = take_all(ledger, groups, start.date(), programme)
    persons: Counter[str] = Counter()
    for (_, people), (state, _) in zip(groups, outcomes, strict=True):
        persons[state.value] += len(people)
    return DemoResult(
        programme=programme.name,
        cap=ledger.cap,
        used=ledger.used,
        ledger_agrees=ledger.agrees(),
        groups=dict(Counter(state.value for state, _ in outcomes)),
        persons=dict(persons),
        reasons=tuple(Counter(reason for _, reasons in outcomes for reason in reasons).items()),
    )


Group = tuple[str, tuple[Application, ...]]
Taken = tuple[State, tuple[Named, ...]]


def take_all(ledger: CapLedger, groups: list[Group], day: date, programme: Measure) -> list[Taken]:
    """Submit every group from many threads at once; (state, reasons) in the order of the groups."""

    def one(group: Group) -> Taken:
        name, people = group
        decisions = [decide(person, day, programme) for person in people]
        state = move(State.DRAFT, State.SUBMITTED, State.QUEUED, State.SELECTED, State.REVIEW)
        reasons = tuple(reason for d in decisions for reason, _ in d.reasons)
        if any(d.verdict is Verdict.INELIGIBLE for d in decisions):
            return move(state, State.NOT_CONFIRMED), reasons
        if any(d.verdict is Verdict.REVIEW for d in decisions):
            return state, reasons
        state = move(state, State.CONFIRMED, State.ACCOUNT, State.REQUESTED)
        return move(state, State.AUTHORISED if ledger.take(name, len(people)) else State.WAITING), ()

    run: Callable[[Group], Taken] = one
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, groups))


def _groups(programme: Measure, day: date, seed: int, many: int) -> list[Group]:
    """Synthetic groups; the shares of disqualified people only exercise the rules and describe nobody."""
    rng = generator("demonstration", seed)
    own = programme.applies_to.nationalities[0]
    bars = () if programme.eligibility is None else programme.eligibility.crossing_bars
    groups = []
    for number in range(many):
        size = int(rng.integers(1, LARGEST_GROUP + 1))
        luck = rng.random((size, 4))
        people = tuple(
            Application(
                nationality=own,
                has_supporter=bool(u[0] > 0.04),
                passport_valid=bool(u[1] > 0.02),
                crossings=tuple(Crossing(bar.places[0], day) for bar in bars) if u[2] < 0.02 else (),
                security_clear=bool(u[3] > 0.01),
            )
            for u in luck
        )
        groups.append((f"group-{number}", people))
    return groups
