"""Static files through an upgrade: code and collected files may be of different releases, and no page breaks over it.

- Each release writes a list of its own (which name has which digest), so that the one before goes on reading its own.
- A file that the list does not have is named without a digest instead of failing the page.
- What was collected after this process started is found, and what was never collected is served from the sources.
- A name with a digest of another release leads to this one's file, so that a page of a neighbour has its style.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

from console.version import VERSION

logger = logging.getLogger(__name__)
#: What Django puts between name and extension.
_DIGEST = re.compile(r"\.[0-9a-f]{12}(?=\.[^./]+$)")


class UsedStaticFiles(StaticFilesConfig):
    """Bootstrap's package brings forty variants, of which we use the minified ones. Hashing and compressing all of them
    took two thirds of the time of `collectstatic`, at each first start."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "bootstrap-*",
        "*.rtl.*",
        "bootstrap.css*",
        "bootstrap.esm*",
        "bootstrap.js*",
        "bootstrap.bundle.js*",
    ]


class ReleaseStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Names with a digest. In VAR_DIR the files are as private as all that lies there; elsewhere they are for everybody
    to read, whatever the umask, since a proxy hands them out (FILE_UPLOAD_PERMISSIONS)."""

    manifest_name = f"staticfiles-{VERSION}.json"

    def stored_name(self, name: str) -> str:
        try:
            return str(super().stored_name(name))
        except ValueError:
            logger.warning("%s was not collected for release %s: run manage.py upgrade", name, VERSION)
            return name

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name, compressed in super().compress_files(paths):
            Path(self.path(compressed)).chmod(settings.FILE_UPLOAD_PERMISSIONS)
            yield name, compressed


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # whitenoise has no types
    """WhiteNoise knows what was collected when the process started; this also finds the rest."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        url = request.path_info
        if not url.startswith(self.static_prefix):
            return self._answer(request)
        try:
            if url in self.files:
                return self._answer(request, self.files[url])
        except FileNotFoundError:  # cleared away since
            del self.files[url]
        return self._answer(request, self._found_late(url))

    def _answer(self, request: HttpRequest, file: Any = None) -> HttpResponse:
        """The file (whitenoise's own object) or, without one, what comes after this middleware."""
        answer: HttpResponse = self.get_response(request) if file is None else self.serve(file, request)
        return answer

    def get_static_url(self, name: str) -> str | None:
        """Of what is in the list of this release; WhiteNoise asks for every file that it finds."""
        listed: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
        return listed.get(name)

    def _found_late(self, url: str) -> Any:
        """Looked up each time: it happens while releases change, and strangers' wishes must not fill the memory."""
        if not self.url_is_canonical(url):
            return None
        name = url.removeprefix(self.static_prefix)
        for one in dict.fromkeys((name, _DIGEST.sub("", name))):
            for path in (Path(settings.STATIC_ROOT, one), finders.find(one)):
                if path and Path(path).is_file():
                    return self.get_static_file(str(path), self.static_prefix + one)
        return None
