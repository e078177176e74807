"""openstacksdk's own loader puts together what belongs together: profiles, regions, older names of keys, domains.

It is given one cloud at a time, in memory, and after a look at it (ADR 19): it would fetch a profile that is an
address, and fill in `{…}` from anything it knows.
"""

import copy
import string
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from images.clouds.services.configuration.files import normal
from images.clouds.services.configuration.sources import Configuration

#: What a value may have filled in; profiles use the region's name.
_FILLED_IN: Final = frozenset({"region_name"})
#: Sections that the loader judges and that say nothing of images.
_NOT_OURS: Final = ("networks", "external_network", "internal_network", "metrics")


class EntryRefused(Exception):
    """One cloud cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A cloud in one region. `settings` as the loader has them, with older names replaced; `profile`: the vendor's."""

    region: str
    settings: Mapping[str, Any] = field(repr=False)
    profile: str = ""


def merged(name: str, configuration: Configuration) -> list[Merged]:
    """The cloud once for each of its regions; once without a name where it has none. Raises EntryRefused."""
    cloud = configuration.clouds[name]
    if not isinstance(cloud, Mapping):
        raise EntryRefused(_("it is no list of settings."))
    _check(cloud, configuration, name)
    profile, told = _profile_of(cloud, configuration, name)
    bare = {key: value for key, value in cloud.items() if normal(key) not in {*_NOT_OURS, "profile", "cloud"}}
    whole = _on_top(told, bare)
    regions = _regions(whole, configuration, name)
    return [Merged(region, _loaded(name, whole, region), profile) for region in regions]


# --- a look at it ----------------------------------------------------------------------------------------------------
def _check(cloud: Mapping[str, Any], configuration: Configuration, name: str) -> None:
    """What the loader would stumble over, or do what nobody meant."""
    if not isinstance(cloud.get("auth", {}) or {}, Mapping):
        raise EntryRefused(_at(_("“auth” is no list of settings."), configuration.place(name, "auth")))
    for way, text in _texts(cloud):
        if way[-1] == "password":
            continue  # the loader leaves it alone
        if way[0] == "auth" and way[-1] != "auth_url":
            continue
        if not _may_be_filled_in(text):
            what = _("%(key)s has braces, which would be filled in. Only {region_name} is.") % {"key": ".".join(way)}
            raise EntryRefused(_at(what, configuration.place(name, *way)))


def _texts(value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield way, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, (*way, normal(str(key))))
    elif isinstance(value, Sequence):
        for number, one in enumerate(value):
            yield from _texts(one, (*way, str(number)))


def _may_be_filled_in(text: str) -> bool:
    try:
        fields = {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return False
    return fields <= _FILLED_IN


def _profile_of(cloud: Mapping[str, Any], configuration: Configuration, name: str) -> tuple[str, Mapping[str, Any]]:
    """Name and settings of the vendor profile that it stands on; "" and nothing without one."""
    from openstack.config import vendors  # half a second, and 460 modules: only for whoever has such a file

    key = next((key for key in ("profile", "cloud") if cloud.get(key)), "")
    if not key:
        return "", {}
    wanted = str(cloud[key])
    if wanted in configuration.public:
        found = configuration.public[wanted]
    elif wanted in vendors.profiles():  # others that look like an address would be fetched
        found = vendors.get_profile(wanted)
        if found and found.get("profile") in vendors.profiles():
            found = vendors.get_profile(str(found["profile"]))
    else:
        found = None
    place = configuration.place(name, key)
    if not isinstance(found, Mapping):
        why = _("the profile “%(name)s” is not known here. Known are: %(known)s.")
        raise EntryRefused(_at(why % {"name": wanted, "known": ", ".join(sorted(vendors.profiles()))}, place))
    if found.get("status") == "shutdown":
        raise EntryRefused(_at(_("the cloud of the profile “%(name)s” exists no more.") % {"name": wanted}, place))
    # "profile" of a profile is the address of one, which the loader would fetch: some vendors keep nothing else here
    return wanted, {key: one for key, one in found.items() if normal(key) not in {*_NOT_OURS, "profile", "cloud"}}


def _on_top(told: Mapping[str, Any], cloud: Mapping[str, Any]) -> dict[str, Any]:
    """The cloud on top of its profile, as the loader does it: only `auth` is put together key by key."""
    whole = {**copy.deepcopy(dict(told)), **copy.deepcopy(dict(cloud))}
    auth = {**(told.get("auth") or {}), **(cloud.get("auth") or {})}
    return {**whole, "auth": copy.deepcopy(auth)}


def _regions(whole: Mapping[str, Any], configuration: Configuration, name: str) -> list[str]:
    """Names of its regions, in order; one without a name where it says none."""
    listed = whole.get("regions")
    if listed:
        if not isinstance(listed, list) or not all(map(_is_region, listed)):
            why = _("“regions” is a list of names, or of entries with “name” and “values”.")
            raise EntryRefused(_at(why, configuration.place(name, "regions")))
        return list(dict.fromkeys(str(one["name"] if isinstance(one, Mapping) else one) for one in listed))
    named = whole.get("region_name") or whole.get("region-name") or ""
    texts = map(str, named) if isinstance(named, list) else str(named).split(",")
    return [one.strip() for one in texts if one.strip()] or [""]


def _is_region(entry: Any) -> bool:
    if not isinstance(entry, Mapping):
        return bool(entry) and isinstance(entry, str | int)
    values = entry.get("values") or {}
    return bool(entry.get("name")) and set(entry) <= {"name", "values"} and isinstance(values, Mapping)


# --- the loader ------------------------------------------------------------------------------------------------------
def _loaded(name: str, whole: Mapping[str, Any], region: str) -> dict[str, Any]:
    """What openstacksdk makes of a cloud in a region. Nothing of it is read from files or the environment, and no
    plugin is made: what it wants may be asked from people."""
    from openstack.config.loader import OpenStackConfig

    one = {key: value for key, value in copy.deepcopy(dict(whole)).items() if normal(key) != "region_name"}
    one.pop("regions", None)
    if region:
        one["regions"] = [{"name": region, "values": _values(whole, region)}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is old-fashioned, in the words of a program
        try:
            loader = OpenStackConfig(load_yaml_config=False, load_envvars=False, override_defaults={"interface": None})
            loader.cloud_config = {"clouds": {name: one}}
            found: dict[str, Any] = loader.get_one(name, region_name=region, validate=False).config
        except Exception as error:  # it has no family of its own, and may quote what nobody should read
            raise EntryRefused(
                _("OpenStack's own loader does not understand it (%(error)s).") % {"error": type(error).__name__}
            ) from error
    return found


def _values(whole: Mapping[str, Any], region: str) -> dict[str, Any]:
    """What stands in `regions` for this region alone."""
    for entry in whole.get("regions") or ():
        if isinstance(entry, Mapping) and str(entry["name"]) == region:
            return dict(entry.get("values") or {})
    return {}


def _at(sentence: str, place: str) -> str:
    return f"{place}: {sentence}" if place else sentence
