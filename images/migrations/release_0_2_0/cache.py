"""Tables of cache, as 0.2.0 has them."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Image",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("image_id", models.CharField(max_length=64, verbose_name="ID")),
            ("name", models.CharField(max_length=255, verbose_name="name")),
            ("description", models.TextField(blank=True, verbose_name="description")),
            ("status", models.CharField(max_length=20, verbose_name="status")),
            ("visibility", models.CharField(max_length=20, verbose_name="visibility")),
            ("image_type", models.CharField(max_length=20, verbose_name="type")),
            ("owner", models.CharField(blank=True, max_length=64, verbose_name="owner")),
            ("member_status", models.CharField(blank=True, max_length=20, verbose_name="member state")),
            ("os_type", models.CharField(blank=True, max_length=20, verbose_name="OS type")),
            ("platform", models.CharField(blank=True, max_length=40, verbose_name="OS platform")),
            ("os_version", models.CharField(blank=True, max_length=120, verbose_name="OS version")),
            ("os_bit", models.CharField(blank=True, max_length=4, verbose_name="OS width")),
            ("architecture", models.CharField(blank=True, max_length=20, verbose_name="architecture")),
            ("env_type", models.CharField(blank=True, max_length=40, verbose_name="environment type")),
            ("disk_format", models.CharField(blank=True, max_length=20, verbose_name="disk format")),
            ("container_format", models.CharField(blank=True, max_length=20, verbose_name="container format")),
            ("firmware", models.CharField(blank=True, max_length=20, verbose_name="boot mode")),
            ("min_disk", models.PositiveIntegerField(default=0, verbose_name="minimum disk")),
            ("min_ram", models.PositiveIntegerField(default=0, verbose_name="minimum memory")),
            ("max_ram", models.PositiveIntegerField(null=True, verbose_name="maximum memory")),
            ("size", models.PositiveBigIntegerField(default=0, verbose_name="size")),
            ("protected", models.BooleanField(default=False, verbose_name="protected")),
            ("registered", models.BooleanField(default=True, verbose_name="registered")),
            ("whole_image", models.BooleanField(default=False, verbose_name="full-ECS")),
            ("key_id", models.CharField(blank=True, max_length=64, verbose_name="encryption key")),
            ("flags", models.CharField(blank=True, max_length=300, verbose_name="compatibility")),
            ("source_image_id", models.CharField(blank=True, max_length=64, verbose_name="source image")),
            ("backup_id", models.CharField(blank=True, max_length=64, verbose_name="backup")),
            ("data_origin", models.CharField(blank=True, max_length=255, verbose_name="source")),
            ("from_file", models.BooleanField(default=False, verbose_name="from a file")),
            ("created_at", models.DateTimeField(null=True, verbose_name="created")),
            ("updated_at", models.DateTimeField(null=True, verbose_name="updated")),
            ("active_at", models.DateTimeField(null=True, verbose_name="active since")),
            ("search_text", models.TextField(editable=False)),
            ("digest", models.CharField(editable=False, max_length=16)),
            ("document", models.TextField(editable=False)),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="images",
                    to="images.project",
                ),
            ),
            (
                "region",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="images",
                    to="images.region",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["created_at", "id"], name="images_imag_created_b403df_idx"),
                models.Index(fields=["updated_at", "id"], name="images_imag_updated_a63bc0_idx"),
                models.Index(fields=["name", "id"], name="images_imag_name_05bc6c_idx"),
                models.Index(fields=["size", "id"], name="images_imag_size_ccefae_idx"),
                models.Index(fields=["image_id"], name="images_imag_image_i_024764_idx"),
                models.Index(
                    condition=models.Q(("source_image_id", ""), _negated=True),
                    fields=["source_image_id"],
                    name="image_source",
                ),
                models.Index(
                    fields=["project", "id", "image_id", "digest", "member_status"], name="image_held_by_project"
                ),
                models.Index(
                    condition=models.Q(("member_status", ""), ("visibility", "shared")),
                    fields=["project"],
                    name="image_shared_out",
                ),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("project__isnull", False)),
                    fields=("project", "image_id"),
                    name="image_once_per_project",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("project", None)),
                    fields=("region", "image_id"),
                    name="public_image_once_per_region",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="IndexState",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("version", models.PositiveBigIntegerField(default=0)),
            ("shape", models.PositiveSmallIntegerField(db_default=1, default=1)),
        ],
    ),
    migrations.CreateModel(
        name="ImageChange",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("region_name", models.CharField(max_length=100)),
            ("project_id_at_cloud", models.CharField(blank=True, max_length=64)),
            ("project_name", models.CharField(blank=True, max_length=100)),
            ("image_id", models.CharField(max_length=64)),
            ("image_name", models.CharField(max_length=255)),
            ("kind", models.CharField(max_length=10)),
            ("attribute", models.CharField(blank=True, max_length=120)),
            ("old", models.TextField(null=True)),
            ("new", models.TextField(null=True)),
            ("observed_at", models.DateTimeField()),
        ],
        options={
            "ordering": ["-observed_at", "-id"],
            "indexes": [
                models.Index(fields=["image_id", "observed_at"], name="images_imag_image_i_ec523d_idx"),
                models.Index(fields=["observed_at"], name="images_imag_observe_b80d88_idx"),
            ],
        },
    ),
    migrations.CreateModel(
        name="ImageTag",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(max_length=255)),
            ("value", models.CharField(blank=True, max_length=255)),
            (
                "image",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="tags", to="images.image"
                ),
            ),
        ],
        options={
            "ordering": ["key"],
            "constraints": [models.UniqueConstraint(fields=("image", "key"), name="tag_key_once_per_image")],
        },
    ),
    migrations.CreateModel(
        name="Posting",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("field", models.CharField(max_length=40)),
            ("value", models.CharField(max_length=512)),
            ("bitmap", models.BinaryField()),
            ("count", models.PositiveIntegerField()),
            ("version", models.PositiveBigIntegerField(db_index=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("field", "value"), name="posting_once")],
        },
    ),
]
