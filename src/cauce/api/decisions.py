"""The verbs of decisions: plan, place, compare, negotiate, evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cauce.api.verbs import Progress, executor_of

if TYPE_CHECKING:
    from cauce.decisions.comparison import Comparison
    from cauce.decisions.evaluated import Evaluated
    from cauce.decisions.played import Played
    from cauce.runs.sheets import Sheet


def plan(
    place: str,
    *,
    start: str | None = None,
    days: int = 7,
    census: Path | None = None,
    effects: Path | None = None,
    draws: int = 50,
    cancel: Sequence[str] = (),
    most_inside: int | None = None,
    time_limit: float = 60.0,
    border: str = "us_mexico",
    seed: int = 1,
    out: Path = Path("results"),
) -> tuple[Sheet, Path]:
    """Order vehicles, crews and beds for the next days, and say what one more of each would be worth.

    With `effects`, who comes answers to policy as was measured.
    """
    from cauce.border import Border
    from cauce.decisions import orders, plans
    from cauce.reports.sheet import write_sheet

    pages, document = plans.make(
        Border.open(border), place, start, days, census=census, draws=draws, seed=seed, cancel=tuple(cancel),
        most_inside=most_inside, time_limit=time_limit, effects=effects,
    )  # fmt: skip
    folder = out / document.id
    for page in pages:
        write_sheet(page, folder)
    orders.write_plan(document, folder)
    return pages[0], folder


def place(*, border: str = "us_mexico", out: Path = Path("results")) -> tuple[Sheet, Path]:
    """Place the benchmark's synthetic families: in hindsight, as they come by prices, and greedily."""
    from cauce.border import Border
    from cauce.decisions import resettlement
    from cauce.reports.sheet import write_sheet

    found, folder = resettlement.make(Border.open(border)), out / "placements"
    write_sheet(found, folder)
    return found, folder


def compare(
    scenarios: Sequence[str],
    *,
    border: str = "us_mexico",
    draws: int | None = None,
    precision: float | None = None,
    thresholds: Path | None = None,
    effects: Path | None = None,
    morris: int | None = None,
    seed: int | None = None,
    workers: int = 2,
    out: Path = Path("results"),
    progress: Progress | None = None,
) -> tuple[Comparison, Path]:
    """Run scenarios on common random numbers, to a number of draws or a precision, and write what differs.

    With `morris`, the judged numbers are moved one at a time on so many trajectories.
    """
    from cauce.border import Border
    from cauce.decisions.compare import compare as beside
    from cauce.reports.sheet import write_sheet

    found = beside(
        Border.open(border), scenarios, draws=draws, precision=precision, thresholds=thresholds, seed=seed,
        workers=workers, effects=effects, morris=morris, store_root=out / ".store", progress=progress,
    )  # fmt: skip
    folder = found.result.write(out / "compare")
    write_sheet(found.sheet, folder)
    return found, folder


def negotiate(
    table: str | None = None,
    *,
    border: str = "us_mexico",
    quick: bool = False,
    replay: bool = False,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 2,
    executor: str = "threads",
    out: Path = Path("results"),
    progress: Progress | None = None,
) -> tuple[Played, Path]:
    """Which deals both sides prefer to no deal, and what each promise is worth; or, replayed, the record's deals."""
    from cauce.border import Border
    from cauce.decisions.negotiation import Asked
    from cauce.decisions.played import play
    from cauce.decisions.table import Table
    from cauce.reports.sheet import write_sheet
    from cauce.runs.executors import workers as make_workers

    opened = Border.open(border)
    read = Table.read(opened, table)
    asked = Asked(quick, draws, seed, out / ".store", executor_of(executor, workers) or make_workers(workers), progress)
    found, folder = play(read, opened, asked, replay=replay), out / read.id
    for page in found.pages:
        write_sheet(page, folder)
    return found, folder


def evaluate(
    name: str | None = None,
    *,
    border: str = "us_mexico",
    draws: int = 1000,
    seed: int = 1,
    size_study: int = 0,
    as_of: str | None = None,
    out: Path | None = None,
) -> Evaluated:
    """Did a decision work, by how much, for how long; with `out`, the sheet and `effects.csv` as files.

    With `as_of`, only the effects that were published by then leave.
    """
    from cauce.border import Border
    from cauce.decisions.evaluated import run as work_through

    found = work_through(Border.open(border), name, draws=draws, seed=seed, size_study=size_study, as_of=as_of)
    if out is not None:
        from cauce.reports.sheet import write_sheet

        write_sheet(found.sheet, out / found.sheet.id)
        found.write(out / found.sheet.id)
    return found
