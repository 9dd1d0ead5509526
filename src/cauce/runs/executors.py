"""Who does the work: one after another, on threads, or on Ray.  The same method, the same results.

Ray, an optional extra, has its own file (`ray_executor.py`), so that nobody else loads it.  Results come back
in whatever order they finish; whoever asked puts them in place by their number, so no result depends on the
number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cauce.errors import RequestError, nearest

NAMES = ("threads", "serial", "ray")

R = TypeVar("R")


class Workers(Protocol):
    """Does a task for each number and yields (number, result) as they finish."""

    def map(self, task: Callable[[int], R], numbers: Sequence[int]) -> Iterator[tuple[int, R]]: ...


class Serial:
    """One after another, in this thread."""

    def map(self, task: Callable[[int], R], numbers: Sequence[int]) -> Iterator[tuple[int, R]]:
        for number in numbers:
            yield number, task(number)


@dataclass(frozen=True)
class Threads:
    """On threads: the kernel lets go of the interpreter, so draws run side by side on shared arrays."""

    workers: int

    def map(self, task: Callable[[int], R], numbers: Sequence[int]) -> Iterator[tuple[int, R]]:
        with ThreadPoolExecutor(self.workers) as pool:
            yield from _as_they_finish(pool, task, numbers, 2 * self.workers)


def _as_they_finish(
    pool: Executor, task: Callable[[int], R], numbers: Sequence[int], most: int
) -> Iterator[tuple[int, R]]:
    """Keep `most` tasks under way; on any failure or interruption nothing new starts."""
    waiting = iter(numbers)
    under_way: dict[Future[R], int] = {}
    try:
        for number in waiting:
            under_way[pool.submit(task, number)] = number
            if len(under_way) >= most:
                yield from _finished(under_way)
        while under_way:
            yield from _finished(under_way)
    finally:
        for future in under_way:
            future.cancel()


def _finished(under_way: dict[Future[R], int]) -> Iterator[tuple[int, R]]:
    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
    for future in done:
        yield under_way.pop(future), future.result()


def workers(count: int, name: str = "threads") -> Workers:
    """The executor of a name, with so many workers; one thread is this one.

    Raises
    ------
    RequestError
        There is none of that name, or fewer than one worker.
    """
    if name not in ("threads", "serial"):
        raise RequestError(f"there is no executor {name!r}", mend=nearest(name, NAMES))
    if count < 1:
        raise RequestError(f"workers is {count}", mend="give a whole number from 1 up")
    return Serial() if name == "serial" or count == 1 else Threads(count)
