"""However a file is spoilt, a reader gives a table that keeps its contract, or one sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from data_samples import SAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cauce.border import Border
from cauce.data import registry
from cauce.data.contracts import Contract, check
from cauce.errors import DataError

SPOILS = (
    *("", "-1", "1.5", "1e9", "nan", "inf", "0", "９", "x" * 200, "1" * 30, "-", "NULL", "None", "Total"),
    *('"', ",", ";", "#", "\n", "\r", "\x00", "é", "\u2028", "\ufeff", "2022-02-30", "2022-13-01"),
)


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> bytes:
    """The text with cells replaced, cut, doubled, packed or with bytes turned."""
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.integers(0, len(lines) - 1))
        cells = lines[row].split(",")
        column = draw(st.integers(0, len(cells) - 1))
        match draw(st.sampled_from(("cell", "drop", "double", "swap", "line", "gone"))):
            case "cell":
                cells[column] = draw(st.sampled_from(SPOILS) | st.text(max_size=8))
            case "drop":
                del cells[column]
            case "double":
                cells.insert(column, cells[column])
            case "swap":
                cells[column], cells[0] = cells[0], cells[column]
            case "line":
                lines.insert(row, lines[row])
            case "gone":
                lines[row] = ""
                continue
        lines[row] = ",".join(cells)
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    if draw(st.booleans()) and content:
        place = draw(st.integers(0, len(content) - 1))
        content = content[:place] + draw(st.binary(max_size=3)) + content[place + 1 :]
    if draw(st.integers(0, 4)) == 0:
        content = gzip.compress(content, mtime=0)
    if draw(st.integers(0, 4)) == 0:
        content = content[: draw(st.integers(0, len(content)))]
    return content


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_that_a_spoilt_file_gives_a_sound_table_or_one_sentence(
    name: str, data: st.DataObject, tmp_path: Path, border: Border
):
    path = tmp_path / name
    content = data.draw(spoilt(SAMPLES[name]))
    path.write_bytes(content)
    try:
        report = registry.check_file(path, border)
    except DataError as error:
        assert error.file == path and str(error).count("\n") == 0
        lines = content.count(b"\n") + content.count(b"\r") + 1
        assert error.line is None or content[:2] == b"\x1f\x8b" or 1 <= error.line <= lines
    else:
        table = registry.read(path, border)
        assert check(table, Contract.read(report.card.reader), path).height == report.tidy_rows
