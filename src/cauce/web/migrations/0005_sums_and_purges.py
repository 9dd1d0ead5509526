"""What was last proven of each window, and since when one is wrong; what the clock proposed needs two people."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0004_reissued_papers")]

    operations = [
        migrations.AddField("window", "proven_used", models.PositiveIntegerField(null=True)),
        migrations.AddField("window", "proven_entry", models.BigIntegerField(null=True)),
        migrations.AddField("window", "wrong_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "purge",
            models.CheckConstraint(
                condition=models.Q(
                    ("released_by", ""), models.Q(("proposed_by", "clock"), _negated=True), _connector="OR"
                ),
                name="purge_taken_up",
            ),
        ),
    ]
