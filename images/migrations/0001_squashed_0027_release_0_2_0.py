"""A new database as 0.2.0 has it, in one step instead of 27 (ADR 15). What the 27 did for rows that were there is left
out, for there are none.

The number after `squashed` is the one from which `makemigrations` counts on.
"""

from django.conf import settings
from django.db import migrations

from images.migrations.release_0_2_0 import (
    access,
    audit,
    cache,
    clouds,
    consents,
    core,
    incoming,
    jobs,
    making,
    notices,
    operations,
    partners,
    quotas,
    reports,
    search,
    sharing,
    tags,
)
from images.migrations.sql import append_only_audit, substring_search

#: In this order, since each refers to those before it.
ROOMS = (
    core,
    clouds,
    access,
    audit,
    partners,
    notices,
    cache,
    search,
    jobs,
    operations,
    consents,
    tags,
    sharing,
    quotas,
    making,
    incoming,
    reports,
)


class Migration(migrations.Migration):
    replaces = [
        ("images", "0001_initial"),
        ("images", "0002_substring_search"),
        ("images", "0003_account_endpoint_and_bundle"),
        ("images", "0004_operations"),
        ("images", "0005_operations_of_a_person"),
        ("images", "0006_held_by_project"),
        ("images", "0007_teams"),
        ("images", "0008_sharing_out"),
        ("images", "0009_audit"),
        ("images", "0010_tag_files"),
        ("images", "0011_tag_policy"),
        ("images", "0012_incoming_shares"),
        ("images", "0013_uploads"),
        ("images", "0014_item_batches"),
        ("images", "0015_incoming_boxes"),
        ("images", "0016_processes"),
        ("images", "0017_quotas"),
        ("images", "0018_reports"),
        ("images", "0019_item_turns"),
        ("images", "0020_notices"),
        ("images", "0021_database_clock"),
        ("images", "0022_setbacks"),
        ("images", "0023_index_shape"),
        ("images", "0024_remarks"),
        ("images", "0025_continuity"),
        ("images", "0026_process_memory"),
        ("images", "0027_retries_of_synchronisation"),
    ]
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        *(table for room in ROOMS for table in room.TABLES),
        migrations.RunPython(substring_search.forwards, substring_search.backwards),
        migrations.RunPython(append_only_audit.forwards, append_only_audit.backwards),
    ]
