"""A table played through, for whoever asked: its sheets, and behind them the same as plain numbers.

play      table in, Played out
Played    sheets, text, JSON
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border
from cauce.decisions import clauses, conclusions, offers, replays
from cauce.decisions.negotiation import Asked, Negotiation, negotiate
from cauce.decisions.table import Package, Table
from cauce.runs.sheets import Sheet
from cauce.terms import Language

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Played:
    """What came of a table, or of the deals of the record that it names."""

    pages: tuple[Sheet, ...]
    """The sheet first."""
    found: tuple[Negotiation, ...]
    replayed: bool

    @property
    def sheet(self) -> Sheet:
        return self.pages[0]

    @property
    def id(self) -> str:
        return self.sheet.id

    def text(self, language: Language = Language.ENGLISH) -> str:
        return self.sheet.text(language)

    def as_json(self) -> dict[str, Any]:
        """The sheet, and beside it packages, prices and stops as plain numbers; dollars are over no deal."""
        every = [numbers(found) if self.replayed else {**numbers(found), **exchange(found)} for found in self.found]
        return {**self.sheet.as_json(), **({"replays": every} if self.replayed else every[0])}


def play(table: Table, border: Border, asked: Asked, *, replay: bool) -> Played:
    """A table played through, or the deals of the record that it names."""
    if replay:
        every = replays.replay(table, border, asked)
        return Played((replays.sheet(table, every),), every, replayed=True)
    found = negotiate(table, border, asked)
    return Played(clauses.sheets(found), (found,), replayed=False)


def numbers(found: Negotiation) -> dict[str, Any]:
    """The zone, its solutions, and the deals of the record."""
    inferred = found.inference
    return {
        "table": found.table.id,
        "draws": found.draws,
        "seed": found.payoffs.study.seed,
        "days": found.payoffs.days,
        "tried": found.tried,
        "possible": found.possible,
        "packages": [
            {
                "levels": levels(package),
                "both_gain": float(found.zone[n]),
                "gains": by_party(found, found.spread[n]),
                "keeps_floors": bool(found.humane[n]),
                "on_front": bool(found.front[n]),
                "settles": found.payoffs.settles(package),
            }
            for n, package in enumerate(found.packages)
        ],
        "offer": found.offered,
        "exchange": found.traded,
        "solutions": [
            {"concept": name, "within_floors": floored, "gains": named(found, value)}
            for name, floored, value in found.solutions()
        ],
        "struck": [
            {"day": f"{deal.struck.day}", "levels": levels(deal.package), "both_gain": deal.chance,
             "gains": by_party(found, deal.gains), "inside": deal.within, "unbeaten": deal.unbeaten,
             "shortfall": deal.shortfall, "keeps_floors": deal.humane}
            for deal in found.struck()
        ],
        "brier": None if inferred is None or not inferred.scored else {
            "decisions": len(inferred.scored), "inferred": inferred.brier("inferred"),
            "judged": inferred.brier("judged"), "base_rate": inferred.base,
        },
    }  # fmt: skip


def exchange(found: Negotiation) -> dict[str, Any]:
    """What follows from the exchange: conditions, rates, stops, refusals, ratification, the court, the talks."""
    alive, gain = found.ratified()
    talks = offers.play(found)
    return {
        "conditions": [
            {"dropped": lever, "change": by_party(found, change)} for lever, change in found.relaxed()
        ],
        "rates": [
            {"given": rate.given.id, "step": rate.step, "in": rate.wanted.id, "to": rate.wanted.party,
             "given_between": [rate.ends[0].low, rate.ends[0].high],
             "in_between": [rate.ends[1].low, rate.ends[1].high],
             "share_with_price": rate.share, **(spread(rate.worth) if rate.worth.size else {})}
            for rate in conclusions.rates(found)
        ],
        "stops": [
            {"party": party.id, "day": stop.day, "ends": stop.ends, "share_gaining": stop.share,
             "over_days": found.window, "change": by_party(found, stop.total)}
            for party in found.table.parties for stop in (found.stop(party.id, day) for day in found.looks)
        ],
        "refused": [
            {"lever": r.lever.id, "level": r.level.id, "best_chance": named(found, r.best),
             "because": [{"party": p.id, "of": part.name, "mean": worth} for p, part, worth in r.why]}
            for r in found.refused()
        ],
        "ratified": {"stands": alive, "gains": named(found, gain)},
        "hearings": [
            {"day": f"{hearing.day}", "decided": hearing.decided.value, "days_lost": lost, "worth": named(found, worth)}
            for hearing, lost, worth in found.hearings()
        ],
        "talks": None if talks is None else {
            "opening": levels(talks.package), "worth": named(found, talks.worth), "accepted": talks.accepted,
            "settled": named(found, talks.settled.mean(axis=0)), "near": levels(talks.near),
        },
    }  # fmt: skip


def levels(package: Package) -> dict[str, str]:
    """The level of each lever, by name."""
    return {lever.id: level.id for lever, level in zip(package.table.levers, package.chosen, strict=True)}


def named(found: Negotiation, values: Float) -> dict[str, float]:
    """One number for each party."""
    return {party.id: float(value) for party, value in zip(found.table.parties, values, strict=True)}


def by_party(found: Negotiation, values: Float) -> dict[str, dict[str, float]]:
    """Mean, 80% interval and probability of a gain for each party, from (party, draw, sample)."""
    return {
        party.id: {**spread(own), "probability": float((own > 0).mean())}
        for party, own in zip(found.table.parties, values, strict=True)
    }


def spread(values: Float) -> dict[str, float]:
    """Mean, median and 80% interval."""
    low, middle, high = (float(v) for v in np.percentile(values, (10, 50, 90)))
    return {"mean": float(values.mean()), "p10": low, "median": middle, "p90": high}
