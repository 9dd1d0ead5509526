"""The priors of arrivals: `arrivals.yaml` of a border, and their draws."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from cauce.documents import Document, Pairs, Ranged, load
from cauce.errors import DocumentError
from cauce.keys import key as fold
from cauce.keys import triangular, uniforms

Kept = TypeVar("Kept")


class Prior(Ranged):
    """A number with its range, its source, and the month from which a fit may use it."""

    known_by: str


class Profile(Document):
    """Relative weights of the members of a list, such as the hours of a day."""

    weights: tuple[float, ...]
    source: str = Field(min_length=1)
    known_by: str

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if min(self.weights, default=-1) < 0 or sum(self.weights) == 0:
            raise ValueError("weights are numbers from 0 up, and not all zero")
        return self


class Grid(Document):
    """Values that stand side by side with equal weight, such as the speeds of a pool of walks."""

    values: tuple[float, ...] = Field(min_length=1)
    source: str = Field(min_length=1)
    known_by: str


class _File(Document):
    numbers: Pairs[Prior]
    profiles: Pairs[Profile]
    grids: Pairs[Grid] = ()


class Priors:
    """Priors by name; `draw` gives one value each for a draw."""

    def __init__(
        self,
        numbers: dict[str, Prior],
        profiles: dict[str, Profile],
        grids: dict[str, Grid],
        path: Path,
        chosen: Mapping[str, float] | None = None,
    ) -> None:
        self._numbers, self._profiles, self._grids, self._path = numbers, profiles, grids, path
        self._chosen = chosen or {}

    @classmethod
    def read(cls, path: Path) -> Priors:
        file = load(_File, path)
        return cls(dict(file.numbers), dict(file.profiles), dict(file.grids), path)

    def known_on(self, month: str) -> Priors:
        """Only what a fit in `month` (YYYY-MM) may use."""
        numbers = {n: p for n, p in self._numbers.items() if p.known_by <= month}
        profiles = {n: p for n, p in self._profiles.items() if p.known_by <= month}
        return Priors(numbers, profiles, {n: g for n, g in self._grids.items() if g.known_by <= month}, self._path)

    def choosing(self, values: Mapping[str, float] | None) -> Priors:
        """The same priors, of which every draw takes these values and not its own."""
        return Priors(self._numbers, self._profiles, self._grids, self._path, values)

    def _known(self, kind: str, found: dict[str, Kept], name: str) -> Kept:
        if name not in found:
            raise DocumentError(
                f"{kind} {name!r} is missing or was not known on that day",
                mend="name a later day, or add it with its source and known_by",
                file=self._path,
            )
        return found[name]

    def __getitem__(self, name: str) -> Prior:
        return self._known("prior", self._numbers, name)

    def grid(self, name: str) -> tuple[float, ...]:
        """The values of a grid."""
        return self._known("grid", self._grids, name).values

    def shares(self, name: str) -> NDArray[np.float64]:
        """The weights of a profile, summing to one."""
        weights = np.array(self._known("profile", self._profiles, name).weights)
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def draw(self, name: str, key: int) -> float:
        """One triangular draw (low, value, high) for a key, or the value chosen; the same for every policy."""
        prior = self[name]
        if name in self._chosen:
            return self._chosen[name]
        u = float(uniforms(np.array([fold(key, name)], dtype=np.uint64), "prior")[0])
        return triangular(prior.low, prior.value, prior.high, u)

    def canonical(self) -> str:
        """Text to hash."""
        told: dict[str, Document] = {**self._numbers, **self._profiles, **self._grids}
        return "|".join(f"{name}:{document.canonical()}" for name, document in sorted(told.items()))
