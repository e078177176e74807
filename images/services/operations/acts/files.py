"""Acts about the file of an image: upload, register, export (6.1.4, 5.1.6, 5.1.7)."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from images.ims import Conflict, IMSClient, Job, NotFound, Refused
from images.services.operations.acts.base import Act, ActFailed, NotNow, Outcome, Work, state_of
from images.services.operations.acts.making import BUSY


class Upload(Act):
    """{"file": name in the folder of staged files}: its bytes go to an image that waits for them."""

    needs = (("6.1.4",),)
    repeatable = False

    def send(self, client: IMSClient, work: Work) -> Outcome:
        path = staged(work.parameters["file"])
        if not path.is_file():
            raise ActFailed(_("The uploaded file is no longer here. Upload it again."))
        client.images.upload(work.image_id, path)
        # no look here: its failure would be taken for that of the upload
        return Outcome(later=True, changed=(work.image_id,))

    def look(self, client: IMSClient, work: Work) -> Outcome | None:
        return _filled(client, work)


def staged(name: str) -> Path:
    """Where a file that came from a browser waits. Names are ours and never hold a folder."""
    return Path(settings.VAR_DIR) / "uploads" / Path(name).name


class Register(Act):
    """{"image_url": "bucket:file"}: an object of OBS becomes the file of an image that waits for one."""

    needs = (("5.1.6",),)
    repeatable = False

    def send(self, client: IMSClient, work: Work) -> Outcome:
        try:
            return Outcome(job_id=client.images.register(work.image_id, work.parameters["image_url"]))
        except Refused as error:
            if error.code in BUSY:
                raise NotNow(str(error)) from error
            raise

    def look(self, client: IMSClient, work: Work) -> Outcome | None:
        return _filled(client, work)

    def ended(self, work: Work, job: Job) -> Outcome:
        return Outcome(changed=(work.image_id,))


def _filled(client: IMSClient, work: Work) -> Outcome | None:
    """None while the image still waits for its file: then nothing of ours has arrived."""
    try:
        image = client.images.get(work.image_id)
    except NotFound as error:
        raise ActFailed(_("The image was deleted meanwhile.")) from error
    if image.status == "queued":
        return None
    return state_of(client, work.image_id, killed=_("The service could not use the file: the image is killed."))


class Export(Act):
    """{"bucket_url": "bucket:file", "file_format", "quick"}.

    The same file again is the same effect; the service refuses a second export of an image while one is under way, and
    a file that is there already."""

    needs = (("5.1.7",),)

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
