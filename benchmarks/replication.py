"""One replication of the reference scenario through the product: documents, assembly, `simulate`, the summary.

    python -m benchmarks.replication once      a fresh process with one replication
    python -m benchmarks.replication compile   the first call of the kernel
    python -m benchmarks.replication wide K    seconds and bytes a person, K times as wide

Each prints one line of JSON; `stress.py` runs them as processes of their own, so that nothing compiled,
cached or allocated before is measured with them.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks import scenario
from benchmarks.documents import write_border
from cauce.border import Border
from cauce.keys import streams
from cauce.model import timetable
from cauce.model.clock import TICKS_PER_HOUR, Clock
from cauce.model.network import Assembled, Drawn, Layout, Regimes, assemble
from cauce.model.people import Parties
from cauce.model.simulate import Run, simulate
from cauce.policy.rulebook import Rulebook

START = datetime(2022, 12, 1, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True)
class Replication:
    """An assembled case and its parties; `work` is what is timed."""

    case: Assembled
    parties: Parties

    @classmethod
    def of(cls, k: float, *, days: int = scenario.DAYS, rules: bool = False, seed: int = 1) -> Replication:
        """The scenario read from its documents."""
        with tempfile.TemporaryDirectory() as folder:
            border = Border.open(write_border(Path(folder), k, rules=rules))
            book = Rulebook.read(border)
            layout = Layout.of(border, book, tuple(border.nationalities))
            clock = Clock(START, days)
            drawn = Drawn.of(layout, clock, timetable.Trips.of(layout, clock), None)
            case = assemble(layout, book, Regimes.of(layout, book, clock), clock, drawn)
        parties = _crossing(layout, *scenario.crowd(k, seed, days))
        if rules:
            parties = _together(parties, _applicants(layout, book, clock, seed))
        return cls(case, parties)

    @property
    def people(self) -> int:
        return self.parties.tick.size

    def work(self, draw: int) -> tuple[Run, tuple[float, float, float]]:
        """A run with its person table, and the mean, 95th percentile and share over 72 of hours in custody."""
        run = simulate(self.case, self.parties, draw, person_table=True)
        return run, summary(run)

    def journeys(self, run: Run) -> int:
        """Encounters, first and repeated."""
        return int(run.out.entries[self.case.layout.index["encounter"]].sum())


def summary(run: Run) -> tuple[float, float, float]:
    """Mean, exact 95th percentile (sorted in place, as ten million copies cost) and share over 72 [h]."""
    held = run.out.custody_ticks[run.out.exit_tick >= 0]
    at, part = divmod(0.95 * (held.size - 1), 1)
    first, last = int(at), min(int(at) + 1, held.size - 1)
    held.partition((first, last))
    percentile = held[first] + part * (held[last] - held[first])
    return held.mean() / TICKS_PER_HOUR, percentile / TICKS_PER_HOUR, (held > 72 * TICKS_PER_HOUR).mean()


def _crossing(layout: Layout, hours: np.ndarray, classes: np.ndarray) -> Parties:
    n = hours.size
    return Parties(
        tick=np.rint(hours * TICKS_PER_HOUR).astype(np.int64),
        station=np.full(n, layout.index["encounter"], np.int16),
        cls=classes,
        size=np.ones(n, np.int16),
        key=streams(1, np.arange(n)),
        held=np.full(n, -1, np.int64),
    )


def _applicants(layout: Layout, book: Rulebook, clock: Clock, seed: int) -> Parties:
    """Who applies to the programme, as a study makes them."""
    from cauce.runs import crowd  # loads a library of tables, which a replication without a programme has no use for

    return crowd.lane(layout, book, clock, seed, crowd.open_days(layout, book, clock))


def _together(one: Parties, other: Parties) -> Parties:
    joined = [np.concatenate(columns) for columns in zip(one, other, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Parties(*(column[order] for column in joined))


def cpu_seconds(replication: Replication, draw: int) -> float:
    """CPU time of one piece of work."""
    begun = time.process_time()
    replication.work(draw)
    return time.process_time() - begun


def once() -> dict[str, float]:
    """Read the documents, draw the crowd, run."""
    replication = Replication.of(1.0)
    run, summary = replication.work(0)
    return {"people": replication.people, "journeys": replication.journeys(run), "mean": summary[0]}


def compiled() -> dict[str, float]:
    """Seconds of the first call, which compiles when nothing is cached, and of the second."""
    replication = Replication.of(0.05, days=2)
    seconds = []
    for draw in range(2):
        begun = time.perf_counter(), time.process_time()
        replication.work(draw)
        seconds.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    return {"first": seconds[0][0], "first_cpu": seconds[0][1], "second": seconds[1][0]}


def wide(k: float) -> dict[str, float]:
    """Seconds (median of three) and bytes a person at peak: what is given, and all that a run allocates."""
    Replication.of(0.05, days=2).work(0)
    replication = Replication.of(k)
    seconds = statistics.median(cpu_seconds(replication, draw) for draw in range(3))
    tracemalloc.start()
    replication.work(3)
    allocated = tracemalloc.get_traced_memory()[1]
    given = sum(column.nbytes for column in replication.parties)
    return {"people": replication.people, "seconds": seconds, "bytes": (given + allocated) / replication.people}


def main() -> None:
    """One line of JSON."""
    asked = sys.argv[1]
    found = wide(float(sys.argv[2])) if asked == "wide" else {"once": once, "compile": compiled}[asked]()
    print(json.dumps({name: float(value) for name, value in found.items()}))


if __name__ == "__main__":
    main()
