"""How fast the kernel is on the reference scenario, on one thread, and how long it takes to compile.

    python -m benchmarks.kernel_probe [repeats]

The scenario is written as arrays by hand; `benchmarks/scenario.py` holds its numbers.  The product's own
path (documents to arrays to kernel) is measured by the benchmark proper.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import scenario
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "verify"))
from networks import HOUR, Case, Sketch

STAGES = {
    "transport": 0,
    "intake": 1,
    "medical": 2,
    "processing": 3,
    "expulsion": 4,
    "ice": 5,
    "flight": 6,
    "child": 7,
}


def stress(width: float = 1.0, seed: int = 1) -> Case:
    """The reference scenario as the kernel's arrays."""
    sketch = Sketch(classes=18, groups=tuple(c % 3 for c in range(18)))
    sketch.site("facility")
    for name, servers in (("intake", 60), ("medical", 40), ("processing", 150)):
        sketch.pool(name, round(servers * width))
    minutes = [(scenario.PROCESSING_MINUTES[c // 3] + scenario.ADDED_MINUTES[c % 3]) for c in range(18)]
    time_of = {m: quantiles.lognormal(m / 60 * HOUR, 0.5) for m in set(minutes)}
    inside = {"site": "facility"}
    ways = [{w: p for w, p in scenario.ways(c // 3, c % 3).items() if p > 0} for c in range(18)]
    sketch.station("encounter", k.DELAY, time=quantiles.lognormal(3 * HOUR, 0.5), to={"intake": 1}, attempt=1)
    sketch.station(
        "intake",
        k.DESK,
        pool="intake",
        time=quantiles.lognormal(HOUR / 3, 0.6),
        to={"medical": 1},
        stage=1,
        **inside,
    )
    sketch.station(
        "medical",
        k.DESK,
        pool="medical",
        time=quantiles.lognormal(HOUR / 4, 0.6),
        to={"processing": 1},
        stage=2,
        **inside,
    )
    sketch.station(
        "processing",
        k.DESK,
        pool="processing",
        time=[time_of[m] for m in minutes],
        to=ways,
        stage=3,
        **inside,
    )
    sketch.station("expulsion", k.DELAY, time=quantiles.lognormal(6 * HOUR, 0.5), to={"expelled": 1}, stage=4, **inside)
    sketch.station("child", k.DELAY, time=quantiles.lognormal(30 * HOUR, 0.5), to={"child-out": 1}, stage=7, **inside)
    sketch.station("ice", k.BATCH, stage=5, **inside)
    sketch.station("flight", k.BATCH, stage=6, **inside)
    for out in ("expelled", "child-out", "ice-out", "flown", "release"):
        sketch.station(out, k.SINK)
    for day in range(scenario.DAYS):
        if day:
            sketch.at(24 * day, k.BATCH, "ice", round(300 * width), 0, "ice-out")
        for hour in scenario.FLIGHT_HOURS:
            sketch.at(24 * day + hour, k.BATCH, "flight", round(130 * width), 0, "flown")
    hours, classes = scenario.crowd(width, seed)
    return sketch.case(sketch.parties(hours, "encounter", cls=classes), 24 * scenario.DAYS)


def measure(case: Case, repeats: int, *, person_table: bool) -> list[float]:
    """CPU seconds of each run, outputs' allocation and all."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        case.run(person_table=person_table)
        seconds.append(time.process_time() - start)
    return seconds


def main() -> None:
    """Print compile time and journeys a second."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    case = stress()
    start = time.perf_counter()
    out = case.run(person_table=False)
    print(f"first call (compile, or load from the cache) {time.perf_counter() - start:.2f} s")
    people = int(out.totals[0])
    for table in (False, True):
        seconds = measure(case, repeats, person_table=table)
        best, middle = min(seconds), statistics.median(seconds)
        print(
            f"person table {table!s:5}: {people} journeys, median {people / middle / 1e6:.2f} M/s, "
            f"best {people / best / 1e6:.2f} M/s"
        )
    stay = np.average(np.arange(k.HOUR_BINS) + 0.5, weights=out.custody_hours.sum(axis=0))
    print(f"totals {out.totals.tolist()}, mean hours in custody {stay:.2f}")


if __name__ == "__main__":
    main()
