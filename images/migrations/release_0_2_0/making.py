"""Tables of making, as 0.2.0 has them."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Upload",
        fields=[
            ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
            ("image_uid", models.CharField(blank=True, max_length=64)),
            ("image_name", models.CharField(max_length=255, verbose_name="image")),
            ("fields", models.JSONField(default=dict)),
            ("disk_format", models.CharField(blank=True, max_length=20)),
            ("key", models.CharField(max_length=64, unique=True)),
            ("file_name", models.CharField(blank=True, max_length=255)),
            ("size", models.PositiveBigIntegerField(null=True)),
            ("chunk", models.PositiveIntegerField(default=0)),
            ("received", models.PositiveBigIntegerField(default=0)),
            ("digest", models.CharField(blank=True, max_length=64)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("expires_at", models.DateTimeField()),
            ("cleared_at", models.DateTimeField(null=True)),
            (
                "actor",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "image",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="images.image"
                ),
            ),
            (
                "operation",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="upload",
                    to="images.operation",
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to="images.project"
                ),
            ),
        ],
        options={
            "ordering": ["-created_at"],
            "indexes": [
                models.Index(fields=["actor", "-created_at"], name="images_uplo_actor_i_7471db_idx"),
                models.Index(condition=models.Q(("cleared_at", None)), fields=["expires_at"], name="upload_kept"),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("received", 0), ("size", None)),
                        models.Q(("received__lte", models.F("size")), ("size__isnull", False)),
                        _connector="OR",
                    ),
                    name="upload_has_no_more_than_its_size",
                )
            ],
        },
    ),
]
