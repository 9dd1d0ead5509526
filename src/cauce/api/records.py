"""The verbs of official files: list, fetch, compare issues, check, rebuild the reference tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cauce.data.fetch import Fetched
    from cauce.data.registry import Report
    from cauce.data.vintages import Catalogue, Revisions


def data_list(*, out: Path = Path("results/records")) -> Catalogue:
    """The official publications that cauce reads, and what was fetched of them into a folder."""
    from cauce.data.vintages import catalogue

    return catalogue(out)


def data_fetch(
    publication: str, *, url: str | None = None, border: str = "us_mexico", out: Path = Path("results/records")
) -> Fetched:
    """Download an official file, check it with its reader, and keep it beside its earlier issues."""
    from cauce.border import Border
    from cauce.data.fetch import fetch

    return fetch(publication, Border.open(border), out, url=url)


def data_revisions(old: Path, new: Path, *, border: str = "us_mexico") -> Revisions:
    """What changed from one issue of a publication to another."""
    from cauce.border import Border
    from cauce.data.vintages import compare

    return compare(old, new, Border.open(border))


def data_check(file: Path, *, border: str = "us_mexico") -> Report:
    """Read an official file and say what is in it, or what is wrong with it."""
    from cauce.border import Border
    from cauce.data.registry import check_file

    return check_file(file, Border.open(border))


def data_build(records: Path, *, border: str = "us_mexico") -> tuple[Path, ...]:
    """Rebuild a border's reference tables from the official files in a folder."""
    from cauce.border import Border
    from cauce.data.reference import build

    opened = Border.open(border)
    return build(records, opened, opened.root / "reference")
