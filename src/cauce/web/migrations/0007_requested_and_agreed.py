"""When the people of a case asked to travel; the code of the reason of a pause."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Whoever waits keeps the place in the line that they had."""
    waiting = apps.get_model("web", "Case").objects.filter(state__in=["travel-requested", "waiting-for-the-cap"])
    waiting.update(requested_at=models.F("moved_at"))


class Migration(migrations.Migration):
    dependencies = [("web", "0006_event_writers")]

    operations = [
        migrations.AddField("case", "requested_at", models.DateTimeField(null=True)),
        migrations.AddField("pause", "why", models.CharField(max_length=20, default="other")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
