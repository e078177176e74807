"""What every page needs to know. Whatever costs a query is lazy: fragments that never draw the header never ask."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from console import cookies
from console.no_mail import goes_out
from console.version import VERSION
from images.cache.queries.sync_indicator import sync_indicator_for
from images.core.registries import navigation
from images.core.url_cache import CACHED_URLS, cached_url

THEME_COOKIE = "theme"
THEMES = ("light", "dark")


@dataclass(frozen=True)
class NavigationItem:
    section: str
    label: str
    url: str


def console(request: HttpRequest) -> dict[str, object]:
    return {
        "version": VERSION,
        "request_id": getattr(request, "request_id", ""),
        "theme": theme_of(request),
        "section": section_of(request),
        "navigation": navigation_items(),
        "urls": CACHED_URLS,
        "mail_goes_out": goes_out(),
        "sync_indicator": SimpleLazyObject(lambda: sync_indicator_for(getattr(request, "user", None))),
    }


def theme_of(request: HttpRequest) -> str:
    """light or dark when the reader chose; empty: as their system has it."""
    chosen = cookies.read(request, THEME_COOKIE)
    return chosen if chosen in THEMES else ""


def section_of(request: HttpRequest) -> str:
    """The section to mark in the navigation; empty on pages that belong to none."""
    match = request.resolver_match
    if match is None or match.app_name != "images" or not match.url_name:
        return ""
    return navigation.section_of(match.url_name)


def navigation_items() -> list[NavigationItem]:
    return [NavigationItem(item.section, str(item.label), cached_url(item.url_name)) for item in navigation.items()]
