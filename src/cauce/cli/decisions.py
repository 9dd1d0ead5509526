"""The commands of decisions: plan, place, compare, negotiate, evaluate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cauce import api
from cauce.cli.shell import Bar, BorderOption, Draws, Json, Lang, Out, Seed, Workers, app, language_of, say, tell


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


COMMANDS: dict[str, Callable[..., None]] = {verb.__name__: verb for verb in (compare,)}
"""Every verb of `api` that decides, and its command."""
