"""Tables of audit, as 0.2.0 has them."""

import uuid

import django.utils.timezone
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="AuditHead",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.BigIntegerField(default=0)),
            ("digest", models.CharField(blank=True, max_length=80)),
            ("stamp", models.CharField(blank=True, max_length=80)),
        ],
    ),
    migrations.CreateModel(
        name="AuditEntry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name="when")),
            ("event", models.CharField(max_length=40, verbose_name="what")),
            ("actor_pk", models.BigIntegerField(null=True)),
            ("actor_name", models.CharField(blank=True, max_length=150, verbose_name="who")),
            ("project_pk", models.BigIntegerField(null=True)),
            ("project_name", models.CharField(blank=True, max_length=220, verbose_name="project")),
            ("subject_kind", models.CharField(blank=True, max_length=40)),
            ("subject_ref", models.CharField(blank=True, max_length=100)),
            ("subject_name", models.CharField(blank=True, max_length=255, verbose_name="object")),
            ("sentence", models.TextField()),
            ("before", models.JSONField(null=True)),
            ("after", models.JSONField(null=True)),
            ("details", models.JSONField(default=dict)),
            ("request_id", models.CharField(blank=True, max_length=64)),
            ("address", models.CharField(blank=True, max_length=45)),
            ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
            ("stamp", models.CharField(max_length=80)),
            ("number", models.BigIntegerField(null=True, unique=True)),
            ("digest", models.CharField(blank=True, max_length=80)),
        ],
        options={
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["actor_pk", "-id"], name="images_audi_actor_p_e2c68b_idx"),
                models.Index(fields=["project_pk", "-id"], name="images_audi_project_b68085_idx"),
                models.Index(fields=["event", "-id"], name="images_audi_event_e21868_idx"),
                models.Index(fields=["subject_kind", "subject_ref", "-id"], name="audit_subject"),
                models.Index(fields=["request_id"], name="audit_request"),
                models.Index(condition=models.Q(("number", None)), fields=["id"], name="audit_unsealed"),
            ],
        },
    ),
]
