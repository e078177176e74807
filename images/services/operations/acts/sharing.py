"""Acts about who sees an image: share, stop sharing, accept or reject (5.3, 6.4)."""

from django.utils.translation import gettext as _

from images.ims import IMSClient, Job, NotFound, Refused
from images.services.operations.acts.base import Act, ActFailed, NotNow, Outcome, Work
from images.services.operations.acts.making import BUSY


class Share(Act):
    """{"project_ids": […]}. Asked again, only those are added that are no members yet."""

    needs = (("5.3.2", "6.4.1"),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        wanted = list(work.parameters["project_ids"])
        missing = [one for one in wanted if one not in _members(client, work)] if work.was_lost else wanted
        return _begun(missing and client.members.share, work, missing)

    def ended(self, work: Work, job: Job) -> Outcome:
        return Outcome(changed=(work.image_id,))


class Unshare(Act):
    """{"project_ids": […]}."""

    needs = (("5.3.1", "6.4.5"),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        wanted = list(work.parameters["project_ids"])
        left = [one for one in wanted if one in _members(client, work)] if work.was_lost else wanted
        return _begun(left and client.members.unshare, work, left)

    def ended(self, work: Work, job: Job) -> Outcome:
        return Outcome(changed=(work.image_id,))


def _members(client: IMSClient, work: Work) -> set[str]:
    try:
        return {member.member_id for member in client.members.list(work.image_id)}
    except NotFound as error:
        raise ActFailed(_("The image was deleted meanwhile.")) from error


def _begun(call, work: Work, project_ids: list[str]) -> Outcome:  # type: ignore[no-untyped-def]
    if not project_ids:
        return Outcome(changed=(work.image_id,))
    try:
        job_id = call([work.image_id], project_ids)
    except Refused as error:
        if error.code in BUSY:
            raise NotNow(str(error)) from error
        raise
    return Outcome(job_id=job_id, changed=() if job_id else (work.image_id,))


class Answer(Act):
    """{"status": "accepted" or "rejected"}: of an image that somebody shares with the project (6.4.2)."""

    needs = (("6.4.2", "6.4.3"),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        status = work.parameters["status"]
        client.members.answer(work.image_id, status)
        return Outcome(changed=(work.image_id,), member_status=status)
