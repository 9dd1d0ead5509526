"""Draws on Ray: processes of this machine, or of a cluster that is already there.

An optional extra (`pip install 'cauce[ray]'`), and the only file that imports Ray.  Each worker is a process
that holds the task, so that what a study works out once is worked out once a worker.  Blocks are written by
the workers; on several machines the folder of results must be one that they share.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeVar

from cauce.errors import CauceError, RequestError

INSTALLED = find_spec("ray") is not None
if INSTALLED:
    import ray

R = TypeVar("R")
AHEAD = 2  # tasks given to each worker, so that none waits for the next


class _Hand:
    """A worker's process: does the task for one number after another."""

    def __init__(self, task: Callable[[int], Any]) -> None:
        self._task = task

    def do(self, number: int) -> tuple[Any, tuple[type[CauceError], str, str] | None]:
        """What the task gives, or what a user can mend: an exception would lose its words on the way."""
        try:
            return self._task(number), None
        except CauceError as error:
            return None, (type(error), error.cause, error.mend)


@dataclass(frozen=True)
class Ray:
    """On so many processes under Ray.

    Raises
    ------
    RequestError
        Ray is not installed.
    """

    workers: int

    def __post_init__(self) -> None:
        if not INSTALLED:
            raise RequestError("ray is not installed", mend="run `pip install 'cauce[ray]'`, or use --executor threads")

    def map(self, task: Callable[[int], R], numbers: Sequence[int]) -> Iterator[tuple[int, R]]:
        if not numbers:
            return
        with _cluster(self.workers):
            hands = [ray.remote(_Hand).options(num_cpus=1).remote(task) for _ in range(min(self.workers, len(numbers)))]
            waiting = iter(numbers)
            under_way: dict[Any, tuple[int, Any]] = {}

            def give(hand: Any) -> None:
                number = next(waiting, None)
                if number is not None:
                    under_way[hand.do.remote(number)] = number, hand

            for _ in range(AHEAD):
                for hand in hands:
                    give(hand)
            while under_way:
                done, _ = ray.wait(list(under_way), num_returns=1)
                number, hand = under_way.pop(done[0])
                result, mistake = ray.get(done[0])
                if mistake is not None:
                    kind, cause, mend = mistake
                    raise kind(cause, mend=mend)
                give(hand)
                yield number, result


@contextmanager
def _cluster(workers: int) -> Iterator[None]:
    """The cluster that is connected or named by RAY_ADDRESS, or processes here that end with the work."""
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # silences a warning about devices not used
    own = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers, "include_dashboard": False}
    ray.init(**own, log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()
