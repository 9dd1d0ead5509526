"""The laws of the house: layers, lengths, names, doors, verbs."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "cauce"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "migrations"]
"""All but what Django wrote."""
PYTHON_FILES = [
    *MODULES,
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted((ROOT / "benchmarks").rglob("*.py")),
]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "misc", "common", "base", "core", "tools", "manager"}
ROOMS = {
    "__init__", "__main__", "api", "arrivals", "border", "borders", "cli", "data", "decisions", "documents", "places",
    "errors", "keys", "model", "policy", "reports", "runs", "terms", "web",
}  # fmt: skip


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_that_imports_only_look_down():
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-500:]


def test_that_the_rooms_are_the_rooms():
    found = {p.stem for p in PACKAGE.iterdir() if p.name != "py.typed" and p.name != "__pycache__"}
    assert found == ROOMS


@pytest.mark.parametrize("path", PYTHON_FILES, ids=_name)
def test_that_files_and_functions_stay_short(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 500, f"{path.name} is too long: split by noun"
    bound = 200 if "kernel" in path.parts else 80
    for function in _functions(path):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length < bound, f"{path.name}:{function.lineno} {function.name} has {length} lines"


@pytest.mark.parametrize("path", PYTHON_FILES, ids=_name)
def test_that_names_say_what_things_are(path: Path):
    assert path.stem not in FORBIDDEN_NAMES or path.parts[-2:] == ("sqlite", "base.py")  # Django asks for this name
    if path.stem.startswith("test_"):
        for function in _functions(path):
            if function.name.startswith("test_"):
                assert function.name.startswith("test_that_"), f"{function.name} does not state a behaviour"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_that_every_public_thing_says_what_it_is(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.stem != "__init__":
        assert ast.get_docstring(tree), f"{path.name} has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node) or _is_plain_record(node), f"{path.name}: {node.name}"


def _is_plain_record(node: ast.AST) -> bool:
    """A document of a few fields whose class name says it all."""
    return isinstance(node, ast.ClassDef) and all(isinstance(n, ast.AnnAssign | ast.Pass) for n in node.body)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_that_only_the_doors_import_late(path: Path):
    if path.name == "service.py" or path.parent.name in {"api", "cli"}:
        return
    for function in _functions(path):
        late = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
        assert not late, f"{path.name}: {function.name} imports inside"


@pytest.mark.parametrize("path", PYTHON_FILES, ids=_name)
def test_that_there_is_no_global_randomness(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if "benchmarks" in path.parts or "verify" in path.parts:
        return  # peers bring their own generators
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name != "random" for alias in node.names), f"{path.name} imports random"
        if isinstance(node, ast.Attribute) and node.attr == "seed":
            assert not (isinstance(node.value, ast.Attribute) and node.value.attr == "random"), path.name


def test_that_code_names_no_border():
    """No nationality, place or measure in code: a border is data."""
    words = {
        "mexico",
        "mexican",
        "juarez",
        "paso",
        "venezuela",
        "nicaragua",
        "cuba",
        "haiti",
        "chnv",
        "title-42",
    }
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = (ast.Module, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
        docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, documented)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docs:
                if node.value in {"us_mexico", "title-42", "Haitian Creole"}:
                    continue  # the default border, the word for the authority (terms.Authority), a language
                hits = [w for w in words if w in node.value.lower()]
                assert not hits, f"{path.name}:{node.lineno} names {hits[0]!r}"


@pytest.mark.parametrize(
    ("door", "heavy"),
    [
        ("cauce", {"numpy", "numba", "polars", "altair", "typst", "pydantic", "typer"}),
        ("cauce.cli", {"numpy", "numba", "polars", "altair", "typst", "pydantic"}),
        ("cauce.policy.rulebook", {"numba", "polars", "altair", "typst"}),
    ],
)
def test_that_doors_load_nothing_heavy(door: str, heavy: set[str]):
    code = f"import sys, {door}; print(sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_that_each_verb_has_its_command():
    from cauce import api, cli

    verbs = {
        name for name, f in vars(api).items()
        if inspect.isfunction(f) and f.__module__.startswith("cauce.api.") and not name.startswith("_")
    }  # fmt: skip
    assert verbs == set(cli.COMMANDS), "api and cli differ"


def test_that_the_project_speaks_of_itself_alone():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        assert not os.environ.get("CI"), "git is missing or this is no checkout"
        pytest.skip("needs a git checkout")
    for name in tracked.stdout.split():
        text = (ROOT / name).read_bytes()
        for word in (b"/wor" + b"k/", b"/roo" + b"t/", b"bash_" + b"jobs"):
            assert word not in text, f"{name} names a path of one machine"


def test_that_no_forbidden_source_is_cited():
    forbidden = re.compile(r"\bS(8|25|62|115|117|152)\b")
    for path in sorted((PACKAGE / "borders").rglob("*")):
        if path.is_file():
            found = forbidden.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{path.name} cites {found and found[0]}"


def test_that_every_path_and_verb_of_the_readme_exists():
    from cauce import cli

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in re.findall(r"\]\(([\w./-]+)\)", text) + re.findall(r"(src/[\w./-]+)", text):
        assert (ROOT / path.rstrip(".")).exists(), path
    verbs = {name.replace("_", " ") for name in cli.COMMANDS}
    for words in re.findall(r"cauce ((?:data )?[a-z]+)", " ".join(re.findall(r"`+[^`]+`+", text))):
        assert words in verbs or words.split()[0] in verbs, words
