"""What is being done to an image, for its page: asked for again and again while there is something to follow."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from images.selectors.detail import visible_image
from images.selectors.progress import doing, seen_of
from images.views.http import page
from images.views.operations import FINISHED


@login_required
@require_safe
def image_now(request: HttpRequest, pk: int) -> HttpResponse:
    """`seen`: what the page shows. 204 nothing new, 200 the acts as they are now, 286 the image is gone.

    When an act has ended the page is loaded again: anything on it may have changed with it.
    """
    seen = request.GET.get("seen", "")
    found = doing(request.user, [pk])
    if found and seen_of(found) == seen:
        return HttpResponse(status=204)
    try:
        image = visible_image(request.user, pk)
    except Http404:
        if not request.htmx:
            raise
        return page(request, "images/detail_gone_now.html", {}, status=FINISHED)
    if seen_of(found) == seen:
        return HttpResponse(status=204)
    answer = page(request, "images/detail_now.html", {"image": image, "now": found, "now_seen": seen_of(found)})
    before = {mark.split(":")[1] for mark in seen.split("-") if mark.count(":") == 3}
    if before - {str(one.item) for one in found}:
        answer["HX-Refresh"] = "true"
    return answer
