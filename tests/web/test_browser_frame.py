"""The first page in a real browser, in every language."""

from __future__ import annotations

import pytest

from tests.web.browser import WIDTHS, Visitor


@pytest.mark.parametrize("language", ["en", "es", "ht", "pt"])
def test_that_anybody_can_use_the_first_page_on_any_screen(visitor: Visitor, language: str) -> None:
    visitor.go(f"/language/{language}")
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 800})
        assert visitor.page.locator("html").get_attribute("lang") == language
        assert visitor.overflow() <= 0
        assert visitor.barriers() == []


def test_that_the_first_key_leads_past_the_frame(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("() => document.activeElement.className") == "skip"
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("() => document.activeElement.id") == "main"
