"""Whom an image is shared with, asked of IMS (6.4.4)."""

from dataclasses import dataclass
from datetime import datetime

from images.core import clock
from images.ims import IMSClient, Member


@dataclass(frozen=True, slots=True)
class MembersRead:
    """What IMS said of the members of an image, and when it was asked."""

    image_id: str
    members: tuple[Member, ...]
    asked_at: datetime


def read_members(client: IMSClient, image_id: str) -> MembersRead:
    """Asks IMS. No database here. Raises IMSError."""
    asked_at = clock.now()
    return MembersRead(image_id, tuple(client.members.list(image_id)), asked_at)
