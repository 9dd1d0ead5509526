"""Rows of the audit, the ledger and the movements are only ever added: the database itself refuses all else."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("web_event", "web_checkpoint", "web_entry", "web_movement")

SQLITE = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END
"""
POSTGRES_FUNCTION = """
CREATE FUNCTION web_added_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% : rows are only ever added', TG_TABLE_NAME;
END $$
"""
POSTGRES = """
CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION web_added_only();
CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION web_added_only()
"""


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(POSTGRES_FUNCTION, params=None)
    for table in TABLES:
        if editor.connection.vendor == "postgresql":
            editor.execute(POSTGRES.format(table=table), params=None)
        else:
            for verb in ("UPDATE", "DELETE"):
                editor.execute(SQLITE.format(table=table, verb=verb), params=None)


def unmake(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table in TABLES:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {table}_kept ON {table}; DROP TRIGGER {table}_whole ON {table}", params=None)
        else:
            for verb in ("UPDATE", "DELETE"):
                editor.execute(f"DROP TRIGGER {table}_{verb}", params=None)
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION web_added_only", params=None)


class Migration(migrations.Migration):
    dependencies = [("web", "0001_initial")]

    operations = [
        migrations.RunPython(make, unmake),
    ]
