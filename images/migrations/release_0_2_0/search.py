"""Tables of search, as 0.2.0 has them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="ListPreference",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("columns", models.CharField(blank=True, max_length=500)),
            ("page_size", models.PositiveSmallIntegerField(default=50)),
            ("density", models.CharField(default="compact", max_length=12)),
            (
                "user",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="list_preference",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="SavedView",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=80, verbose_name="name")),
            ("query", models.TextField(blank=True)),
            ("shared", models.BooleanField(default=False, verbose_name="shared with the team")),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            (
                "owner",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "ordering": ["name"],
            "constraints": [models.UniqueConstraint(fields=("owner", "name"), name="view_name_once_per_owner")],
        },
    ),
]
