from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of accounts is locked for a moment only: few columns at a time."""

    dependencies = [
        ("images", "0030_openid_connect_clients"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="oidc_discovery",
            field=models.URLField(
                blank=True, db_default="", default="", max_length=300, verbose_name="provider's discovery document"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="oidc_endpoint",
            field=models.URLField(
                blank=True, db_default="", default="", max_length=300, verbose_name="provider's address for tokens"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="oidc_scope",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="scope"),
        ),
    ]
