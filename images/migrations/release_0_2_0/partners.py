"""Tables of partners, as 0.2.0 has them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Partner",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("project_id", models.CharField(max_length=64, unique=True, verbose_name="project ID")),
            ("name", models.CharField(max_length=100, verbose_name="name")),
            ("organisation", models.CharField(blank=True, max_length=200, verbose_name="organisation")),
            ("region", models.CharField(blank=True, max_length=100, verbose_name="region")),
            (
                "trust",
                models.CharField(
                    choices=[("trusted", "trusted"), ("known", "known"), ("barred", "barred")],
                    default="known",
                    max_length=10,
                    verbose_name="trust",
                ),
            ),
            ("notes", models.TextField(blank=True, verbose_name="notes")),
            (
                "source",
                models.CharField(
                    choices=[("typed", "typed in"), ("csv", "a CSV file"), ("iam", "IAM")],
                    default="typed",
                    max_length=10,
                    verbose_name="from",
                ),
            ),
            ("added_by_name", models.CharField(blank=True, max_length=150)),
            ("added_at", models.DateTimeField(auto_now_add=True)),
            ("changed_at", models.DateTimeField(auto_now=True)),
            (
                "added_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["name", "project_id"],
            "indexes": [
                models.Index(fields=["name", "project_id"], name="images_part_name_5614d3_idx"),
                models.Index(fields=["trust", "name"], name="images_part_trust_6949d9_idx"),
            ],
        },
    ),
]
