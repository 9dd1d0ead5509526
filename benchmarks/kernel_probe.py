"""How fast the kernel is on the reference scenario, how it grows, and how long it takes to compile.

    python -m benchmarks.kernel_probe [repeats] [--wide]

The scenario is written as arrays by hand, with no rule on and with all six; `benchmarks/scenario.py` holds
its numbers.  The product's own path (documents to arrays to kernel) is measured by the benchmark proper.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import scenario
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "verify"))
from networks import HOUR, Case, Sketch

INSIDE = {"site": "facility"}


def stress(width: float = 1.0, seed: int = 1, *, rules: bool = False) -> Case:
    """The reference scenario as the kernel's arrays; `rules` turns all six rules on."""
    sketch = Sketch(classes=18, groups=tuple(c % 3 for c in range(18)), regimes=2 if rules else 1)
    _places(sketch, width, rules)
    _desks(sketch, rules)
    sketch.station("child", k.DELAY, time=quantiles.lognormal(30 * HOUR, 0.5), to={"child-out": 1}, stage=7, **INSIDE)
    families_first = tuple(0 if c % 3 == 1 else 1 for c in range(18)) if rules else ()
    sketch.station("ice", k.BATCH, stage=5, **INSIDE)
    sketch.station("flight", k.BATCH, stage=6, priority=families_first, **INSIDE)
    for out in ("expelled", "child-out", "ice-out", "flown", "release"):
        sketch.station(out, k.SINK)
    if rules:
        _rules(sketch, width)
    for day in range(scenario.DAYS):
        if day:
            sketch.at(24 * day, k.BATCH, "ice", round(300 * width), 0, "ice-out")
        for hour in scenario.FLIGHT_HOURS:
            sketch.at(24 * day + hour, k.BATCH, "flight", round(130 * width), 0, "flown")
    hours, classes = scenario.crowd(width, seed)
    return sketch.case(sketch.parties(hours, "encounter", cls=classes), 24 * scenario.DAYS)


def _places(sketch: Sketch, width: float, rules: bool) -> None:
    """The facility; with rules it holds so many, and children have a place that sends on whom it can't take."""
    if rules:
        sketch.site("facility", room=round(1500 * width), door_stage=8)
        sketch.site("annex", room=round(60 * width), rule=k.DIVERT, otherwise="street")
    else:
        sketch.site("facility")
    for name, servers in (("intake", 60), ("medical", 40), ("processing", 150)):
        sketch.pool(name, round(servers * width))


