"""The few statements for which everybody waits, by hand: what a mapper makes anew at each call is made once here.

An opening minute asks them thousands of times, and the rows of a counter are wanted by all; the mapper costs several
times what the database does (docs/benchmarks.md).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.options import Options

from cauce.web.models import Draft


def add(row: Model) -> None:
    """Add a row.

    Raises
    ------
    IntegrityError
        One with the same unique values stands there.
    """
    _changed(_insert(row._meta), _values(row))


def add_once(row: Model) -> bool:
    """Add a row; False if one with the same unique values stands there, which undoes nothing.

    Whoever writes the same at this moment is waited for.
    """
    return _changed(_insert(row._meta) + " ON CONFLICT DO NOTHING", _values(row))


@cache
def _insert(table: Options) -> str:
    columns = [field.column for field in _written(table)]
    return f"INSERT INTO {table.db_table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"


@cache
def _written(table: Options) -> tuple[Any, ...]:
    """The fields of a row, but for a number that the table gives it."""
    return tuple(field for field in table.concrete_fields if field is not table.auto_field)


def _values(row: Model) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _written(row._meta)]


def last_line(subject: str) -> tuple[int, str] | None:
    """Number and digest of the last line of the audit on a subject."""
    return _first("SELECT sequence, digest FROM web_event WHERE subject = %s ORDER BY sequence DESC LIMIT 1", [subject])


def take(window: int, persons: int) -> bool:
    """Take places of a window if there are as many; the condition is looked at after the row is locked."""
    sql = "UPDATE web_window SET used = used + %s WHERE id = %s AND used + %s <= cap"
    return _changed(sql, [persons, window, persons])


def drop(draft: Draft, version: int) -> bool:
    """Take a draft away, if it is still of this version."""
    key = Draft._meta.pk.get_db_prep_value(draft.pk, connection)
    return _changed("DELETE FROM web_draft WHERE id = %s AND version = %s", [key, version])


def pause(step: str) -> tuple[str, str] | None:
    """Why a step stands still: the code, and what was written beside it."""
    found = _first("SELECT why, reason FROM web_pause WHERE step = %s AND since IS NOT NULL AND until IS NULL", [step])
    return None if found is None else (found[0], found[1])


def session(key: str, now: Any) -> str | None:
    """What a browser's session holds, as it is kept."""
    now = connection.ops.adapt_datetimefield_value(now)
    sql = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
    found = _first(sql, [key, now])
    return None if found is None else found[0]


def _first(sql: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def _changed(sql: str, values: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return bool(cursor.rowcount)
