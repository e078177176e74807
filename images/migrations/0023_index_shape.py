from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0022_setbacks"),
    ]

    operations = [
        migrations.AddField(
            model_name="indexstate",
            name="shape",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
    ]
