"""Chart specifications as SVG, without a browser."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

from cauce.errors import RequestError
from cauce.terms import THIN_SPACE, Language

INSTALLED = find_spec("vl_convert") is not None
if INSTALLED:
    import vl_convert

SPANISH_FIGURES = {"decimal": ".", "thousands": THIN_SPACE, "grouping": [3], "currency": ["", ""]}  # as terms.figured
LOCALES: dict[Language, dict[str, Any]] = {
    Language.ENGLISH: {"format_locale": "en-US", "time_format_locale": "en-US"},
    Language.SPANISH: {"format_locale": SPANISH_FIGURES, "time_format_locale": "es-MX"},
}


def render(spec: dict[str, Any], name: str, language: Language) -> str:
    """An SVG picture that scales with its frame; `name` keeps its ids apart from those of other pictures.

    Raises
    ------
    RequestError
        The drawing library is not installed.
    """
    if not INSTALLED:
        raise RequestError("charts need the package vl-convert-python", mend="install it with pip")
    return _tidy(str(vl_convert.vegalite_to_svg(spec, **LOCALES[language])), name)


def _tidy(text: str, name: str) -> str:
    """Two thirds of the size: no frame size, no roles inside one image, no empty marks, one decimal."""
    text = re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", text, count=1)
    text = re.sub(r' (?:class|role|aria-[a-z]+|pointer-events|xmlns:xlink|version)="[^"]*"', "", text)
    text = re.sub(r'<path d="(?:M0,0h[\d.]+v[\d.]+h-?[\d.]+Z)?"(?: fill="none")?(?: display="none")?/>', "", text)
    text = re.sub(r' (?:opacity="1"|display="inline")', "", text)
    text = re.sub(r"<[^>]+>", lambda tag: re.sub(r"\d+\.\d+", _one_decimal, tag[0]), text)  # never what is read
    return re.sub(r'(id="|url\(#)(clip|gradient)', rf"\1{name}-\2", text)


def _one_decimal(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".rstrip("0").rstrip(".")
