"""Who receives somebody, where a check-in is, the number of a file at the court; relatives, as many as there are."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def relate(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Each pair once, whichever of the two named the other."""
    held, kinship = (apps.get_model("web", name) for name in ("Held", "Kinship"))
    named = held.objects.exclude(kin="").values_list("party", "kin")
    pairs = sorted({(min(pair), max(pair)) for pair in named})
    kinship.objects.bulk_create(kinship(party=one, other=other) for one, other in pairs)


class Migration(migrations.Migration):
    dependencies = [("web", "0007_requested_at")]

    operations = [
        migrations.AddField("release", "check_in_place", models.BinaryField(null=True)),
        migrations.AddField("release", "file_number", models.BinaryField(null=True)),
        migrations.AddField("release", "receiver", models.BinaryField(null=True)),
        migrations.RemoveConstraint("boarding", "one_seat"),
        migrations.RemoveField("boarding", "consent"),
        migrations.CreateModel(
            "Kinship",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("party", models.CharField(db_index=True, max_length=24)),
                ("other", models.CharField(db_index=True, max_length=24)),
            ],
        ),
        migrations.AddConstraint("kinship", models.UniqueConstraint(fields=["party", "other"], name="related_once")),
        migrations.RunPython(relate, migrations.RunPython.noop),
        migrations.RemoveField("held", "kin"),
    ]
