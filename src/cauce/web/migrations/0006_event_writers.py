"""On PostgreSQL the table of the audit itself tells writers from who reads its last number."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MADE = """
CREATE OR REPLACE FUNCTION web_event_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(426836845413);
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS web_event_written ON web_event;
CREATE TRIGGER web_event_written BEFORE INSERT ON web_event FOR EACH STATEMENT EXECUTE FUNCTION web_event_written()
"""
"""Who writes an event holds `audit.LOCK` from before its number is given out until it is kept."""
UNMADE = "DROP TRIGGER web_event_written ON web_event; DROP FUNCTION web_event_written"


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(MADE, params=None)


def unmake(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(UNMADE, params=None)


class Migration(migrations.Migration):
    dependencies = [("web", "0005_sums_and_purges")]

    operations = [
        migrations.RunPython(make, unmake),
    ]
