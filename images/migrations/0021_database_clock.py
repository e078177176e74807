from datetime import datetime

from django.db import migrations, models

from images.core import clock


def _moment() -> models.DateTimeField[datetime, datetime]:
    return models.DateTimeField(default=clock.now, editable=False)


class Migration(migrations.Migration):
    """Rows of operations are dated by the database's clock instead of the web server's. The columns stay as they are."""

    dependencies = [("images", "0020_notices")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("operation", "created_at", _moment()),
                migrations.AlterField("job", "created_at", _moment()),
                migrations.AlterField("operationevent", "at", _moment()),
            ]
        ),
        # a table of some rows, written every ten seconds
        migrations.AddField("process", "clock_ahead", models.FloatField(default=0, db_default=0)),
    ]
