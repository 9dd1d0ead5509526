"""A mistake is told in the language asked for: every cause and mend that the code says has its Spanish."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cauce.border import read_rows
from cauce.cli import shell
from cauce.cli.mistakes import TABLE, asked_for, in_spanish, matched, phrase, told
from cauce.errors import DataError, RequestError
from cauce.terms import THIN_SPACE, Language

SOURCE = Path(__file__).parents[2] / "src" / "cauce"
ERRORS = {"CauceError", "DataError", "DocumentError", "OutOfTimeError", "OutputError", "RequestError", "ValueError"}
MAKERS = {"_wrong", "mistake", "put", "refuse"}  # make an error of a cause and a mend
UNKNOWN = {"named"}  # say of what there is none by that name, third
TELLING = {"process.py"}  # gathers the causes
TELLERS = {"_wrong_values", "_mistakes"}  # yield the causes of one
ALIKE = re.compile(r"pip install '.*'|[^A-Za-z]*")  # the same in both languages
LIBRARIES = re.compile(
    r"input should be .*|got unexpected extra .*|(missing|no such|option) .*|.*(directory|exists|denied|system|device)"
)
PARTS = {  # put together where the scan does not look: a word chosen, or handed on
    "(there is none)", "did you mean {}", "donors {} hold {}, which is treated",
    "exposure {} hold {}, which is treated", "hours of agents", "people a day whom {} can process",
    "places a day at {}", "places at {}", "places to let people go", "vehicles of the kind {}", "vehicles of {}",
    "{} more of other kinds",
    "{} more {} on {}", "{} more {}, {} to {}", "{}, about {} dollars in all", "{}, and besides {}",
    "station {} lies on a cycle without a new attempt", "the data set cannot be written there ({})",
    "there is no parameter {}", "there is no pathway {}", "there is no route {}",
    "there is no pool {}", "there is no site {}", "there is no step {}", "there is no stream {}",
    "{} encounters a month before", "{} is {}, which is less than {}",
    "{} is {}, which is more than {}", "{} needs {}",
}  # fmt: skip
SYSTEM = ("Is a directory", "Not a directory", "No such file or directory", "Permission denied", "File exists")
ENGLISH = re.compile(r"(?<![\w/`-])(the|is|are|not|give|write|there|which|from|name)(?![\w-])")


def texts(node: ast.expr, named: dict[str, list[ast.expr]]) -> list[str]:
    """What an expression may say, `x9` for what is filled in."""
    match node:
        case ast.Constant(value=str(said)):
            return [said]
        case ast.JoinedStr(values=values):
            return ["".join(str(v.value) if isinstance(v, ast.Constant) else "'x9'" for v in values)]
        case ast.IfExp(body=one, orelse=other):
            return texts(one, named) + texts(other, named)
        case ast.Tuple(elts=several):
            return [text for one in several for text in texts(one, named)]
        case ast.Name(id=name):
            return [text for value in named.get(name, ()) for text in texts(value, {})]
    return []


def said(path: Path) -> Iterator[str]:
    """Every cause and mend of a file, as far as it stands there."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        named: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    pairs = [(target, node.value)]
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                        pairs = list(zip(target.elts, node.value.elts, strict=True))
                    for one, value in pairs:
                        if isinstance(one, ast.Name):
                            named.setdefault(one.id, []).append(value)
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in ERRORS | MAKERS or (name == "append" and path.name in TELLING):
                    parts = [*node.args, *(k.value for k in node.keywords if k.arg == "mend")]
                    yield from (text for part in parts for text in texts(part, named))
                if name == "nearest" and len(node.args) > 2:
                    yield from texts(node.args[2], named)
                if name in UNKNOWN and len(node.args) > 2:
                    yield from (f"there is no {what} 'x9'" for what in texts(node.args[2], named))
            elif isinstance(node, ast.Yield | ast.Return) and function.name in TELLERS and node.value is not None:
                yield from texts(node.value, named)


def walked(text: str, spoken: set[str]) -> set[str]:
    """What of a text has no Spanish, down to the last phrase in a place of another; the Spanish used is added."""
    text = " ".join(text.split())
    found = matched(text)
    if found is None:
        return set() if ALIKE.fullmatch(text.replace("x9", "")) else {text}
    spoken.add(found[0])
    return {mute for hole in found[1] if phrase(hole) for mute in walked(hole, spoken)}


