"""Tables of notices, as 0.2.0 has them."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Notice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField()),
            ("kind", models.CharField(max_length=20)),
            ("subject", models.CharField(max_length=250)),
            ("text", models.TextField(blank=True)),
            ("url", models.CharField(blank=True, max_length=300)),
            (
                "audience",
                models.CharField(
                    choices=[
                        ("view", "everybody who sees the project"),
                        ("operate", "operators"),
                        ("decide", "approvers"),
                        ("administer", "administrators of the project"),
                        ("staff", "administrators of the console"),
                        ("named", "those whom it names"),
                    ],
                    max_length=10,
                ),
            ),
            ("people", models.JSONField(default=list)),
            ("count", models.PositiveIntegerField(default=1)),
            ("spread_at", models.DateTimeField(null=True)),
            (
                "project",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="images.project"
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(
                    condition=models.Q(("spread_at__isnull", False)), fields=["spread_at"], name="notice_to_spread"
                ),
                models.Index(fields=["at"], name="images_noti_at_71b42e_idx"),
            ],
        },
    ),
    migrations.CreateModel(
        name="NoticeCopy",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("read_at", models.DateTimeField(null=True)),
            (
                "notice",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="copies", to="images.notice"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="notices",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["user", "-id"], name="images_noti_user_id_c81fa8_idx"),
                models.Index(condition=models.Q(("read_at", None)), fields=["user"], name="notice_unread"),
            ],
            "constraints": [models.UniqueConstraint(fields=("notice", "user"), name="notice_once_a_person")],
        },
    ),
    migrations.CreateModel(
        name="NoticePreference",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("choices", models.JSONField(default=dict)),
            ("digest_hour", models.PositiveSmallIntegerField(default=7)),
            ("time_zone", models.CharField(default="UTC", max_length=64)),
            (
                "user",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="notice_preference",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("digest_hour__lte", 23)), name="digest_has_an_hour_of_the_day"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Trouble",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("since", models.DateTimeField()),
            ("told_at", models.DateTimeField(null=True)),
            (
                "project",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="trouble", to="images.project"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Webhook",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=100, verbose_name="name")),
            ("url", models.URLField(max_length=500, verbose_name="address")),
            ("kinds", models.JSONField(blank=True, default=list)),
            ("active", models.BooleanField(default=True, verbose_name="active")),
            ("secret", models.TextField(editable=False)),
            ("old_secret", models.TextField(blank=True, editable=False)),
            ("old_until", models.DateTimeField(editable=False, null=True)),
            ("failures", models.PositiveIntegerField(default=0, editable=False)),
            ("resting_until", models.DateTimeField(editable=False, null=True)),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("created_by_name", models.CharField(max_length=150)),
            (
                "project",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.CASCADE, related_name="webhooks", to="images.project"
                ),
            ),
        ],
        options={
            "ordering": ["name", "pk"],
        },
    ),
    migrations.CreateModel(
        name="Delivery",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
            (
                "way",
                models.CharField(
                    choices=[("mail", "e-mail"), ("digest", "daily digest"), ("webhook", "webhook")], max_length=10
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting"),
                        ("done", "delivered"),
                        ("given_up", "given up"),
                        ("dropped", "not sent"),
                    ],
                    default="waiting",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            ("attempts", models.PositiveIntegerField(default=0)),
            ("next_at", models.DateTimeField(null=True)),
            ("created_at", models.DateTimeField()),
            ("tried_at", models.DateTimeField(null=True)),
            ("status", models.PositiveSmallIntegerField(default=0)),
            ("answer", models.TextField(blank=True)),
            ("error", models.CharField(blank=True, max_length=300)),
            ("duration_ms", models.PositiveIntegerField(default=0)),
            (
                "user",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "notice",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="deliveries",
                    to="images.notice",
                ),
            ),
            (
                "webhook",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="deliveries",
                    to="images.webhook",
                ),
            ),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="delivery_due"),
                models.Index(fields=["webhook", "-id"], name="images_deli_webhook_c9e5aa_idx"),
                models.Index(fields=["user", "way", "next_at"], name="delivery_of_person"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("notice", "user", "way"), name="delivered_once_a_person"),
                models.UniqueConstraint(fields=("notice", "webhook"), name="delivered_once_a_webhook"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("user", None), ("way", "webhook"), ("webhook__isnull", False)),
                        models.Q(
                            models.Q(("way", "webhook"), _negated=True),
                            ("notice__isnull", False),
                            ("user__isnull", False),
                            ("webhook", None),
                        ),
                        _connector="OR",
                    ),
                    name="delivery_has_one_target",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("next_at__isnull", False), ("state", "waiting")),
                        models.Q(models.Q(("state", "waiting"), _negated=True), ("next_at", None)),
                        _connector="OR",
                    ),
                    name="delivery_that_waits_is_due_some_time",
                ),
            ],
        },
    ),
]
