"""Roles of the database on PostgreSQL: each may do what its work needs, whatever the code of the service does.

owner    makes and changes the tables: whoever grants; the service does not serve as it
app      serves the pages and does the work: it never changes or removes a row that is only added, and removes others
         only where the service does
planner  reads counts of people from which small ones are left out, and no table

The triggers that keep rows stay: they bind the owner too.
"""

from __future__ import annotations

from django.db import connection, transaction

from cauce.terms import SMALL_CELL
from cauce.web.models import (
    Case,
    Checkpoint,
    Draft,
    Entry,
    Event,
    Held,
    Hold,
    Lease,
    Movement,
    Notice,
    ShelterAsk,
    Site,
    Staff,
    Tally,
    Window,
)

APP, PLANNER, VIEWS = "cauce_app", "cauce_planner", "planning"
ADDED_ONLY = frozenset(model._meta.db_table for model in (Event, Checkpoint, Entry, Movement))
REMOVED_FROM = frozenset(model._meta.db_table for model in (Draft, Hold, Lease, Notice, ShelterAsk, Tally)) | {
    Staff.sites.through._meta.db_table, "django_session", "web_cache", "mfa_authenticator",
}  # fmt: skip
"""The tables from which the service itself takes rows away."""
READ_ONLY = frozenset({"django_migrations"})


def statements() -> list[str]:
    """What the owner of the tables says to the database, in this order; none of it harms when it is said again."""
    tables = sorted(connection.introspection.table_names())
    said = [line for role in (APP, PLANNER) for line in _bare(role)]
    said.append(f"GRANT USAGE ON SCHEMA public TO {APP}")
    said += [f"GRANT {_may(table)} ON {connection.ops.quote_name(table)} TO {APP}" for table in tables]
    said.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}")
    return [*said, *_views()]


def _bare(role: str) -> list[str]:
    """A role that cannot sign in by itself, with nothing of what it may have had before."""
    missing = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
    return [
        f"DO $$ BEGIN IF {missing} THEN CREATE ROLE {role} NOLOGIN; END IF; END $$",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {role}",
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}",
    ]


def _may(table: str) -> str:
    if table in READ_ONLY:
        return "SELECT"
    if table in ADDED_ONLY:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE" if table in REMOVED_FROM else "SELECT, INSERT, UPDATE"


def _views() -> list[str]:
    """What the planner reads: applications by state, the caps, who is inside; counts under `SMALL_CELL` are null."""
    case, window, held, site = (model._meta.db_table for model in (Case, Window, Held, Site))
    shown = {
        "applications": f"SELECT programme, state, {_count('sum(persons)')} AS persons FROM {case} GROUP BY 1, 2",
        "caps": f"SELECT pool, label, cap, {_count('used')} AS used FROM {window} WHERE pool LIKE 'programme:%'",
        "inside": f"SELECT site.code AS site, stage, {_count('count(*)')} AS persons FROM {held} JOIN {site} site"
        " ON site.id = site_id WHERE left_at IS NULL GROUP BY 1, 2",
    }
    said = [f"CREATE SCHEMA IF NOT EXISTS {VIEWS}", f"GRANT USAGE ON SCHEMA {VIEWS} TO {PLANNER}"]
    for name, asks in shown.items():
        said += [f"DROP VIEW IF EXISTS {VIEWS}.{name}", f"CREATE VIEW {VIEWS}.{name} AS {asks}"]
        said.append(f"GRANT SELECT ON {VIEWS}.{name} TO {PLANNER}")
    return said


def _count(people: str) -> str:
    return f"CASE WHEN {people} >= {SMALL_CELL} THEN {people} END"


def put_in_force() -> None:
    """Say it all, or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        for line in statements():
            cursor.execute(line)


def owns() -> bool:
    """Whether the service works as a role that may change what is only added, but for the triggers."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE')", [Event._meta.db_table])
        return bool(cursor.fetchone()[0])
