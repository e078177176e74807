"""clouds.yaml, the configuration file of OpenStack's own tools: where it is looked for, and what an entry means here.

Of the file we take what an account needs. What we cannot take is said in a sentence, never guessed at.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from images.clouds.enums import CredentialKind
from images.clouds.services.discovery import Connection

_NAMES = ("clouds.yaml", "clouds.yml")
_SECURE = ("secure.yaml", "secure.yml")
_PASSWORD_TYPES = frozenset({"", "password", "v3password"})
_KEY_TYPES = frozenset({"", "aksk", "v3aksk"})


class FileRefused(Exception):
    """The file cannot be used as a whole; the message says why."""


class EntryRefused(Exception):
    """One cloud of the file cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One cloud: how to sign in and what to manage. Empty `projects` and `regions` mean all of them."""

    name: str
    connection: Connection
    projects: frozenset[str]
    regions: frozenset[str]


def find() -> Path:
    """The first file on the usual path: OS_CLIENT_CONFIG_FILE, here, ~/.config/openstack, /etc/openstack."""
    named = os.environ.get("OS_CLIENT_CONFIG_FILE")
    folders = [Path(), Path.home() / ".config" / "openstack", Path("/etc/openstack")]
    places = [Path(named)] if named else [folder / name for folder in folders for name in _NAMES]
    for place in places:
        if place.is_file():
            return place
    raise FileRefused(
        _("There is no clouds.yaml at %(places)s. Give its path.") % {"places": ", ".join(map(str, places))}
    )


def read(path: Path) -> dict[str, Mapping[str, Any]]:
    """The clouds of a file by name, with what secure.yaml beside it adds. Raises FileRefused."""
    clouds = _clouds(path)
    for name in _SECURE:
        beside = path.with_name(name)
        if beside.is_file():
            secure = _clouds(beside)
            clouds = {cloud: _merged(entry, secure.get(cloud, {})) for cloud, entry in clouds.items()}
    return clouds


def entry_of(name: str, cloud: Mapping[str, Any], folder: Path) -> Entry:
    """What a cloud of the file means here; `folder` is where relative paths begin. Raises EntryRefused."""
    auth = cloud.get("auth")
    if not isinstance(auth, Mapping):
        raise EntryRefused(_("it has no “auth” section."))
    if not auth.get("auth_url"):
        why = _("it relies on a vendor profile, which is not known here") if cloud.get("profile") else _("it has none")
        raise EntryRefused(_("auth_url is needed: %(why)s.") % {"why": why})
    if cloud.get("verify") is False:
        raise EntryRefused(_("verify: false would accept any certificate. Give the CA bundle as cacert instead."))
    endpoint, regions = str(cloud.get("image_endpoint_override") or ""), frozenset(_regions(cloud))
    connection = Connection(
        auth_url=str(auth["auth_url"]),
        ca_bundle=_bundle(cloud, folder),
        image_endpoint=endpoint,
        region_name=_region_of(endpoint, regions),
        **_credential(cloud, auth),
    )
    projects = (auth.get(key) for key in ("project_id", "project_name", "tenant_id", "tenant_name"))
    return Entry(name, connection, frozenset(str(one) for one in projects if one), regions)


def _credential(cloud: Mapping[str, Any], auth: Mapping[str, Any]) -> dict[str, str]:
    kind = str(cloud.get("auth_type") or "")
    access_key, secret_key = (_first(auth, *names) for names in (("ak", "access_key"), ("sk", "secret_key")))
    if access_key and secret_key and kind in _KEY_TYPES:
        return {"kind": CredentialKind.ACCESS_KEY.value, "access_key": access_key, "secret": secret_key}
    if kind not in _PASSWORD_TYPES:
        raise EntryRefused(
            _("auth_type %(kind)s is not supported: use a user with a password, or ak and sk.") % {"kind": kind}
        )
    username, password = _first(auth, "username", "user_name"), _first(auth, "password")
    if not username or not password:
        missing = "username" if not username else "password"
        raise EntryRefused(
            _("%(missing)s is missing (secure.yaml beside the file may hold it).") % {"missing": missing}
        )
    return {
        "kind": CredentialKind.PASSWORD.value,
        "username": username,
        "secret": password,
        "domain": _domain(auth),
    }


def _domain(auth: Mapping[str, Any]) -> str:
    name = _first(auth, "user_domain_name", "domain_name", "project_domain_name")
    by_id = _first(auth, "user_domain_id", "domain_id", "project_domain_id")
    if name or by_id in {"", "default"}:
        return name  # the domain whose ID is "default" is called Default, which is what an empty name means
    raise EntryRefused(_("it names the domain by its ID; give user_domain_name instead."))


def _bundle(cloud: Mapping[str, Any], folder: Path) -> str:
    if not cloud.get("cacert"):
        return ""
    path = folder / Path(str(cloud["cacert"])).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EntryRefused(_("cacert %(path)s cannot be read: %(error)s.") % {"path": path, "error": error}) from error


def _regions(cloud: Mapping[str, Any]) -> Iterator[str]:
    """`region_name`, or the list `regions` of names or of mappings with a name."""
    if cloud.get("region_name"):
        yield str(cloud["region_name"])
        return
    regions = cloud.get("regions")
    for region in regions if isinstance(regions, Sequence) and not isinstance(regions, str) else []:
        name = region.get("name") if isinstance(region, Mapping) else region
        if name:
            yield str(name)


def _region_of(endpoint: str, regions: frozenset[str]) -> str:
    """Of an endpoint by hand: the catalogue is not asked then, so the file alone knows."""
    if not endpoint:
        return ""
    if len(regions) > 1:
        raise EntryRefused(_("image_endpoint_override is in one region, and it names several."))
    return next(iter(regions), "")


def _first(auth: Mapping[str, Any], *names: str) -> str:
    return next((str(auth[name]) for name in names if auth.get(name)), "")


def _clouds(path: Path) -> dict[str, Mapping[str, Any]]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise FileRefused(_("%(path)s cannot be read: %(error)s.") % {"path": path, "error": error}) from error
    except yaml.YAMLError as error:
        # where, but not what: the line may hold a password
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise FileRefused(_("%(path)s%(where)s is not YAML.") % {"path": path, "where": where}) from error
    clouds = document.get("clouds") if isinstance(document, Mapping) else None
    if not isinstance(clouds, Mapping):
        raise FileRefused(_("%(path)s has no section “clouds”.") % {"path": path})
    return {str(name): cloud if isinstance(cloud, Mapping) else {} for name, cloud in clouds.items()}


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """`other` on top of `one`, section by section."""
    result = dict(one)
    for key, value in other.items():
        held = result.get(key)
        result[key] = _merged(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return result
