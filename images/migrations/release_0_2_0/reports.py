"""Tables of reports, as 0.2.0 has them."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="ReportSchedule",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("report", models.CharField(max_length=20, verbose_name="report")),
            ("projects", models.JSONField(default=list)),
            (
                "rhythm",
                models.CharField(
                    choices=[("weekly", "each Monday"), ("monthly", "on the first of each month")],
                    max_length=7,
                    verbose_name="how often",
                ),
            ),
            (
                "hour",
                models.PositiveSmallIntegerField(
                    validators=[django.core.validators.MaxValueValidator(23)], verbose_name="hour"
                ),
            ),
            ("zone", models.CharField(default="UTC", max_length=64)),
            ("next_at", models.DateTimeField(null=True)),
            ("due_at", models.DateTimeField()),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("sent_at", models.DateTimeField(null=True)),
            ("error", models.TextField(blank=True)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            (
                "owner",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="report_schedules",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["report", "id"],
            "indexes": [
                models.Index(condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="report_due")
            ],
            "constraints": [
                models.CheckConstraint(condition=models.Q(("hour__lte", 23)), name="report_hour_is_of_a_day"),
                models.CheckConstraint(
                    condition=models.Q(("next_at__isnull", False), ("error__gt", ""), _connector="OR"),
                    name="report_that_ended_says_why",
                ),
            ],
        },
    ),
]
