"""How far the message about a pause has come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0002_added_only")]

    operations = [
        migrations.AddField("pause", "told", models.PositiveIntegerField(default=0)),
        migrations.AddField("pause", "told_groups", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("pause", "told_after", models.UUIDField(null=True)),
    ]
