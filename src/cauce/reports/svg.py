"""Chart specifications as SVG, without a browser."""

from __future__ import annotations

import re
from typing import Any

import vl_convert


def render(spec: dict[str, Any]) -> str:
    """An SVG picture that scales with its frame."""
    text = str(vl_convert.vegalite_to_svg(spec))
    return re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", text, count=1)
