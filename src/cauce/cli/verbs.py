"""One command a verb: tables for people, `--json` for machines."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cauce import api
from cauce.cli.shell import (
    WORDS,
    Bar,
    BorderOption,
    Draws,
    DrawsOf,
    Effects,
    Executor,
    Json,
    Lang,
    Out,
    Records,
    Seed,
    SeedOf,
    Workers,
    answer,
    app,
    data,
    language_of,
    rulebook,
    say,
    tell,
    tell_paths,
    write_json,
)
from cauce.cli.web import service
from cauce.errors import RequestError
from cauce.terms import spoken


def _show(result: Any, folder: Path | None, language: Any) -> None:
    """A result in the terminal: findings, and the crossed table of medians."""
    from rich.console import Console
    from rich.table import Table

    from cauce.reports.findings import leading
    from cauce.reports.tables import ordered, short

    console = Console(highlight=False)
    console.print(result.name.text(language), style="bold", markup=False)
    for sentence in leading(result, language):
        console.print(f"- {sentence}", markup=False)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("")
    for number in range(len(result.cases)):
        table.add_column(str(number + 1), justify="right", no_wrap=True)
    for outcome in ordered(result):
        cells = (short(by_draw, outcome, language) for by_draw in result.total(outcome.id))
        table.add_row(("◆ " if outcome.protection else "") + outcome.name.text(language), *cells)
    for number, (case, name) in enumerate(result.cases, 1):
        console.print(f"  {number}  {case}: {name.text(language)}", markup=False)
    console.print(table)
    if folder is not None:
        console.print(f"{folder}/brief.html  brief.pdf  (.es)", markup=False)
    console.print(f"sha256 {result.sha256()}", markup=False)


@app.command()
def run(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario (see `cauce scenarios`) or a file.")
    ] = "december-2022",
    effects: Effects = None,
    border: BorderOption = "us_mexico",
    draws: Draws = None,
    seed: Seed = None,
    workers: Workers = 2,
    executor: Executor = "threads",
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Simulate a scenario's crossed cases and write the brief."""
    language = language_of(lang)
    with Bar() as bar:
        result, folder = api.run(
            scenario, effects=effects, border=border, draws=draws, seed=seed, workers=workers, executor=executor,
            out=out, progress=bar,
        )  # fmt: skip
    write_json(json, result.as_json)
    if str(json) != "-":
        _show(result, folder, language)


@app.command()
def outlook(
    census: Annotated[
        Path | None, typer.Option("--census", help="CSV: station, nationality, demographic, hours_held, persons.")
    ] = None,
    from_board: Annotated[
        bool, typer.Option("--from-board", help="Start from the board of the service (CAUCE_HOME, DATABASE_URL).")
    ] = False,
    days: Annotated[int, typer.Option("--days", help="How far to look.")] = 14,
    start: Annotated[str | None, typer.Option("--start", help="Local morning, YYYY-MM-DDTHH:MM.")] = None,
    effects: Effects = None,
    border: BorderOption = "us_mexico",
    draws: DrawsOf = 100,
    seed: SeedOf = 1,
    workers: Workers = 2,
    executor: Executor = "threads",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for results; the service's own with a board.")
    ] = None,
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Look ahead from a census of who is inside now, under the rules in force."""
    language = language_of(lang)
    with tempfile.TemporaryDirectory(prefix="cauce-census-") as folder, Bar() as bar:
        if from_board and census is None:
            counted = service().count_board(Path(folder))
            census, start, border, out = counted.file, start or counted.start, counted.border, out or counted.results
        elif census is None or from_board:
            raise RequestError("an outlook starts from one census", mend="give --census FILE or --from-board")
        result, written = api.outlook(
            census, days=days, start=start, effects=effects, border=border, draws=draws, seed=seed,
            workers=workers, executor=executor, out=out or Path("results"), progress=bar,
        )  # fmt: skip
    write_json(json, result.as_json)
    if str(json) != "-":
        _show(result, written, language)


@rulebook.callback(invoke_without_command=True)
def rules(
    context: typer.Context,
    on: Annotated[str | None, typer.Option("--on", help="Date, YYYY-MM-DD.")] = None,
    who: Annotated[str | None, typer.Option("--for", help='In everyday words, such as "Peruvian family".')] = None,
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """What is in force on a date; with --for, what happens to whom and why."""
    if context.invoked_subcommand is not None:
        return
    if on is None:
        raise RequestError("rules change from day to day", mend="name one with --on YYYY-MM-DD")
    explained = api.rules(on, who, border=border)
    tell(explained, json, language_of(lang))


@rulebook.command("export")
def rules_export(
    out: Annotated[Path, typer.Option("--out", help="Folder of the data set.")] = Path("results/rulebook"),
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Write the rulebook as a data set to cite: CSV, JSON, sources, metadata, persons behind encounters."""
    tell_paths([api.rules_export(out, border=border)], json)


