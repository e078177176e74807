"""The Jinja environment of the hot fragments: Django's urls and static files, autoescape on, nothing clever."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined


def environment(**options: Any) -> Environment:
    env = Environment(
        **{**options, "autoescape": True, "undefined": StrictUndefined}, trim_blocks=True, lstrip_blocks=True
    )  # autoescape is on
    env.globals.update(static=static, url=reverse)
    return env
