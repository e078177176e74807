"""Tables of tags, as 0.2.0 has them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from images.tags.models import file

TABLES = [
    migrations.CreateModel(
        name="TagFile",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=200)),
            ("content", models.BinaryField()),
            ("empty_removes", models.BooleanField(default=False)),
            ("key", models.CharField(default=file.new_key, max_length=32, unique=True)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("expires_at", models.DateTimeField(db_index=True)),
            (
                "actor",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "operation",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="images.operation"
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
        },
    ),
    migrations.CreateModel(
        name="TagTrend",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("holder", models.CharField(max_length=24)),
            ("key", models.CharField(max_length=255)),
            ("value", models.CharField(blank=True, max_length=255)),
            ("total", models.BooleanField(default=False)),
            ("day", models.DateField()),
            ("before", models.PositiveIntegerField()),
            ("after", models.PositiveIntegerField()),
        ],
        options={
            "indexes": [
                models.Index(fields=["day", "total"], name="images_tagt_day_634974_idx"),
                models.Index(condition=models.Q(("total", False)), fields=["key", "day"], name="tag_trend_of_a_key"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("holder", "key", "value", "total", "day"), name="tag_trend_once_a_day")
            ],
        },
    ),
    migrations.CreateModel(
        name="TagPolicy",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("rules", models.JSONField(default=list)),
            ("binding", models.BooleanField(default=False, verbose_name="binding")),
            ("inherits", models.BooleanField(default=True, verbose_name="the default holds as well")),
            ("version", models.PositiveIntegerField(default=0)),
            (
                "project",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="tag_policy",
                    to="images.project",
                ),
            ),
        ],
        options={
            "verbose_name_plural": "tag policies",
            "constraints": [
                models.UniqueConstraint(
                    models.Value(1), condition=models.Q(("project", None)), name="tag_policy_of_all_once"
                )
            ],
        },
    ),
]
