"""Which weights the record allows: those of the judged ranges that explain what was accepted and refused.

A government that accepted a package is taken to have expected a gain over no deal, one that refused it none.  The
expected gain is linear in the weights, so that each decision cuts the box of judged ranges by a plane.  Kept are the
drawn weights that explain most of a party's decisions (all, where the record is consistent).  Decisions say nothing
of the scale of weights, only of their ratios: the scale stays that of the ranges.

    explain      a table's payoffs in, Inference out; from then on the payoffs use the weights that were kept
    Inference    how many decisions were known and explained, and the score with each left out in its turn

References
----------
Lahdelma, Hokkanen and Salminen (1998), SMAA: stochastic multiobjective acceptability analysis.
Brier (1950), Verification of forecasts expressed in terms of probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Named
from cauce.decisions.payoffs import CANDIDATES, SAMPLES, Payoffs
from cauce.decisions.precedents import Decision, Precedents
from cauce.errors import DocumentError

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Scored:
    """A decision, and the probability of acceptance before it was looked at."""

    decision: Decision
    said: Named
    """The package that was decided on."""
    judged: float
    """Of the judged ranges alone."""
    inferred: float
    """Of the weights that explain the party's other decisions."""


@dataclass(frozen=True)
class Inference:
    """What the record says of the weights."""

    known: tuple[Decision, ...]
    """Those that the table may know of."""
    explained: int
    """How many of them the kept weights explain."""
    shares: tuple[tuple[str, float], ...]
    """By party, the share of the judged weights that was kept."""
    scored: tuple[Scored, ...]

    @property
    def answers(self) -> Float:
        return np.array([float(s.decision.accepted) for s in self.scored])

    def brier(self, which: str) -> float:
        """Mean squared error of `judged` or `inferred` probabilities."""
        said = np.array([getattr(s, which) for s in self.scored])
        return float(((said - self.answers) ** 2).mean())

    @property
    def base(self) -> float:
        """The error of always saying the share accepted, of which each decision is itself a part: a hard yardstick."""
        share = self.answers.mean()
        return float(share * (1 - share))


def explained(gains: Float, accepted: Bool) -> Bool:
    """Which weights explain which decisions, shape (decision, weights), from expected gains of that shape.

    Examples
    --------
    >>> explained(np.array([[1.0, -1.0]]), np.array([False])).tolist()
    [[False, True]]
    """
    return np.asarray((gains > 0) == accepted[:, None])


def keep(gains: Float, accepted: Bool) -> tuple[Bool, int]:
    """Weights that explain most decisions, and how many those are; all weights where there is no decision."""
    right = explained(gains, accepted).sum(axis=0)
    most = int(right.max(initial=0))
    return np.asarray(right == most), most


def explain(payoffs: Payoffs, border: Border, draws: int, *, score: bool = True) -> Inference | None:
    """Keep the weights that explain the decisions known to a table; None where it names none.

    Raises
    ------
    DocumentError
        A party's ranges hold no weights that explain any of its known decisions.
    """
    table = payoffs.table
    if table.precedents is None:
        return None
    record = Precedents.read(border, table.precedents.document)
    until = table.precedents.until
    sitting = {party.id for party in table.parties}
    wanted = tuple(d for d in record.decisions if d.party in sitting and (score or d.day <= until))
    gains = _gains(payoffs, record, wanted, border, draws)
    known, right, shares = tuple(d for d in wanted if d.day <= until), 0, []
    for party in table.parties:
        mine = [d for d in known if d.party == party.id]
        if not mine:
            continue
        kept, most = keep(np.stack([gains[d] for d in mine]), np.array([d.accepted for d in mine]))
        if most == 0:
            raise DocumentError(
                f"none of {CANDIDATES:,} weights drawn from the ranges of {party.id!r} explains any of its"
                f" {len(mine)} decisions up to {until}",
                mend="widen its ranges or correct the decisions",
                file=record.path,
            )
        # fewer than are used: they are used several times
        payoffs.keep(party.id, np.resize(np.flatnonzero(kept), SAMPLES))
        right += most
        shares.append((party.id, float(kept.mean())))
    return Inference(known, right, tuple(shares), _scored(record, wanted, gains) if score else ())


def _scored(record: Precedents, decisions: tuple[Decision, ...], gains: dict[Decision, Float]) -> tuple[Scored, ...]:
    """Each decision from the weights that explain the same party's others."""
    found = []
    for decision in decisions:
        others = [d for d in decisions if d.party == decision.party and d is not decision]
        likely = gains[decision] > 0
        kept = np.ones_like(likely)
        if others:
            kept, _ = keep(np.stack([gains[d] for d in others]), np.array([d.accepted for d in others]))
        found.append(
            Scored(decision, record.package(decision).says(), float(likely.mean()), float(likely[kept].mean()))
        )
    return tuple(found)


def _gains(
    payoffs: Payoffs, record: Precedents, decisions: tuple[Decision, ...], border: Border, draws: int
) -> dict[Decision, Float]:
    """The deciding party's expected gain from each package, by candidate weights, on the ground of its own day.

    What outcomes and levels are worth is what the table in play says, wherever it speaks of them: its weights are
    those that are inferred.
    """
    grounds = {name: payoffs for name, table in record.tables.items() if table == payoffs.table}
    for decision in decisions:
        if decision.table not in grounds:
            other = Payoffs.of(record.tables[decision.table], border, payoffs.seed, payoffs.store_root, payoffs.workers)
            other.progress = payoffs.progress
            grounds[decision.table] = other
    for name, ground in grounds.items():
        packages = [record.package(d) for d in decisions if d.table == name]
        if packages:
            ground.run([ground.ground, *(ground.book(p, p.waived) for p in packages)], draws)
    found = {}
    for decision in decisions:
        parts = grounds[decision.table].parts(decision.party, record.package(decision), draws, payoffs.table)
        found[decision] = sum((p.times * payoffs.judged(p.name, p.worth) for p in parts), np.zeros(CANDIDATES))
    return found
