"""Choices of reports.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Rhythm(TextChoices):
    """How often a report comes."""

    WEEKLY = "weekly", _("each Monday")
    MONTHLY = "monthly", _("on the first of each month")
