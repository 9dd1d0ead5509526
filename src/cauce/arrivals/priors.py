"""The priors of arrivals: `arrivals.yaml` of a border, and their draws."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from pydantic import model_validator

from cauce.documents import Document, Pairs, read_yaml, validate
from cauce.errors import DocumentError
from cauce.keys import key as fold
from cauce.keys import triangular, uniforms


class Prior(Document):
    """A number with its range, its source, and the month from which a fit may use it."""

    value: float
    low: float
    high: float
    unit: str = "1"
    source: str
    known_by: str

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 <= self.low <= self.value <= self.high:
            raise ValueError(f"wants 0 <= low <= value <= high, got {self.low}, {self.value}, {self.high}")
        return self


class _File(Document):
    priors: Pairs[Prior]


class Priors:
    """Priors by name; `draw` gives one value each for a draw."""

    def __init__(self, priors: dict[str, Prior], path: Path) -> None:
        self._priors, self._path = priors, path

    @classmethod
    def read(cls, path: Path) -> Priors:
        source = read_yaml(path)
        return cls(dict(validate(_File, source, {"priors": source.value}).priors), path)

    def known_on(self, month: str) -> Priors:
        """Only what a fit in `month` (YYYY-MM) may use."""
        return Priors({n: p for n, p in self._priors.items() if p.known_by <= month}, self._path)

    def __getitem__(self, name: str) -> Prior:
        try:
            return self._priors[name]
        except KeyError:
            raise DocumentError(
                f"prior {name!r} is missing or was not known on that day",
                mend="add it with its source and known_by",
                file=self._path,
            ) from None

    def draw(self, name: str, key: int) -> float:
        """One triangular draw (low, value, high) for a key; the same for every policy."""
        prior = self[name]
        u = float(uniforms(np.array([fold(key, name)], dtype=np.uint64), "prior")[0])
        return triangular(prior.low, prior.value, prior.high, u)

    def canonical(self) -> str:
        """Text to hash."""
        return "|".join(f"{name}:{prior.canonical()}" for name, prior in sorted(self._priors.items()))
