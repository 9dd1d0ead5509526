"""Is this machine ready: versions, the kernel compiled, and the hash of a small fixed run."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass

import numba
import numpy as np

import cauce
from cauce.border import Border
from cauce.runs.study import Study

REFERENCE_DRAW = 0


@dataclass(frozen=True)
class Diagnosis:
    """What the machine is, how long the first run took, and what it gave."""

    python: str
    versions: tuple[tuple[str, str], ...]
    seconds: float
    reference: str

    def text(self) -> str:
        """A few plain lines."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions)
        return (
            f"python {self.python}, {versions}\n"
            f"kernel ready; first run took {self.seconds:.1f} s\n"
            f"reference hash {self.reference} (the same on any machine with these versions)"
        )


def diagnose(*, compile_now: bool) -> Diagnosis:
    """Run one case of the shipped scenario and hash what it gives; the kernel is compiled on the way."""
    border = Border.open()
    study = Study.of(border, border.card.scenario)
    if compile_now:
        print("compiling the kernel, once for this machine (up to half a minute) ...", flush=True)
    begun = time.monotonic()
    run = study.run(0, REFERENCE_DRAW)
    seconds = time.monotonic() - begun
    one = study.result(run.daily[np.newaxis, np.newaxis])
    versions = (("cauce", cauce.__version__), ("numpy", np.__version__), ("numba", numba.__version__))
    return Diagnosis(platform.python_version(), versions, seconds, one.sha256()[:16])
