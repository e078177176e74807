"""Acts about the file of an image: upload, register, export (6.1.4, 5.1.6, 5.1.7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from images.ims import Conflict, IMSClient, Job, NotFound, Refused
from images.operations.actions.base import Action, ActionFailed, CannotTell, NotNow, Outcome, Work, state_of
from images.operations.actions.making import BUSY, Empty, images_of_name
from images.operations.actions.staging import digest_of, staged

#: A service that is still storing a file after this has lost it.
PATIENCE = timedelta(hours=2)


_EMPTY = Empty()


class FileAction(Action):
    """What gives an image its file. With {"fields": those of Metadata} the image is made first (6.1.6).

    Two calls, each written down before the next: whoever takes over after a crash knows which image is meant.
    """

    repeatable = False
    makes = True
    looks_back = True

    def send(self, client: IMSClient, work: Work) -> Outcome:
        image_id = _image_of(work)
        if image_id:
            return self.fill(client, work, image_id)
        return replace(_EMPTY.send(client, work), again=True)

    def look(self, client: IMSClient, work: Work) -> Outcome | None:
        image_id = _image_of(work)
        if image_id:
            return _filled(client, work, image_id)
        made = _EMPTY.look(client, work)
        if made is None:
            return None
        # after a restore of the database it may have its file, too
        filled = _filled(client, work, made.result["image_id"])
        return filled or replace(made, again=True)

    def known(self, client: IMSClient, work: Work) -> dict[str, Any]:
        name = self.name_of(work)
        return images_of_name(client, name) if name else {}

    def fill(self, client: IMSClient, work: Work, image_id: str) -> Outcome:
        """Raises what `send` does."""
        raise NotImplementedError

    def name_of(self, work: Work) -> str:
        """Of the image that the next call makes; "" once it is there, for then its ID tells it from others."""
        return "" if _image_of(work) else _EMPTY.name_of(work)


def _image_of(work: Work) -> str:
    return work.image_id or str(work.result.get("image_id") or "")


class Upload(FileAction):
    """{"file": name in the folder of staged files}: its bytes go to an image that waits for them. With {"digest",
    "chunk"} (operations/actions/staging.py) they are first held against what the browser had sent."""

    needs = (("6.1.4",),)
    slow = True

    def fill(self, client: IMSClient, work: Work, image_id: str) -> Outcome:
        path = staged(work.parameters["file"])
        if not path.is_file():
            raise ActionFailed(_("The uploaded file is no longer here. Upload it again."))
        digest = work.parameters.get("digest")
        if digest and digest_of(path, work.parameters["chunk"]) != digest:
            raise ActionFailed(_("The uploaded file was damaged while it waited here. Upload it again."))
        try:
            client.images.upload(image_id, path, progress=work.travel.note)
        except Conflict:
            if not work.was_lost:
                raise
            # our first call has arrived after all: what became of it is seen in the image
        # no look here: its failure would be taken for that of the upload
        return Outcome(later=True, changed=(image_id,))


class Register(FileAction):
    """{"image_url": "bucket:file"}: an object of OBS becomes the file of an image that waits for one."""

    needs = (("5.1.6",),)

    def fill(self, client: IMSClient, work: Work, image_id: str) -> Outcome:
        try:
            return Outcome(job_id=client.images.register(image_id, work.parameters["image_url"]))
        except Refused as error:
            if error.code in BUSY:
                raise NotNow(str(error)) from error
            raise

    def ended(self, work: Work, job: Job) -> Outcome:
        return Outcome(changed=(_image_of(work),))


def _filled(client: IMSClient, work: Work, image_id: str) -> Outcome | None:
    """None while the image still waits for its file: then nothing of ours has arrived."""
    try:
        image = client.images.get(image_id)
    except NotFound as error:
        raise ActionFailed(_("The image was deleted meanwhile.")) from error
    if image.status == "queued":
        return None
    if not image.usable and work.age > PATIENCE:
        raise CannotTell(_("The service has been storing the file for hours. Look at the image."))
    return state_of(client, image_id, killed=_("The service could not use the file: the image is killed."))


class Export(Action):
    """{"bucket_url": "bucket:file", "file_format", "quick"}.

    The same file again is the same effect; the service refuses a second export of an image while one is under way, and
    a file that is there already."""

    needs = (("5.1.7",),)
    looks_back = True

    def send(self, client: IMSClient, work: Work) -> Outcome:
        said = work.parameters
        quick = bool(said.get("quick"))
        file_format = None if quick else said.get("file_format") or "qcow2"
        try:
            return Outcome(
                job_id=client.images.export(work.image_id, said["bucket_url"], file_format=file_format, quick=quick)
            )
        except (Refused, Conflict) as error:
            if error.code in BUSY or (error.code == "IMG.0148" and work.was_lost):
                raise NotNow(str(error)) from error
            if error.code == "IMG.0070" and work.was_lost:
                return Outcome(result={"file": said["bucket_url"]})  # our first call, whose answer was lost, did it
            raise

    def ended(self, work: Work, job: Job) -> Outcome:
        return Outcome(result={"file": work.parameters["bucket_url"]})
