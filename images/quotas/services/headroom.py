"""How many images a project may still have, asked of IMS at this moment: each creation anywhere moves it (5.5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from images.clouds.models import Project
from images.clouds.services.clients import client_for
from images.core.correlation import Threads
from images.core.encryption import SecretUnreadable
from images.ims import IMSError
from images.ims.quotas import Quota
from images.ims.retry import RetryPolicy

#: Seconds to connect and to answer: somebody waits for the page, which is of use without the number.
PATIENCE = (2.0, 3.0)
#: Projects that are asked at once.
AT_ONCE = 8
_ONCE = RetryPolicy(attempts=1)


@dataclass(frozen=True, slots=True)
class Room:
    """The quota of images of a project; None when it is not known, and then `reason` says why in a sentence."""

    quota: Quota | None
    reason: str = ""

    def lacks(self, count: int) -> bool:
        """Whether so many more images are certainly too many."""
        return self.quota is not None and self.quota.left is not None and self.quota.left < count


@dataclass(frozen=True, slots=True)
class QuotaExceeded:
    """A project in which `wanted` more images are too many by what its service said just now."""

    project: Project
    wanted: int
    quota: Quota


def quota_exceeded(wanted: Mapping[Project, int]) -> list[QuotaExceeded]:
    """Those of the projects that have no room for so many more images each. All are asked at once; one that does not
    answer in time is left out, for then nobody knows."""
    with Threads(AT_ONCE, "room") as pool:
        rooms = list(pool.map(room_in, wanted))
    return [
        QuotaExceeded(project, number, room.quota)
        for (project, number), room in zip(wanted.items(), rooms, strict=True)
        if room.quota is not None and room.lacks(number)
    ]


def room_in(project: Project) -> Room:
    """Never raises for a service that does not answer: the quota is advice, the service itself decides."""
    try:
        return Room(client_for(project, timeout=PATIENCE, retry=_ONCE).quotas.images())
    except (IMSError, SecretUnreadable) as error:
        return Room(None, str(error))
