"""A carrier without Celery around it: works, sleeps a little, works."""

import time

import django

django.setup()

from images.services.operations import carrier  # noqa: E402 - after Django is ready

while True:
    carrier.carry(10.0)
    time.sleep(0.1)
