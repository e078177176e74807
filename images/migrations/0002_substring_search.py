"""An index for substrings of name and description."""

from django.db import migrations

from images.migrations.sql import substring_search


class Migration(migrations.Migration):
    dependencies = [("images", "0001_initial")]
    operations = [migrations.RunPython(substring_search.forwards, substring_search.backwards)]
