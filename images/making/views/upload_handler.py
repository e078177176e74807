"""A file of an ordinary form, written straight into the folder of staged files: nothing of it is held in memory."""

from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from images.making.models import Upload
from images.making.services.uploads import receiving
from images.operations.actions import staging

#: Bytes that the other fields of the form take at most.
OTHERS = 4096


class StagingHandler(FileUploadHandler):
    """Takes one file of at most what the service takes. What is too much is read and thrown away, for a browser whose
    connection is cut shows its own error instead of our words; `refusal` has them."""

    def __init__(self, request: HttpRequest, upload: Upload) -> None:
        super().__init__(request)
        self._upload = upload
        self._target: BinaryIO | None = None
        self._path: Path | None = None
        self.refusal = ""
        self._check(max(1, int(request.META.get("CONTENT_LENGTH") or 0) - OTHERS))

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.refusal:
            raise StopUpload(connection_reset=False)
        self._path = staging.new_part()
        self._target = self._path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._target is not None  # noqa: S101 # new_file came before
        self._check(start + len(raw_data))
        if self.refusal:
            raise StopUpload(connection_reset=False)
        self._target.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        assert self._target is not None  # noqa: S101 # as above
        self._target.close()
        return UploadedFile(name=self.file_name, size=file_size)

    def upload_interrupted(self) -> None:
        self.discard()

    @property
    def path(self) -> Path | None:
        """Where the file lies; None when none came."""
        return self._path

    def discard(self) -> None:
        """Nothing of it is left; nothing happens to a file that was moved."""
        if self._target is not None:
            self._target.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _check(self, size: int) -> None:
        try:
            receiving.check_size(self._upload.project, size)
        except receiving.UploadRefused as refusal:
            self.refusal = str(refusal)
