"""The tiles of the first page as data, ordered by need: what waits for a person comes first.

Each is built by one function from a `Look`, asks for what it alone needs, and may fail without the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images.access.permissions import is_console_administrator
from images.dashboard.tables import changes, console, quotas, stock, work
from images.dashboard.tables.look import Content, Reader


@dataclass(frozen=True, slots=True)
class Tile:
    """`template` draws its content; `wide`: over the whole width; `staff`: for administrators of the console."""

    name: str
    title: str | Promise
    icon: str
    build: Callable[[Reader], Content]
    template: str = "dashboard/_lines.html"
    wide: bool = False
    staff: bool = False


TILES: Mapping[str, Tile] = {
    tile.name: tile
    for tile in (
        Tile("approvals", _("Waiting for you"), "inbox-arrow-down", work.approvals),
        Tile("operations", _("Operations"), "bolt", work.operations),
        Tile("console", _("The console itself"), "wrench-screwdriver", console.console, staff=True),
        Tile("quotas", _("Quotas"), "scale", quotas.quotas),
        Tile("projects", _("Projects"), "arrow-path", stock.projects),
        Tile("policy", _("Tag policies"), "tag", stock.policy),
        Tile("changes", _("Recent changes"), "clock", changes.changes),
        Tile("images", _("Images"), "chart-bar", stock.images, "dashboard/_charts.html", wide=True),
    )
}


def tiles_for(user: User) -> list[Tile]:
    """Those that this person has, in order."""
    return [tile for tile in TILES.values() if not tile.staff or is_console_administrator(user)]
