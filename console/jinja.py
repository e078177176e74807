"""The Jinja environment of the hot fragments: Django's urls and static files, autoescape on, nothing clever."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined
from jinja2.ext import Extension

from console.templates import lean


class Lean(Extension):
    """Their layout is not sent either."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return lean(source)


def environment(**options: Any) -> Environment:
    options |= {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    options["extensions"] = [Lean]
    env = Environment(**options)  # noqa: S701 # autoescape is on, two words above
    env.globals.update(static=static, url=reverse)
    return env
