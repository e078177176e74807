"""Choices that every room may need.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProcessKind(TextChoices):
    WORKER = "worker", _("worker")
    SCHEDULER = "scheduler", _("scheduler")


class RemarkKind(TextChoices):
    """What a process of the console noticed about the console itself."""

    CHILD = "child", _("a process that ended by itself")
    MESSAGE = "message", _("a message that cannot be read")
    PROXY = "proxy", _("a header that the proxy does not set")
