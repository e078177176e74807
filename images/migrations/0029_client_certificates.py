from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of accounts is locked for a moment only: few columns at a time."""

    dependencies = [
        ("images", "0028_application_credentials"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="certificate",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="client certificate"),
        ),
        migrations.AddField(
            model_name="account",
            name="private_key",
            field=models.TextField(
                blank=True, db_default="", default="", verbose_name="key of the client certificate, encrypted"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="insecure",
            field=models.BooleanField(db_default=False, default=False, verbose_name="certificates are not checked"),
        ),
    ]
