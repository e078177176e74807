"""Settings of the suite: the product's own in an environment of its own; TEST_DATABASE_URL switches databases."""

import os
import tempfile

os.environ.update(
    SECRET_KEY="only-for-the-test-suite-0123456789-abcdefghijklmnopqrstuvwxyz",
    CREDENTIAL_KEYS="credentials-of-the-test-suite-0123456789-abcdefghijklmnopqrstuvwxyz",
    AUDIT_KEYS="audit-of-the-test-suite-0123456789-abcdefghijklmnopqrstuvwxyz",
    VAR_DIR=os.environ.get("TEST_VAR_DIR") or tempfile.mkdtemp(prefix="image-console-tests-"),
    HTTPS="false",
    REQUIRE_SECOND_FACTOR="none",  # tests/signin has those who have to have one
    LOG_LEVEL="WARNING",
    DEBUG="false",
    BROKER_URL="memory://",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:"),
)

from console.settings import *  # noqa: F403
from console.settings import STATIC_ROOT, STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it is not there, and warnings are errors
# A worker that has driven a browser keeps it, and with it DJANGO_ALLOW_ASYNC_UNSAFE (tests/browser/fixtures.py).
SILENCED_SYSTEM_CHECKS = ["async.E001"]
