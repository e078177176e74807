"""Acts about who sees an image: share, stop sharing, accept or reject (5.3, 6.4)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from images.ims import Forbidden, IMSClient, Job, NotFound, Refused
from images.ims.patch import replace
from images.operations.actions.base import Action, ActionFailed, NotNow, Outcome, RefusedTogether, Work
from images.operations.actions.making import BUSY


class Share(Action):
    """{"project_ids": […]}. Asked again, only those are added that are no members yet."""

    needs = (("5.3.2", "6.4.1"),)
    together = "5.3.2"
    looks_back = True

    def send(self, client: IMSClient, work: Work) -> Outcome:
        wanted = list(work.parameters["project_ids"])
        missing = [one for one in wanted if one not in _members(client, work)] if work.was_lost else wanted
        if missing and not client.capabilities.extension:
            _open_to_members(client, work)
        return _begun(missing and client.members.share, [work], missing)

    def send_many(self, client: IMSClient, works: Sequence[Work]) -> Outcome:
        return _begun_together(client.members.share, works)

    def ended(self, work: Work, job: Job) -> Outcome:
        return _seen([work])


class Unshare(Action):
    """{"project_ids": […]}."""

    needs = (("5.3.1", "6.4.5"),)
    together = "5.3.1"
    looks_back = True

    def send(self, client: IMSClient, work: Work) -> Outcome:
        wanted = list(work.parameters["project_ids"])
        left = [one for one in wanted if one in _members(client, work)] if work.was_lost else wanted
        return _begun(left and client.members.unshare, [work], left)

    def send_many(self, client: IMSClient, works: Sequence[Work]) -> Outcome:
        return _begun_together(client.members.unshare, works)

    def ended(self, work: Work, job: Job) -> Outcome:
        return _seen([work])


def _open_to_members(client: IMSClient, work: Work) -> None:
    """A plain Glance lets only images have members whose visibility is "shared" (403 else); IMS sees to it itself."""
    try:
        if client.images.get(work.image_id).visibility == "private":
            client.images.update(work.image_id, [replace("visibility", "shared")])
    except NotFound as error:
        raise ActionFailed(_("The image was deleted meanwhile.")) from error


def _members(client: IMSClient, work: Work) -> set[str]:
    try:
        return {member.member_id for member in client.members.list(work.image_id)}
    except NotFound as error:
        raise ActionFailed(_("The image was deleted meanwhile.")) from error
    except Forbidden:
        if client.capabilities.extension:
            raise
        return set()  # a Glance says so of an image whose visibility lets nobody be a member


def _seen(works: Sequence[Work]) -> Outcome:
    """The image says whether it is shared, its list of members with whom."""
    ids = tuple(work.image_id for work in works)
    return Outcome(changed=ids, members=ids)


def _begun(call: Any, works: Sequence[Work], project_ids: list[str]) -> Outcome:
    """`call`: of the client, with images and projects."""
    if not project_ids:
        return _seen(works)
    try:
        job_id = call([work.image_id for work in works], project_ids)
    except Refused as error:
        if error.code in BUSY:
            raise NotNow(str(error)) from error
        raise
    return Outcome(job_id=job_id) if job_id else _seen(works)


def _begun_together(call: Any, works: Sequence[Work]) -> Outcome:
    try:
        return _begun(call, works, list(works[0].parameters["project_ids"]))
    except (Refused, NotFound, Forbidden) as error:
        raise RefusedTogether(str(error)) from error


class Answer(Action):
    """{"status": "accepted" or "rejected"}: of an image that somebody shares with the project, at once for one (6.4.2),
    as a job for many (5.3.3)."""

    needs = (("6.4.2", "6.4.3"),)
    together = "5.3.3"

    def send(self, client: IMSClient, work: Work) -> Outcome:
        status = work.parameters["status"]
        client.members.answer(work.image_id, status)
        return Outcome(changed=(work.image_id,), member_status=status)

    def send_many(self, client: IMSClient, works: Sequence[Work]) -> Outcome:
        images, status = [work.image_id for work in works], works[0].parameters["status"]
        try:
            return Outcome(job_id=client.members.answer_many(images, status))
        except (NotFound, Forbidden) as error:
            raise RefusedTogether(str(error)) from error
        except Refused as error:
            if error.code in BUSY:
                raise NotNow(str(error)) from error
            raise RefusedTogether(str(error)) from error

    def ended(self, work: Work, job: Job) -> Outcome:
        return Outcome(changed=(work.image_id,), member_status=work.parameters["status"])
