"""What the browser remembers of the reader's taste, in cookies: pages are right from the first byte, scripts or not."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from console import cookies
from images.system.context import THEME_COOKIE, THEMES

_YEAR = 365 * 86400


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark; anything else: as the system has it. Also for people who are not signed in."""
    wanted = request.POST.get("next", "")
    # a page of ours by its path, and never the name of a view, which redirect() would look up
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None)
    response = HttpResponseRedirect(wanted if safe else reverse("images:home"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            cookies.named(THEME_COOKIE),
            chosen,
            max_age=_YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    else:
        response.delete_cookie(cookies.named(THEME_COOKIE), samesite="Lax")
    return response
