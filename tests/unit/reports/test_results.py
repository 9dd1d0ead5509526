"""A result keeps its labels, its hash, and its folder whole."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from invented import invent

from cauce.errors import OutputError, RequestError
from cauce.keys import generator
from cauce.runs import results
from cauce.runs.results import Result


@pytest.fixture(scope="module")
def result() -> Result:
    return invent(3, 3, draws=6, days=10)


def test_that_the_hash_does_not_depend_on_the_order_of_computation(result: Result):
    daily = np.empty_like(result.daily, order="F")
    for draw in generator("order").permutation(result.daily.shape[1]):
        daily[:, draw] = result.daily[:, draw]
    assert replace(result, daily=daily).sha256() == result.sha256()
    assert replace(result, daily=result.daily.astype(">f8")).sha256() == result.sha256()


def test_that_every_label_and_number_counts_in_the_hash(result: Result):
    daily = result.daily.copy()
    daily[-1, -1, -1, -1] += 1
    hashes = {
        result.sha256(),
        replace(result, daily=daily).sha256(),
        replace(result, days=tuple(reversed(result.days))).sha256(),
        replace(result, outcomes=tuple(reversed(result.outcomes))).sha256(),
        replace(result, cases=tuple(reversed(result.cases))).sha256(),
    }
    assert len(hashes) == 5


def test_that_a_result_comes_back_with_every_label(result: Result, tmp_path: Path):
    back = Result.read(result.write(tmp_path / "deep" / "winter"))
    assert back.as_json() == result.as_json()
    assert (back.axes, back.outcomes, back.disputes, back.flags) == (
        result.axes, result.outcomes, result.disputes, result.flags,
    )  # fmt: skip
    long = pl.read_parquet(tmp_path / "deep" / "winter" / "outcomes.parquet")
    assert np.array_equal(long["value"].to_numpy().reshape(result.daily.shape), result.daily)
    assert long.columns == ["case", "draw", "outcome", "day", "value"]


def test_that_the_summary_is_what_its_words_say(result: Result):
    rows = {(r["case"], r["outcome"], r["statistic"]): r for r in result.summary().to_dicts()}
    for number, outcome in enumerate(result.outcomes):
        one = sum if outcome.kind == "flow" else max
        by_hand = [one(days) for days in result.daily[0, :, number]]
        row = rows[result.cases[0][0], outcome.id, "sum" if outcome.kind == "flow" else "highest"]
        assert row["p50"] == pytest.approx(float(np.median(by_hand)), rel=1e-12)
        assert row["p10"] <= row["p50"] <= row["p90"]


def test_that_differences_are_taken_draw_by_draw(result: Result):
    daily = result.daily.copy()
    daily[1] = daily[0] + 1.0  # each draw differs by the same, however much the draws differ
    shifted = replace(result, daily=daily)
    assert shifted.paired("encounters", 1, 0) == (10.0, 10.0, 10.0)  # ten days


@pytest.mark.parametrize(
    ("counts", "rows", "bases"),
    [
        ((), [(0,)], [0]),
        ((3,), [(0,), (1,), (2,)], [2, 2, 2]),
        ((2, 3), [(0, 1, 2), (3, 4, 5)], [2, 2, 2, 5, 5, 5]),
        ((2, 2, 2), [(0, 1), (2, 3), (4, 5), (6, 7)], [1, 1, 3, 3, 5, 5, 7, 7]),
    ],
)
def test_that_cases_are_crossed_by_their_axes(counts: tuple[int, ...], rows: list[tuple[int, ...]], bases: list[int]):
    made = invent(*counts, draws=2, days=3)
    assert [cases for _, cases in made.grid] == rows
    assert [made.base(case) for case in range(len(made.cases))] == bases


def test_that_a_full_disk_leaves_the_old_result_whole(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = result.write(tmp_path / "winter")
    other = invent(3, 3, draws=6, days=10, seed=2)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(results.np, "save", full)
    with pytest.raises(OutputError, match="No space left"):
        other.write(folder)
    monkeypatch.undo()
    assert Result.read(folder).sha256() == result.sha256()
    assert [p.name for p in tmp_path.iterdir()] == ["winter"]


def test_that_a_place_that_cannot_be_taken_is_given_back(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = result.write(tmp_path / "winter")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".part") and Path(target) == folder:
            raise OSError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        invent(3, 3, draws=6, days=10, seed=2).write(folder)
    monkeypatch.undo()
    assert Result.read(folder).sha256() == result.sha256()
    assert [p.name for p in tmp_path.iterdir()] == ["winter"]


def test_that_what_else_stood_in_the_folder_is_kept(result: Result, tmp_path: Path):
    folder = result.write(tmp_path / "winter")
    (folder / "my notes.txt").write_text("mine")
    (folder / "summary.csv").write_text("stale")
    result.write(folder)
    assert (folder / "my notes.txt").read_text() == "mine"
    assert "stale" not in (folder / "summary.csv").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["winter"]


def test_that_a_file_in_the_place_is_one_sentence(result: Result, tmp_path: Path):
    (tmp_path / "winter").write_text("a file")
    with pytest.raises(OutputError) as told:
        result.write(tmp_path / "winter")
    assert "\n" not in str(told.value) and str(told.value).endswith(".")
    assert (tmp_path / "winter").read_text() == "a file"
    assert [p.name for p in tmp_path.iterdir()] == ["winter"]


@pytest.mark.parametrize("damage", ["not json", "{}", '{"id": 3}', "[]"])
def test_that_a_damaged_label_is_told(result: Result, tmp_path: Path, damage: str):
    folder = result.write(tmp_path / "winter")
    (folder / "result.json").write_text(damage)
    with pytest.raises(RequestError, match="holds no result"):
        Result.read(folder)


def test_that_json_and_csv_say_the_same(result: Result, tmp_path: Path):
    folder = result.write(tmp_path / "winter")
    told = json.loads((folder / "result.json").read_text())
    table = pl.read_csv(folder / "summary.csv")
    assert [row["p50"] for row in told["summary"]] == pytest.approx(table["p50"].to_list(), rel=1e-12)
    assert len(table) == len(result.cases) * len(result.outcomes) * 2
