"""Tables of core, as 0.2.0 has them."""

from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Process",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(choices=[("worker", "worker"), ("scheduler", "scheduler")], max_length=10)),
            ("name", models.CharField(max_length=64)),
            ("queues", models.CharField(blank=True, max_length=200)),
            ("version", models.CharField(max_length=20)),
            ("started_at", models.DateTimeField()),
            ("seen_at", models.DateTimeField(verbose_name="last seen")),
            ("clock_ahead", models.FloatField(db_default=0, default=0)),
            ("memory", models.PositiveBigIntegerField(null=True)),
        ],
        options={
            "ordering": ["kind", "name"],
            "constraints": [models.UniqueConstraint(fields=("kind", "name"), name="process_once")],
        },
    ),
    migrations.CreateModel(
        name="Setback",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("sweep", models.CharField(max_length=40)),
            ("row", models.CharField(max_length=80)),
            ("failures", models.PositiveSmallIntegerField()),
            ("next_at", models.DateTimeField()),
            ("error", models.TextField(blank=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("sweep", "row"), name="setback_once_a_row")],
        },
    ),
    migrations.CreateModel(
        name="Remark",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("child", "a process that ended by itself"),
                        ("message", "a message that cannot be read"),
                        ("proxy", "a header that the proxy does not set"),
                    ],
                    max_length=10,
                ),
            ),
            ("name", models.CharField(max_length=100)),
            ("detail", models.TextField(blank=True)),
            ("count", models.PositiveIntegerField(default=1)),
            ("first_at", models.DateTimeField()),
            ("seen_at", models.DateTimeField()),
        ],
        options={
            "ordering": ["kind", "name"],
            "constraints": [models.UniqueConstraint(fields=("kind", "name"), name="remark_once")],
        },
    ),
]
