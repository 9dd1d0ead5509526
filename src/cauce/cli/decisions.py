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


@app.command()
def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Two or more shipped scenarios or files.")],
    border: BorderOption = "us_mexico",
    draws: Draws = None,
    precision: Annotated[
        float | None, typer.Option("--precision", help="Go on until headline differences are known to this share.")
    ] = None,
    thresholds: Annotated[
        Path | None, typer.Option("--thresholds", help="YAML: what is good enough, with its source.")
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
            workers=workers, out=out, progress=bar,
        )  # fmt: skip
    tell(found, json, language)
    if str(json) != "-":
        say(f"{folder}/compare.html  compare.pdf  (.es)")


@app.command()
def evaluate(
    name: Annotated[str | None, typer.Argument(help="A shipped evaluation or a file.")] = None,
    size_study: Annotated[
        int, typer.Option("--size-study", help="How often our own tests err, on so many panels without effect.")
    ] = 0,
    border: BorderOption = "us_mexico",
    draws: DrawsOf = 1000,
    seed: SeedOf = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the sheet and effects.csv.")] = None,
    json: Json = None,
    lang: Lang = "en",
) -> None:
    """Did a decision work, by how much, for how long: own effect, spill-over and total, or why that is not known."""
    found = api.evaluate(name, border=border, draws=draws, seed=seed, size_study=size_study, out=out)
    tell(found, json, language_of(lang))


COMMANDS: dict[str, Callable[..., None]] = {verb.__name__: verb for verb in (compare, evaluate)}
"""Every verb of `api` that decides, and its command."""
