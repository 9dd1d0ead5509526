"""`make bench`: the reference scenario through the product's own `simulate`, beside SimPy, interleaved.

    python -m benchmarks.stress            everything, some six minutes
    python -m benchmarks.stress --quick    fewer repetitions, nothing with ten million people

CPU time and medians, but for what a user waits for (start of the command line, threads, compilation), which is
the clock on the wall.  A table with each target `met` or `MISSED`, a count in the last line; a missed target
is a finding, not a failure, so the exit code is 0.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from numba import njit

from benchmarks import scenario
from benchmarks.peer_simpy import Centre
from benchmarks.replication import Replication, cpu_seconds
from cauce.model.simulate import simulate
from cauce.runs.executors import Serial, Threads

# Targets and goals: the design of the model, section "Speed".
PLAIN, RULED = (80.0, 150.0), (60.0, 110.0)  # times SimPy, without a rule and with all six: target and goal
GROWTH_DAYS, GROWTH_WIDTH = 1.02, 1.10  # exponents
WIDEST_SECONDS, WIDEST_BYTES = 5.0, 64.0  # ten million people
TWO_THREADS = 1.9
HELP_SECONDS, ONCE_SECONDS, COMPILE_SECONDS = 0.3, 1.0, 10.0

TEN_MILLION = 34.55  # width; 2,412.5 people a day and unit of width, over 120 days
WIDTHS = (0.0345, 0.345, 3.455, TEN_MILLION)  # ten thousand to ten million people
LENGTHS = (4, 41, 414, 4160)  # [day] the same, at width one


@dataclass(frozen=True)
class Line:
    """One line of the table; without a target it is told and not judged."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None

    def text(self) -> str:
        judged = "" if self.met is None else "met" if self.met else "MISSED"
        return f"| {self.what:<58} | {self.figure:>34} | {self.target:>16} | {judged:<6} |"


def beside_simpy(repeats: int) -> list[Line]:
    """Journeys a second of CPU time, ours and SimPy's in turn, on the same crowd."""
    plain, ruled = Replication.of(1.0), Replication.of(1.0, rules=True)
    hours, classes = scenario.crowd(1.0, 1)
    journeys = [plain.journeys(plain.work(0)[0]), ruled.journeys(ruled.work(0)[0])]
    ours: tuple[list[float], list[float]] = ([], [])
    theirs = []
    for repeat in range(repeats):
        for draw in range(3):
            for into, replication in zip(ours, (plain, ruled), strict=True):
                into.append(cpu_seconds(replication, 3 * repeat + draw))
        begun = time.process_time()
        centre = Centre(1.0, repeat)
        centre.run(hours, classes)
        theirs.append(time.process_time() - begun)
        _say(f"  SimPy {theirs[-1]:.1f} s, cauce {ours[0][-1]:.3f} and {ours[1][-1]:.3f} s")
    rate = [n / statistics.median(seconds) for n, seconds in zip(journeys, ours, strict=True)]
    simpy = hours.size / statistics.median(theirs)
    lines = [Line("SimPy, no rule", f"{simpy / 1e3:,.1f} thousand journeys/s")]
    for name, each, (target, goal) in zip(("no rule", "all six rules"), rate, (PLAIN, RULED), strict=True):
        reached = "reached" if each / simpy >= goal else "not reached"
        lines.append(Line(f"cauce, {name}", f"{each / 1e3:,.0f} thousand journeys/s"))
        what, met = f"  beside SimPy (goal {goal:.0f} x: {reached})", each >= target * simpy
        lines.append(Line(what, f"{each / simpy:.0f} x", f">= {target:.0f} x", met))
    return lines


