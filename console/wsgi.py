"""WSGI entry for gunicorn and friends."""

import os

from django.core.wsgi import get_wsgi_application

from console import private

private.begin()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

application = get_wsgi_application()
