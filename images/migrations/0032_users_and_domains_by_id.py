from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of accounts is locked for a moment only: few columns at a time."""

    dependencies = [
        ("images", "0031_openid_connect_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="user_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="user ID"),
        ),
        migrations.AddField(
            model_name="account",
            name="domain_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="domain ID"),
        ),
        migrations.AddField(
            model_name="account",
            name="interface",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40, verbose_name="endpoint interface"
            ),
        ),
    ]
