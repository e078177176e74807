"""Who an image is shared with, asked of IMS at this moment for somebody who looks at its page (API reference 6.4.4).

What it says is kept (sharing/services/member_lists.py), so that the page shows it at once the next time.
"""

from django.db import transaction

from images.cache.models.image import Image
from images.clouds.services.clients import client_for
from images.core.encryption import SecretUnreadable
from images.core.error_messages import ErrorMessage, failure_of
from images.ims import IMSError
from images.ims.retry import RetryPolicy
from images.operations.services.members import read_members
from images.sharing.services import member_lists

#: Seconds to connect and to answer: somebody is looking at the page.
PATIENCE = (3.0, 10.0)
_ONCE_MORE = RetryPolicy(attempts=2, patience=1.0)


class MembersUnavailable(Exception):
    """The members could not be read; `failure` says why, and what to do about it."""

    def __init__(self, failure: ErrorMessage) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


def ask_members(*, image: Image) -> None:
    """Asks IMS with the credential of the image's project, which must own it, and keeps what it says.

    Raises MembersUnavailable.
    """
    project = image.project
    if project is None:
        sentence, measure = "A public image is shared with nobody in particular.", "Nothing needs to be done."
        raise MembersUnavailable(ErrorMessage("", sentence, "", measure))
    try:
        said = read_members(client_for(project, timeout=PATIENCE, retry=_ONCE_MORE), image.image_id)
    except IMSError as error:
        raise MembersUnavailable(failure_of(error)) from error
    except SecretUnreadable as error:
        measure = "An administrator can enter the credential anew."
        raise MembersUnavailable(ErrorMessage("", str(error), "", measure)) from error
    with transaction.atomic():
        member_lists.write(project, said)