def _desks(sketch: Sketch, rules: bool) -> None:
    minutes = [(scenario.PROCESSING_MINUTES[c // 3] + scenario.ADDED_MINUTES[c % 3]) for c in range(18)]
    time_of = {m: quantiles.lognormal(m / 60 * HOUR, 0.5) for m in set(minutes)}
    ways = [{w: p for w, p in scenario.ways(c // 3, c % 3).items() if p > 0} for c in range(18)]
    transport, intake = quantiles.lognormal(3 * HOUR, 0.5), quantiles.lognormal(HOUR / 3, 0.6)
    sketch.station("encounter", k.DELAY, time=transport, to={"intake": 1}, attempt=1)
    sketch.station("intake", k.DESK, pool="intake", time=intake, to={"medical": 1}, stage=1, **INSIDE)
    medical = {"pool": "medical", "time": quantiles.lognormal(HOUR / 4, 0.6), "stage": 2}
    sketch.station("medical", k.DESK, to={"processing": 1}, **medical, **INSIDE)
    processing = {"pool": "processing", "time": [time_of[m] for m in minutes], "stage": 3}
    expulsion = {"time": quantiles.lognormal(6 * HOUR, 0.5), "stage": 4}
    if rules:
        released = [{("cap" if w == "release" else w): p for w, p in way.items()} for way in ways]
        later = [{**way, "release": way.get("expulsion", 0.0) / 2, "expulsion": way["expulsion"] / 2} for way in ways]
        sketch.station("processing", k.DESK, to=[released, later], **processing, **INSIDE)
        sketch.station("expulsion", k.DELAY, to={"expelled": 0.75, "retry": 0.25}, **expulsion, **INSIDE)
    else:
        sketch.station("processing", k.DESK, to=ways, **processing, **INSIDE)
        sketch.station("expulsion", k.DELAY, to={"expelled": 1}, **expulsion, **INSIDE)


def _rules(sketch: Sketch, width: float) -> None:
    """Re-entry, a programme cap, an annex that diverts, shifts, a policy date."""
    sketch.station("retry", k.DELAY, time=quantiles.lognormal(48 * HOUR, 0.8), to={"encounter": 1}, stage=9)
    sketch.station("cap", k.QUOTA, quota="programme", denied="shelter", to={"release": 1}, stage=3, **INSIDE)
    sketch.station(
        "shelter", k.DELAY, site="annex", time=quantiles.lognormal(4 * HOUR, 0.5), to={"release": 1}, stage=10
    )
    sketch.station("street", k.DELAY, time=quantiles.lognormal(8 * HOUR, 0.5), to={"release": 1}, stage=11)
    for day in range(scenario.DAYS):
        sketch.at(24 * day, k.QUOTA, "programme", round(200 * width))
        sketch.at(24 * day + 6, k.SHIFT, "processing", round(160 * width))
        sketch.at(24 * day + 22, k.SHIFT, "processing", round(130 * width))
    sketch.at(24 * 60, k.REGIME, 1)


def measure(case: Case, repeats: int, *, person_table: bool = False) -> list[float]:
    """CPU seconds of each run, outputs' allocation and all."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        case.run(person_table=person_table)
        seconds.append(time.process_time() - start)
    return seconds


def speed(case: Case, repeats: int, *, person_table: bool = False) -> str:
    """Journeys a second: encounters (first and repeated) by CPU second."""
    journeys = int(case.run().entries[0].sum())
    seconds = measure(case, repeats, person_table=person_table)
    middle, best = (journeys / s / 1e6 for s in (statistics.median(seconds), min(seconds)))
    return f"{journeys:>9} journeys, median {middle:.2f} M/s, best {best:.2f} M/s"


def side_by_side(case: Case, repeats: int) -> float:
    """How many times faster two threads are than one."""

    def wall(threads: int) -> float:
        start = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: case.run(person_table=False), range(8)))
        return time.perf_counter() - start

    return statistics.median(wall(1) / wall(2) for _ in range(repeats))


def wide() -> None:
    """Ten million people: seconds, then bytes a person at peak (what is given, and what the run allocates)."""
    case = stress(34.6)
    people = case.parties.tick.size
    seconds = min(measure(case, 3, person_table=True))
    tracemalloc.start()
    case.run()
    peak = tracemalloc.get_traced_memory()[1]
    given = sum(column.nbytes for column in case.parties)
    print(
        f"{people} people    {seconds:.2f} s, {people / seconds / 1e6:.2f} M/s, {given / people:.1f} bytes a person "
        f"given and {peak / people:.1f} allocated, the person table among them"
    )


def main() -> None:
    """Print compile time, journeys a second, growth."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    repeats = numbers[0] if numbers else 7
    case, ruled = stress(), stress(rules=True)
    start = time.perf_counter()
    case.run(person_table=False)
    print(f"first call (compile, or load from the cache) {time.perf_counter() - start:.2f} s")
    print("no rule           ", speed(case, repeats))
    print("with person table ", speed(case, repeats, person_table=True))
    print("all six rules     ", speed(ruled, repeats))
    for width in (0.1, 4.0):
        print(f"width {width:<12}", speed(stress(width), repeats))
    print(f"two threads       {side_by_side(case, 3):.2f} times one")
    if "--wide" in sys.argv:
        wide()


if __name__ == "__main__":
    main()
