"""The product's settings for the servers of bench_list: database from the environment, and a route for the floor."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.list_urls"
ALLOWED_HOSTS = ["127.0.0.1"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
