"""CA bundles that people give for clouds whose certificates are not signed by a public authority."""

import hashlib
import os
import re
import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


class BundleRefused(Exception):
    """Not a bundle of certificates; the message says what is wrong."""


def checked(text: str) -> str:
    """The certificates in the text, and nothing else of it (people paste private keys). Raises BundleRefused."""
    certificates = _CERTIFICATE.findall(text)
    if not certificates:
        raise BundleRefused(
            _("There is no certificate in it. Paste the text of a PEM file, from -----BEGIN CERTIFICATE----- on.")
        )
    bundle = "\n".join(certificates) + "\n"
    try:
        ssl.create_default_context(cadata=bundle)
    except (ssl.SSLError, ValueError) as error:
        raise BundleRefused(_("A certificate in it is damaged: copy the whole PEM file again.")) from error
    return bundle


def verification(bundle: str) -> bool | str:
    """What the client takes as `verify`: True for the public authorities, or the path of a file with the bundle."""
    return str(_file_of(str(settings.VAR_DIR), bundle)) if bundle else True


@lru_cache(maxsize=64)
def _file_of(folder: str, bundle: str) -> Path:
    """Named by its content, so that it never has to change; written aside and renamed, for others may read it now."""
    digest = hashlib.sha256(bundle.encode()).hexdigest()[:32]
    path = Path(folder) / "ca" / f"{digest}.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(bundle)
        Path(aside).replace(path)
    return path
