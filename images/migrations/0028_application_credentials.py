from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of accounts is locked for a moment only: few columns at a time."""

    dependencies = [
        ("images", "0001_squashed_0027_release_0_2_0"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="application_id",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=64, verbose_name="application credential ID"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="application_name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=255, verbose_name="application credential"
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("password", "User and password"),
                    ("aksk", "Access key (AK/SK)"),
                    ("appcred", "Application credential"),
                    ("token", "Token"),
                    ("oidcpass", "OpenID Connect, user and password"),
                    ("oidcclient", "OpenID Connect, client credentials"),
                ],
                default="password",
                max_length=10,
                verbose_name="sign-in by",
            ),
        ),
    ]
