"""What becomes of shares when images go or members were read; what operations show of them."""

from collections.abc import Sequence

from django.db import connection
from django.dispatch import receiver

from images.cache import events
from images.clouds.models import Project
from images.core import clock
from images.operations import events as operation_events
from images.operations.enums import ActionKind
from images.operations.queries.additions import add_to_items
from images.operations.services.members import MembersRead
from images.sharing.models import MemberList, Share
from images.sharing.queries.shares import recipients_of
from images.sharing.services import member_lists

add_to_items((ActionKind.SHARE, ActionKind.UNSHARE), recipients_of)


@receiver(events.images_leaving)
def end_shares(pks: Sequence[int], **_signal: object) -> None:
    """A share outlives its image, as one that has ended."""
    Share.objects.filter(image__in=pks).update(image=None, ended_at=clock.now())
    MemberList.objects.filter(image__in=pks)._raw_delete(connection.alias)


@receiver(operation_events.members_read)
def keep_members(project: Project, read: MembersRead, **_signal: object) -> None:
    member_lists.write(project, read)
