"""What a page shows is for the person who is signed in, and for nobody who sits down after them.

One rule for every answer of a view: `Cache-Control: no-store`. Then neither a proxy nor the browser keeps it, and Back,
after signing out, asks again instead of showing it (Chromium drops such pages from its back/forward cache as soon as a
cookie changes, and signing out changes one). Static files are answered before this and keep their year.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control


class NoStoreMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_cache_control(response, no_store=True, private=True)
        return response
