"""Making, changing, copying and deleting images (5.1.2 to 5.1.7, 5.4.1, 6.1.3, 6.1.5, 6.1.6)."""

from collections.abc import Iterable
from typing import Final

from images.ims.answers import Answer
from images.ims.errors import InvalidCall, NotFound
from images.ims.image import Image
from images.ims.jobs import job_id_of
from images.ims.listing import ImageLists, RawImage, raw_image_of
from images.ims.orders import Metadata, Order
from images.ims.patch import V20, V21, Change, body_of
from images.ims.transport import path_of

_PATHS: Final = {
    "5.1.3": "/v2/cloudimages/action",
    "5.1.4": "/v2/cloudimages/quickimport/action",
    "5.1.5": "/v1/cloudimages/wholeimages/action",
}


class ImageChanges(ImageLists):
    """Every verb that changes images. Those that return a job_id have only begun: see Jobs.wait."""

    def create(self, order: Order) -> str:
        """Begin to make an image from a server, a disk or a file: 5.1.3, 5.1.4 or 5.1.5 by the kind of order.

        Returns the job_id. Raises Refused with the code of the rule that was broken, NotOffered for a Glance. Never
        repeated once it was sent: after OutcomeUnknown look for an image of this name first.
        """
        path = _PATHS[order.operation]
        return job_id_of(self._service.send_json(order.operation, "POST", path, order.as_body()))

    def create_metadata(self, metadata: Metadata) -> Image:
        """An image without file, in status queued (POST /v2/images, 6.1.6)."""
        answer = self._service.send_json("6.1.6", "POST", "/v2/images", metadata.as_body())
        return self.read(answer)

    def update(self, image_id: str, changes: Iterable[Change], *, native: bool = False, media_type: str = V21) -> Image:
        """Change attributes; returns the image as it is now (5.1.2, or 6.1.3 when native).

        `media_type` V21 or V20 chooses the body of the native call. Raises NotFound, Forbidden, Conflict, Refused.
        """
        return self.read(self._patch(image_id, changes, native=native, media_type=media_type))

    def update_raw(self, image_id: str, changes: Iterable[Change], *, native: bool = False) -> RawImage:
        """`update` that returns the image as its exact bytes. Raises what `update` raises."""
        return raw_image_of(self._patch(image_id, changes, native=native, media_type=V21), image_id)

    def _patch(self, image_id: str, changes: Iterable[Change], *, native: bool, media_type: str) -> Answer:
        if media_type not in {V20, V21}:
            raise InvalidCall(f"{media_type!r} is not a patch format of images (6.1.3).")
        if native or not self._service.capabilities.extension:
            path = path_of("v2", "images", image_id)
            body = body_of(changes, media_type)
            return self._service.send_json("6.1.3", "PATCH", path, body, content_type=media_type)
        path = path_of("v2", "cloudimages", image_id)
        return self._service.send_json("5.1.2", "PATCH", path, body_of(changes, V21))

    def delete(self, image_id: str, *, delete_backup: bool | None = None) -> None:
        """Delete a private image for good (DELETE /v2/images/{image_id}, 6.1.5).

        `delete_backup` also deletes the backups of a full-ECS image; None sends no body. Raises NotFound, Forbidden
        for protected and foreign images, Refused.
        """
        path = path_of("v2", "images", image_id)
        try:
            if delete_backup is None:
                self._service.send_empty("6.1.5", "DELETE", path)
            else:
                self._service.send_json("6.1.5", "DELETE", path, {"delete_backup": delete_backup})
        except NotFound as error:
            # The first attempt was cut off and the second finds nothing: then the first did what was wanted.
            if not error.after_unknown:
                raise

    def register(self, image_id: str, image_url: str) -> str:
        """Fill an image made by create_metadata from bucket:file (PUT .../upload, 5.1.6). Returns the job_id.

        For files of 2 GB and more. Not repeated when its outcome is unknown, for each call starts a job.
        """
        path = path_of("v1", "cloudimages", image_id, "upload")
        body = {"image_url": image_url}
        return job_id_of(self._service.send_json("5.1.6", "PUT", path, body, repeatable=False))

    def export(self, image_id: str, bucket_url: str, *, file_format: str | None = None, quick: bool = False) -> str:
        """Write a private image to bucket:file (POST .../file, 5.1.7). Returns the job_id.

        `file_format` qcow2, vhd, zvhd or vmdk; with `quick` (needed above 128 GB) it must be left out.
        """
        if quick == (file_format is not None):
            raise InvalidCall("An export needs a file format, or is a fast export, which chooses its own (5.1.7).")
        body: dict[str, object] = {"bucket_url": bucket_url}
        body |= {"is_quick_export": True} if quick else {"file_format": file_format}
        path = path_of("v1", "cloudimages", image_id, "file")
        return job_id_of(self._service.send_json("5.1.7", "POST", path, body))

    def copy(self, image_id: str, name: str, *, description: str | None = None, cmk_id: str | None = None) -> str:
        """Replicate an image within the region, encrypted with `cmk_id` if given (5.4.1). Returns the job_id."""
        said = {"name": name, "description": description, "cmk_id": cmk_id}
        body = {key: value for key, value in said.items() if value is not None}
        path = path_of("v1", "cloudimages", image_id, "copy")
        return job_id_of(self._service.send_json("5.4.1", "POST", path, body))
