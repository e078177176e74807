"""Choices of cached images.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ChangeKind(TextChoices):
    """What a synchronisation saw happen to an image."""

    APPEARED = "appeared", _("appeared")
    CHANGED = "changed", _("changed")
    GONE = "gone", _("gone")


class MemberStatus(TextChoices):
    """State of an image that somebody shares with the project (5.3.3); empty for images that are not shared in."""

    PENDING = "pending", _("pending")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
