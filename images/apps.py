import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = "Image Console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.urls import register_converter

        from console import private
        from images.core.ids import IdConverter
        from images.system import checks  # noqa: F401 # registers them
        from images.system.services.folders import private_paths

        register_converter(IdConverter, "id")
        for part in ("listeners", "tasks", "navigation", "audit_events", "notice_kinds"):
            modules_of_rooms(part)
        if sys.argv[1:2] != ["doctor"]:  # it tells what is open, and changes nothing
            private.mend(private_paths())


def modules_of_rooms(name: str) -> list[ModuleType]:
    """`images.<room>.<name>` of each room that has one, imported. What all rooms add to (URLs, tasks, …) is gathered by
    it, so that whoever adds to a room touches that room alone."""
    return [import_module(f"{room}.{name}") for room in rooms() if find_spec(f"{room}.{name}")]


def rooms() -> Iterator[str]:
    """Packages of images, by their dotted names."""
    package = import_module("images")
    yield from (f"images.{found.name}" for found in iter_modules(package.__path__) if found.ispkg)
