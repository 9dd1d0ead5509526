"""The invented border with scenarios that are each one case of spring."""

from __future__ import annotations

import shutil
from pathlib import Path

from cauce.border import Border

TINY = Path(__file__).parents[2] / "tiny"


def shut_and_wide(folder: Path) -> Border:
    """`shut` and `wide`, without and with the lane, on the same ground; `short` is wide for half as long."""
    root = folder / "tiny"
    shutil.copytree(TINY, root)
    head, choices = (root / "scenarios" / "spring.yaml").read_text().split("      - {id: closed")
    closed, opened = ("      - {id: closed" + choices).split("      - id: open")
    wide = head.replace("id: spring", "id: wide") + "      - id: open" + opened
    short = wide.replace("id: wide", "id: short").replace("days: 14", "days: 7")
    for name, text in (("shut", head.replace("id: spring", "id: shut") + closed), ("wide", wide), ("short", short)):
        (root / "scenarios" / f"{name}.yaml").write_text(text)
    return Border.open(root)
