"""Labelled results: every case, draw, outcome and day, with the provenance of all it was made from."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.border import Named
from cauce.errors import OutputError, RequestError

INTERVAL = (10, 50, 90)  # [percent] median and 80% interval


@dataclass(frozen=True)
class Outcome:
    """What is counted, in both languages; `gives` and `gets` name the sides of the table."""

    id: str
    name: Named
    unit: str
    kind: str
    group: str
    protection: bool
    gives: tuple[str, ...]
    gets: tuple[str, ...]


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
    """The numbers of one study.  `daily` has shape (case, draw, outcome, day)."""

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

    def total(self, outcome: str) -> NDArray[np.float64]:
        """Flows summed over the horizon, stocks at their highest morning: shape (case, draw)."""
        number = [o.id for o in self.outcomes].index(outcome)
        values = self.daily[:, :, number]
        return values.sum(axis=2) if self.outcomes[number].kind == "flow" else values.max(axis=2)

    def summary(self) -> pl.DataFrame:
        """case, outcome, statistic, p10, p50, p90; flows as sum and mean a day, stocks as highest and mean."""
        rows: list[dict[str, Any]] = []
        for number, outcome in enumerate(self.outcomes):
            values = self.daily[:, :, number]
            named = {"mean": values.mean(axis=2)}
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
        number = [o.id for o in self.outcomes].index(outcome)
        return np.asarray(np.percentile(self.daily[case, :, number], INTERVAL, axis=0))

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
            "cases": [{"id": c, "name": n.model_dump()} for c, n in self.cases],
            "outcomes": [{**asdict(o), "name": o.name.model_dump()} for o in self.outcomes],
            "days": [d.isoformat() for d in self.days],
            "provenance": asdict(self.provenance),
            "sides": [{"id": side, "name": name.model_dump()} for side, name in self.sides],
            "notes": [n.model_dump() for n in self.notes],
            "summary": self.summary().to_dicts(),
        }

    def write(self, folder: Path) -> Path:
        """Write outcomes.parquet, summary.csv and result.json into `folder`, all or nothing.

        Raises
        ------
        OutputError
            The folder cannot be written.
        """
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            try:
                self.long().write_parquet(beside / "outcomes.parquet")
                self.summary().write_csv(beside / "summary.csv")
                np.save(beside / "daily.npy", self.daily, allow_pickle=False)
                text = json.dumps(self.as_json(), ensure_ascii=False, indent=1)
                (beside / "result.json").write_text(text, encoding="utf-8")
                folder.mkdir(exist_ok=True)
                for file in sorted(beside.iterdir()):
                    file.replace(folder / file.name)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        except OSError as error:
            raise OutputError(
                f"results cannot be written there ({error.strerror})",
                mend="name a folder you may write with --out",
                file=folder,
            ) from None
        return folder

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
            daily = np.load(folder / "daily.npy", allow_pickle=False)
            result = cls(
                id=told["id"],
                name=Named(**told["name"]),
                question=Named(**told["question"]),
                cases=tuple((c["id"], Named(**c["name"])) for c in told["cases"]),
                outcomes=tuple(
                    Outcome(
                        **{
                            **o,
                            "name": Named(**o["name"]),
                            "gives": tuple(o["gives"]),
                            "gets": tuple(o["gets"]),
                        }
                    )
                    for o in told["outcomes"]
                ),
                days=tuple(date.fromisoformat(d) for d in told["days"]),
                daily=daily,
                provenance=Provenance(**told["provenance"]),
                notes=tuple(Named(**n) for n in told["notes"]),
                sides=tuple((s["id"], Named(**s["name"])) for s in told["sides"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            raise RequestError(
                f"{folder} holds no result",
                mend="name the folder that `cauce run` wrote, such as results/december-2022",
            ) from None
        if result.sha256() != told["sha256"]:
            raise RequestError(f"{folder} was changed after it was written", mend="run it again")
        return result
