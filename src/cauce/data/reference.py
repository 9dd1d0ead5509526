"""The small aggregate tables that a border ships, built by our own readers from the official files.

Each table carries its provenance in comment lines: publication, months, hash of the input.  `build` writes
all of them; a test rebuilds them and compares byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import observe
from cauce.data.sources import cbp_encounters
from cauce.errors import OutputError

CBP = "cbp/nationwide-encounters-fy20-fy23-aor.csv.gz"
Z90 = 1.6449  # normal quantile of a two-sided 90% interval


def build(records: Path, border: Border, out: Path) -> tuple[Path, ...]:
    """Write every reference table of a border.

    Raises
    ------
    DataError
        An official file is missing or not as published.
    OutputError
        The folder cannot be written.
    """
    encounters = cbp_encounters.read(records / CBP, border)
    sector = observe.sector(encounters, border.card.focus_sector)
    digest = hashlib.sha256((records / CBP).read_bytes()).hexdigest()
    tables: dict[str, tuple[str, Callable[[], pl.DataFrame]]] = {
        "sector_encounters.csv": ("Border Patrol encounters of the focus sector (events)", lambda: sector),
        "title42_share.csv": (
            "Share of the focus sector's encounters under Title 42, with a 90% Wilson interval",
            lambda: title42_share(sector),
        ),
    }
    written = []
    for name, (what, make) in tables.items():
        frame = make()
        first, last = sector["month"].min(), sector["month"].max()
        head = (
            f"# {what}. Publication: CBP Nationwide Encounters (cbp_encounters), {first:%Y-%m} to {last:%Y-%m}.\n"
            f"# Input sha256 {digest}. Aggregate counts; built by cauce data build.\n"
        )
        path = out / name
        try:
            path.write_text(head + frame.write_csv(), encoding="utf-8")
        except OSError as error:
            raise OutputError(f"cannot be written ({error.strerror})", mend="check the folder", file=path) from None
        written.append(path)
    return tuple(written)


def title42_share(sector: pl.DataFrame) -> pl.DataFrame:
    """Share under Title 42 by nationality and demographic, for single months and fiscal years."""
    months = pl.col("month")
    periods = {
        "2022-10": months == date(2022, 10, 1),
        "2022-11": months == date(2022, 11, 1),
        "fy2022": (months >= date(2021, 10, 1)) & (months < date(2022, 10, 1)),
    }
    expelled = pl.col("encounters").filter(pl.col("authority") == "title-42").sum()
    frames = []
    for period, chosen in periods.items():
        by_class = sector.filter(chosen).group_by("nationality", "demographic")
        frames.append(by_class.agg(pl.col("encounters").sum(), title42=expelled).with_columns(period=pl.lit(period)))
    n, p = pl.col("encounters"), pl.col("title42") / pl.col("encounters")
    centre = (p + Z90**2 / (2 * n)) / (1 + Z90**2 / n)
    half = Z90 * (p * (1 - p) / n + Z90**2 / (4 * n * n)).sqrt() / (1 + Z90**2 / n)
    return (
        pl.concat(frames)
        .with_columns(
            share=p.round(4),
            low=pl.min_horizontal((centre - half).clip(0).round(4), p.round(4)),
            high=pl.max_horizontal((centre + half).clip(upper_bound=1).round(4), p.round(4)),
        )
        .select("period", "nationality", "demographic", "encounters", "title42", "share", "low", "high")
        .sort("period", "nationality", "demographic")
    )
