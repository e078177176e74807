"""Tables of consents, as 0.2.0 has them."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Consent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting for consent"),
                        ("given", "consented"),
                        ("refused", "refused"),
                        ("withdrawn", "withdrawn"),
                        ("expired", "ran out"),
                    ],
                    default="waiting",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            ("asked_at", models.DateTimeField(auto_now_add=True)),
            ("expires_at", models.DateTimeField(verbose_name="answer by")),
            ("decided_by_name", models.CharField(blank=True, max_length=150)),
            ("decided_at", models.DateTimeField(null=True)),
            ("comment", models.TextField(blank=True, verbose_name="comment")),
            (
                "decided_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "operation",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="images.operation"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="consents",
                    to="images.project",
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["project", "state", "-id"], name="images_cons_project_f7e132_idx"),
                models.Index(fields=["state", "expires_at"], name="images_cons_state_282f2b_idx"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("operation", "project"), name="consent_once_per_project"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("decided_at", None), ("state", "waiting")),
                        models.Q(models.Q(("state", "waiting"), _negated=True), ("decided_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="consent_is_decided_when_its_state_says_so",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ConsentPolicy",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("for_share", models.BooleanField(default=False, verbose_name="sharing with others")),
            ("for_delete", models.BooleanField(default=False, verbose_name="deleting")),
            ("for_export", models.BooleanField(default=False, verbose_name="exporting to a bucket")),
            ("days", models.PositiveSmallIntegerField(default=7, verbose_name="days to answer")),
            ("changed_at", models.DateTimeField(auto_now=True)),
            ("changed_by_name", models.CharField(blank=True, max_length=150)),
            (
                "project",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="consent_policy", to="images.project"
                ),
            ),
        ],
    ),
]
