"""Who receives somebody, where a check-in is, the number of a file at the court; what nobody read is gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0006_event_writers")]

    operations = [
        migrations.AddField("release", "check_in_place", models.BinaryField(null=True)),
        migrations.AddField("release", "file_number", models.BinaryField(null=True)),
        migrations.AddField("release", "receiver", models.BinaryField(null=True)),
        migrations.RemoveConstraint("boarding", "one_seat"),
        migrations.RemoveField("boarding", "consent"),
    ]
