"""Tables of jobs and lanes, as 0.2.0 has them."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from images.core import clock

TABLES = [
    migrations.CreateModel(
        name="Job",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("job_id", models.CharField(max_length=64, verbose_name="job ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("create", "Create"),
                        ("metadata", "Create empty"),
                        ("upload", "Upload file"),
                        ("register", "Register file"),
                        ("export", "Export"),
                        ("copy", "Copy"),
                        ("edit", "Edit"),
                        ("tag", "Tag"),
                        ("protect", "Protect"),
                        ("unprotect", "Unprotect"),
                        ("delete", "Delete"),
                        ("share", "Share"),
                        ("unshare", "Stop sharing"),
                        ("answer", "Accept or reject"),
                    ],
                    max_length=12,
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("init", "accepted"),
                        ("running", "running"),
                        ("success", "succeeded"),
                        ("fail", "failed"),
                        ("lost", "forgotten by the service"),
                        ("overdue", "overdue"),
                    ],
                    default="init",
                    max_length=10,
                ),
            ),
            ("percent", models.PositiveSmallIntegerField(null=True)),
            ("current_task", models.CharField(blank=True, max_length=200)),
            ("sub_jobs", models.JSONField(default=list)),
            ("size", models.PositiveBigIntegerField(default=0)),
            ("begin_at", models.DateTimeField(null=True)),
            ("end_at", models.DateTimeField(null=True)),
            ("code", models.CharField(blank=True, max_length=40)),
            ("reason", models.TextField(blank=True)),
            ("poll_at", models.DateTimeField(null=True)),
            ("polled_at", models.DateTimeField(null=True)),
            ("polls", models.PositiveIntegerField(default=0)),
            ("failures", models.PositiveSmallIntegerField(default=0)),
            ("deadline", models.DateTimeField()),
            ("created_at", models.DateTimeField(default=clock.now, editable=False)),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="jobs", to="images.project"
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(
                    condition=models.Q(("poll_at__isnull", False)), fields=["project", "poll_at"], name="job_due"
                ),
                models.Index(fields=["kind", "state", "-id"], name="images_job_kind_b84cb6_idx"),
            ],
            "constraints": [models.UniqueConstraint(fields=("project", "job_id"), name="job_once_per_project")],
        },
    ),
    migrations.CreateModel(
        name="Lane",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("lease_owner", models.CharField(blank=True, max_length=64)),
            ("lease_until", models.DateTimeField(null=True)),
            ("paused_until", models.DateTimeField(null=True)),
            ("pause_reason", models.CharField(blank=True, max_length=200)),
            (
                "project",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="lane", to="images.project"
                ),
            ),
        ],
    ),
]
