"""Tables of sharing, as 0.2.0 has them."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="MemberList",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("next_at", models.DateTimeField()),
            ("read_at", models.DateTimeField(null=True)),
            ("error", models.TextField(blank=True)),
            ("failures", models.PositiveSmallIntegerField(default=0)),
            (
                "image",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="member_list", to="images.image"
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
            "ordering": ["next_at", "id"],
            "indexes": [
                models.Index(fields=["project", "next_at"], name="images_memb_project_bb8d84_idx"),
                models.Index(fields=["next_at"], name="images_memb_next_at_d1e220_idx"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Share",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("image_uid", models.CharField(max_length=64, verbose_name="image ID")),
            ("image_name", models.CharField(max_length=255, verbose_name="image")),
            ("recipient", models.CharField(max_length=64, verbose_name="recipient")),
            ("status", models.CharField(max_length=20, verbose_name="state")),
            ("shared_at", models.DateTimeField(verbose_name="shared")),
            ("changed_at", models.DateTimeField(verbose_name="last change")),
            ("ended_at", models.DateTimeField(null=True)),
            (
                "image",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="shares", to="images.image"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="shares",
                    to="images.project",
                ),
            ),
        ],
        options={
            "ordering": ["-shared_at", "-id"],
            "indexes": [
                models.Index(fields=["shared_at", "id"], name="images_shar_shared__3822ee_idx"),
                models.Index(fields=["changed_at", "id"], name="images_shar_changed_df0cf4_idx"),
                models.Index(fields=["image_name", "id"], name="images_shar_image_n_57f9d8_idx"),
                models.Index(fields=["recipient", "id"], name="images_shar_recipie_5e7824_idx"),
                models.Index(fields=["status", "shared_at"], name="images_shar_status_061dee_idx"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("project", "image_uid", "recipient"), name="recipient_once_per_image")
            ],
        },
    ),
]
