"""The catalogue of tags: keys and values of all projects, how often they are used and how that trends, and what is
probably the same."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from images.cache.queries import index
from images.cache.queries.visibility import visible_projects_of
from images.core import charts, humanize
from images.core.http import page
from images.core.requests import SignedIn
from images.core.url_cache import cached_url
from images.operations.enums import ActionKind
from images.search.filters import text
from images.search.views.request import list_url
from images.tags.forms.catalogue import SHOWN, SIZE, SORTS, CatalogueState
from images.tags.queries.catalogue import Entry, catalogue
from images.tags.queries.trends import RECENT, Trend
from images.tags.tables.tabs import tag_tabs


@login_required
@require_safe
def tag_catalogue(request: SignedIn) -> HttpResponse:
    """The keys, or with `?key=` the values of one; `q`, `sort`, `show` and `page` choose among them."""
    snapshot = index.current()
    scope = visible_projects_of(request.user)
    state = CatalogueState.of(request.GET)
    entries = catalogue(snapshot, scope, state.key, timezone.now().date())
    if state.key and not entries:
        raise Http404(_("No image that you may see has this tag key."))
    found = state.chosen(entries)
    pages = max(1, -(-len(found) // SIZE))
    state = state.on_page(min(state.page, pages))
    shown = found[(state.page - 1) * SIZE : state.page * SIZE]
    context = {
        "key": state.key,
        "state": state,
        "in_use": sum(bool(entry.count) for entry in entries),
        "twins": sum(bool(entry.twin) for entry in entries),
        "found": len(found),
        "lines": [_line(entry, state.key) for entry in shown],
        "steps": _steps(state, pages),
        "sorts": [(name, label, name == state.sort) for name, (label, _order) in SORTS.items()],
        "shows": [(name, label, name == state.show) for name, (label, _wanted) in SHOWN.items()],
        "may": scope.may_operate,
        "tabs": tag_tabs("catalogue"),
    }
    return page(request, "tags/tag_catalogue.html", context, partial="found")


def _line(entry: Entry, key: str) -> dict[str, object]:
    """`url`: the images; `values`: what the key has; `merge`: the form that makes it one with its twin."""
    token = text.tag(key, entry.text) if key else text.tag(entry.text, "")
    query = urlencode({"q": token})
    return {
        "entry": entry,
        "url": list_url(query) if entry.count and (entry.text or not key) else "",
        "values": ""
        if key or not entry.count
        else f"{cached_url('images:tag_catalogue')}?{urlencode({'key': entry.text})}",
        "merge": _merge(entry, key, query) if entry.twin else "",
        "spark": charts.sparkline(entry.trend.counts) if entry.trend.moved else None,
        "trend": _in_words(entry.trend),
    }


def _in_words(trend: Trend) -> str:
    """As in +12 in 7 days; "" when nothing moved of late."""
    if not trend.recent:
        return ""
    sign = "+" if trend.recent > 0 else "−"
    said = ngettext("%(n)s in %(days)d day", "%(n)s in %(days)d days", RECENT)
    return said % {"n": f"{sign}{humanize.number(abs(trend.recent))}", "days": RECENT}


def _steps(state: CatalogueState, pages: int) -> Sequence[dict[str, object]]:
    """Links to the pages around this one; none when there is only one."""
    if pages == 1:
        return ()
    at = state.page
    near = sorted({1, *range(max(1, at - 2), min(pages, at + 2) + 1), pages})
    numbers = [
        {"label": humanize.number(number), "url": "" if number == at else _url(state, number), "current": number == at}
        for number in near
    ]
    before = {"label": _("Previous"), "url": _url(state, at - 1) if at > 1 else "", "rel": "prev"}
    after = {"label": _("Next"), "url": _url(state, at + 1) if at < pages else "", "rel": "next"}
    return (before, *numbers, after)


def _url(state: CatalogueState, number: int) -> str:
    return f"{cached_url('images:tag_catalogue')}?{state.on_page(number).query}"


def _merge(entry: Entry, key: str, query: str) -> str:
    """The steps, filled in: a key is renamed, a value changed."""
    step = (
        {"do_1": "change", "key_1": key, "value_1": entry.text, "to_1": entry.twin}
        if key
        else {"do_1": "rename", "key_1": entry.text, "to_1": entry.twin}
    )
    return f"{cached_url('images:act', ActionKind.TAG.value)}?{urlencode({'all': 'on', 'query': query, **step})}"
