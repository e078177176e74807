"""URLs that never change while the process lives: looked up once, since a list names two dozen of them."""

from functools import cache

from django.urls import reverse


@cache
def place(name: str, *arguments: object) -> str:
    """reverse(name, args=arguments), remembered. Only for a handful of fixed arguments."""
    return reverse(name, args=arguments)
