"""Many times: every case of a study on the same draws, resumable, on any number of workers.

One task is one draw: its crowd is made once, then every case meets the same people with the same luck.
Cases whose rulebooks turn out the same in a draw (a lottery that fell on a branch that stands beside it)
are simulated once.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.errors import RequestError
from cauce.runs.executors import Workers
from cauce.runs.executors import workers as make_workers
from cauce.runs.results import Result
from cauce.runs.store import Store
from cauce.runs.study import Study

Progress = Callable[[int, int], None]


def _frozen(cells: Mapping[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(dict(cells))


# Rows of tables are frozen mappings, which the language itself does not send to another process.
copyreg.pickle(MappingProxyType, lambda mapping: (_frozen, (dict(mapping),)))


@dataclass(frozen=True)
class Task:
    """Simulates a draw and keeps its block.  It can be sent to another process."""

    study: Study
    store: Store

    def __call__(self, draw: int) -> NDArray[np.float64]:
        block = self.study.simulate(draw)
        self.store.write(draw, block)
        return block

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent are the documents and tables; what was worked out from them is worked out again there."""
        return Task, (replace(self.study, border=replace(self.study.border)), self.store)


def run(
    study: Study,
    *,
    draws: int,
    workers: int,
    store_root: Path,
    progress: Progress | None = None,
    executor: Workers | None = None,
) -> Result:
    """Simulate every case of `study` for draws 0 .. draws-1.

    Parameters
    ----------
    study : Study
        Scenario, rulebooks, forecaster, census: all that is the same for every draw.
    draws : int
        Number of draws, at least 1.
    workers : int
        Threads; the result has the same bits for any number.
    store_root : path
        Where finished draws are kept; a later call with the same inputs goes on from there.
    progress : callable, optional
        Called with (done, of) after each draw.
    executor : Workers, optional
        Who does the work, instead of `workers` threads; the result has the same bits whoever does it.

    Raises
    ------
    RequestError
        Fewer than one draw or worker.
    OutputError
        The store cannot be written.
    """
    if draws < 1:
        raise RequestError(f"draws is {draws}", mend="give a whole number from 1 up")
    doing = executor or make_workers(workers)
    store = Store.open(store_root, study.sha256())
    daily = np.empty((len(study.cases), draws, len(study.outcomes), study.clock.days))
    missing = []
    for draw in range(draws):
        block = store.read(draw)
        if block is None:
            missing.append(draw)
        else:
            daily[:, draw] = block
    done = draws - len(missing)

    if progress is not None:
        progress(done, draws)
    for draw, block in doing.map(Task(study, store), missing):
        daily[:, draw] = block
        done += 1
        if progress is not None:
            progress(done, draws)
    return study.result(daily)
