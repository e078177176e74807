from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("images", "0024_remarks")]

    operations = [
        migrations.CreateModel(
            name="Continuity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=32, unique=True)),
                ("mark", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
