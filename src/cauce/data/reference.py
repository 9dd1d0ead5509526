"""The small tables that a border ships, built from the official files by our own readers.

`build` reads the records, derives each table, and writes it with its provenance on top (publication, months,
hash of the input, reader), so that the same records give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data.sources import cbp_encounters
from cauce.errors import OutputError

ENCOUNTERS = "cbp/nationwide-encounters-fy20-fy23-aor.csv.gz"
CONFIDENCE = 1.959964  # two-sided 95% quantile of the normal distribution, for Wilson's score interval


@dataclass(frozen=True)
class Table:
    """A reference table to write: its name, what it says, its rows, and the official files it comes from."""

    name: str
    about: str
    publication: str
    inputs: tuple[str, ...]
    rows: pl.DataFrame


def build(records: Path, border: Border, out: Path) -> tuple[Path, ...]:
    """Build all reference tables of a border.

    Parameters
    ----------
    records : path
        Folder with the official files.
    border : Border
        Its focus sector is the one whose tables are built.
    out : path
        Folder to write into, made if missing.

    Returns
    -------
    tuple of path
        The files written, in order.

    Raises
    ------
    DataError
        An official file is missing or not as published.
    OutputError
        The folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        return tuple(_write(table, records, out) for make in MAKERS for table in make(records, border))
    except OSError as error:
        cause = f"cannot be written ({error.strerror})"
        raise OutputError(cause, mend="give a folder with the right to write", file=out) from None


def _write(table: Table, records: Path, out: Path) -> Path:
    path = out / table.name
    lines = [f"# {table.about}", f"# publication: {table.publication} (cauce data list)"]
    for name in table.inputs:
        digest = hashlib.sha256((records / name).read_bytes()).hexdigest()
        lines.append(f"# input: {Path(name).name} sha256 {digest}")
    if "month" in table.rows.columns and table.rows["month"].dtype == pl.Date:
        first, last = table.rows["month"].min(), table.rows["month"].max()
        lines.append(f"# months: {first:%Y-%m} to {last:%Y-%m}")
    lines.append(f"# reader: cauce.data.sources.{table.publication}; rebuilt by: cauce data build")
    path.write_text("\n".join(lines) + "\n" + table.rows.write_csv(), encoding="utf-8", newline="\n")
    return path


def share_interval(part: pl.Expr, whole: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Wilson's 95% score interval of a share."""
    z2 = CONFIDENCE**2
    centre = (part + z2 / 2) / (whole + z2)
    half = CONFIDENCE / (whole + z2) * (part * (whole - part) / whole + z2 / 4).sqrt()
    return (centre - half).clip(0.0, 1.0), (centre + half).clip(0.0, 1.0)


def _encounters(records: Path, border: Border) -> Sequence[Table]:
    seen = cbp_encounters.read(records / ENCOUNTERS, border)
    patrol = seen.filter((pl.col("component") == "border-patrol") & (pl.col("encounters") > 0))
    sector = border.card.focus_sector
    focus = patrol.filter(pl.col("sector") == sector)
    keys = ["month", "nationality", "demographic", "authority"]
    stem = sector.replace("-", "_")
    return (
        Table(
            f"{stem}_encounters.csv",
            f"Border Patrol encounters [events] in {sector}; combinations without a row are zero",
            "cbp_encounters",
            (ENCOUNTERS,),
            focus.group_by(keys).agg(pl.col("encounters").sum()).sort(keys),
        ),
        Table(
            "title42_share.csv",
            f"Share of Border Patrol encounters in {sector} expelled under Title 42; low, high: Wilson 95%",
            "cbp_encounters",
            (ENCOUNTERS,),
            _title42_share(focus),
        ),
    )


PERIODS = {
    "2022-10": (date(2022, 10, 1), date(2022, 10, 1)),
    "2022-11": (date(2022, 11, 1), date(2022, 11, 1)),
    "fy2022": (date(2021, 10, 1), date(2022, 9, 1)),
}
"""First and last month of the periods whose shares are shipped."""


def _title42_share(focus: pl.DataFrame) -> pl.DataFrame:
    parts = []
    for period, (first, last) in PERIODS.items():
        inside = focus.filter(pl.col("month").is_between(first, last))
        expelled = pl.col("encounters").filter(pl.col("authority") == "title-42").sum()
        parts.append(
            inside.group_by("nationality", "demographic")
            .agg(encounters=pl.col("encounters").sum(), title42=expelled)
            .with_columns(period=pl.lit(period))
        )
    low, high = share_interval(pl.col("title42"), pl.col("encounters"))
    return (
        pl.concat(parts)
        .with_columns(share=pl.col("title42") / pl.col("encounters"), low=low, high=high)
        .with_columns(pl.col("share", "low", "high").round(4))
        .select("nationality", "demographic", "period", "encounters", "title42", "share", "low", "high")
        .sort("period", "nationality", "demographic")
    )


MAKERS: tuple[Callable[[Path, Border], Sequence[Table]], ...] = (_encounters,)
