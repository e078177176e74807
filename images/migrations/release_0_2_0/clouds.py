"""Tables of clouds, as 0.2.0 has them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Account",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
            ("auth_url", models.URLField(max_length=300, verbose_name="IAM endpoint")),
            (
                "kind",
                models.CharField(
                    choices=[("password", "User and password"), ("aksk", "Access key (AK/SK)")],
                    default="password",
                    max_length=10,
                    verbose_name="sign-in by",
                ),
            ),
            ("domain", models.CharField(blank=True, max_length=100, verbose_name="domain (account name)")),
            ("username", models.CharField(blank=True, max_length=200, verbose_name="user")),
            ("access_key", models.CharField(blank=True, max_length=200, verbose_name="access key")),
            ("secret", models.TextField(verbose_name="password or secret key, encrypted")),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            ("ca_bundle", models.TextField(blank=True, verbose_name="CA bundle")),
            ("image_endpoint", models.URLField(blank=True, max_length=300, verbose_name="image endpoint")),
            ("region_name", models.CharField(blank=True, max_length=100, verbose_name="region")),
            ("removed_at", models.DateTimeField(editable=False, null=True)),
            (
                "service",
                models.CharField(
                    blank=True,
                    choices=[("ims", "IMS"), ("openstack", "OpenStack Glance")],
                    max_length=10,
                    verbose_name="service",
                ),
            ),
        ],
        options={
            "ordering": ["name"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "password"), ("username__gt", "")),
                        models.Q(("access_key__gt", ""), ("kind", "aksk")),
                        _connector="OR",
                    ),
                    name="account_has_the_name_its_kind_needs",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Region",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("published_at", models.DateTimeField(editable=False, null=True)),
            ("synced_at", models.DateTimeField(editable=False, null=True)),
            ("full_synced_at", models.DateTimeField(editable=False, null=True)),
            ("contact_at", models.DateTimeField(editable=False, null=True)),
            ("error", models.TextField(blank=True, editable=False)),
            ("error_at", models.DateTimeField(editable=False, null=True)),
            ("wanted", models.CharField(blank=True, editable=False, max_length=5)),
            ("lease_owner", models.CharField(blank=True, editable=False, max_length=64)),
            ("lease_until", models.DateTimeField(editable=False, null=True)),
            ("progress", models.PositiveIntegerField(default=0, editable=False)),
            ("image_count", models.PositiveIntegerField(default=0, editable=False)),
            (
                "cloud",
                models.CharField(
                    help_text="IAM endpoint that the region belongs to", max_length=300, verbose_name="cloud"
                ),
            ),
            ("name", models.CharField(max_length=100, verbose_name="region")),
            ("failures", models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
            ("retry_at", models.DateTimeField(editable=False, null=True)),
        ],
        options={
            "ordering": ["name"],
            "constraints": [models.UniqueConstraint(fields=("cloud", "name"), name="region_once_per_cloud")],
        },
    ),
    migrations.CreateModel(
        name="Project",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("published_at", models.DateTimeField(editable=False, null=True)),
            ("synced_at", models.DateTimeField(editable=False, null=True)),
            ("full_synced_at", models.DateTimeField(editable=False, null=True)),
            ("contact_at", models.DateTimeField(editable=False, null=True)),
            ("error", models.TextField(blank=True, editable=False)),
            ("error_at", models.DateTimeField(editable=False, null=True)),
            ("wanted", models.CharField(blank=True, editable=False, max_length=5)),
            ("lease_owner", models.CharField(blank=True, editable=False, max_length=64)),
            ("lease_until", models.DateTimeField(editable=False, null=True)),
            ("progress", models.PositiveIntegerField(default=0, editable=False)),
            ("image_count", models.PositiveIntegerField(default=0, editable=False)),
            ("project_id", models.CharField(max_length=64, verbose_name="project ID")),
            ("name", models.CharField(max_length=100, verbose_name="name")),
            ("endpoint", models.URLField(max_length=300, verbose_name="image endpoint")),
            (
                "kind",
                models.CharField(
                    choices=[("ims", "IMS"), ("openstack", "OpenStack Glance")],
                    default="ims",
                    max_length=10,
                    verbose_name="service",
                ),
            ),
            ("enabled", models.BooleanField(default=True, verbose_name="managed")),
            (
                "account",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="projects", to="images.account"
                ),
            ),
            (
                "region",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="projects", to="images.region"
                ),
            ),
            ("failures", models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
            ("retry_at", models.DateTimeField(editable=False, null=True)),
        ],
        options={
            "ordering": ["region__name", "name"],
            "constraints": [
                models.UniqueConstraint(fields=("account", "region", "project_id"), name="project_once_per_account")
            ],
        },
    ),
]
