"""The brief as PDF, set by Typst from text that we write; pictures are the charts' SVG."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typst


def compile_pdf(source: str, pictures: dict[str, str]) -> bytes:
    """Set a Typst source with its SVG pictures (file name -> text)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in pictures.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        main = Path(folder) / "brief.typ"
        main.write_text(source, encoding="utf-8")
        return bytes(typst.compile(str(main)))


def escape(text: str) -> str:
    """Text as Typst content, with nothing that Typst would read as markup."""
    for sign in "\\#$*_`<>@[]~=/":
        text = text.replace(sign, "\\" + sign)
    return text
