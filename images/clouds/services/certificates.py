"""Certificates that people give: those that sign a cloud's own, when no public authority did, and one that says who we
are.

Both are text in the database, so that every web process and worker has them.
"""

import hashlib
import os
import re
import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from images.ims import Trust, Verify

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END (?:[A-Z]+ )?PRIVATE KEY-----")


class BundleRefused(Exception):
    """Not a bundle of certificates; the message says what is wrong."""


class KeyRefused(Exception):
    """Not the key of the certificate; the message says what is wrong."""


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


def checked_pair(certificate: str, key: str) -> tuple[str, str]:
    """Certificate and key by which we sign in; the key may stand in the text of the certificate, as many tools write
    it. Raises BundleRefused and KeyRefused."""
    chain = checked(certificate)
    found = _KEY.search(key) or _KEY.search(certificate)
    if found is None:
        encrypted = "ENCRYPTED" in key or "ENCRYPTED" in certificate
        raise KeyRefused(
            _("The key is encrypted with a passphrase. Give it without one; it is stored encrypted here.")
            if encrypted
            else _("There is no key in it. Paste the text of a PEM file, from -----BEGIN PRIVATE KEY----- on.")
        )
    try:
        Trust(certificate=chain, key=found[0]).context()
    except ValueError as error:
        raise KeyRefused(_("The key does not belong to the certificate, or it is damaged.")) from error
    return chain, found[0] + "\n"


def verification(bundle: str, *, insecure: bool = False, certificate: str = "", private_key: str = "") -> Verify:
    """What the client takes as `verify`: whom it believes, and as whom it presents itself."""
    believed: bool | str = not insecure
    if bundle and not insecure:
        believed = str(_file_of(str(settings.VAR_DIR), bundle))
    return Trust(believed, certificate, private_key) if certificate else believed


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
