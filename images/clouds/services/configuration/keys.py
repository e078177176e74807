"""The settings of a cloud by name: what was taken of them, and where what is left stands."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from django.utils.translation import gettext as _

from images.clouds.services.configuration.files import normal
from images.clouds.services.configuration.merging import EntryRefused, Merged
from images.clouds.services.configuration.sources import Configuration

#: What the loader replaces by a newer name.
_NEWER: Final[dict[str, str]] = {
    "auth_plugin": "auth_type",
    "auth_token": "token",
    "cloud": "profile",
    "endpoint_type": "interface",
    "image_endpoint_type": "image_interface",
    "tenant_id": "project_id",
    "tenant_name": "project_name",
}
#: Taken by the loader, or sections whose content counts.
_ALWAYS: Final = frozenset({"auth", "profile", "region_name", "regions", "name", "values"})
#: About other services, or how often and how long a program of OpenStack tries.
_OF_SERVICES: Final = re.compile(
    r"has_\w+|(?!image_)\w+_(interface|endpoint_override|endpoint|service_type|service_name|region_name)"
    r"|\w+_(api_version|default_microversion|min_version|max_version|status_code_retries|status_code_retry_delay"
    r"|connect_retries|connect_retry_delay|retriable_status_codes|rate_limit|concurrency|timeout)"
)


class Keys:
    """Settings of a cloud in a region. Whoever takes one has understood it."""

    def __init__(self, cloud: str, configuration: Configuration, merged: Merged) -> None:
        self.cloud, self.region = cloud, merged.region
        self._configuration = configuration
        self._settings = merged.settings
        self._auth: Mapping[str, Any] = merged.settings.get("auth") or {}
        self.taken: set[str] = set()
        self.remarks: list[str] = []

    def value(self, name: str) -> Any:
        """As it is, of any type; what stands outside of `auth` wins, as at openstacksdk."""
        self.taken.add(name)
        for section in (self._settings, self._auth):
            if section.get(name) not in (None, ""):
                return section[name]
        return None

    def take(self, *names: str) -> str:
        """The first that is there, as text; "" for none."""
        found = [self.value(name) for name in names]
        return next((str(one) for one in found if one is not None), "")

    def has(self, *names: str) -> bool:
        return any(one.get(name) not in (None, "") for name in names for one in (self._settings, self._auth))

    def need(self, *names: str) -> str:
        """Raises EntryRefused, if it is not there."""
        found = self.take(*names)
        if not found:
            raise EntryRefused(_("%(key)s is missing (secure.yaml beside the file may hold it).") % {"key": names[0]})
        return found

    def wrong(self, name: str, why: str) -> EntryRefused:
        """The refusal of a setting, with its place."""
        return EntryRefused(f"{self.named(name)}: {why}.")

    def told(self, sentence: str, name: str) -> None:
        self.remarks.append(f"{self.named(name)}: {sentence}.")

    def named(self, name: str) -> str:
        """The setting and where it stands, under any of its names."""
        older = [old for old, new in _NEWER.items() if new == name]
        places = (self._place(way) for way in self._ways() if way[-1] in {name, *older})
        place = next((one for one in places if one), "")
        return f"{name} ({place})" if place else name

    def _place(self, way: Sequence[str]) -> str:
        return self._configuration.place(self.cloud, *way)

    def _ways(self) -> Iterator[tuple[str, ...]]:
        """The way to each key that somebody has written for this cloud and region; those of the region first."""
        cloud = self._configuration.clouds[self.cloud]
        listed = cloud.get("regions")
        for number, entry in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(entry, Mapping) and str(entry.get("name")) == self.region:
                yield from _below(entry.get("values") or {}, ("regions", str(number), "values"))
        yield from _below(cloud, ())

    def left(self) -> Iterator[tuple[str, str]]:
        """Keys that nobody took, with their places."""
        understood = {*self.taken, *_ALWAYS}
        for way in self._ways():
            if _NEWER.get(way[-1], way[-1]) not in understood:
                yield way[-1], self._place(way)


def _below(section: Mapping[str, Any], way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in section.items():
        name = normal(str(key))
        yield (*way, name)
        if name == "auth" and isinstance(value, Mapping):
            yield from _below(value, (*way, name))


def remarks(keys: Keys) -> Iterator[str]:
    """What is not used, in one sentence; and what is not understood, in one each. With places."""
    yield from keys.remarks
    idle: list[str] = []
    for key, place in dict(keys.left()).items():
        where = f"{key} ({place})" if place else key
        if key in _known() or _OF_SERVICES.fullmatch(key):
            idle.append(where)
        else:
            yield _not_understood(where, key)
    if idle:
        yield _("Not needed here: %(keys)s.") % {"keys": ", ".join(idle)}


def _not_understood(where: str, key: str) -> str:
    close = difflib.get_close_matches(key, _known(), 1, 0.8)
    if close:
        return _("Not understood, and not used: %(key)s. Is %(close)s meant?") % {"key": where, "close": close[0]}
    return _("Not understood, and not used: %(key)s.") % {"key": where}


@cache
def _known() -> frozenset[str]:
    """Settings that openstacksdk's own schema of the file names."""
    schema = json.loads(files("openstack.config").joinpath("schema.json").read_text(encoding="utf-8"))["$defs"]
    return frozenset({*schema["cloud"]["properties"], *schema["auth"]["properties"]})