@app.command()
def explain(
    result: Annotated[Path, typer.Argument(help="Folder of a result.")],
    party: Annotated[str, typer.Option("--party", help="Case, draw and number: 'stays+refused/0/60000'.")],
    effects: Effects = None,
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """The path of one simulated party: each wait, each rule that decided."""
    story = api.explain(result, party, effects=effects, border=border)
    tell(story, json, language_of(lang))


@app.command()
def stations(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario or a file.")] = "december-2022",
    case: Annotated[str | None, typer.Option("--case", help="One of its cases; the first if none is named.")] = None,
    draw: Annotated[int, typer.Option("--draw", help="Number of the draw.")] = 0,
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """How loaded each crew and place is in one run, beside queueing theory."""
    language = language_of(lang)
    found = api.stations(scenario, case=case, draw=draw, border=border)
    tell(found, json, language)


@app.command()
def scenarios(border: BorderOption = "us_mexico", json: Json = None, lang: Lang = "en") -> None:
    """What can be run."""
    found = api.scenarios(border=border)
    language = language_of(lang)
    write_json(json, lambda: [s.model_dump(mode="json") for s in found])
    if str(json) != "-":
        for scenario in found:
            cases = ", ".join(case.id for case in scenario.cases())
            say(f"{scenario.id}: {scenario.name.text(language)}\n  {scenario.question.text(language)}\n  {cases}")


@app.command()
def show(
    result: Annotated[Path, typer.Argument(help="Folder of a result.")],
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """A result that was written before."""
    found = api.show(result)
    write_json(json, found.as_json)
    if str(json) != "-":
        _show(found, None, language_of(lang))


@app.command()
def morning(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, XLSX or text, or the name of a shipped one; several are read as history and today."),
    ],
    border: BorderOption = "us_mexico",
    seed: SeedOf = 1,
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """The page at six: from what was reported to the next three days."""
    language = language_of(lang)
    found, folder = api.morning(files, border=border, seed=seed, out=out)
    write_json(json, found.as_json)
    if str(json) != "-":
        from cauce.reports.morning import told

        say(told(found, language, folder))


@app.command("morning-template")
def morning_template(
    file: Annotated[Path, typer.Argument(help="Name of the new file, .csv or .xlsx.")] = Path("morning.csv"),
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """An empty morning to fill in."""
    tell_paths([api.morning_template(file, border=border)], json)


@app.command()
def forecast(
    as_of: Annotated[str | None, typer.Option("--as-of", help="Only what was published by then; YYYY-MM-DD.")] = None,
    months: Annotated[int, typer.Option("--months", help="How far to look.")] = 6,
    sector: Annotated[str | None, typer.Option("--sector", help="One sector's corridors.")] = None,
    effects: Effects = None,
    border: BorderOption = "us_mexico",
    draws: DrawsOf = 1000,
    seed: SeedOf = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the table and the draws.")] = None,
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Who would come: count paths that add up, persons beside encounters, an early warning."""
    language = language_of(lang)
    found = api.forecast(
        as_of=as_of, months=months, sector=sector, effects=effects, border=border, draws=draws, seed=seed, out=out
    )
    tell(found, json, language)


@answer.command("show")
def response_show(
    as_of: Annotated[str | None, typer.Option("--as-of", help="Only what was known by then; YYYY-MM-DD.")] = None,
    effects: Effects = None,
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """What the response to policy assumes and believes, and which laws are tested."""
    language = language_of(lang)
    tell(api.response_show(as_of=as_of, effects=effects, border=border), json, language)


@app.command()
def backtest(
    files: Annotated[
        list[Path] | None, typer.Option("--data", help="Official files of monthly encounters, instead of the shipped.")
    ] = None,
    cutoffs: Annotated[str | None, typer.Option("--cutoffs", help="YYYY-MM:YYYY-MM, newest months known.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Every third cutoff, without the library's models.")] = False,
    article: Annotated[
        bool, typer.Option("--article", help="The test of the article: the offer as of the day, and further events.")
    ] = False,
    border: BorderOption = "us_mexico",
    draws: DrawsOf = 500,
    seed: SeedOf = 1,
    workers: Workers = 2,
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """What the forecasts are worth: every model at every cutoff, scored on what came."""
    if article and (files or cutoffs or quick):
        raise RequestError("the test of the article has its own day and data", mend="give --article alone")
    language = language_of(lang)
    with Bar() as bar:
        found = api.backtest(
            border=border, files=files or (), cutoffs=cutoffs, quick=quick, draws=draws, seed=seed, workers=workers,
            article=article, out=out, progress=bar,
        )  # fmt: skip
    tell(found, json, language)


@app.command()
def validate(
    first: Annotated[str | None, typer.Option("--from", help="First day of the window, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of the window, YYYY-MM-DD.")] = None,
    points: Annotated[Path | None, typer.Option("--points", help="Dated figures, instead of the shipped.")] = None,
    files: Annotated[list[Path] | None, typer.Option("--data", help="Official files for the long checks.")] = None,
    calibrated: Annotated[
        bool | None,
        typer.Option(
            "--calibrated/--uncalibrated", help="From calibrated-draws.csv (if there), or the shipped ranges."
        ),
    ] = None,
    border: BorderOption = "us_mexico",
    draws: DrawsOf = 100,
    seed: SeedOf = 1,
    workers: Workers = 2,
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """What the simulator is worth: the record replayed, beside dated figures of what happened."""
    language = language_of(lang)
    with Bar() as bar:
        found = api.validate(
            border=border, first=first, last=last, points=points, data=files or (), calibrated=calibrated,
            draws=draws, seed=seed, workers=workers, out=out, progress=bar,
        )  # fmt: skip
    tell(found, json, language)


@app.command()
def calibrate(
    points: Annotated[Path | None, typer.Option("--points", help="Dated figures, instead of the shipped.")] = None,
    into: Annotated[Path | None, typer.Option("--into", help="File to write; results/calibrated.csv if none.")] = None,
    border: BorderOption = "us_mexico",
    draws: DrawsOf = 400,
    seed: SeedOf = 1,
    workers: Workers = 2,
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Fit the few free numbers to the calibration points alone; say which of them the points do not move."""
    language = language_of(lang)
    with Bar() as bar:
        found, path = api.calibrate(
            border=border, points=points, draws=draws, seed=seed, workers=workers, out=out, into=into, progress=bar
        )
    write_json(json, found.as_json)
    if str(json) != "-":
        say(f"{found.text(language)}\n{path}")


@app.command()
def apply(
    demo: Annotated[bool, typer.Option("--demo", help="Synthetic applications, in memory.")] = False,
    border: BorderOption = "us_mexico",
    seed: SeedOf = 1,
    applications: Annotated[int, typer.Option("--applications", help="How many groups apply.")] = 12_000,
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Take applications against the programme's cap; only the demonstration exists."""
    if not demo:
        raise RequestError("there is no online service here yet", mend="try `cauce apply --demo`")
    result = api.apply(border=border, seed=seed, applications=applications)
    tell(result, json, language_of(lang))


@data.command("list")
def data_list(out: Records = Path("results/records"), json: Json = None, lang: Lang = "en") -> None:
    """The official publications that cauce reads, and what was fetched of them."""
    language = language_of(lang)
    tell(api.data_list(out=out), json, language)


@data.command("fetch")
def data_fetch(
    publication: Annotated[str, typer.Argument(help="As `cauce data list` names it.")],
    url: Annotated[str | None, typer.Option("--url", help="The file's own address.")] = None,
    border: BorderOption = "us_mexico",
    out: Records = Path("results/records"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Download an official file, check it, and keep it beside its earlier issues."""
    language = language_of(lang)
    tell(api.data_fetch(publication, url=url, border=border, out=out), json, language)


@data.command("revisions")
def data_revisions(
    old: Annotated[Path, typer.Argument(help="The earlier issue.")],
    new: Annotated[Path, typer.Argument(help="The later issue.")],
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """What changed from one issue of a publication to another."""
    language = language_of(lang)
    tell(api.data_revisions(old, new, border=border), json, language)


@data.command("check")
def data_check(
    file: Annotated[Path, typer.Argument(help="An official file.")],
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Read an official file and say what is in it, or what is wrong with it."""
    language = language_of(lang)
    tell(api.data_check(file, border=border), json, language)


@data.command("build")
def data_build(
    records: Annotated[Path, typer.Argument(help="Folder of the official files.")],
    border: BorderOption = "us_mexico",
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Rebuild the border's reference tables from the official files."""
    tell_paths(api.data_build(records, border=border), json)


@app.command()
def doctor(
    compiling: Annotated[
        bool, typer.Option("--compile", help="Say first that the kernel may have to be compiled.")
    ] = False,
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Is this machine ready, and does it compute what others compute."""
    language = language_of(lang)
    if compiling and str(json) != "-":
        say(spoken(WORDS, "compiling", language))
    tell(api.doctor(), json, language)


COMMANDS: dict[str, Callable[..., None]] = {verb.__name__: verb for verb in (
    run, outlook, rules, rules_export, explain, stations, scenarios, show, morning, morning_template, forecast,
    response_show, backtest, validate, calibrate, apply, data_list, data_check, data_build, data_fetch,
    data_revisions, doctor,
)}  # fmt: skip
"""Every verb of `api` and its command."""
