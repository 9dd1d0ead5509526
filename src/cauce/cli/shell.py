"""What all commands share: the application, its options, how it prints, and how it ends.

A user's mistake is one sentence on standard error and exit code 2; Ctrl-C is 130; nothing is half-written.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from cauce.errors import CauceError, RequestError
from cauce.places import put
from cauce.terms import Language, Words, spoken

app = typer.Typer(
    name="cauce",
    help="Forecast, simulate, plan and negotiate orderly, safe and regular migration.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data = typer.Typer(help="Official files: list them, check one, rebuild the reference tables.", no_args_is_help=True)
app.add_typer(data, name="data")
rulebook = typer.Typer(help="What is in force on a date; with --for, what happens to whom and why.")
app.add_typer(rulebook, name="rules")
answer = typer.Typer(help="How arrivals answer policy: assumptions, priors, laws.", no_args_is_help=True)
app.add_typer(answer, name="response")

MOST_DRAWS = 100_000  # as a scenario may ask for
BorderOption = Annotated[str, typer.Option("--border", help="A shipped border, or a folder of your own.")]
Draws = Annotated[int | None, typer.Option("--draws", max=MOST_DRAWS, help="How many draws; more is finer.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Same seed, same bits.")]
DrawsOf = Annotated[int, typer.Option("--draws", max=MOST_DRAWS, help="How many draws; more is finer.")]
SeedOf = Annotated[int, typer.Option("--seed", help="Same seed, same bits.")]
Workers = Annotated[int, typer.Option("--workers", help="How many; the result is the same for any number.")]
Executor = Annotated[str, typer.Option("--executor", help="threads, serial, or ray; the result is the same.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for results.")]
Records = Annotated[Path, typer.Option("--out", help="Folder of the fetched files.")]
Effects = Annotated[
    Path | None,
    typer.Option("--effects", help="Measured effects (effects.csv) in place of the priors of the response."),
]
Json = Annotated[Path | None, typer.Option("--json", help="Also write the result as JSON; - for standard output.")]


def language_of(code: str) -> Language:
    """The language of a code, or a sentence that it is not spoken here."""
    if code not in {language.value for language in Language}:
        raise RequestError(f"language {code!r} is not spoken here", mend="use en or es")
    return Language(code)


def _spoken_here(code: str) -> str:
    """The same code; what is not spoken is refused before anything is computed."""
    return language_of(code).value


Lang = Annotated[str, typer.Option("--lang", callback=_spoken_here, help="Language: en or es.")]


def say(text: str) -> None:
    """Text on standard output, without marks of its own."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def write_json(target: Path | None, payload: Callable[[], Any]) -> None:
    """JSON into a file, whole or not at all, or to standard output."""
    if target is None:
        return
    import json

    text = json.dumps(payload(), ensure_ascii=False, indent=2, default=str)
    if str(target) == "-":
        sys.stdout.write(text + "\n")
        return
    put(target, (text + "\n").encode(), mend="name a file you may write with --json")


def tell(found: Any, json: Path | None, *language: Any) -> None:
    """JSON where it is wanted, and the text unless JSON took its place."""
    write_json(json, found.as_json)
    if str(json) != "-":
        say(found.text(*language))


WORDS: Words = {
    "compiling": (
        "compiling the kernel, once for this machine (up to half a minute) ...",
        "se compila el núcleo, una sola vez en esta máquina (hasta medio minuto) ...",
    ),
    "stopped": (
        "stopped; what is finished is kept and the same command goes on from there.",
        "detenido; lo terminado se conserva y la misma orden sigue desde ahí.",
    ),
}


def tell_paths(paths: Sequence[Path], json: Path | None) -> None:
    """What was written, a line for each file or folder, or as JSON."""
    write_json(json, lambda: [str(path) for path in paths])
    if str(json) != "-":
        for path in paths:
            say(str(path))


INTERRUPTED = 130  # what the library returns for Ctrl-C, and what a shell expects


class Bar:
    """A progress bar on standard error; silent when that is not a terminal."""

    def __enter__(self) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._bar.start()
        self._task = self._bar.add_task("draws", total=None)
        return self

    def __call__(self, done: int, of: int) -> None:
        self._bar.update(self._task, completed=done, total=of)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def main() -> None:
    """Run the command line; every mistake of a user is one sentence."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started us ignoring it
    try:
        code = app(standalone_mode=False, prog_name="cauce")
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        if isinstance(code, int) and code:  # what a command found is not well
            sys.exit(code)
    except CauceError as error:
        refuse(error)
    except MemoryError:
        refuse(RequestError("there is not memory enough for that", mend="ask for fewer draws or days"))
    except KeyboardInterrupt:
        from cauce.cli.mistakes import asked_for

        sys.stderr.write(f"cauce: {spoken(WORDS, 'stopped', asked_for(sys.argv))}\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if not type(error).__module__.startswith(("click", "typer")):
            raise
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{error}\n")
            sys.exit(2)
        if hasattr(error, "format_message"):
            refuse(mistyped(error))
        sys.exit(getattr(error, "exit_code", 1))


def refuse(error: CauceError) -> NoReturn:
    """One sentence, in the language asked for, and exit code 2."""
    from cauce.cli.mistakes import asked_for, told

    sys.stderr.write(f"cauce: {told(error, asked_for(sys.argv))}\n")
    sys.exit(2)


def mistyped(error: Any) -> RequestError:
    """What is wrong with the words of a command, with the help of that command as the mend."""
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    command = "cauce" if context is None else context.command_path
    cause = error.format_message().strip().rstrip(".")
    cause = cause[:1].lower() + cause[1:]
    wrong: list[Any] = getattr(error.__cause__, "errors", list)()  # of a value that is no such number
    if wrong and parameter is not None:
        said, bounds = wrong[0]["input"], wrong[0].get("ctx", {})
        kind = "which is not a whole number" if wrong[0]["type"].startswith("int") else "which is not a number"
        for name, word in (("le", "more"), ("ge", "less")):
            kind = f"which is {word} than {bounds[name]}" if name in bounds else kind
        cause = f"{parameter.opts[-1]} is {said!r}, {kind}"
    return RequestError(cause, mend=f"see `{command} --help`")
