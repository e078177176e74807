"""The catalogue of tags: keys and values of all projects, how often they are used, and what is probably the same."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from images.enums import ActKind
from images.filters import text
from images.places import place
from images.selectors import catalogue, index
from images.selectors.catalogue import Entry
from images.selectors.visibility import sight_of
from images.tables.tag_tabs import tag_tabs
from images.views.list import list_url


@login_required
@require_safe
def tag_catalogue(request: HttpRequest) -> HttpResponse:
    """The keys, or with `?key=` the values of one."""
    snapshot = index.current()
    sight = sight_of(request.user)
    seen = sight.images(snapshot)
    key = request.GET.get("key", "")
    found = catalogue.values(snapshot, seen, key) if key else catalogue.keys(snapshot, seen)
    if key and not found:
        raise Http404(_("No image that you may see has this tag key."))
    lines = [_line(entry, key) for entry in found]
    context = {"key": key, "lines": lines, "twins": sum(bool(one.twin) for one in found),
               "may": sight.may_operate, "tabs": tag_tabs("catalogue")}  # fmt: skip
    return render(request, "images/tag_catalogue.html", context)


def _line(entry: Entry, key: str) -> dict[str, object]:
    """`url`: the images; `values`: what the key has; `merge`: the form that makes it one with its twin."""
    token = text.tag(key, entry.text) if key else text.tag(entry.text, "")
    query = urlencode({"q": token})
    return {
        "entry": entry,
        "url": list_url(query) if entry.text or not key else "",
        "values": "" if key else f"{place('images:tag_catalogue')}?{urlencode({'key': entry.text})}",
        "merge": _merge(entry, key, query) if entry.twin else "",
    }


def _merge(entry: Entry, key: str, query: str) -> str:
    """The steps, filled in: a key is renamed, a value changed."""
    step = (
        {"do_1": "change", "key_1": key, "value_1": entry.text, "to_1": entry.twin}
        if key
        else {"do_1": "rename", "key_1": entry.text, "to_1": entry.twin}
    )
    return f"{place('images:act', ActKind.TAG.value)}?{urlencode({'all': 'on', 'query': query, **step})}"
