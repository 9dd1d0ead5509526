"""A paper may be issued anew in place of another."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0003_pause_told")]

    operations = [
        migrations.AddField(
            "authorisation",
            "replaces",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="web.authorisation",
            ),
        ),
    ]
