from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of accounts is locked for a moment only: few columns at a time."""

    dependencies = [
        ("images", "0029_client_certificates"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="client_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=255, verbose_name="client ID"),
        ),
        migrations.AddField(
            model_name="account",
            name="client_secret",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="client secret, encrypted"),
        ),
        migrations.AddField(
            model_name="account",
            name="identity_provider",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=64, verbose_name="identity provider"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="protocol",
            field=models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="protocol"),
        ),
    ]
