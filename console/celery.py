"""The Celery application: entries live in images.tasks; messages carry ids only, the database is the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


# imported late: prometheus_client looks at the environment that the settings have set
@app.on_after_configure.connect
def add_steps(sender: Celery, **_kwargs: object) -> None:
    from console.heartbeat import Figures, Heartbeat

    sender.steps["worker"].update({Heartbeat, Figures})
