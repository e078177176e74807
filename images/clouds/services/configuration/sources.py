"""Where configuration comes from: a file of this machine, texts from a browser, the environment."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import platformdirs
from django.utils.translation import gettext as _

from images.clouds.services.configuration.files import Document, FileRefused, normal, read_file, read_text

_SUFFIXES: Final = (".yaml", ".yml", ".json")
#: Variables that choose a cloud and say nothing of one.
_SELECTORS: Final = frozenset(
    {"OS_CLOUD", "OS_REGION_NAME", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLOUD_NAME"}
)
#: Those of test programs, which no tool takes for configuration.
_NOT_OURS: Final = ("OS_TEST", "OS_STD", "OS_LOG")


@dataclass(frozen=True, slots=True)
class Configuration:
    """Clouds by name, as they were written. `secure`: what goes on top of them; `public`: profiles of one's own."""

    clouds: Mapping[str, Mapping[str, Any]] = field(repr=False)
    public: Mapping[str, Any] = field(repr=False)
    documents: Sequence[Document] = field(repr=False)
    #: Names of variables by the way to the key that each became.
    variables: Mapping[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def folder(self) -> Path | None:
        """Where relative paths begin; None: no file of this machine may be named."""
        return self.documents[0].folder if self.documents else Path()

    def place(self, cloud: str, *way: str) -> str:
        """Where a key of a cloud stands, for people; "" where nobody wrote it (a profile did)."""
        path = (cloud, *map(normal, way))
        if path in self.variables:
            return self.variables[path]
        places = (document.place(("clouds", *path)) for document in self.documents)
        return next((place for place in places if place), "")


def from_file(path: Path) -> Configuration:
    """A file, and secure.yaml and clouds-public.yaml beside it. Raises FileRefused."""
    return _put_together(read_file(path), _beside(path, "secure"), _beside(path, "clouds-public"))


def from_texts(text: str, secure: str = "", *, name: str = "clouds.yaml") -> Configuration:
    """What came from a browser: it may name no file of this machine. Raises FileRefused."""
    beside = read_text(secure, name="secure.yaml") if secure.strip() else None
    return _put_together(read_text(text, name=name), beside, None)


def usual() -> Configuration:
    """As OpenStack's tools find it: OS_CLIENT_CONFIG_FILE, this folder, ~/.config/openstack, /etc/openstack, and the
    OS_* variables as one more cloud. Of several files the first. Raises FileRefused."""
    environment = from_environment()
    path = _first("clouds", os.environ.get("OS_CLIENT_CONFIG_FILE"))
    if path is None:
        if environment.clouds:
            return environment
        places = ", ".join(str(folder / "clouds.yaml") for folder in _folders())
        raise FileRefused(_("There is no clouds.yaml at %(places)s. Give its path.") % {"places": places})
    secure = _first("secure", os.environ.get("OS_CLIENT_SECURE_FILE"))
    public = _first("clouds-public")
    found = _put_together(read_file(path), _read(secure), _read(public))
    both = found.clouds.keys() & environment.clouds.keys()
    if both:
        raise FileRefused(
            _("%(file)s has a cloud “%(name)s”, and OS_* variables describe one of that name. Set OS_CLOUD_NAME.")
            % {"file": path, "name": both.pop()}
        )
    clouds = {**found.clouds, **environment.clouds}
    return Configuration(clouds, found.public, found.documents, environment.variables)


def from_environment() -> Configuration:
    """The cloud that OS_* variables describe, if any do; called "envvars", or as OS_CLOUD_NAME says."""
    names = [name for name in os.environ if name.startswith("OS_") and not name.startswith(_NOT_OURS)]
    if not set(names) - _SELECTORS:
        return Configuration({}, {}, ())
    cloud = os.environ.get("OS_CLOUD_NAME") or "envvars"
    told = {name.removeprefix("OS_").lower(): name for name in names if name not in _SELECTORS - {"OS_REGION_NAME"}}
    values = {key: os.environ[name] for key, name in told.items()}
    return Configuration({cloud: values}, {}, (), {(cloud, key): name for key, name in told.items()})


def _put_together(clouds: Document, secure: Document | None, public: Document | None) -> Configuration:
    written = clouds.section("clouds")
    if not written and "clouds" not in clouds.content:
        raise FileRefused(_("%(file)s has no section “clouds”.") % {"file": clouds.name})
    on_top = secure.section("clouds") if secure else {}
    merged = {name: _merged(written.get(name), on_top.get(name, {})) for name in {**written, **on_top}}
    profiles = public.section("public-clouds") if public else {}
    return Configuration(merged, profiles, [document for document in (clouds, secure) if document])


def _merged(one: Any, other: Any) -> Any:
    """`other` on top of `one`, section by section."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return other if other or one is None else one
    result = dict(one)
    for key, value in other.items():
        result[key] = _merged(result[key], value) if isinstance(value, Mapping) and key in result else value
    return result


# --- where files are -------------------------------------------------------------------------------------------------
def _folders() -> list[Path]:
    """In the order of openstacksdk's loader, which looks them up once when it is imported."""
    known = platformdirs.PlatformDirs("openstack", "OpenStack", multipath=True)
    home = Path.home() / ".config" / "openstack"
    site = [Path(one) for one in known.site_config_dir.split(os.pathsep)]
    return list(dict.fromkeys([Path(), Path(known.user_config_dir), home, *site, Path("/etc/openstack")]))


def _candidates(stem: str) -> Iterator[Path]:
    return (folder / f"{stem}{suffix}" for folder in _folders() for suffix in _SUFFIXES)


def _first(stem: str, named: str | None = None) -> Path | None:
    if named:
        return Path(named)
    return next((path for path in _candidates(stem) if path.is_file()), None)


def _beside(path: Path, stem: str) -> Document | None:
    return _read(next((one for suffix in _SUFFIXES if (one := path.with_name(f"{stem}{suffix}")).is_file()), None))


def _read(path: Path | None) -> Document | None:
    return read_file(path) if path else None
