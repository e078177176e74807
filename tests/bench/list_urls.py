"""The console, and a signed-in view that only returns bytes: the floor of bench_list."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from console import urls

handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500


@cache
def _bytes(name: str) -> bytes:
    return Path(settings.VAR_DIR, f"floor-{name}").read_bytes()


@login_required
def floor(request: HttpRequest, name: str) -> HttpResponse:
    """What the list answered, as bytes; `request.user` is looked up as in every signed-in view."""
    if not request.user.is_active:
        return HttpResponse(status=403)
    return HttpResponse(_bytes(name))


urlpatterns = [*urls.urlpatterns, path("floor/<slug:name>/", floor)]
