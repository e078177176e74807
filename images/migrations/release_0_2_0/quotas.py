"""Tables of quotas, as 0.2.0 has them."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="QuotaSample",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField()),
            ("used", models.PositiveIntegerField()),
            ("limit", models.PositiveIntegerField(null=True)),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="quota_samples",
                    to="images.project",
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "at"), name="quota_sample_once_a_minute")],
        },
    ),
    migrations.CreateModel(
        name="QuotaState",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("used", models.PositiveIntegerField(null=True)),
            ("limit", models.PositiveIntegerField(null=True)),
            ("minimum", models.PositiveIntegerField(null=True)),
            ("maximum", models.PositiveIntegerField(null=True)),
            ("others", models.JSONField(default=list)),
            ("trend", models.JSONField(default=list)),
            ("outlook", models.JSONField(default=dict)),
            ("at", models.DateTimeField(null=True)),
            ("error", models.TextField(blank=True)),
            ("error_at", models.DateTimeField(null=True)),
            ("failures", models.PositiveSmallIntegerField(default=0)),
            ("next_at", models.DateTimeField(db_index=True)),
            ("warn", models.PositiveSmallIntegerField(default=80, verbose_name="warn from")),
            ("critical", models.PositiveSmallIntegerField(default=95, verbose_name="critical from")),
            (
                "level",
                models.CharField(
                    blank=True,
                    choices=[("", "enough left"), ("warning", "nearly full"), ("critical", "almost full")],
                    default="",
                    max_length=8,
                ),
            ),
            ("level_at", models.DateTimeField(null=True)),
            (
                "project",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="quota_state", to="images.project"
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("critical__lte", 100), ("warn__gte", 1), ("warn__lt", models.F("critical"))),
                    name="quota_thresholds_in_order",
                )
            ],
        },
    ),
]
