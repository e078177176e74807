"""Which addresses the console calls for people: a cloud, also one on private addresses, but no metadata service.

This is what can be said of the text of an address. Where a name really leads is checked by the client when it connects
(ims/connections.py), for a name may lead elsewhere a moment later. docs/adr/0005-outgoing-addresses.md.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from images.ims.addresses import is_blocked, leads_to, read


class AddressRefused(Exception):
    """The console does not call this address; the message says why and what to do."""


def check_address(address: str) -> str:
    """The address without blanks and slashes at its end. Raises AddressRefused."""
    bare = address.strip().rstrip("/")
    try:
        parts = urlsplit(bare)
        host, _port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise AddressRefused(_("“%(address)s” is not an address.") % {"address": bare[:100]}) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise AddressRefused(
            _("“%(address)s” is not an address. Give one such as https://iam.example.com/v3.") % {"address": bare[:100]}
        )
    if parts.username is not None or parts.query or parts.fragment or not bare.isprintable() or " " in bare:
        raise AddressRefused(_("The address must not hold a user, a question mark, a hash sign or blanks."))
    if is_blocked(host):
        raise AddressRefused(
            _("%(host)s is a link-local, multicast or metadata address, which the console never calls.")
            % {"host": host}
        )
    if parts.scheme == "http" and not may_be_plain(host):
        raise AddressRefused(
            _(
                "Passwords would travel in the clear to %(host)s. Give an address that begins with https://, or have"
                " the administrator of this console add the host to PLAIN_HTTP_HOSTS."
            )
            % {"host": host}
        )
    return bare


def cloud_of(auth_url: str) -> str:
    """What identifies a cloud: its IAM endpoint without version. Accounts of one cloud share its regions."""
    return auth_url.strip().rstrip("/").removesuffix("/v3")


def may_be_plain(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if "*" in settings.PLAIN_HTTP_HOSTS or host in settings.PLAIN_HTTP_HOSTS:
        return True
    ip = read(host)
    return ip is not None and all(one.is_loopback for one in leads_to(ip))
