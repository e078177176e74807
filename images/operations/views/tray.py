"""The tray in the header: my operations under way and just ended, on every page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from images.core.http import page
from images.core.requests import SignedIn
from images.operations.queries.tray import tray_of
from images.operations.views.operations import FINISHED


@login_required
@require_safe
def tray(request: SignedIn) -> HttpResponse:
    """`seen`: the state that the header shows. 204 nothing new, 200 the tray as it is now, 286 nothing to follow.

    Without htmx: the list of one's own operations, which is what the tray is a short form of.
    """
    if not request.htmx:
        answer = redirect(f"{reverse('images:operations')}?whose=mine")
        patch_vary_headers(answer, ["HX-Request"])
        return answer
    seen = request.GET.get("seen", "-")
    now = tray_of(request.user, seen)
    if now.seen == seen:
        return HttpResponse(status=204)
    status = 200 if now.unfinished else FINISHED
    return page(request, "operations/tray.html", {"tray": now}, partial="answer", status=status)
