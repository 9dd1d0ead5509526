"""Is this machine ready: versions, the kernel compiled, and the hash of a small fixed run."""

from __future__ import annotations

import platform
import time
from dataclasses import asdict, dataclass
from typing import Any

import numba
import numpy as np

import cauce
from cauce.border import Border
from cauce.runs.study import Study
from cauce.runs.words import say
from cauce.terms import Language

REFERENCE_DRAW = 0


@dataclass(frozen=True)
class Diagnosis:
    """What the machine is, how long the first run took, and what it gave."""

    python: str
    versions: tuple[tuple[str, str], ...]
    seconds: float
    reference: str

    def text(self, language: Language = Language.ENGLISH) -> str:
        """A few plain lines."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions)
        lines = (
            say("machine", language, python=self.python, versions=versions),
            say("first_run", language, seconds=self.seconds),
            say("reference", language, reference=self.reference),
        )
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**asdict(self), "versions": dict(self.versions)}


def diagnose() -> Diagnosis:
    """Run one case of the shipped scenario and hash what it gives; the kernel is compiled on the way."""
    border = Border.open()
    study = Study.of(border, border.card.scenario)
    begun = time.monotonic()
    run = study.run(0, REFERENCE_DRAW)
    seconds = time.monotonic() - begun
    one = study.result(run.daily[np.newaxis, np.newaxis])
    versions = (("cauce", cauce.__version__), ("numpy", np.__version__), ("numba", numba.__version__))
    return Diagnosis(platform.python_version(), versions, seconds, one.sha256()[:16])
