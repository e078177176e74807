from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0034_codes_of_failed_synchronisation"),
    ]

    operations = [
        migrations.AddField(
            model_name="image",
            name="hidden",
            field=models.BooleanField(db_default=False, default=False, null=True, verbose_name="hidden"),
        ),
        migrations.CreateModel(
            name="ServiceDescription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("image_schema", models.TextField()),
                ("read_at", models.DateTimeField()),
                (
                    "region",
                    models.OneToOneField(on_delete=models.CASCADE, related_name="description", to="images.region"),
                ),
            ],
        ),
    ]
