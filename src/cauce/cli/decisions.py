"""The commands of decisions: plan, place, compare, negotiate, evaluate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cauce import api
from cauce.cli.shell import (
    Bar,
    BorderOption,
    Draws,
    DrawsOf,
    Effects,
    Executor,
    Json,
    Lang,
    Out,
    Seed,
    SeedOf,
    Workers,
    app,
    language_of,
    say,
    tell,
)
from cauce.errors import RequestError


@app.command()
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(help="Shipped scenarios or files: two or more, or one with several cases.")
    ],
    border: BorderOption = "us_mexico",
    draws: Draws = None,
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision",
            help="Go on until headline differences are known to this share; refused if --draws are not enough.",
        ),
    ] = None,
    thresholds: Annotated[
        Path | None, typer.Option("--thresholds", help="YAML: what is good enough, with its source.")
    ] = None,
    effects: Effects = None,
    morris: Annotated[
        int | None, typer.Option("--morris", help="Screen the judged numbers one at a time, on so many trajectories.")
    ] = None,
    seed: Seed = None,
    workers: Workers = 2,
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """What differs between scenarios for the same people with the same luck: efficiency beside protection."""
    language = language_of(lang)
    with Bar() as bar:
        found, folder = api.compare(
            scenarios, border=border, draws=draws, precision=precision, thresholds=thresholds, seed=seed,
            workers=workers, effects=effects, morris=morris, out=out, progress=bar,
        )  # fmt: skip
    tell(found, json, language)
    if str(json) != "-":
        say(f"{folder}/compare.html  compare.pdf  (.es)")


@app.command()
def evaluate(
    name: Annotated[
        str | None, typer.Argument(help="A shipped evaluation or a file; without one, their names.")
    ] = None,
    size_study: Annotated[
        int, typer.Option("--size-study", help="How often our own tests err, on so many panels without effect.")
    ] = 0,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Leave in effects.csv only what was published by then; YYYY-MM-DD.")
    ] = None,
    border: BorderOption = "us_mexico",
    draws: DrawsOf = 1000,
    seed: SeedOf = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the sheet and effects.csv.")] = None,
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Did a decision work, by how much, for how long: own effect, spill-over and total, or why that is not known."""
    found = api.evaluate(name, border=border, draws=draws, seed=seed, size_study=size_study, as_of=as_of, out=out)
    tell(found, json, language_of(lang))


@app.command()
def plan(
    place: Annotated[
        str, typer.Argument(help="The border's own sector (a wrong word is answered with it); or `border`: all.")
    ],
    start: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    days: Annotated[int, typer.Option("--days", help="How many days to plan.")] = 7,
    census: Annotated[
        Path | None, typer.Option("--census", help="CSV of who is inside, as for `outlook`; modelled if none.")
    ] = None,
    effects: Effects = None,
    draws: DrawsOf = 50,
    cancel: Annotated[
        list[str] | None, typer.Option("--cancel", help="ROUTE@DATE, or PLACE@DATE for a place that refuses.")
    ] = None,
    most_inside: Annotated[
        int | None, typer.Option("--most-inside", help="At most so many inside at six, on the average path.")
    ] = None,
    time_limit: Annotated[float, typer.Option("--time-limit", help="Seconds for the solver, each time.")] = 60.0,
    border: BorderOption = "us_mexico",
    seed: SeedOf = 1,
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Which vehicles to order today, for whom, and what one more would be worth."""
    language = language_of(lang)
    found, folder = api.plan(
        place, start=start, days=days, census=census, draws=draws, cancel=cancel or (), most_inside=most_inside,
        time_limit=time_limit, effects=effects, border=border, seed=seed, out=out,
    )  # fmt: skip
    tell(found, json, language)
    if str(json) != "-":
        say(f"{folder}/{found.id}.html  .pdf  (.es)  plan.json")


@app.command()
def negotiate(
    table: Annotated[str | None, typer.Argument(help="A shipped table or a file; the first shipped if none.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few draws: a first look within a minute.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="The deals of the record, each on its own day.")] = False,
    border: BorderOption = "us_mexico",
    draws: Draws = None,
    seed: Seed = None,
    workers: Workers = 2,
    executor: Executor = "threads",
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Which deals both sides prefer to no deal, and what each condition, promise and delay is worth."""
    language = language_of(lang)
    with Bar() as bar:
        found, folder = api.negotiate(
            table, border=border, quick=quick, replay=replay, draws=draws, seed=seed, workers=workers,
            executor=executor, out=out, progress=bar,
        )  # fmt: skip
    tell(found, json, language)
    if str(json) != "-":
        behind = "" if replay else f"  {found.id}-appendix.html  .pdf  (.es)"
        say(f"{folder}/{found.id}.html  .pdf  (.es){behind}")


@app.command()
def place(
    demo: Annotated[bool, typer.Option("--demo", help="The fixed benchmark: synthetic families and hosts.")] = False,
    border: BorderOption = "us_mexico",
    out: Out = Path("results"),
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Families to hosts as they come, beside hindsight and greed; only the benchmark exists."""
    if not demo:
        raise RequestError("nobody is placed here yet", mend="try `cauce place --demo`")
    language = language_of(lang)
    found, folder = api.place(border=border, out=out)
    tell(found, json, language)
    if str(json) != "-":
        say(f"{folder}/{found.id}.html  .pdf  (.es)")


COMMANDS: dict[str, Callable[..., None]] = {verb.__name__: verb for verb in (compare, evaluate, negotiate, plan, place)}
"""Every verb of `api` that decides, and its command."""
