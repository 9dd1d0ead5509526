"""`make bench`: the reference scenario through the product's own simulate, beside SimPy, interleaved.

CPU time, medians of interleaved repetitions; cold start besides.  A table, and one line of targets at the end.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks import scenario
from benchmarks.peer_simpy import Centre
from cauce.border import Border
from cauce.keys import streams
from cauce.model import timetable
from cauce.model.clock import TICKS_PER_HOUR, Clock
from cauce.model.network import Drawn, Layout, Regimes, assemble
from cauce.model.people import Parties
from cauce.model.simulate import simulate
from cauce.policy.rulebook import Rulebook

REPEATS = 3
WIDTH = 1.0
SIMPY_TARGET = 80.0  # design, model: 80x idiomatic SimPy a journey, no rule on
HELP_SECONDS = 0.3  # design, model: cold start of the command line


def prepare(folder: Path, k: float):
    """The scenario as an assembled case of the product, and its parties."""
    border = Border.open(scenario.write_border(folder, k))
    book = Rulebook.read(border)
    layout = Layout.of(border, book, tuple(border.nationalities))
    clock = Clock(datetime(2022, 12, 1, tzinfo=ZoneInfo("UTC")), scenario.DAYS)
    drawn = Drawn.of(layout, clock, timetable.Trips.of(layout, clock), None)
    case = assemble(layout, book, Regimes.of(layout, book, clock), clock, drawn)
    hours, classes = scenario.crowd(k, 1)
    n = hours.size
    parties = Parties(
        tick=np.rint(hours * TICKS_PER_HOUR).astype(np.int64),
        station=np.full(n, layout.index["encounter"], np.int16),
        cls=classes,
        size=np.ones(n, np.int16),
        key=streams(1, np.arange(n)),
        held=np.full(n, -1, np.int64),
    )
    return case, parties, hours, classes


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        case, parties, hours, classes = prepare(Path(folder), WIDTH)
        simulate(case, parties, 1)  # compiled before anything is timed
        ours, theirs, held = [], [], []
        for repeat in range(REPEATS):
            begun = time.process_time()
            run = simulate(case, parties, repeat, person_table=True)
            done = run.out.exit_tick >= 0
            stay = run.out.custody_ticks[done] / TICKS_PER_HOUR
            told = (stay.mean(), np.quantile(stay, 0.95), (stay > 72).mean())
            ours.append(time.process_time() - begun)
            held.append(told)
            begun = time.process_time()
            centre = Centre(WIDTH, repeat)
            centre.run(hours, classes)
            theirs.append(time.process_time() - begun)
            print(f"  repetition {repeat + 1}: cauce {ours[-1]:.3f} s, SimPy {theirs[-1]:.2f} s; "
                  f"hours in custody {told[0]:.2f} and {centre.summary[0]:.2f}", flush=True)  # fmt: skip
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "cauce", "--help"], capture_output=True, check=True)
    cold = time.monotonic() - begun
    journeys = parties.tick.size
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"\nstress-2400, {journeys:,} people, 120 days, one thread, CPU time, medians of {REPEATS}")
    print(f"  cauce        {journeys / a / 1e3:10,.0f} thousand journeys/s")
    print(f"  SimPy        {journeys / b / 1e3:10,.0f} thousand journeys/s")
    print(f"  ratio        {b / a:10.0f} x   (target {SIMPY_TARGET:.0f} x)")
    print(f"  cauce --help {cold:10.2f} s   (target {HELP_SECONDS} s)")
    met = (b / a >= SIMPY_TARGET) + (cold <= HELP_SECONDS)
    print(f"targets: {met} of 2 met")


if __name__ == "__main__":
    main()
