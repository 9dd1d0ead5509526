"""The rulebook as a data set: whole, citable, the same bytes twice, and read back as the same book."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from cauce import api
from cauce.border import Border
from cauce.data import observe
from cauce.errors import OutputError
from cauce.policy import export
from cauce.policy.export import COLUMNS, rows, write
from cauce.policy.measure import covers
from cauce.policy.rulebook import Rulebook

TINY = Path(__file__).parents[2] / "tiny"
FILES = {"rulebook.csv", "rulebook.json", "sources.csv", "persons.csv", "metadata.json", "README.md"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return api.rules_export(tmp_path_factory.mktemp("set") / "rulebook")


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))


def test_that_the_set_is_whole_and_its_hashes_agree(folder: Path):
    assert {p.name for p in folder.iterdir()} == FILES
    told = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    assert {f["name"] for f in told["files"]} == FILES - {"metadata.json"}
    for file in told["files"]:
        content = (folder / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])


def test_that_the_metadata_hold_what_datacite_wants(folder: Path):
    told = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    wanted = {"creators", "titles", "publisher", "publicationYear", "types", "version", "rightsList", "descriptions"}
    assert wanted | {"subjects"} <= set(told)
    assert told["creators"][0]["name"] == "cauce developers"
    assert told["types"]["resourceTypeGeneral"] == "Dataset"
    assert told["rightsList"][0]["rightsIdentifier"] == "CC-BY-4.0"


def test_that_two_exports_are_the_same_bytes(folder: Path, tmp_path: Path):
    again = api.rules_export(tmp_path / "again")
    assert all((again / name).read_bytes() == (folder / name).read_bytes() for name in FILES)


def test_that_the_documents_are_read_back_as_the_same_book(folder: Path):
    told = json.loads((folder / "rulebook.json").read_text(encoding="utf-8"))
    book = Rulebook.model_validate(told["rulebook"])
    assert book == Rulebook.read(Border.open())
    assert book.sha256() == told["sha256"]


def test_that_every_span_and_value_of_the_book_is_a_row_with_its_source(folder: Path):
    book, told = Rulebook.read(Border.open()), table(folder, "rulebook.csv")
    spans = sum(len(v.in_force) + sum(len(s.branches) for s in v.in_force) for m in book.measures for v in m.history)
    assert len(told) == spans + sum(len(given) for m in book.measures for _, given in m.values)
    assert set(told[0]) == set(COLUMNS)
    known = {row["id"] for row in table(folder, "sources.csv")}
    for row in told:
        assert row["source"] and row["known_by"] and row["name_en"] and row["name_es"]
        assert set(filter(None, row["sources"].split(";"))) <= known


@pytest.mark.parametrize("day", ["2019-08-01", "2020-06-01", "2022-12-05", "2023-05-12", "2024-07-20", "2025-04-20"])
def test_that_the_table_alone_says_what_was_in_force(folder: Path, day: str):
    """The rows of spans that no later version replaced are the record."""
    book = Rulebook.read(Border.open())
    when = datetime.fromisoformat(f"{day}T12:00")
    told = {
        row["measure"]
        for row in table(folder, "rulebook.csv")
        if row["what"] == "span" and not row["superseded"] and row["status"] == "active"
        and datetime.fromisoformat(row["from"]) <= when
        and (not row["until"] or when < datetime.fromisoformat(row["until"]))
    }  # fmt: skip
    assert told == {m.id for m in book.measures if any(covers(span, when) for span in m.in_force)}


def test_that_a_value_ends_where_the_next_begins():
    told = [row for row in rows(Rulebook.read(Border.open())) if row["measure"] == "port-appointments"]
    caps = [(row["value"], row["from"], row["until"]) for row in told if row["what"] == "cap"]
    assert caps == [
        ("743", "2023-01-18", "2023-05-12"),
        ("1000", "2023-05-12", "2023-06-01"),
        ("1250", "2023-06-01", "2023-06-30"),
        ("1450", "2023-06-30", ""),
    ]


def test_that_what_was_known_before_is_kept_and_marked():
    told = [row for row in rows(Rulebook.read(Border.open())) if row["measure"] == "title-42"]
    first, *_, last = [row for row in told if row["what"] == "span"]
    assert (first["superseded"], first["until"]) == ("2022-04-01", "")
    assert (last["superseded"], last["until"]) == ("", "2023-05-11T23:59")
    branches = [row for row in told if row["what"] == "branch"]
    assert sum(float(row["value"]) for row in branches) == 1


def test_that_persons_stand_beside_the_encounters_of_the_record(folder: Path):
    border = Border.open()
    history = observe.read_reference(border.reference(border.card.encounters))
    told = table(folder, "persons.csv")
    assert sum(int(row["encounters"]) for row in told) == history["encounters"].sum()
    assert all(float(row["persons"]) >= 0 for row in told)
    before = {row["month"]: 0.0 for row in told}
    for row in told:
        before[row["month"]] += float(row["persons"]) - float(row["encounters"])
    assert max(abs(gap) for month, gap in before.items() if month < "2020-03") == 0  # nobody was expelled yet
    assert all(gap < 0 for month, gap in before.items() if "2020-04" <= month <= "2023-05")


def test_that_another_border_is_exported_too(tmp_path: Path):
    api.rules_export(tmp_path / "tiny", border=str(TINY))
    assert table(tmp_path / "tiny", "sources.csv") == []
    assert {row["measure"] for row in table(tmp_path / "tiny", "rulebook.csv")} >= {"agreement", "expulsion"}


def test_that_what_else_stands_in_the_folder_is_kept(tmp_path: Path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").write_text("mine")
    (tmp_path / "set" / "rulebook.csv").write_text("old")
    border = Border.open()
    write(border, Rulebook.read(border), tmp_path / "set")
    assert (tmp_path / "set" / "mine.txt").read_text() == "mine"
    assert (tmp_path / "set" / "rulebook.csv").read_text() != "old"
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


def test_that_a_set_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    border = Border.open()
    book = Rulebook.read(border)
    write(border, book, tmp_path / "set")
    before = {p.name: p.read_bytes() for p in (tmp_path / "set").iterdir()}
    real, written = Path.write_bytes, []

    def full(self: Path, data: bytes) -> int:
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(self)
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        write(border, book.known_on(date(2022, 12, 1)), tmp_path / "set")
    assert {p.name: p.read_bytes() for p in (tmp_path / "set").iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


def test_that_the_readme_names_every_file_and_column(folder: Path):
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (FILES - {"README.md"}) | set(COLUMNS))
    assert export.LICENCE in text


def cauce(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cauce", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_that_the_command_exports_and_still_tells_a_day(tmp_path: Path):
    run = cauce("rules", "export", "--out", str(tmp_path / "set"), "--border", str(TINY))
    assert run.returncode == 0, run.stderr
    assert {p.name for p in (tmp_path / "set").iterdir()} == FILES
    run = cauce("rules", "--on", "2023-05-12", "--for", "Cuban adult")
    assert run.returncode == 0 and "[return-to-third-country]" in run.stdout and "[title-42]" not in run.stdout
    assert "[lawful-pathways-rule]" in run.stdout and "[mexico-accepts-four]" in run.stdout


def test_that_a_place_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file" / "set", tmp_path / "file"):
        run = cauce("rules", "export", "--out", str(place), "--border", str(TINY))
        assert run.returncode == 2 and run.stderr.count("\n") == 1 and "--out" in run.stderr
    assert (tmp_path / "file").read_text() == "in the way"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    run = cauce("rules")
    assert run.returncode == 2 and run.stderr.count("\n") == 1 and "--on" in run.stderr
