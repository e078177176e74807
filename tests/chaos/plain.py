"""A carrier without Celery around it: works, sleeps a little, works."""

import time

import django

django.setup()

from images.operations.services import executor  # noqa: E402 - after Django is ready

while True:
    executor.execute(10.0)
    time.sleep(0.1)
