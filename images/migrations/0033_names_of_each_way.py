from django.db import migrations, models

from images.core.online_migrations import AddCheckOnline


class Migration(migrations.Migration):
    """The old check knew two ways to sign in. What the release before this one writes keeps the new one, too."""

    atomic = False
    dependencies = [
        ("images", "0032_users_and_domains_by_id"),
    ]
    operations = [
        migrations.RemoveConstraint(
            model_name="account",
            name="account_has_the_name_its_kind_needs",
        ),
        AddCheckOnline(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "password"), models.Q(("username__gt", ""), ("user_id__gt", ""), _connector="OR")
                    ),
                    models.Q(("access_key__gt", ""), ("kind", "aksk")),
                    models.Q(
                        ("kind", "appcred"),
                        models.Q(("application_id__gt", ""), ("application_name__gt", ""), _connector="OR"),
                    ),
                    ("kind", "token"),
                    models.Q(("client_id__gt", ""), ("kind", "oidcpass"), ("username__gt", "")),
                    models.Q(("client_id__gt", ""), ("kind", "oidcclient")),
                    _connector="OR",
                ),
                name="account_has_the_names_of_its_kind",
            ),
        ),
    ]
