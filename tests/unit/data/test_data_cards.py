"""Source cards: each publication says what it is, and its reader stands beside it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cauce.data import cards, contracts, registry
from cauce.data.contracts import Contract
from cauce.errors import DataError, RequestError

CARDS = registry.list_sources()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_that_a_card_is_whole(card: cards.Card):
    assert card.traps and card.grain and card.counts and card.vintage and card.lag_source
    assert card.address == "unverified" or card.address.startswith(("https://", "in the column", "none"))
    reader = registry.reader_of(card)
    assert callable(reader)
    used = {dimension for table in card.tables for dimension in dict(table.dimensions).values()}
    assert used <= {
        "component", "region", "sector", "demographic", "nationality", "authority", "outcome", "agency",
        "monitoring", "return-kind",
    }  # fmt: skip
    for table in card.tables:
        assert set(dict(table.dimensions)) <= set(table.columns)


def test_that_cards_are_named_after_their_files_and_readers_exist():
    for path in cards.FOLDER.glob("*.yaml"):
        assert cards.find(path.stem).id == path.stem
    readers = {path.stem for path in cards.FOLDER.glob("*.py")} - {"__init__"}
    assert readers == {card.reader for card in CARDS}


def test_that_every_contract_belongs_to_a_reader_and_every_column_is_explained():
    names = {path.stem for path in contracts.FOLDER.glob("*.csv")}
    assert names == {card.reader for card in CARDS} | {"effects"}  # a table that an evaluation writes and a fit reads
    for name in names:
        for column in Contract.read(name).columns:
            assert column.description
            assert column.unit or column.type in {"code", "text", "month", "date"} or column.name == "fiscal_year"


def test_that_a_contract_with_an_unknown_type_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "odd.csv").write_text("column,type,unit,null,low,description\na,complex,,no,,what\n")
    monkeypatch.setattr(contracts, "FOLDER", tmp_path)
    with pytest.raises(DataError, match="'complex' is not a type") as caught:
        Contract.read("odd")
    assert caught.value.line == 2


def test_that_sources_do_not_know_each_other():
    for path in cards.FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("cauce.data.sources"), path.name


def test_that_tables_with_one_header_are_told_apart_by_name(shelf: Path, tmp_path: Path):
    assert registry.identify(shelf / "chnv_paroles.csv")[1].name == "chnv_paroles"
    nameless = tmp_path / "download(3).csv"
    nameless.write_bytes((shelf / "chnv_paroles.csv").read_bytes())
    with pytest.raises(DataError, match="published tables share; name it after one of them"):
        registry.identify(nameless)
    other = tmp_path / "export.csv"
    other.write_bytes((shelf / "weekly_nationwide.csv").read_bytes())
    assert registry.identify(other)[0].id == "usbp_weekly"


def test_that_an_unknown_publication_is_answered():
    with pytest.raises(RequestError, match="there is no publication 'gazette'; use one of"):
        cards.find("gazette")
