"""Levels of quotas.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class QuotaLevel(TextChoices):
    """How near a project is to its quota, by its own thresholds."""

    CALM = "", _("enough left")
    WARNING = "warning", _("nearly full")
    CRITICAL = "critical", _("almost full")
