"""A user's mistake is one sentence with its mend, exit 2, no traceback, and nothing half-written."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from cauce.border import read_rows
from cauce.cli import shell

TINY = Path(__file__).parents[1] / "tiny"
CENSUS = str(TINY / "scenarios" / "census.csv")
HEADER = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Land Border Region,Area of Responsibility,AOR (Abbv),"
    "Demographic,Citizenship,Title of Authority,Encounter Type,Encounter Count"
)
ROW = "2023,FYTD,OCT,U.S. Border Patrol,Southwest Land Border,El Paso Sector,EPT,FMUA,PERU,Title 8,Apprehensions,3"


def cauce(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cauce", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def refused(run: subprocess.CompletedProcess[str], *said: str) -> None:
    assert run.returncode == 2, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.strip().count("\n") == 0, run.stderr
    for words in said:
        assert words in run.stderr, run.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEADER.replace(",Citizenship", "") + "\n" + ROW.replace(",PERU", ""), ["Citizenship"]),
        (HEADER + ",Extra\n" + ROW + ",1", ["Extra"]),
        (HEADER + "\n" + ROW + "\n" + ROW.replace("OCT", "NOV")[:-1] + "-3", ["line 3", "-3"]),
        (HEADER + "\n" + ROW[:-1] + "2.5", ["line 2", "2.5"]),
        (HEADER + "\n" + ROW.replace("PERU", "PERUU"), ["line 2", "PERUU"]),
        (HEADER + "\n" + ROW.replace("OCT", "OKT"), ["line 2", "OKT"]),
        ("", ["empty"]),
    ],
)
def test_that_a_bad_table_is_told(tmp_path: Path, content: str, said: list[str]):
    path = tmp_path / "encounters.csv"
    path.write_text(content)
    refused(cauce("data", "check", str(path)), *said)


def test_that_a_cut_gzip_is_told(tmp_path: Path):
    path = tmp_path / "encounters.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "\n" + ROW * 50).encode())[:60])
    refused(cauce("data", "check", str(path)))


def test_that_a_binary_file_is_told(tmp_path: Path):
    path = tmp_path / "encounters.csv"
    path.write_bytes(bytes(range(256)) * 20)
    refused(cauce("data", "check", str(path)))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("data", "check", "nowhere.csv"), "nowhere.csv"),
        (("run", "decembr-2022"), "did you mean 'december-2022'"),
        (("run", "spring", "--border", str(TINY), "--draws", "-3"), "draws is -3"),
        (("run", "spring", "--border", str(TINY), "--workers", "0"), "workers is 0"),
        (("run", "--border", "atlantis"), "atlantis"),
        (
            ("outlook", "--census", CENSUS, "--border", str(TINY), "--draws", "0"),
            "draws is 0",
        ),
        (("outlook", "--census", CENSUS, "--border", str(TINY), "--days", "0"), "0 days"),
        (("run", "--frobnicate"), "--frobnicate"),
        (("run", "--draws", "many"), "--draws"),
        (("rules", "--on", "2022-02-30"), "not a date that exists"),
        (("rules", "--on", "2022-12-05", "--for", "Atlantean family"), "atlantean"),
        (("rules", "--on", "2022-12-05", "--lang", "fr"), "'fr'"),
        (("show", "nowhere"), "holds no result"),
        (("explain", "nowhere", "--party", "x"), "holds no result"),
        (("apply",), "--demo"),
        (("apply", "--demo", "--applications", "0"), "0 applications"),
        (("outlook", "--census", "nowhere.csv"), "nowhere.csv"),
        (("outlook", "--census", CENSUS, "--border", str(TINY), "--days", "9999"), "1 to 3660"),
        (("outlook", "--census", str(TINY)), "cannot be read"),
        (("run", "--seed", "x"), "--seed is 'x', which is not a whole number; see `cauce run --help`"),
        (("run", "--draws", "99999999999"), "more than 100000"),
        (("run", "--border", "us-mexico"), "did you mean 'us_mexico'"),
        (("compare",), "missing argument 'scenarios'; see `cauce compare --help`"),
        (("plan", "elpaso", "--from", "2022-12-12"), "did you mean 'el-paso'"),
        (("plan", "el-paso", "--from", "2022-12-12", "--days", "9999"), "1 to 3660"),
        (("plan", "el-paso", "--from", "2090-12-12"), "--census"),
        (("negotiate", "us-mexic-2022"), "did you mean 'us-mexico-2022'"),
        (("negotiate", "us-mexico-2022", "--quick", "--workers", "0"), "workers is 0"),
        (("evaluate", "venezula-2022"), "did you mean 'venezuela-2022'"),
        (("forecast", "--sector", "El Pso", "--as-of", "2022-12-01", "--draws", "2"), "did you mean 'el-paso'"),
        (("morning", "december-2023"), "did you mean 'december-2022'"),
        (("morning-template", "new.pdf"), "new.pdf: is not the name of a morning"),
        (("validate", "--from", "2022-12-19", "--to", "2022-12-10"), "is before the first"),
        (("data", "fetch", "cbp_encounter"), "did you mean 'cbp_encounters'"),
        (("web", "serve", "--port", "0"), "--port is '0', which is less than 1"),
        (("apply", "--demo", "--border", str(TINY)), "no programme in force"),
        (("negotiate", "--border", str(TINY)), "the border ships no table"),
        (("apply", "--demo", "--applications", "99999999999"), "1 to 1000000"),
    ],
)
def test_that_a_wrong_word_is_told(words: tuple[str, ...], said: str):
    refused(cauce(*words), said)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bridge,ZZZ,family,3,4", "'ZZZ' is unknown"),
        ("bridge,AAA,couple,3,4", "'couple' is unknown"),
        ("bridge,AAA,family,-3,4", "negative"),
        ("bridge,AAA,family,3,4.5", "not a whole number"),
        ("bridge,AAA,family,3", "4 cells"),
        ("tower,AAA,family,3,4", "'tower' is not in the network"),
    ],
)
def test_that_a_bad_census_is_told(tmp_path: Path, row: str, said: str):
    path = tmp_path / "census.csv"
    path.write_text(f"station,nationality,demographic,hours_held,persons\n{row}\n")
    out = tmp_path / "out"
    run = cauce("outlook", "--census", str(path), "--border", str(TINY), "--draws", "1", "--out", str(out))
    refused(run, said, "line 2")
    assert not list(out.glob("outlook"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("station,persons\n".encode("utf-16"), "is in UTF-16; save it as UTF-8"),
        (bytes(range(256)), "is not a text file"),
        ("station,nación\n".encode("cp1252"), "line 1: is not in UTF-8"),
        (b"PK\x03\x04", "is a workbook or zip file"),
        (b"station;nationality;demographic;hours_held;persons\n", "part the cells by commas"),
    ],
)
@pytest.mark.parametrize("verb", ["outlook --census", "morning", "validate --points"])
def test_that_a_table_of_another_kind_is_told(tmp_path: Path, verb: str, content: bytes, said: str):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    refused(cauce(*verb.split(), str(path)), said, "file.csv")


def test_that_windows_line_ends_and_marks_change_nothing(tmp_path: Path):
    lines = Path(CENSUS).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "census.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert [dict(row) for row in read_rows(path)] == [dict(row) for row in read_rows(Path(CENSUS))]


def test_that_a_morning_somebody_filled_in_is_kept(tmp_path: Path):
    path = tmp_path / "mine.csv"
    path.write_text("filled in")
    refused(cauce("morning-template", str(path)), "is there already")
    assert path.read_text() == "filled in"


def test_that_a_verb_that_finds_something_wrong_leaves_with_its_code(monkeypatch: pytest.MonkeyPatch):
    def found_wrong() -> None:
        raise typer.Exit(1)

    app = typer.Typer()
    app.command()(found_wrong)
    monkeypatch.setattr("sys.argv", ["cauce"])
    monkeypatch.setattr(shell, "app", app)
    with pytest.raises(SystemExit, match="1"):
        shell.main()


def test_that_a_verb_without_words_says_how_it_is_used():
    run = cauce("response")
    assert run.returncode == 2 and run.stderr.startswith("Usage: cauce response")


def test_that_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def exhausted(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(shell, "app", exhausted)
    with pytest.raises(SystemExit, match="2"):
        shell.main()
    assert "memory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "written"),
    [("morning-template mine.csv", ["mine.csv"]), ("rules export", ["results/rulebook"])],
)
def test_that_what_was_written_is_told_as_json_too(
    words: str, written: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["cauce", *words.split(), "--json", "-"])
    shell.main()
    assert json.loads(capsys.readouterr().out) == written
    assert all((tmp_path / path).exists() for path in written)


def test_that_a_field_left_empty_is_told(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("id: mine\nname:\n")
    refused(cauce("run", str(path)), "line 2", "'name' is empty; fill it or remove it")


def test_that_a_language_not_spoken_is_refused_before_any_work(tmp_path: Path):
    refused(cauce("rules", "export", "--out", str(tmp_path / "book"), "--lang", "fr"), "'fr' is not spoken")
    assert not list(tmp_path.iterdir())


def test_that_an_unwritable_place_is_told(tmp_path: Path):
    place = tmp_path / "file"
    place.write_text("in the way")
    refused(cauce("run", "spring", "--border", str(TINY), "--draws", "1", "--out", str(place)), "cannot be written")
    assert place.read_text() == "in the way"


def test_that_ctrl_c_is_told(tmp_path: Path):
    command = [sys.executable, "-m", "cauce", "run", "spring", "--border", str(TINY), "--draws", "5000"]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("draw-*.npy")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on from there" in told
    assert "Traceback" not in told
    assert not list(tmp_path.rglob("brief*"))
