from django.db import migrations, models


def _text(length: int) -> "models.CharField[str, str]":
    return models.CharField(blank=True, db_default="", default="", editable=False, max_length=length)


class Migration(migrations.Migration):
    dependencies = [("images", "0033_names_of_each_way")]
    operations = [
        migrations.AddField("project", "error_code", _text(40)),
        migrations.AddField("project", "error_request_id", _text(80)),
        migrations.AddField("region", "error_code", _text(40)),
        migrations.AddField("region", "error_request_id", _text(80)),
    ]
