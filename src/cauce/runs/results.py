"""Labelled results: every case, draw, outcome and day, with the provenance of all it was made from.

A result is one array and its labels, and knows nothing of how it is shown.

    Outcome, Axis, Dispute, Provenance   the labels
    Result.total, fan, paired            the numbers asked for most: (case, draw), by day, differences
    Result.summary, long                 the same as tables
    Result.write, read                   a folder, all or nothing
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.border import Named
from cauce.documents import Ranged
from cauce.errors import RequestError
from cauce.places import put_folder
from cauce.terms import SMALL_CELL

INTERVAL = (10, 50, 90)  # [percent] median and 80% interval


@dataclass(frozen=True)
class Outcome:
    """What is counted, in both languages; `gives` and `gets` name the sides of the table.

    `rated` and `surge` are the capacities [unit] of the place where a stock stands, if it has any.
    `small_cell` is the smallest count that is shown.
    """

    id: str
    name: Named
    unit: str
    kind: str
    group: str
    protection: bool
    gives: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    rated: float | None = None
    surge: float | None = None
    small_cell: int = SMALL_CELL
    realised: tuple[str, str] | None = None
    """For what the rules announce: the outcome that tells what came of it, and the one both are shares of."""

    @classmethod
    def of(cls, told: dict[str, Any]) -> Outcome:
        sides = {way: tuple(told[way]) for way in ("gives", "gets")}
        realised = None if told.get("realised") is None else tuple(told["realised"])
        return cls(**{**told, "name": Named(**told["name"]), **sides, "realised": realised})


@dataclass(frozen=True)
class Axis:
    """One question whose choices are crossed into cases."""

    id: str
    name: Named
    choices: tuple[tuple[str, Named], ...]


@dataclass(frozen=True)
class Dispute:
    """A measure whose law is contested: both positions, and the harm."""

    measure: Named
    favour: Named
    against: Named
    harm: Named


@dataclass(frozen=True)
class Accord:
    """A measure that a side grants on conditions; `binding` has the numbers of those unmet at the end, by case."""

    measure: Named
    conditions: tuple[Named, ...]
    binding: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Driver:
    """A number drawn from its range that an outcome follows: mean rank correlation over the draws of each case."""

    outcome: str
    name: str
    low: float
    high: float
    unit: str
    source: str
    correlation: float

    @classmethod
    def of(cls, outcome: str, name: str, quantity: Ranged, correlation: float) -> Driver:
        return cls(outcome, name, quantity.low, quantity.high, quantity.unit, quantity.source, correlation)


@dataclass(frozen=True)
class Provenance:
    """Hashes of the documents, the seed, the version, the newest data."""

    hashes: dict[str, str]
    seed: int
    draws: int
    version: str
    data_through: str
    border: str


@dataclass(frozen=True)
class Result:
    """The numbers of one study.  `daily` has shape (case, draw, outcome, day).

    `axes`, when given, cross into `cases` in order, the last one fastest.  Flows are per day, stocks stand
    at six in the morning.  `flags` say which case does what the law forbids.
    """

    id: str
    name: Named
    question: Named
    cases: tuple[tuple[str, Named], ...]
    outcomes: tuple[Outcome, ...]
    days: tuple[date, ...]
    daily: NDArray[np.float64] = field(repr=False)
    provenance: Provenance
    notes: tuple[Named, ...] = ()
    sides: tuple[tuple[str, Named], ...] = ()
    axes: tuple[Axis, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    flags: tuple[Named, ...] = ()
    accords: tuple[Accord, ...] = ()
    drivers: tuple[Driver, ...] = ()

    def sha256(self) -> str:
        """Hash of labels and numbers; provenance other than that does not count."""
        digest = hashlib.sha256()
        labels = [
            [c for c, _ in self.cases],
            [o.id for o in self.outcomes],
            [d.isoformat() for d in self.days],
        ]
        digest.update(json.dumps(labels, separators=(",", ":")).encode())
        digest.update(np.ascontiguousarray(self.daily, dtype="<f8").tobytes())
        return digest.hexdigest()

    def values(self, outcome: str) -> NDArray[np.float64]:
        """Every number of an outcome, shape (case, draw, day)."""
        return self.daily[:, :, [o.id for o in self.outcomes].index(outcome)]

    @cached_property
    def _digests(self) -> dict[str, bytes]:
        return {o.id: hashlib.sha256(self.values(o.id).tobytes()).digest() for o in self.outcomes}

    def repeats(self, one: str, other: str) -> bool:
        """Whether two outcomes hold the same numbers."""
        return self._digests[one] == self._digests[other]

    def total(self, outcome: str) -> NDArray[np.float64]:
        """Flows summed over the horizon, stocks at their highest morning: shape (case, draw)."""
        kind = next(o.kind for o in self.outcomes if o.id == outcome)
        values = self.values(outcome)
        return values.sum(axis=2) if kind == "flow" else values.max(axis=2)

    def summary(self) -> pl.DataFrame:
        """case, outcome, statistic, p10, p50, p90; flows as sum and mean a day, stocks as highest and mean."""
        rows: list[dict[str, Any]] = []
        for outcome in self.outcomes:
            named = {"mean": self.values(outcome.id).mean(axis=2)}
            named["sum" if outcome.kind == "flow" else "highest"] = self.total(outcome.id)
            for statistic, by_draw in named.items():
                quantiles = np.percentile(by_draw, INTERVAL, axis=1)
                for case, (name, _) in enumerate(self.cases):
                    low, middle, high = (float(x) for x in quantiles[:, case])
                    rows.append(
                        {"case": name, "outcome": outcome.id, "unit": outcome.unit, "statistic": statistic,
                         "p10": low, "p50": middle, "p90": high}
                    )  # fmt: skip
        return pl.DataFrame(rows)

    def paired(self, outcome: str, case: int, base: int) -> tuple[float, float, float]:
        """Difference of two cases on common draws: (p10, p50, p90)."""
        total = self.total(outcome)
        low, middle, high = np.percentile(total[case] - total[base], INTERVAL)
        return float(low), float(middle), float(high)

    def fan(self, outcome: str, case: int) -> NDArray[np.float64]:
        """Quantiles by day, shape (3, day)."""
        return np.asarray(np.percentile(self.values(outcome)[case], INTERVAL, axis=0))

    @property
    def grid(self) -> tuple[tuple[Named, tuple[int, ...]], ...]:
        """Cases as rows of a crossed table: name of the row, its cases by the choices of the last axis."""
        if len(self.axes) < 2:
            return tuple((name, (case,)) for case, (_, name) in enumerate(self.cases))
        wide = len(self.axes[-1].choices)
        rows = []
        for number, choices in enumerate(product(*(axis.choices for axis in self.axes[:-1]))):
            name = Named(en=", ".join(n.en for _, n in choices), es=", ".join(n.es for _, n in choices))
            rows.append((name, tuple(range(number * wide, (number + 1) * wide))))
        return tuple(rows)

    def base(self, case: int) -> int:
        """The case that `case` is compared with: the last choice of the last axis, all else the same."""
        wide = len(self.axes[-1].choices) if self.axes else len(self.cases)
        return case - case % wide + wide - 1

    def long(self) -> pl.DataFrame:
        """One row a case, draw, outcome and day."""
        index = np.indices(self.daily.shape).reshape(4, -1)
        return pl.DataFrame(
            {
                "case": pl.Series(index[0]).cast(pl.Int32),
                "draw": pl.Series(index[1]).cast(pl.Int32),
                "outcome": pl.Series(index[2]).cast(pl.Int32),
                "day": pl.Series(index[3]).cast(pl.Int32),
                "value": self.daily.ravel(),
            }
        ).with_columns(
            pl.col("case").replace_strict(dict(enumerate(c for c, _ in self.cases)), return_dtype=pl.String),
            pl.col("outcome").replace_strict(dict(enumerate(o.id for o in self.outcomes)), return_dtype=pl.String),
            pl.col("day").replace_strict(dict(enumerate(self.days)), return_dtype=pl.Date),
        )

    def as_json(self) -> dict[str, Any]:
        """Labels, provenance, hash and summary, without the single draws."""
        return {
            "id": self.id,
            "sha256": self.sha256(),
            "name": self.name.model_dump(),
            "question": self.question.model_dump(),
            "cases": _told(self.cases),
            "axes": [{"id": a.id, "name": a.name.model_dump(), "choices": _told(a.choices)} for a in self.axes],
            "outcomes": [{**asdict(o), "name": o.name.model_dump()} for o in self.outcomes],
            "days": [d.isoformat() for d in self.days],
            "provenance": asdict(self.provenance),
            "sides": _told(self.sides),
            "notes": [n.model_dump() for n in self.notes],
            "disputes": [{k: v.model_dump() for k, v in vars(d).items()} for d in self.disputes],
            "flags": [n.model_dump() for n in self.flags],
            "accords": [
                {**asdict(a), "measure": a.measure.model_dump(), "conditions": [c.model_dump() for c in a.conditions]}
                for a in self.accords
            ],
            "drivers": [asdict(d) for d in self.drivers],
            "summary": self.summary().to_dicts(),
        }

    @classmethod
    def of(cls, told: dict[str, Any], daily: NDArray[np.float64]) -> Result:
        """The result that `as_json` told of, with its numbers."""
        return cls(
            id=told["id"],
            name=Named(**told["name"]),
            question=Named(**told["question"]),
            cases=_named(told["cases"]),
            outcomes=tuple(Outcome.of(o) for o in told["outcomes"]),
            days=tuple(date.fromisoformat(d) for d in told["days"]),
            daily=daily,
            provenance=Provenance(**told["provenance"]),
            notes=tuple(Named(**n) for n in told["notes"]),
            sides=_named(told["sides"]),
            axes=tuple(Axis(a["id"], Named(**a["name"]), _named(a["choices"])) for a in told.get("axes", ())),
            disputes=tuple(Dispute(**{k: Named(**v) for k, v in d.items()}) for d in told.get("disputes", ())),
            flags=tuple(Named(**n) for n in told.get("flags", ())),
            accords=tuple(
                Accord(
                    Named(**a["measure"]), tuple(Named(**c) for c in a["conditions"]), tuple(map(tuple, a["binding"]))
                )
                for a in told.get("accords", ())
            ),
            drivers=tuple(Driver(**d) for d in told.get("drivers", ())),
        )

    def write(self, folder: Path) -> Path:
        """Write outcomes.parquet, summary.csv, daily.npy and result.json into `folder`, all or nothing.

        The new folder is made beside the old one and takes its place; what else stood there is kept.

        Raises
        ------
        OutputError
            The folder cannot be written.
        """

        def fill(beside: Path) -> None:
            self.long().write_parquet(beside / "outcomes.parquet")
            self.summary().write_csv(beside / "summary.csv")
            np.save(beside / "daily.npy", self.daily, allow_pickle=False)
            text = json.dumps(self.as_json(), ensure_ascii=False, indent=1)
            (beside / "result.json").write_text(text, encoding="utf-8")

        return put_folder(folder, fill, what="results")

    @classmethod
    def read(cls, folder: Path) -> Result:
        """Read a result that `write` wrote.

        Raises
        ------
        RequestError
            There is none in the folder, or it was damaged.
        """
        try:
            told = json.loads((folder / "result.json").read_text(encoding="utf-8"))
            result = cls.of(told, np.load(folder / "daily.npy", allow_pickle=False))
            whole, sha256 = result.sha256() == told["sha256"], told["sha256"]
        except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
            raise RequestError(
                f"{folder} holds no result",
                mend="name the folder that `cauce run` wrote, such as results/december-2022",
            ) from None
        if not whole:
            mend = f"run it again (its hash was {sha256[:12]})"
            raise RequestError(f"{folder} was changed after it was written", mend=mend)
        return result


def _told(pairs: tuple[tuple[str, Named], ...]) -> list[dict[str, Any]]:
    return [{"id": name, "name": named.model_dump()} for name, named in pairs]


def _named(told: list[dict[str, Any]]) -> tuple[tuple[str, Named], ...]:
    return tuple((one["id"], Named(**one["name"])) for one in told)