FILES = sorted(p for p in SOURCE.rglob("*.py") if "web" not in p.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_that_every_mistake_has_its_spanish(path: Path):
    phrases = {text for text in said(path) if " " in text and not text[0].isupper()}  # others are columns' names
    assert not {mute for text in phrases for mute in walked(text, set())}


def test_that_a_sentence_nobody_says_any_more_leaves_the_table():
    spoken: set[str] = set()
    for text in {text for path in FILES for text in said(path)}:
        walked(text, spoken)
    silent = {row["en"] for row in read_rows(TABLE) if row["es"] not in spoken}
    assert {en for en in silent if not LIBRARIES.fullmatch(en)} == PARTS


def test_that_the_scan_finds_mistakes():
    assert len({text for path in FILES for text in said(path)}) > 300


@pytest.mark.parametrize("row", read_rows(TABLE), ids=lambda row: row["en"])
def test_that_a_sentence_is_put_into_spanish_alone(row: dict[str, str]):
    assert row["es"].count("{}") == row["en"].count("{}")
    assert not ENGLISH.search(row["es"])
    filled = row["en"].replace("{}", "9")
    assert ALIKE.fullmatch(row["en"].replace("{}", "")) or in_spanish(filled) != filled


def test_that_a_way_out_of_many_parts_is_spanish_down_to_the_last():
    parts = ("2 more vehicles of 'bus-a', 2030-01-07 to 2030-01-09", "9 more places a day at 'b' on 2030-01-08",
             "3 more hours of agents on 2030-01-07", "2 more of other kinds")  # fmt: skip
    mend = "ask for at most 1,200 inside, or have more: the cheapest way out is "
    mend += f"{', and besides '.join(parts)}, about 1,300 dollars in all"
    assert in_spanish(mend) == (
        "pida a lo más 1,200 adentro, o disponga de más: la salida más barata es 2 más de vehículos de 'bus-a', del "
        "2030-01-07 al 2030-01-09, y además 9 más de lugares al día en 'b' el 2030-01-08, y además 3 más de horas de "
        "agentes el 2030-01-07, y además 2 más de otras clases, unos 1,300 dólares en total"
    )


def test_that_a_mistake_keeps_its_place_and_what_it_is_about():
    error = DataError(
        "'persons' is -3, which is negative or without end", mend="write a number from 0 up", file="c.csv", line=7
    )
    assert told(error, Language.ENGLISH) == str(error)
    assert told(error, Language.SPANISH) == (
        "c.csv, línea 7: 'persons' es -3, que es negativo o sin fin; escriba un número desde 0."
    )
    many = RequestError("draws is '1,500'", mend="give 1 to 1,000")
    assert told(many, Language.SPANISH) == f"draws es '1,500'; dé de 1 a 1{THIN_SPACE}000."
    assert in_spanish("it is what it is") == "it is what it is"
    unknown = RequestError("nobody ever said this", mend="did you mean 'a b'")
    assert told(unknown, Language.SPANISH) == "nobody ever said this; quizá quiso decir 'a b'."


@pytest.mark.parametrize("reason", SYSTEM)
def test_that_what_the_system_says_is_put_into_spanish_too(reason: str):
    assert "no se puede leer (" in in_spanish(f"cannot be read ({reason})")
    assert reason not in in_spanish(f"cannot be read ({reason})")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ((), Language.ENGLISH),
        (("--lang", "es"), Language.SPANISH),
        (("--lang=es",), Language.SPANISH),
        (("--lang", "fr"), Language.ENGLISH),
        (("es", "--lang"), Language.ENGLISH),
    ],
)
def test_that_the_language_is_the_one_asked_for(words: tuple[str, ...], language: Language):
    assert asked_for(("cauce", "run", *words)) is language


MISTAKES = [
    "run decembr-2022", "run --seed x", "run --draws 0 --border atlantis", "run --draws 999999999", "run --frobnicate",
    "compare", "compare conditions-met", "outlook", "outlook --census nowhere.csv", "plan el-paso", "plan nowhere",
    "negotiate us-mexico-2022 --draws 1", "evaluate", "evaluate venezuela-2022 --draws 0", "place", "apply", "rules",
    "rules --on 2022-02-30", "show nowhere", "forecast --months 0", "forecast --as-of x", "morning nowhere.csv",
    "morning-template x.pdf", "validate --draws 1", "calibrate --draws 3", "data check nowhere.csv", "data fetch x",
    "data revisions nowhere.csv nowhere.csv", "stations spring-time",
    "backtest --article --quick", "data build nowhere",
]  # fmt: skip


@pytest.mark.parametrize("words", MISTAKES)
def test_that_a_verb_refuses_in_spanish(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["cauce", *words.split(), "--lang", "es"])
    with pytest.raises(SystemExit, match="2"):
        shell.main()
    answer = capsys.readouterr().err
    assert answer.startswith("cauce: ") and answer.count("\n") == 1
    assert not ENGLISH.search(answer), answer
    assert not list(tmp_path.iterdir())
