"""Tables of operations and their items, as 0.2.0 has them."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from images.core import clock

TABLES = [
    migrations.CreateModel(
        name="Operation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    verbose_name="kind",
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("approval", "awaiting approval"),
                        ("receiving", "receiving the file"),
                        ("waiting", "waiting"),
                        ("running", "running"),
                        ("done", "done"),
                        ("partly", "partly done"),
                        ("failed", "failed"),
                        ("cancelled", "cancelled"),
                        ("unknown", "unknown"),
                    ],
                    default="waiting",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            ("actor_name", models.CharField(max_length=150)),
            ("parameters", models.JSONField(default=dict)),
            ("summary", models.CharField(max_length=300)),
            ("key", models.CharField(max_length=64, unique=True)),
            ("request_id", models.CharField(blank=True, max_length=64)),
            ("created_at", models.DateTimeField(default=clock.now, editable=False)),
            ("started_at", models.DateTimeField(null=True)),
            ("finished_at", models.DateTimeField(null=True)),
            ("cancelled_by", models.CharField(blank=True, max_length=150)),
            ("version", models.PositiveIntegerField(default=1)),
            ("total", models.PositiveIntegerField(default=0)),
            ("waiting", models.PositiveIntegerField(default=0)),
            ("running", models.PositiveIntegerField(default=0)),
            ("done", models.PositiveIntegerField(default=0)),
            ("failed", models.PositiveIntegerField(default=0)),
            ("cancelled", models.PositiveIntegerField(default=0)),
            ("unknown", models.PositiveIntegerField(default=0)),
            (
                "actor",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="operations",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="operations",
                    to="images.project",
                ),
            ),
            (
                "retry_of",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="retries",
                    to="images.operation",
                ),
            ),
            ("released_at", models.DateTimeField(null=True)),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["actor", "-id"], name="images_oper_actor_i_9d005c_idx"),
                models.Index(fields=["project", "-id"], name="images_oper_project_63b9a7_idx"),
                models.Index(fields=["kind", "-id"], name="images_oper_kind_791553_idx"),
                models.Index(fields=["state", "-id"], name="images_oper_state_b52035_idx"),
                models.Index(fields=["created_at"], name="images_oper_created_840967_idx"),
                models.Index(fields=["actor", "finished_at"], name="images_oper_actor_i_0e7d93_idx"),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        (
                            "total",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("waiting"), "+", models.F("running")
                                            ),
                                            "+",
                                            models.F("done"),
                                        ),
                                        "+",
                                        models.F("failed"),
                                    ),
                                    "+",
                                    models.F("cancelled"),
                                ),
                                "+",
                                models.F("unknown"),
                            ),
                        )
                    ),
                    name="operation_counts_all_its_items",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("finished_at__isnull", False),
                            ("state__in", ("done", "partly", "failed", "cancelled", "unknown")),
                        ),
                        models.Q(
                            models.Q(
                                ("state__in", ("done", "partly", "failed", "cancelled", "unknown")), _negated=True
                            ),
                            ("finished_at", None),
                        ),
                        _connector="OR",
                    ),
                    name="operation_is_finished_when_its_state_says_so",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="OperationItem",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("position", models.PositiveIntegerField()),
            ("image_uid", models.CharField(blank=True, max_length=64, verbose_name="image ID")),
            ("image_name", models.CharField(max_length=255, verbose_name="image")),
            ("parameters", models.JSONField(default=dict)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting"),
                        ("sent", "sent"),
                        ("doubt", "being checked"),
                        ("following", "in progress"),
                        ("done", "done"),
                        ("failed", "failed"),
                        ("cancelled", "cancelled"),
                        ("unknown", "unknown"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("next_at", models.DateTimeField()),
            ("sent_at", models.DateTimeField(null=True)),
            ("looks", models.PositiveSmallIntegerField(default=0)),
            ("result", models.JSONField(default=dict)),
            ("error_code", models.CharField(blank=True, max_length=40)),
            ("error", models.TextField(blank=True)),
            ("upstream_request_id", models.CharField(blank=True, max_length=80)),
            ("finished_at", models.DateTimeField(null=True)),
            (
                "image",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="operation_items",
                    to="images.image",
                ),
            ),
            (
                "job",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="items", to="images.job"
                ),
            ),
            (
                "operation",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="items",
                    to="images.operation",
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="images.project"
                ),
            ),
            ("percent", models.PositiveSmallIntegerField(null=True)),
            ("failing_since", models.DateTimeField(null=True)),
        ],
        options={
            "ordering": ["operation", "position"],
            "indexes": [
                models.Index(fields=["operation", "state"], name="images_oper_operati_1012a1_idx"),
                models.Index(fields=["image_uid", "-id"], name="images_oper_image_u_9f5c3d_idx"),
                models.Index(fields=["image", "state"], name="images_oper_image_i_d24d46_idx"),
                models.Index(
                    condition=models.Q(("finished_at", None)),
                    fields=["project", "operation", "state", "next_at"],
                    name="item_turn",
                ),
            ],
            "constraints": [models.UniqueConstraint(fields=("operation", "position"), name="item_position_once")],
        },
    ),
    migrations.CreateModel(
        name="OperationEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField(default=clock.now, editable=False)),
            ("text", models.TextField()),
            (
                "operation",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="events", to="images.operation"
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="events",
                    to="images.operationitem",
                ),
            ),
        ],
        options={
            "ordering": ["id"],
        },
    ),
    migrations.CreateModel(
        name="ItemBatch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("count", models.PositiveIntegerField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting"),
                        ("sent", "sent"),
                        ("doubt", "being checked"),
                        ("following", "in progress"),
                        ("done", "done"),
                        ("failed", "failed"),
                        ("cancelled", "cancelled"),
                        ("unknown", "unknown"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("images", models.BinaryField()),
            ("content", models.BinaryField()),
            (
                "operation",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="batches", to="images.operation"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="images.project"
                ),
            ),
        ],
        options={
            "ordering": ["id"],
            "indexes": [models.Index(fields=["project", "id"], name="images_item_project_47d298_idx")],
        },
    ),
    migrations.CreateModel(
        name="Continuity",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=32, unique=True)),
            ("mark", models.CharField(blank=True, max_length=200)),
            ("at", models.DateTimeField()),
        ],
    ),
]
