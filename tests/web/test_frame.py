"""The frame of every page."""

from __future__ import annotations

import pytest
from django.test import Client

LANGUAGES = ("en", "es", "ht", "pt")


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_that_the_first_page_speaks_the_language_and_says_what_it_is(client: Client, language: str) -> None:
    client.cookies["language"] = language
    page = client.get("/")
    text = page.content.decode()
    assert page.status_code == 200
    assert f'<html lang="{language}">' in text
    assert 'class="banner"' in text
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
