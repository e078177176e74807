"""What is being done to images, for the pages that show them: asked for again and again while there is something to
follow."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from images.cache.queries.detail import visible_image
from images.catalogue.views.detail import frame_of
from images.catalogue.views.list import names_of
from images.core.http import page
from images.core.ids import id_of
from images.core.requests import SignedIn
from images.core.url_cache import cached_url
from images.operations.enums import ActionKind
from images.operations.queries.progress import (
    ActionProgress,
    ended_since,
    kinds_ended_since,
    open_actions,
    progress_mark,
)
from images.operations.views.operations import FINISHED
from images.search.filters.state import SIZES
from images.search.queries import listing
from images.search.tables.columns import rendered_rows
from images.search.views.request import read_request

#: Acts whose effect the page of an image shows without being loaded again, and the event that tells it.
_IN_PLACE = {ActionKind.TAG: "tags-ended", ActionKind.EDIT: "edit-ended"}
#: A longer number is no image, and no integer of the database either.


@login_required
@require_safe
def image_now(request: SignedIn, pk: int) -> HttpResponse:
    """`seen`: what the page shows. 204 nothing new, 200 the acts as they are now, 286 the image is gone.

    When an act has ended the page is loaded again: anything on it may have changed with it. After changes of tags and
    attributes only these and the page's head come anew.
    """
    seen = request.GET.get("seen", "")
    found = open_actions(request.user, [pk])
    if found and progress_mark(found) == seen:
        return HttpResponse(status=204)
    try:
        image = visible_image(request.user, pk)
    except Http404:
        if not request.htmx:
            raise
        return page(request, "catalogue/image_now_gone.html", {}, status=FINISHED)
    if progress_mark(found) == seen:
        return HttpResponse(status=204)
    context = {"image": image, "now": found, "now_seen": progress_mark(found)}
    ended = kinds_ended_since(seen, found)
    in_place = bool(ended) and ended.issubset(_IN_PLACE)
    if ActionKind.EDIT in ended and in_place:
        context |= frame_of(request, image) | {"with_head": True}
    answer = page(request, "catalogue/image_now.html", context)
    if ended:
        # a page that is loaded again takes what somebody is typing with it
        header, value = "HX-Refresh", "true"
        if in_place:
            header, value = "HX-Trigger", ", ".join(sorted(_IN_PLACE[kind] for kind in ended))
        answer[header] = value
    return answer


@login_required
@require_safe
def rows_now(request: SignedIn) -> HttpResponse:
    """The same for the list: `images` are those that it shows, the rest of the query is the list's own.

    Where nothing is under way any more the image's row comes anew, with what has become of it, or goes.
    """
    ids = [pk for pk in map(id_of, request.GET.get("images", "").split(",")) if pk]
    seen = request.GET.get("seen", "")
    found = open_actions(request.user, ids[: max(SIZES)])
    if found and progress_mark(found) == seen:
        return HttpResponse(status=204)
    again, gone = _again(request, ended_since(seen, found) & set(ids))
    query = request.GET.copy()
    query.pop("seen", None)
    context = {
        "now": [(image, list(acts)) for image, acts in groupby(sorted(found, key=_image), _image)],
        "again": again,
        "gone": gone,
        "seen": progress_mark(found),
        "address": f"{cached_url('images:rows_now')}?{query.urlencode()}",
    }
    return page(request, "catalogue/rows_now.html", context, status=200 if found else FINISHED)


def _image(one: ActionProgress) -> int:
    return one.image


def _again(request: SignedIn, ended: set[int]) -> tuple[Sequence[str], set[int]]:
    """Rows as they are now, and the images that are gone."""
    if not ended:
        return [], set()
    read, matching = read_request(request)
    there = sorted(image for image in ended if image in matching.visible)
    rows = listing.read(there, read.state.columns)
    drawn = rendered_rows(rows, read.state, names_of(matching, datetime.now(UTC)), again=True)
    return drawn, ended - {row["pk"] for row in rows}