def growth(what: str, cases: list[Callable[[], Replication]], bound: float, repeats: int) -> Line:
    """The exponent with which CPU time grows with people: the slope of their logarithms, least squares.

    One case is held at a time, as ten million people take a gigabyte.
    """
    people, seconds = [], []
    for case in cases:
        replication = case()
        replication.work(0)
        rounds = repeats * max(1, min(20, 1_000_000 // replication.people))  # short runs are noisier
        people.append(replication.people)
        seconds.append(statistics.median(cpu_seconds(replication, draw) for draw in range(rounds)))
        _say(f"  {people[-1]:,} people in {seconds[-1]:.4f} s")
    slope = float(np.polyfit(np.log(people), np.log(seconds), 1)[0])
    span = f"{people[0] / 1e3:,.0f} thousand to {people[-1] / 1e6:,.0f} million people"
    return Line(f"growth with {what}, {span}", f"exponent {slope:.3f}", f"<= {bound:.2f}", slope <= bound)


def growths(quick: bool, repeats: int) -> list[Line]:
    """Growth with days and with width."""
    few = 3 if quick else 4
    lengths = [lambda days=days: Replication.of(1.0, days=days) for days in LENGTHS[:few]]
    widths = [lambda k=k: Replication.of(k) for k in WIDTHS[:few]]
    return [growth("days", lengths, GROWTH_DAYS, repeats), growth("width", widths, GROWTH_WIDTH, repeats)]


def widest() -> list[Line]:
    """Ten million people in a process of their own."""
    found = _alone("wide", str(TEN_MILLION))
    told = f"{found['people'] / 1e6:.1f} million people"
    seconds, size = found["seconds"], found["bytes"]
    peak, most = f"{size:.1f} bytes a person", f"<= {WIDEST_BYTES:.0f}"
    return [
        Line(told, f"{seconds:.2f} s", f"< {WIDEST_SECONDS:.0f} s", seconds < WIDEST_SECONDS),
        Line(f"{told}, peak with the person table", peak, most, size <= WIDEST_BYTES),
    ]


def threads(repeats: int) -> Line:
    """How many times faster two threads do 16 replications than one, as an ensemble does them.

    Beside it a bare loop on the same threads, which shares nothing: what the machine had to give at that time.
    """
    replication, numbers = Replication.of(1.0), range(16)
    case, parties = replication.case, replication.parties

    def wall(workers: Serial | Threads, task: Callable[[int], object]) -> float:
        begun = time.perf_counter()
        for _ in workers.map(task, numbers):
            pass
        return time.perf_counter() - begun

    def ratio(task: Callable[[int], object]) -> float:
        task(0)  # compiled before
        return statistics.median(wall(Serial(), task) / wall(Threads(2), task) for _ in range(repeats))

    ours, bare = ratio(lambda draw: simulate(case, parties, draw).daily), ratio(_bare)
    figure = f"{ours:.2f} x one (a bare loop {bare:.2f} x)"
    return Line("two threads, 16 replications", figure, f">= {TWO_THREADS} x", ours >= TWO_THREADS)


@njit(nogil=True)
def _bare(number: int) -> int:
    found = number
    for step in range(40_000_000):
        found = (found * 31 + step) % 1_000_003
    return found


def cold_start(repeats: int) -> Line:
    """A fresh process that says what the commands are."""
    seconds = statistics.median(_wall([sys.executable, "-m", "cauce", "--help"]) for _ in range(repeats))
    return Line("cauce --help, a fresh process", f"{seconds:.2f} s", f"< {HELP_SECONDS} s", seconds < HELP_SECONDS)


def one_replication(repeats: int) -> Line:
    """A fresh process, machine code cached: documents, crowd, one replication, summary."""
    command = [sys.executable, "-m", "benchmarks.replication", "once"]
    _wall(command)
    seconds = statistics.median(_wall(command) for _ in range(repeats))
    what = "a fresh process with one replication, compiled before"
    return Line(what, f"{seconds:.2f} s", f"< {ONCE_SECONDS:.0f} s", seconds < ONCE_SECONDS)


def first_compile() -> Line:
    """The first call with an empty folder for machine code, less what a second call takes."""
    with tempfile.TemporaryDirectory() as empty:
        found = _alone("compile", NUMBA_CACHE_DIR=empty)
    seconds = found["first"] - found["second"]
    figure = f"{seconds:.1f} s ({found['first_cpu']:.1f} s of CPU)"
    return Line("first compilation", figure, f"< {COMPILE_SECONDS:.0f} s", seconds < COMPILE_SECONDS)


def _alone(*words: str, **environment: str) -> dict[str, float]:
    """What a process of its own measures."""
    command = [sys.executable, "-m", "benchmarks.replication", *words]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    return json.loads(run.stdout)


def _wall(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - begun


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """Kind of machine and versions, without its name."""
    names = ", ".join(f"{name} {version(name)}" for name in ("cauce", "numba", "numpy", "simpy"))
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    kind = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    return f"{kind}, Python {platform.python_version()}, {names}{load}"


def main() -> None:
    """Measure, then print the table."""
    quick = "--quick" in sys.argv[1:]
    repeats = 2 if quick else 5
    told = machine()
    lines: list[Line] = []
    for name, part in (
        ("start", lambda: [cold_start(repeats), one_replication(repeats), first_compile()]),
        ("beside SimPy", lambda: beside_simpy(repeats)),
        ("threads", lambda: [threads(repeats)]),
        ("growth", lambda: growths(quick, repeats)),
        ("ten million", lambda: [] if quick else widest()),
    ):
        _say(f"{name} ...")
        lines += part()
    print(f"stress-2400, {scenario.DAYS} days; {told}\n")
    print(Line("measure", "figure", "target").text())
    print("|" + "|".join("-" * (width + 2) for width in (58, 34, 16, 6)) + "|")
    for line in lines:
        print(line.text())
    judged = [line.met for line in lines if line.met is not None]
    print(f"\ntargets: {sum(judged)} of {len(judged)} met")


if __name__ == "__main__":
    main()
