"""Border Patrol sectors: headquarters and border counties, compiled by hand."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cauce.border import Border
from cauce.data import cards, tables
from cauce.data.contracts import Contract, check

ID = "sectors"
DEGREES = r"^-?[0-9]{1,3}(\.[0-9]+)?$"
COUNTIES = r"^[0-9]{5}(;[0-9]{5})*$"


def read(path: Path, border: Border) -> pl.DataFrame:
    """Read the table of sectors.

    Returns
    -------
    DataFrame
        As `contracts/sectors.csv` says: sector, cbp_code, headquarters, latitude, longitude (float64)
        [degrees], counties, note.

    Raises
    ------
    DataError
        The file is not as it should be, or a sector stands twice.
    """
    frame, _, _ = cards.read(path, ID)
    tables.refuse_repeats(frame, ["sector"], path)
    for column, most in (("hq_lat", 90.0), ("hq_lon", 180.0)):
        degrees = pl.col(column).cast(pl.Float64, strict=False)
        bad = ~pl.col(column).str.contains(DEGREES) | (degrees.abs() > most)
        tables.refuse(frame, bad, column, "not a place in degrees", "correct the row", path)
    bad = ~pl.col("border_counties_fips").str.contains(COUNTIES)
    tables.refuse(frame, bad, "border_counties_fips", "not a list of counties", "use five digits each", path)
    frame = tables.recode_by_border(frame, "sector", border, "sector", path)
    tidy = frame.select(
        "sector",
        "cbp_code",
        headquarters="hq_city",
        latitude=pl.col("hq_lat").cast(pl.Float64),
        longitude=pl.col("hq_lon").cast(pl.Float64),
        counties="border_counties_fips",
        note="note",
    )
    return check(tidy, Contract.read(ID), path)
