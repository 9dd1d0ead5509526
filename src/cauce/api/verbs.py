"""The verbs that forecast, simulate, explain and check, and who does their work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cauce.arrivals.assumptions import Assumptions
    from cauce.policy.demonstration import DemoResult
    from cauce.policy.explanation import Explanation
    from cauce.policy.scenario import Scenario
    from cauce.runs.article import Article
    from cauce.runs.calibrate import Calibration
    from cauce.runs.doctor import Diagnosis
    from cauce.runs.executors import Workers
    from cauce.runs.forecasts import Forecast
    from cauce.runs.morning import Situation
    from cauce.runs.results import Result
    from cauce.runs.scoreboard import Outcome
    from cauce.runs.stations import Check
    from cauce.runs.story import Story
    from cauce.runs.study import Study
    from cauce.runs.validate import Validation

Progress = Callable[[int, int], None]
"""Called with (done, of)."""


def run(
    scenario: str = "december-2022",
    *,
    effects: Path | None = None,
    border: str = "us_mexico",
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 2,
    executor: str = "threads",
    out: Path = Path("results"),
    progress: Progress | None = None,
) -> tuple[Result, Path]:
    """Simulate a scenario's crossed cases and write the brief; with `effects`, the response that was measured.

    Returns
    -------
    result : Result
    folder : path
        `<out>/<scenario>`, with brief.html, brief.pdf (and .es), CSV, Parquet, JSON.
    """
    from cauce.border import Border
    from cauce.runs.study import Study

    study = Study.of(Border.open(border), scenario, seed=seed, effects=effects)
    return _simulate(study, study.scenario.draws if draws is None else draws, workers, executor, out, progress)


def outlook(
    census: Path,
    *,
    days: int = 14,
    start: str | None = None,
    effects: Path | None = None,
    border: str = "us_mexico",
    draws: int = 100,
    seed: int = 1,
    workers: int = 2,
    executor: str = "threads",
    out: Path = Path("results"),
    progress: Progress | None = None,
) -> tuple[Result, Path]:
    """Look `days` ahead from a census of who is inside now, under the rules in force."""
    from cauce.border import Border
    from cauce.runs.study import Study

    study = Study.from_census(Border.open(border), census, days=days, start=start, seed=seed, effects=effects)
    return _simulate(study, draws, workers, executor, out, progress)


def _simulate(
    study: Study, draws: int, workers: int, executor: str, out: Path, progress: Progress | None
) -> tuple[Result, Path]:
    """Run a study and write its result and brief."""
    from cauce.reports.brief import write_brief
    from cauce.runs import ensemble

    result = ensemble.run(
        study, draws=draws, workers=workers, store_root=out / ".store", progress=progress,
        executor=executor_of(executor, workers),
    )  # fmt: skip
    folder = result.write(out / study.scenario.id)
    write_brief(result, folder)
    return result, folder


def executor_of(name: str, workers: int) -> Workers:
    """Who does the work; Ray is loaded by those who ask for it."""
    if name == "ray":
        from cauce.runs.ray_executor import Ray

        return Ray(workers)
    from cauce.runs.executors import workers as make_workers

    return make_workers(workers, name)


def rules(on: str, who: str | None = None, *, border: str = "us_mexico") -> Explanation:
    """What is in force on a date, and for whom; with `who`, why it happens to them."""
    from cauce.border import Border
    from cauce.policy.explanation import explain_words

    return explain_words(Border.open(border), on, who)


def rules_export(out: Path = Path("results/rulebook"), *, border: str = "us_mexico") -> Path:
    """Write the book as a citable data set, with the persons behind the encounters."""
    from cauce.border import Border
    from cauce.policy.export import Table, write
    from cauce.policy.rulebook import Rulebook
    from cauce.runs.series import SAYS, persons_table

    opened = Border.open(border)
    return write(opened, Rulebook.read(opened), out, {"persons.csv": Table(persons_table(opened), SAYS)})


def explain(result: Path, party: str, *, effects: Path | None = None, border: str = "us_mexico") -> Story:
    """The path of one simulated party: each wait, each rule that decided, with its citation."""
    from cauce.border import Border
    from cauce.runs.story import tell

    return tell(Border.open(border), result, party, effects)


def stations(
    scenario: str = "december-2022", *, case: str | None = None, draw: int = 0, border: str = "us_mexico"
) -> Check:
    """How loaded each crew and place is in one run, beside queueing theory."""
    from cauce.border import Border
    from cauce.runs.stations import check

    return check(Border.open(border), scenario, case=case, draw=draw)


def scenarios(*, border: str = "us_mexico") -> tuple[Scenario, ...]:
    """The scenarios that a border ships."""
    from cauce.border import Border
    from cauce.policy.scenario import Scenario

    opened = Border.open(border)
    return tuple(Scenario.read(opened, name) for name in opened.scenarios)


def show(result: Path) -> Result:
    """Read a result that was written before."""
    from cauce.runs.results import Result

    return Result.read(result)


def morning(
    files: Sequence[Path], *, border: str = "us_mexico", seed: int = 1, out: Path = Path("results")
) -> tuple[Situation, Path]:
    """Read what was reported in the morning, look three days ahead, and write the page at six."""
    from cauce.border import Border
    from cauce.reports import morning as page
    from cauce.runs.morning import situation

    found = situation(Border.open(border), files, seed)
    folder = out / f"morning-{found.reported.today.day}"
    page.write(found, folder)
    return found, folder


def morning_template(file: Path, *, border: str = "us_mexico") -> Path:
    """Write an empty morning to fill in, as CSV or XLSX."""
    from datetime import date

    from cauce.border import Border
    from cauce.data import mornings

    return mornings.template(Border.open(border), file, date.today())


def forecast(
    *,
    as_of: str | None = None,
    months: int = 6,
    sector: str | None = None,
    effects: Path | None = None,
    border: str = "us_mexico",
    draws: int = 1000,
    seed: int = 1,
    out: Path | None = None,
) -> Forecast:
    """Coherent count paths as of a day; with `out`, the table and every draw as files."""
    from cauce.border import Border
    from cauce.runs import forecasts

    found = forecasts.run(
        Border.open(border), as_of=as_of, months=months, sector=sector, draws=draws, seed=seed, effects=effects
    )
    if out is not None:
        found.write(out)
    return found


def response_show(
    *,
    as_of: str | None = None,
    effects: Path | None = None,
    border: str = "us_mexico",
    draws: int = 1000,
    seed: int = 1,
) -> Assumptions:
    """What the response to policy assumes, its priors and its ridge, effects taken up, and the laws that are tested."""
    from cauce.border import Border
    from cauce.runs import forecasts

    return forecasts.response(Border.open(border), as_of=as_of, effects=effects, draws=draws, seed=seed)


def backtest(
    *,
    border: str = "us_mexico",
    files: Sequence[Path] = (),
    cutoffs: str | None = None,
    quick: bool = False,
    draws: int = 500,
    seed: int = 1,
    workers: int = 2,
    article: bool = False,
    out: Path = Path("results"),
    progress: Progress | None = None,
) -> Outcome | Article:
    """Score every forecast model at every cutoff of the record; with `article`, the test of the article instead."""
    from cauce.border import Border
    from cauce.runs import article as article_room
    from cauce.runs import scoreboard

    if article:
        return article_room.run(Border.open(border), draws=draws, seed=seed)

    return scoreboard.run(
        Border.open(border), files=files, cutoffs=cutoffs, quick=quick, draws=draws, seed=seed, workers=workers,
        store_root=out / ".backtest", progress=progress,
    )  # fmt: skip


def validate(
    *,
    border: str = "us_mexico",
    first: str | None = None,
    last: str | None = None,
    points: Path | None = None,
    data: Sequence[Path] = (),
    calibrated: bool | None = None,
    draws: int = 100,
    seed: int = 1,
    workers: int = 2,
    out: Path = Path("results"),
    progress: Progress | None = None,
) -> Validation:
    """Replay recorded encounters and set the simulator beside dated figures of what happened."""
    from cauce.border import Border
    from cauce.runs import validate as room

    return room.run(
        Border.open(border), first=first, last=last, points=points, data=data, calibrated=calibrated, draws=draws,
        seed=seed, workers=workers, store_root=out / ".validate", progress=progress,
    )  # fmt: skip


def calibrate(
    *,
    border: str = "us_mexico",
    points: Path | None = None,
    draws: int = 400,
    seed: int = 1,
    workers: int = 2,
    out: Path = Path("results"),
    into: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Calibration, Path]:
    """Fit the free numbers to the calibration points alone and write `calibrated.csv`."""
    from cauce.border import Border
    from cauce.runs import calibrate as room

    found = room.run(
        Border.open(border), points=points, draws=draws, seed=seed, workers=workers, store_root=out / ".calibrate",
        progress=progress,
    )  # fmt: skip
    return found, found.write(out / "calibrated.csv" if into is None else into)


def apply(*, border: str = "us_mexico", seed: int = 1, applications: int = 40_000) -> DemoResult:
    """Take synthetic applications from many threads against the cap, in memory."""
    from cauce.border import Border
    from cauce.policy.demonstration import demonstrate

    return demonstrate(Border.open(border), seed, applications)


def doctor() -> Diagnosis:
    """Compile the kernel, run the reference case, and give its hash."""
    from cauce.runs.doctor import diagnose

    return diagnose()
