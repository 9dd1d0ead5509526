"""The border's labels: every publisher's spelling and every everyday word leads to one code."""

from __future__ import annotations

import pytest

from cauce.border import Border, plain, read_rows
from cauce.terms import Authority, Demographic


def test_that_no_label_means_two_things(border: Border):
    seen: dict[tuple[str, str], str] = {}
    for row in read_rows(border.root / "labels.csv", ("dimension", "publisher", "label", "code")):
        key = (row["dimension"], plain(row["label"]))
        assert seen.setdefault(key, row["code"]) == row["code"], f"line {row.line}"


def test_that_every_code_is_one_of_the_borders(border: Border):
    assert set(border.labels("nationality").values()) == set(border.nationalities)
    assert set(border.labels("demographic").values()) == {d.value for d in Demographic}
    assert set(border.labels("authority").values()) == {a.value for a in Authority}
    assert border.card.focus_sector in border.labels("sector").values()


def test_that_names_and_demonyms_of_the_table_are_words_in_both_languages(border: Border):
    for code, row in border.nationalities.items():
        for column in ("name_en", "name_es", "demonym_en", "demonym_es"):
            assert border.code("nationality", row[column]) == code, (code, column)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("Nicaraguan family", ("NIC", "family")),
        ("Familia nicaragüense", ("NIC", "family")),
        ("familia nicaraguense", ("NIC", "family")),
        ("Venezuelan adults", ("VEN", "single-adult")),
        ("hombre venezolano", ("VEN", "single-adult")),
        ("mujer haitiana", ("HTI", "single-adult")),
        ("niñas guatemaltecas", ("GTM", "unaccompanied-child")),
        ("familias cubanas", ("CUB", "family")),
        ("CHINOS", None),
        ("adolescente hondureño", ("HND", "unaccompanied-child")),
    ],
)
def test_that_people_can_be_named_in_words(words: str, codes: tuple[str, str] | None, border: Border):
    found = [
        code
        for word in words.split()
        for dimension in ("nationality", "demographic")
        if (code := border.code(dimension, word)) is not None
    ]
    assert sorted(found) == sorted(codes or ("CHN",))


def test_that_longer_words_for_children_and_adults_are_known(border: Border):
    for words, code in (
        ("unaccompanied child", "unaccompanied-child"),
        ("niño no acompañado", "unaccompanied-child"),
        ("niñas, niños y adolescentes no acompañados", "unaccompanied-child"),
        ("adulto solo", "single-adult"),
        ("family unit", "family"),
    ):
        assert border.code("demographic", words) == code


def test_that_ports_and_sectors_of_one_name_are_not_confused(border: Border):
    assert border.code("sector", "El Paso Sector") == "el-paso"
    assert border.code("sector", "El Paso Field Office") == "el-paso-ports"
    assert border.code("field-office", "El Paso, TX") == "el-paso-ports"
