"""Tables of incoming, as 0.2.0 has them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="IncomingShare",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("image_id", models.CharField(max_length=64, verbose_name="image ID")),
            ("name", models.CharField(max_length=255, verbose_name="image")),
            ("owner", models.CharField(max_length=64, verbose_name="owner")),
            ("os_type", models.CharField(blank=True, max_length=20, verbose_name="OS type")),
            ("os_version", models.CharField(blank=True, max_length=120, verbose_name="OS version")),
            ("size", models.PositiveBigIntegerField(default=0, verbose_name="size")),
            ("encrypted", models.BooleanField(default=False, verbose_name="encrypted")),
            ("made_at", models.DateTimeField(null=True, verbose_name="made")),
            ("document", models.TextField(editable=False)),
            (
                "member_status",
                models.CharField(
                    blank=True,
                    choices=[("pending", "pending"), ("accepted", "accepted"), ("rejected", "rejected")],
                    max_length=20,
                    verbose_name="at IMS",
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("pending", "waiting"),
                        ("asked", "more asked"),
                        ("accepting", "approved, being sent"),
                        ("rejecting", "turned down, being sent"),
                        ("accepted", "accepted"),
                        ("rejected", "rejected"),
                        ("revoked", "taken back"),
                    ],
                    default="pending",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            ("round", models.PositiveSmallIntegerField(default=1)),
            ("first_seen_at", models.DateTimeField()),
            ("waiting_since", models.DateTimeField()),
            ("approvals", models.PositiveSmallIntegerField(default=0)),
            ("rejections", models.PositiveSmallIntegerField(default=0)),
            ("policy_version", models.PositiveIntegerField(null=True)),
            (
                "decision",
                models.CharField(
                    blank=True,
                    choices=[("pending", "pending"), ("accepted", "accepted"), ("rejected", "rejected")],
                    max_length=10,
                ),
            ),
            ("decided_at", models.DateTimeField(null=True)),
            ("decided_by", models.CharField(blank=True, max_length=200)),
            ("elsewhere", models.BooleanField(default=False)),
            ("reopened", models.CharField(blank=True, max_length=300)),
            ("remind_at", models.DateTimeField(null=True)),
            ("escalate_at", models.DateTimeField(null=True)),
            (
                "assigned_to",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="images.operationitem"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="incoming_shares", to="images.project"
                ),
            ),
            (
                "box",
                models.GeneratedField(
                    db_persist=True,
                    expression=models.Case(
                        models.When(state__in=("pending", "asked"), then=models.Value("waiting")),
                        models.When(state__in=("accepting", "rejecting"), then=models.Value("sending")),
                        default=models.F("state"),
                    ),
                    output_field=models.CharField(max_length=10),
                ),
            ),
        ],
        options={
            "ordering": ["waiting_since", "pk"],
            "indexes": [
                models.Index(fields=["owner", "-id"], name="share_of_owner"),
                models.Index(fields=["image_id"], name="share_of_image"),
                models.Index(
                    condition=models.Q(("policy_version", None), ("state__in", ("pending", "asked"))),
                    fields=["project", "id"],
                    name="share_unjudged",
                ),
                models.Index(
                    condition=models.Q(("remind_at__isnull", False)), fields=["remind_at"], name="share_remind"
                ),
                models.Index(
                    condition=models.Q(("escalate_at__isnull", False)), fields=["escalate_at"], name="share_escalate"
                ),
                models.Index(fields=["box", "waiting_since", "id"], name="share_by_age"),
                models.Index(fields=["box", "name", "id"], name="share_by_name"),
                models.Index(fields=["box", "size", "id"], name="share_by_size"),
                models.Index(fields=["project", "box", "waiting_since", "id"], name="share_of_project"),
                models.Index(fields=["assigned_to", "box", "waiting_since", "id"], name="share_of_assignee"),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state", "revoked"), _negated=True),
                    fields=("project", "image_id"),
                    name="share_once_at_a_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ("pending", "asked")), _negated=True),
                        models.Q(("decided_at", None), ("decision", "")),
                        _connector="OR",
                    ),
                    name="share_that_waits_is_not_decided",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["accepting", "rejecting", "accepted", "rejected"]), _negated=True),
                        models.Q(models.Q(("decision", ""), _negated=True), ("decided_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="share_that_is_sent_is_decided",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ShareEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField()),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("appeared", "shared with us"),
                        ("judged", "held against the policy"),
                        ("commented", "commented"),
                        ("asked", "asked for more"),
                        ("assigned", "assigned"),
                        ("approved", "approved"),
                        ("refused", "voted against"),
                        ("too_late", "came too late"),
                        ("decided", "decided"),
                        ("carried_out", "carried out"),
                        ("tried_again", "tried again"),
                        ("elsewhere", "decided outside the console"),
                        ("changed", "changed after the decision"),
                        ("reopened", "opened again"),
                        ("revoked", "taken back by its owner"),
                        ("reminded", "waits for long"),
                        ("escalated", "waits for too long"),
                    ],
                    max_length=11,
                ),
            ),
            ("actor_name", models.CharField(blank=True, max_length=150)),
            ("text", models.TextField(blank=True)),
            (
                "share",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="events", to="images.incomingshare"
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
        },
    ),
    migrations.CreateModel(
        name="SharePolicy",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("version", models.PositiveIntegerField()),
            ("approvals", models.PositiveSmallIntegerField(default=1, verbose_name="approvals needed")),
            ("one_rejection_ends", models.BooleanField(default=True, verbose_name="one vote against is enough")),
            ("trusted", models.JSONField(blank=True, default=list, verbose_name="trusted owners")),
            ("barred", models.JSONField(blank=True, default=list, verbose_name="barred owners")),
            ("by_book", models.BooleanField(default=False, verbose_name="go by the address book")),
            ("os_types", models.JSONField(blank=True, default=list, verbose_name="OS types")),
            ("os_versions", models.JSONField(blank=True, default=list, verbose_name="OS versions")),
            (
                "max_age_days",
                models.PositiveIntegerField(blank=True, null=True, verbose_name="not older than, in days"),
            ),
            ("min_size", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="at least, in bytes")),
            ("max_size", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="at most, in bytes")),
            ("tags", models.JSONField(blank=True, default=list, verbose_name="tags it must have")),
            ("attributes", models.JSONField(blank=True, default=list, verbose_name="attributes it must have")),
            ("unencrypted", models.BooleanField(default=False, verbose_name="not encrypted")),
            ("reject_mismatch", models.BooleanField(default=False)),
            ("reopen", models.BooleanField(default=True)),
            ("remind_days", models.PositiveSmallIntegerField(blank=True, null=True)),
            ("escalate_days", models.PositiveSmallIntegerField(blank=True, null=True)),
            ("note", models.CharField(blank=True, max_length=300, verbose_name="why it was changed")),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("created_by_name", models.CharField(max_length=150)),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="share_policies", to="images.project"
                ),
            ),
        ],
        options={
            "ordering": ["project", "-version"],
            "constraints": [
                models.UniqueConstraint(fields=("project", "version"), name="share_policy_version_once"),
                models.CheckConstraint(condition=models.Q(("approvals__gte", 1)), name="share_policy_needs_approvals"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("min_size", None), ("max_size", None), ("min_size__lte", models.F("max_size")), _connector="OR"
                    ),
                    name="share_policy_sizes_in_order",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ShareVote",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("round", models.PositiveSmallIntegerField()),
            ("user_name", models.CharField(max_length=150)),
            ("approves", models.BooleanField()),
            ("comment", models.TextField(blank=True)),
            ("counts", models.BooleanField(default=True)),
            ("why_not", models.CharField(blank=True, max_length=200)),
            ("policy_version", models.PositiveIntegerField()),
            ("at", models.DateTimeField()),
            (
                "share",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="votes", to="images.incomingshare"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("share", "round", "user"), name="one_vote_a_person_and_round"),
                models.CheckConstraint(
                    condition=models.Q(("counts", True), ("why_not__gt", ""), _connector="OR"),
                    name="vote_that_does_not_count_says_why",
                ),
            ],
        },
    ),
]
