"""Choices of the address book.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Trust(TextChoices):
    """How far we trust another project: whether it may have our images, and whether its own are welcome."""

    TRUSTED = "trusted", _("trusted")
    KNOWN = "known", _("known")
    BARRED = "barred", _("barred")


class PartnerSource(TextChoices):
    """Where an entry of the address book comes from."""

    TYPED = "typed", _("typed in")
    CSV = "csv", _("a CSV file")
    IAM = "iam", _("IAM")
