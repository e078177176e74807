"""The first page: what needs doing, over all projects. Each tile has a URL of its own and may fail alone."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from console import cookies
from console.middleware import TIME_ZONE_COOKIE
from images.core.http import wants_partial
from images.core.requests import SignedIn
from images.dashboard.tables import Tile, tiles_for
from images.dashboard.tables.look import Reader

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RenderedTile:
    """A tile as HTML; `failed`: it says only that it could not be told."""

    tile: Tile
    html: str
    failed: bool = False


@login_required
@require_safe
def dashboard(request: SignedIn) -> HttpResponse:
    """A browser with JavaScript (its cookie says so) gets the frame at once and fetches the tiles one by one; any other
    gets them in the page."""
    tiles = tiles_for(request.user)
    if cookies.read(request, TIME_ZONE_COOKIE) and "whole" not in request.GET:
        response = render(request, "dashboard/home.html", {"waiting": tiles})
    else:
        look = Reader(request.user, datetime.now(UTC))
        response = render(request, "dashboard/home.html", {"drawn": [_drawn(request, tile, look) for tile in tiles]})
    patch_vary_headers(response, ["Cookie"])
    return response


@login_required
@require_safe
def tile(request: SignedIn, name: str) -> HttpResponse:
    """One tile: for htmx alone, else on a page. 500 when it failed; htmx puts that, too, where the tile belongs."""
    shown = next((tile for tile in tiles_for(request.user) if tile.name == name), None)
    if shown is None:
        raise Http404(_("There is no such tile."))
    drawn = _drawn(request, shown, Reader(request.user, datetime.now(UTC)))
    status = 500 if drawn.failed else 200
    if wants_partial(request):
        response = HttpResponse(drawn.html, status=status)
        if drawn.failed:
            response["HX-Retarget"], response["HX-Reswap"] = f"#tile-{name}", "outerHTML"
    else:
        response = render(request, "dashboard/home.html", {"drawn": [drawn], "alone": shown}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _drawn(request: SignedIn, tile: Tile, look: Reader) -> RenderedTile:
    """Whatever goes wrong in one tile is told in its place: the others are needed all the more then."""
    try:
        content = tile.build(look)
        return RenderedTile(tile, render_to_string(tile.template, {"tile": tile, "content": content}, request))
    except Exception:  # whatever a tile stumbles over: logged here, told in its place
        logger.exception("tile %s of the dashboard failed", tile.name)
        return RenderedTile(tile, render_to_string("dashboard/_failed.html", {"tile": tile}, request), failed=True)
