"""Who does the work changes no bit; what was done before an interruption is not done again."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from cauce.border import Border
from cauce.errors import OutputError, RequestError
from cauce.runs import ensemble, ray_executor
from cauce.runs.executors import Serial, Threads, Workers, workers
from cauce.runs.results import Result
from cauce.runs.store import Store
from cauce.runs.study import Study

TINY = Path(__file__).parents[2] / "tiny"
DRAWS = 1000


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of(Border.open(TINY), "spring")


@pytest.fixture(scope="module")
def on_threads(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return ensemble.run(study, draws=6, workers=2, store_root=tmp_path_factory.mktemp("threads"))


@pytest.fixture
def with_ray() -> None:
    """Ray, where the lock file installs it; elsewhere the tests that want it are skipped, and named."""
    if not ray_executor.INSTALLED:
        if sys.platform == "linux" and os.environ.get("CI"):
            pytest.fail("ray is missing, though the lock file holds it for this machine")
        pytest.skip("ray is not installed: pip install 'cauce[ray]'")


@pytest.mark.parametrize("executor", [Serial(), Threads(1), Threads(3)])
def test_that_each_number_is_done_once(executor: Workers):
    assert sorted(executor.map(lambda n: n * n, range(20))) == [(n, n * n) for n in range(20)]


def test_that_a_name_names_its_executor():
    assert workers(3) == Threads(3)
    assert isinstance(workers(1), Serial) and isinstance(workers(3, "serial"), Serial)
    with pytest.raises(RequestError, match=r"threads, serial, ray"):
        workers(3, "cluster")


def test_that_one_after_another_gives_the_same_bits(study: Study, on_threads: Result, tmp_path: Path):
    alone = ensemble.run(study, draws=6, workers=2, store_root=tmp_path, executor=Serial())
    assert alone.sha256() == on_threads.sha256()


def test_that_a_task_sent_elsewhere_does_the_same(study: Study, tmp_path: Path):
    here = study.simulate(3)  # what is worked out stays behind
    task = pickle.loads(pickle.dumps(ensemble.Task(study, Store.open(tmp_path, study.sha256()))))
    assert task.study.sha256() == study.sha256()
    assert np.array_equal(task(3), here)
    assert np.array_equal(task.store.read(3), here)


def test_that_ray_gives_the_same_bits(with_ray: None, study: Study, on_threads: Result, tmp_path: Path):
    elsewhere = ensemble.run(study, draws=6, workers=2, store_root=tmp_path, executor=ray_executor.Ray(2))
    assert elsewhere.sha256() == on_threads.sha256()
    assert len(list(tmp_path.rglob("draw-*.npy"))) == 6


def test_that_ray_says_what_a_user_can_mend(with_ray: None):
    def task(number: int) -> int:
        raise OutputError("the disk is full", mend="free space")

    with pytest.raises(OutputError, match="the disk is full; free space"):
        list(ray_executor.Ray(1).map(task, [0]))


def test_that_ray_has_nothing_to_start_for_no_work(with_ray: None):
    assert list(ray_executor.Ray(2).map(lambda number: number, [])) == []


def test_that_missing_ray_is_one_sentence(tmp_path: Path):
    program = "import sys; sys.modules['ray'] = None; from cauce.cli import main; sys.argv[0] = 'cauce'; main()"
    words = ["run", "spring", "--border", str(TINY), "--executor", "ray", "--draws", "1", "--out", str(tmp_path)]
    run = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    told = run.stderr.strip()
    assert told == "cauce: ray is not installed; run `pip install 'cauce[ray]'`, or use --executor threads."


class Counted:
    """Does the work on threads and counts it."""

    def __init__(self) -> None:
        self.done: list[int] = []

    def map(self, task: Callable[[int], np.ndarray], numbers: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
        for number, result in Threads(2).map(task, numbers):
            self.done.append(number)
            yield number, result


def test_that_a_killed_design_of_a_thousand_draws_goes_on_where_it_was(study: Study, tmp_path: Path):
    """Killed outright in the middle; then only the missing draws are done, to the hash of a run never killed."""
    words = ["run", "spring", "--border", str(TINY), "--draws", str(DRAWS), "--out", str(tmp_path / "killed")]
    process = subprocess.Popen([sys.executable, "-m", "cauce", *words], stderr=subprocess.DEVNULL)
    store = tmp_path / "killed" / ".store"
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and len(list(store.rglob("draw-*.npy"))) < 200:
        time.sleep(0.02)
    killed = process.poll() is None
    if killed:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = {int(path.stem.removeprefix("draw-")) for path in store.rglob("draw-*.npy")}
    assert killed and 200 <= len(kept) < DRAWS, f"the run was not killed in the middle ({len(kept)} draws)"
    counted = Counted()
    resumed = ensemble.run(study, draws=DRAWS, workers=2, store_root=store, executor=counted)
    assert set(counted.done) == set(range(DRAWS)) - kept
    whole = ensemble.run(study, draws=DRAWS, workers=2, store_root=tmp_path / "whole")
    assert resumed.sha256() == whole.sha256()
