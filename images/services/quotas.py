"""How many images a project may still have, asked of IMS at this moment: each creation anywhere moves it (5.5.1)."""

from dataclasses import dataclass

from images.ims import IMSError
from images.ims.quotas import Quota
from images.ims.retry import RetryPolicy
from images.models import Project
from images.services.clouds import client_for
from images.services.credentials import SecretUnreadable

#: Seconds to connect and to answer: somebody waits for the page, which is of use without the number.
PATIENCE = (2.0, 3.0)
_ONCE = RetryPolicy(attempts=1)


@dataclass(frozen=True, slots=True)
class Room:
    """The quota of images of a project; None when it is not known, and then `reason` says why in a sentence."""

    quota: Quota | None
    reason: str = ""

    def lacks(self, count: int) -> bool:
        """Whether so many more images are certainly too many."""
        return self.quota is not None and self.quota.left is not None and self.quota.left < count


def room_in(project: Project) -> Room:
    """Never raises for a service that does not answer: the quota is advice, the service itself decides."""
    try:
        return Room(client_for(project, timeout=PATIENCE, retry=_ONCE).quotas.images())
    except (IMSError, SecretUnreadable) as error:
        return Room(None, str(error))
