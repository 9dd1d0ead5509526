"""What every catalogue must hold: each string said, nothing in it lost, and what is compiled is what was written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.test import override_settings

from cauce.web import settings

LANGUAGES = ("es", "ht", "pt")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd%]")
MARK = re.compile(r"</?[a-z][^>]*>")
END = re.compile(r"[.:?!]$")

Key = tuple[str | None, str, str]


def _catalogue(language: str) -> Path:
    return settings.WEB / "locale" / language / "LC_MESSAGES" / "django.po"


def _said(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    """What an entry says: one form, or one for each number."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _table(entries: list[polib.POEntry] | list[polib.MOEntry]) -> dict[Key, list[str]]:
    """What is said for each string; a compiled catalogue writes "no plural" as nothing."""
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural or ""): _said(entry) for entry in entries}


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_every_string_is_said_and_none_is_doubtful(language: str) -> None:
    catalogue = polib.pofile(_catalogue(language))
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", [PLACEHOLDER, MARK], ids=["placeholder", "mark"])
def test_that_no_placeholder_and_no_mark_is_lost_or_invented(language: str, shape: re.Pattern[str]) -> None:
    wrong = [
        (entry.msgid, said)
        for entry in polib.pofile(_catalogue(language))
        for said in _said(entry)
        if sorted(shape.findall(said)) != sorted(shape.findall(entry.msgid_plural or entry.msgid))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_a_sentence_ends_as_its_original_does(language: str) -> None:
    """A label stays a label and a sentence a sentence, so that no page runs two of them together."""
    wrong = [
        (entry.msgid, said)
        for entry in polib.pofile(_catalogue(language))
        for said in _said(entry)
        if END.findall(said) != END.findall(entry.msgid)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_what_is_compiled_is_what_was_written(language: str) -> None:
    path = _catalogue(language)
    written, compiled = polib.pofile(path), polib.mofile(path.with_suffix(".mo"))
    assert _table(list(compiled)) == _table(list(written))
    assert compiled.metadata["Plural-Forms"] == written.metadata["Plural-Forms"]


def test_that_the_catalogues_hold_every_string_of_pages_and_code_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh extraction by gettext's own program finds exactly what stands in each catalogue."""
    assert shutil.which("xgettext"), "this test needs gettext: `make test` installs it on Debian"
    shutil.copytree(settings.WEB, tmp_path / "web", ignore=shutil.ignore_patterns("locale", "__pycache__", "static"))
    (tmp_path / "web" / "locale").mkdir()
    monkeypatch.chdir(tmp_path / "web")
    with override_settings(LOCALE_PATHS=[]):
        call_command("makemessages", locale=["es"], keep_pot=True, no_location=True, verbosity=0)
    marked = set(_table(list(polib.pofile(tmp_path / "web" / "locale" / "django.pot"))))
    assert len(marked) > 1000
    for language in LANGUAGES:
        assert set(_table(list(polib.pofile(_catalogue(language))))) == marked, language
