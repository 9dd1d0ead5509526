"""The verbs.  One short function each, no logic; what is heavy is imported when a verb is used.

run, outlook            simulate
forecast                who would come, as of a day
response_show           how arrivals answer policy
backtest                what the forecasts are worth
morning, morning_template   the page at six from what was reported
validate, calibrate     what the simulator is worth on the record, and its free numbers
rules, explain          why
rules_export            the rulebook as a data set to cite
stations                how loaded each step is, beside queueing theory
negotiate               which deals both sides prefer, and what each condition is worth
scenarios, show         what there is, what came out
plan                    vehicles, crews and beds for the next days
place                   families to hosts: the fixed benchmark
apply                   the capped programme, in memory
compare                 scenarios on common random numbers
evaluate                did it work, by how much, for how long
data_list, data_check, data_build   official files
data_fetch, data_revisions   fetch one and keep each issue; what one issue revised of another
doctor                  is this machine ready, and does it compute what others compute
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cauce.arrivals.assumptions import Assumptions
    from cauce.data.fetch import Fetched
    from cauce.data.registry import Report
    from cauce.data.vintages import Catalogue, Revisions
    from cauce.decisions.comparison import Comparison
    from cauce.decisions.evaluated import Evaluated
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
    from cauce.runs.sheets import Sheet
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
        executor=_executor(executor, workers),
    )  # fmt: skip
    folder = result.write(out / study.scenario.id)
    write_brief(result, folder)
    return result, folder


def _executor(name: str, workers: int) -> Workers:
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


def compare(
    scenarios: Sequence[str],
    *,
    border: str = "us_mexico",
    draws: int | None = None,
    precision: float | None = None,
    thresholds: Path | None = None,
    effects: Path | None = None,
    seed: int | None = None,
    workers: int = 2,
    out: Path = Path("results"),
    progress: Progress | None = None,
) -> tuple[Comparison, Path]:
    """Run scenarios on common random numbers, to a number of draws or a precision, and write what differs."""
    from cauce.border import Border
    from cauce.decisions.compare import compare as beside
    from cauce.reports.sheet import write_sheet

    found = beside(
        Border.open(border), scenarios, draws=draws, precision=precision, thresholds=thresholds, seed=seed,
        workers=workers, effects=effects, store_root=out / ".store", progress=progress,
    )  # fmt: skip
    folder = found.result.write(out / "compare")
    write_sheet(found.sheet, folder)
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


def plan(
    place: str,
    *,
    start: str | None = None,
    days: int = 7,
    census: Path | None = None,
    draws: int = 50,
    cancel: Sequence[str] = (),
    most_inside: int | None = None,
    time_limit: float = 60.0,
    border: str = "us_mexico",
    seed: int = 1,
    out: Path = Path("results"),
) -> tuple[Sheet, Path]:
    """Order vehicles, crews and beds for the next days, and say what one more of each would be worth."""
    from cauce.border import Border
    from cauce.decisions import orders, transport
    from cauce.reports.sheet import write_sheet

    found = transport.make(
        Border.open(border), place, start, days, census=census, draws=draws, seed=seed, cancel=tuple(cancel),
        most_inside=most_inside, time_limit=time_limit,
    )  # fmt: skip
    said, folder = orders.sheet(found), out / found.plan.id
    write_sheet(said, folder)
    orders.write_plan(found.plan, folder)
    return said, folder


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
) -> tuple[Sheet, Path]:
    """Which deals both sides prefer to no deal, and what each promise is worth; or, replayed, the record's deals."""
    from cauce.border import Border
    from cauce.decisions import replays
    from cauce.decisions.negotiation import Asked
    from cauce.decisions.table import Table
    from cauce.reports.sheet import write_sheet
    from cauce.runs.executors import workers as make_workers

    opened = Border.open(border)
    read = Table.read(opened, table)
    asked = Asked(quick, draws, seed, out / ".store", _executor(executor, workers) or make_workers(workers), progress)
    pages, folder = replays.pages(read, opened, asked, replay=replay), out / read.id
    for one in pages:
        write_sheet(one, folder)
    return pages[0], folder


def place(*, border: str = "us_mexico", out: Path = Path("results")) -> tuple[Sheet, Path]:
    """Place the benchmark's synthetic families: in hindsight, as they come by prices, and greedily."""
    from cauce.border import Border
    from cauce.decisions import resettlement
    from cauce.reports.sheet import write_sheet

    found, folder = resettlement.make(Border.open(border)), out / "placements"
    write_sheet(found, folder)
    return found, folder


def data_list(*, out: Path = Path("results/records")) -> Catalogue:
    """The official publications that cauce reads, and what was fetched of them into a folder."""
    from cauce.data.vintages import catalogue

    return catalogue(out)


def data_fetch(
    publication: str, *, url: str | None = None, border: str = "us_mexico", out: Path = Path("results/records")
) -> Fetched:
    """Download an official file, check it with its reader, and keep it beside its earlier issues."""
    from cauce.border import Border
    from cauce.data.fetch import fetch

    return fetch(publication, Border.open(border), out, url=url)


def data_revisions(old: Path, new: Path, *, border: str = "us_mexico") -> Revisions:
    """What changed from one issue of a publication to another."""
    from cauce.border import Border
    from cauce.data.vintages import compare

    return compare(old, new, Border.open(border))


def data_check(file: Path, *, border: str = "us_mexico") -> Report:
    """Read an official file and say what is in it, or what is wrong with it."""
    from cauce.border import Border
    from cauce.data.registry import check_file

    return check_file(file, Border.open(border))


def data_build(records: Path, *, border: str = "us_mexico") -> tuple[Path, ...]:
    """Rebuild a border's reference tables from the official files in a folder."""
    from cauce.border import Border
    from cauce.data.reference import build

    opened = Border.open(border)
    return build(records, opened, opened.root / "reference")


def doctor(*, compile_now: bool = False) -> Diagnosis:
    """Compile the kernel, run the reference case, and give its hash."""
    from cauce.runs.doctor import diagnose

    return diagnose(compile_now=compile_now)
