"""What every page needs to know. Whatever costs a query is lazy: fragments that never draw the header never ask."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from console.version import VERSION
from images.places import PLACES, place
from images.selectors.pulse import pulse_for

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
#: First word of a URL name → section of the navigation that it belongs to; all other names are about images.
_SECTIONS = {"account": "clouds", "accounts": "clouds", "project": "clouds", "projects": "clouds", "sync": "clouds"}
_SECTIONS |= {"tag": "tags", "home": "overview", "tile": "overview"}
_SECTIONS |= dict.fromkeys(("quotas", "quota"), "quotas")
_SECTIONS |= dict.fromkeys(("audit", "people", "person", "teams", "team", "me", "session"), "console")
_SECTIONS |= dict.fromkeys(("notices", "notice", "webhooks", "webhook", "delivery"), "console")
_SECTIONS |= {"reports": "reports", "report": "reports"}
_SECTIONS |= {"operations": "operations", "operation": "operations"}
_SECTIONS |= {"consents": "operations", "consent": "operations"}
_SECTIONS |= dict.fromkeys(("shared", "revoke", "partners", "partner", "recipient"), "sharing")


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
        "navigation": navigation(),
        "places": PLACES,
        "pulse": SimpleLazyObject(lambda: pulse_for(getattr(request, "user", None))),
    }


def theme_of(request: HttpRequest) -> str:
    """light or dark when the reader chose; empty: as their system has it."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def section_of(request: HttpRequest) -> str:
    """The section to mark in the navigation; empty on pages that belong to none."""
    match = request.resolver_match
    if match is None or match.app_name != "images" or not match.url_name or match.url_name == "components":
        return ""
    return _SECTIONS.get(match.url_name.split("_")[0], "images")


def navigation() -> list[NavigationItem]:
    return [
        NavigationItem("overview", _("Overview"), place("images:home")),
        NavigationItem("images", _("Images"), place("images:list")),
        NavigationItem("tags", _("Tags"), place("images:tag_catalogue")),
        NavigationItem("operations", _("Operations"), place("images:operations")),
        NavigationItem("sharing", _("Sharing"), place("images:shared_out")),
        NavigationItem("quotas", _("Quotas"), place("images:quotas")),
        NavigationItem("reports", _("Reports"), place("images:reports")),
    ]
