"""What a cloud of a configuration means here: accounts with their regions and the project that is to be managed.

Of the configuration we take what an account needs. What we cannot take is said in a sentence, with its place in the
file, and never guessed at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from images.clouds.enums import CredentialKind
from images.clouds.services.configuration.keys import Keys, remarks
from images.clouds.services.configuration.merging import EntryRefused, Merged, merged
from images.clouds.services.configuration.sources import Configuration
from images.clouds.services.connection import Connection
from images.ims import Scope

__all__ = ["Entry", "EntryRefused", "entries_of"]

_PEM: Final = "-----BEGIN "
_INTERFACES: Final = ("public", "internal", "admin")
#: keystoneauth's names of what nobody has to sit beside.
_KINDS: Final[dict[str, str]] = {
    "password": CredentialKind.PASSWORD,
    "v3password": CredentialKind.PASSWORD,
    "aksk": CredentialKind.ACCESS_KEY,
    "v3aksk": CredentialKind.ACCESS_KEY,
    "v3applicationcredential": CredentialKind.APPLICATION,
    "token": CredentialKind.TOKEN,
    "v3token": CredentialKind.TOKEN,
    "v3oidcpassword": CredentialKind.OIDC_PASSWORD,
    "v3oidcclientcredentials": CredentialKind.OIDC_CLIENT,
}
#: What would sign in somebody else, or reach another service, if it were left out.
_REFUSED: Final = ("trust_id", "system_scope", "passcode", "image_service_type", "image_service_name")


@dataclass(frozen=True, slots=True)
class Entry:
    """One account: how to sign in and what to manage. Empty `project` and `regions` mean all of them.

    `cloud`: its name in the configuration; `name`: that of the account, which differs where regions want accounts of
    their own. `remarks`: sentences about what is not used or not understood.
    """

    name: str
    cloud: str
    connection: Connection
    project: Scope
    regions: frozenset[str]
    remarks: Sequence[str] = ()


def entries_of(name: str, configuration: Configuration) -> list[Entry]:
    """The accounts that a cloud is: one, or one for each set of regions that sign in differently (`regions` with
    `values`, profiles with the region in their address). Raises EntryRefused."""
    entries = [_entry(name, configuration, one) for one in merged(name, configuration)]
    groups: dict[tuple[Connection, Scope], list[Entry]] = {}
    for one in entries:
        alike = replace(one.connection, region_name="") if one.connection.image_endpoint else one.connection
        groups.setdefault((alike, one.project), []).append(one)
    return [_together(name, group, alone=len(groups) == 1) for group in groups.values()]


def _together(name: str, group: Sequence[Entry], *, alone: bool) -> Entry:
    regions = frozenset(region for one in group for region in one.regions)
    first = group[0]
    if first.connection.image_endpoint and len(regions) > 1:
        raise EntryRefused(_("image_endpoint_override is in one region, and it names several."))
    called = name if alone else f"{name} {' '.join(sorted(regions))}"
    return replace(first, name=called[:100], regions=regions)


def _entry(name: str, configuration: Configuration, one: Merged) -> Entry:
    keys = Keys(name, configuration, one)
    for refused in _REFUSED:
        if keys.take(refused):
            raise keys.wrong(refused, _("it is not supported here"))
    if keys.take("identity_api_version").startswith("2"):
        raise keys.wrong("identity_api_version", _("the console speaks version 3 of Keystone"))
    if keys.take("image_api_version").startswith("1"):  # an old profile, for there is no such service any more
        keys.told(_("the console speaks version 2 of Glance"), "image_api_version")
    kind = _kind(keys)
    region = keys.take("image_region_name") or one.region
    endpoint = keys.take("image_endpoint_override", "image_endpoint")
    connection = Connection(
        auth_url=_auth_url(keys),
        kind=kind,
        **_names(kind, keys),
        **_tls(keys, configuration.folder),
        interface=_interface(keys),
        image_endpoint=endpoint,
        region_name=region if endpoint else "",
    )
    project = _project(keys)
    regions = frozenset({region} if region else ())
    return Entry(name, name, connection, project, regions, tuple(remarks(keys)))


def _kind(keys: Keys) -> str:
    wanted = keys.take("auth_type").lower() or "password"
    if wanted == "password" and keys.has("ak", "access_key"):
        wanted = "aksk"
    if wanted not in _KINDS:
        raise keys.wrong(
            "auth_type",
            _("%(kind)s is not supported. Known are %(known)s") % {"kind": wanted, "known": ", ".join(sorted(_KINDS))},
        )
    return _KINDS[wanted]


def _auth_url(keys: Keys) -> str:
    address = keys.take("auth_url")
    if not address:
        raise EntryRefused(_("auth_url is needed, and neither it nor a profile has one."))
    if "://" not in address:
        address = f"https://{address}"  # so the profile otc-swiss, and only TLS is safe to guess
    return re.sub(r"/v2\.0/?$", "", address.strip())


# --- who signs in ----------------------------------------------------------------------------------------------------
def _names(kind: str, keys: Keys) -> dict[str, Any]:
    match kind:
        case CredentialKind.ACCESS_KEY:
            return {"access_key": keys.need("ak", "access_key"), "secret": keys.need("sk", "secret_key")}
        case CredentialKind.APPLICATION:
            return _application(keys)
        case CredentialKind.TOKEN:
            return {"secret": keys.need("token")}
        case CredentialKind.OIDC_PASSWORD:
            user = {"username": keys.need("username", "user_name"), "secret": keys.need("password")}
            return {**user, **_oidc(keys), "client_secret": keys.take("client_secret")}
        case CredentialKind.OIDC_CLIENT:
            return {**_oidc(keys), "secret": keys.need("client_secret")}
        case _:
            return {**_user(keys), "secret": keys.need("password")}


def _user(keys: Keys) -> dict[str, str]:
    """By ID, which needs no domain, or by name in a domain, which is Default unless it is said."""
    user_id, name = keys.take("user_id"), keys.take("username", "user_name")
    if user_id:
        return {"user_id": user_id, "username": name, **_domain(keys)}
    return {"username": name or keys.need("username"), **_domain(keys)}


def _domain(keys: Keys) -> dict[str, str]:
    """The user's, as written: never the project's, in which another user of that name may be."""
    for prefix in ("user_", "default_", ""):
        by_id, by_name = keys.take(f"{prefix}domain_id"), keys.take(f"{prefix}domain_name")
        if by_id or by_name:
            return {"domain_id": by_id, "domain": "" if by_id else by_name}
    return {}


def _application(keys: Keys) -> dict[str, str]:
    found = {"secret": keys.need("application_credential_secret")}
    if by_id := keys.take("application_credential_id"):
        return {**found, "application_id": by_id}
    return {**found, "application_name": keys.need("application_credential_name"), **_user(keys)}


def _oidc(keys: Keys) -> dict[str, str]:
    kind = keys.take("access_token_type")
    if kind not in {"", "access_token"}:
        raise keys.wrong("access_token_type", _("only access_token is supported"))
    endpoint, discovery = keys.take("access_token_endpoint"), keys.take("discovery_endpoint")
    return {
        "identity_provider": keys.need("identity_provider"),
        "protocol": keys.need("protocol"),
        "client_id": keys.need("client_id"),
        "oidc_endpoint": endpoint,
        "oidc_discovery": discovery if endpoint else discovery or keys.need("access_token_endpoint"),
        "oidc_scope": keys.take("openid_scope", "scope"),
    }


def _project(keys: Keys) -> Scope:
    by_id, by_name = keys.take("project_id"), keys.take("project_name")
    domain_id = keys.take("project_domain_id") or keys.take("default_domain_id")
    domain = keys.take("project_domain_name") or keys.take("default_domain_name")
    if by_id or not by_name:
        return Scope(by_id)
    return Scope(project_name=by_name, project_domain="" if domain_id else domain, project_domain_id=domain_id)


# --- how to get there ------------------------------------------------------------------------------------------------
def _interface(keys: Keys) -> str:
    key = "image_interface" if keys.has("image_interface") else "interface"
    told = keys.value(key)
    names = list(told) if isinstance(told, Sequence) and not isinstance(told, str) else [told] if told else []
    found = [str(one).lower().removesuffix("url") for one in names]
    if set(found) - set(_INTERFACES):
        raise keys.wrong(key, _("an interface is public, internal or admin"))
    keys.take("interface")
    return ",".join(dict.fromkeys(found))


def _tls(keys: Keys, folder: Path | None) -> dict[str, Any]:
    insecure = _is_insecure(keys)
    return {
        "insecure": insecure,
        "ca_bundle": "" if insecure else _text(keys, "cacert", folder),
        "certificate": _text(keys, "cert", folder),
        "private_key": _text(keys, "key", folder),
    }


def _is_insecure(keys: Keys) -> bool:
    """`insecure` wins, as at openstacksdk, and a cacert is then not looked at, which is told."""
    verify = keys.value("verify")
    if verify not in (None, True, False) and str(verify).lower() != "true":
        raise keys.wrong("verify", _("it is neither true nor false"))
    insecure = verify is False or str(keys.value("insecure")).lower() == "true"
    if insecure and keys.has("cacert"):
        keys.told(_("certificates are not checked, so cacert is not looked at"), "cacert")
    return insecure


def _text(keys: Keys, key: str, folder: Path | None) -> str:
    """A certificate or key: its text, or the file of this machine that holds it. What comes from a browser may name
    no files: the console would read for people what they may not read themselves."""
    told = keys.take(key)
    if not told or told.lstrip().startswith(_PEM):
        return told
    if folder is None:
        raise keys.wrong(key, _("it is the path of a file, which is not read here. Put the text of the file there"))
    path = folder / Path(told).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise keys.wrong(key, _("%(path)s cannot be read: %(error)s") % {"path": path, "error": error}) from error
