"""Who an image is shared with, asked of IMS at this moment: the cache does not hold it (API reference 6.4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from images.ims import IMSError, Member
from images.ims.retry import RetryPolicy
from images.models import Image, Project
from images.services.clouds import client_for
from images.services.credentials import SecretUnreadable

#: Seconds to connect and to answer: somebody is looking at the page.
PATIENCE = (3.0, 10.0)
_ONCE_MORE = RetryPolicy(attempts=2, patience=1.0)


class MembersUnavailable(Exception):
    """The members could not be read; str() is a sentence for people, `measure` what to do about it."""

    def __init__(self, sentence: str, measure: str, request_id: str = "") -> None:
        super().__init__(sentence)
        self.measure = measure
        self.request_id = request_id


@dataclass(frozen=True)
class MembersNow:
    """`projects` has the projects that are managed here, by their ID at the cloud, to show names instead of IDs."""

    members: Sequence[Member]
    asked_at: datetime
    projects: dict[str, Project]


def members_now(*, image: Image) -> MembersNow:
    """Asks IMS with the credential of the image's project, which must own it. Raises MembersUnavailable."""
    project = image.project
    if project is None:
        raise MembersUnavailable("A public image is shared with nobody in particular.", "Nothing needs to be done.")
    try:
        members = client_for(project, timeout=PATIENCE, retry=_ONCE_MORE).members.list(image.image_id)
    except IMSError as error:
        raise MembersUnavailable(str(error), error.measure, error.request_id) from error
    except SecretUnreadable as error:
        raise MembersUnavailable(str(error), "An administrator can enter the credential anew.") from error
    known = Project.objects.managed().filter(project_id__in=[member.member_id for member in members])
    return MembersNow(members, timezone.now(), {one.project_id: one for one in known})
