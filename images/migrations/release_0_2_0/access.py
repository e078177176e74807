"""Tables of access, as 0.2.0 has them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Team",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
            ("note", models.CharField(blank=True, max_length=300, verbose_name="what it is for")),
            ("created_at", models.DateTimeField(auto_now_add=True)),
        ],
        options={
            "ordering": ["name"],
        },
    ),
    migrations.CreateModel(
        name="Membership",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("added_at", models.DateTimeField(auto_now_add=True)),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "team",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="images.team"
                ),
            ),
        ],
        options={
            "ordering": ["user__username"],
            "constraints": [models.UniqueConstraint(fields=("team", "user"), name="person_once_in_a_team")],
        },
    ),
    migrations.AddField(
        "team",
        "members",
        models.ManyToManyField(related_name="teams", through="images.Membership", to=settings.AUTH_USER_MODEL),
    ),
    migrations.CreateModel(
        name="Grant",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "role",
                models.CharField(
                    choices=[
                        ("viewer", "Viewer"),
                        ("operator", "Operator"),
                        ("approver", "Approver"),
                        ("administrator", "Administrator"),
                    ],
                    max_length=13,
                    verbose_name="role",
                ),
            ),
            ("granted_at", models.DateTimeField(auto_now_add=True)),
            (
                "project",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="images.project"
                ),
            ),
            (
                "team",
                models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="images.team"),
            ),
        ],
        options={
            "ordering": ["project__region__name", "project__name", "role"],
            "constraints": [
                models.UniqueConstraint(fields=("team", "project", "role"), name="role_once_in_a_project"),
                models.UniqueConstraint(
                    condition=models.Q(("project", None)), fields=("team", "role"), name="role_once_everywhere"
                ),
            ],
        },
    ),
]
