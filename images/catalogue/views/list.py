"""The list of images: one view, one template, one URL; the other URLs here are what the list needs beside itself."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template, render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from images.cache.queries import index
from images.cache.queries.freshness import Freshness, freshness
from images.cache.queries.sync_indicator import sync_indicator
from images.cache.queries.visibility import visible_projects_of
from images.catalogue.tables.list_actions import LIST_ACTIONS
from images.core import humanize
from images.core.requests import SignedIn
from images.core.url_cache import CACHED_URLS, cached_url
from images.operations.queries.progress import ActionProgress, open_actions, progress_mark
from images.search.filters import ImageFilter, ListState, ParsedState, Problem, read_state
from images.search.filters.fields import FIELDS
from images.search.filters.state import DENSITIES, SIZES, escaped
from images.search.queries import facets
from images.search.queries.completion import complete
from images.search.queries.listing import page_of
from images.search.queries.matching import Matching
from images.search.queries.saved_views import preference_for, views_for
from images.search.services import keep_preference
from images.search.tables import columns, pager, panel
from images.search.views.request import list_url, read_request
from images.tags.queries.policy import breaches_in

Context = dict[str, object]


def _list_acts() -> list[dict[str, object]]:
    return [{"action": one, "url": CACHED_URLS[one.url] if one.url else ""} for one in LIST_ACTIONS]


def _groups(state: ListState, matching: Matching) -> list[panel.Group]:
    """Remembered with the snapshot: whoever turns pages or comes back to a list has the same panel."""
    key = ("panel", matching.scope.key, state, matching.moment, get_language())
    return matching.snapshot.remembered.get(key, lambda: panel.groups(facets.counted(matching), state, matching))


@login_required
@require_safe
def image_list(request: SignedIn) -> HttpResponse:
    read, matching = read_request(request)
    context = _results(request, read, matching) | {"may_act": matching.scope.may_operate, "list_acts": _list_acts()}
    if wants_results(request):
        # The field somebody is typing in must not be replaced under their fingers
        context["typing"] = request.htmx.trigger == "search"
        response = render(request, "catalogue/list.html#answer", context)
        url = list_url(_typed_query(read) if context["typing"] or read.problems else read.state.query)
        response["HX-Replace-Url" if context["typing"] else "HX-Push-Url"] = url
    else:
        context.update(views=views_for(request.user), column_boxes=_column_boxes(read.state.columns, get_language()),
                       size_choices=SIZES, density_choices=DENSITIES)  # fmt: skip
        response = render(request, "catalogue/list.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@login_required
@require_safe
def facet(request: SignedIn, name: str) -> HttpResponse:
    """All values of one facet (`key`: of one tag key): a page of its own, and for htmx the group in the panel."""
    if name not in facets.BY_FACET:
        raise Http404(_("There is no such facet."))
    read, matching = read_request(request)
    key = request.GET.get("key", "")
    counted = facets.count(facets.BY_FACET[name], matching, within=key)
    group = panel.group(counted, read.state, matching, open_=True)
    context = {
        "group": group,
        "groups": [group],
        "state": read.state,
        "query_now": read.state.query,
        "list_url": cached_url("images:list"),
        "facet_url": cached_url("images:facet", "NAME"),
        "by_tag_url": cached_url("images:by_tag"),
        "words": _words(),
    }
    template = "search/facet.html#group" if request.htmx else "search/facet.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_required
@require_safe
def completion(request: SignedIn) -> HttpResponse:
    """Suggestions for the token at the cursor, as options of a listbox."""
    query = request.GET.get("text", "")
    cursor = request.GET.get("cursor", "")
    place = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 6 else len(query)
    found = complete(query, place, Matching(ImageFilter(), index.current(), visible_projects_of(request.user)))
    return render(request, "search/completion.html", {"completion": found})


@login_required
@require_safe
def query_help(request: SignedIn) -> HttpResponse:
    return render(request, "search/query_help.html", {"fields": FIELDS})


@login_required
@require_POST
def preference(request: SignedIn) -> HttpResponse:
    """Columns, page size and density as this person's own, then the list in them."""
    read = read_state(request.POST, preference=preference_for(request.user))
    keep_preference(user=request.user, state=read.state)
    return redirect(list_url(read.state.query))


def wants_results(request: SignedIn) -> bool:
    """htmx asks for the results region. Its links are boosted, so that being boosted does not mean a whole page here;
    a history restore does."""
    return bool(request.htmx) and request.htmx.target == "results" and not request.htmx.history_restore_request


def _results(request: SignedIn, read: ParsedState, matching: Matching) -> Context:
    state = read.state
    page = page_of(state, matching)
    state = state.turned(page.number)
    now = datetime.now(UTC)
    acts = open_actions(request.user, [row["pk"] for row in page.rows])
    names = names_of(matching, now)
    names.under_way = _drawn_acts(acts)
    return {
        "now_seen": progress_mark(acts),
        "state": state,
        "query_now": state.turned(1).query,
        "typed": read.typed,
        "problems": [_sentence(problem, read) for problem in (*read.problems, *matching.hints)],
        "page": page,
        "pager": pager.pager(page, state),
        "headings": columns.headings(state),
        "rows": columns.rendered_rows(page.rows, state, names),
        "shown_ids": ",".join(str(row["pk"]) for row in page.rows),
        "groups": _groups(state.turned(1), matching),
        "chips": panel.chips(state),
        "cleared": state.filtered(ImageFilter()).query,
        "asks_tags": state.filter.asks_tags,
        "nothing_yet": not matching.visible,
        "fresh": _fresh(freshness(matching.scope), now),
        "list_url": cached_url("images:list"),
        "facet_url": cached_url("images:facet", "NAME"),
        "by_tag_url": cached_url("images:by_tag"),
        "words": _words(),
        "sync_indicator": sync_indicator(
            [(one.published_at, one.synced_at, one.error) for one in matching.scope.projects], now
        ),
    }


def _drawn_acts(acts: Iterable[ActionProgress]) -> dict[int, SafeString]:
    """What is being done to the images of the page, in the words that polls replace later."""
    by_image: dict[int, list[ActionProgress]] = {}
    for one in acts:
        by_image.setdefault(one.image, []).append(one)
    return {image: render_to_string("catalogue/_row_now.html", {"acts": some}) for image, some in by_image.items()}


@lru_cache(maxsize=128)
def _column_boxes(shown: tuple[str, ...], _language: str) -> SafeString:
    """The boxes of the columns menu, drawn once for each choice of columns."""
    fragment = get_template("search/columns.jinja", using="jinja")
    return mark_safe(fragment.render({"column_choices": columns.choices(shown)}))  # noqa: S308 # Jinja escaped it


def names_of(matching: Matching, now: datetime) -> columns.RowContext:
    known = matching.vocabulary
    names = columns.RowContext(known.labels, known.region_names, timezone.get_current_timezone(), now)
    names.breaches = lambda pk: breaches_in(matching.snapshot).names_of_image(pk)
    return names


def _words() -> Context:
    """The words of the Jinja fragments, which know no translations of their own."""
    return {"table": _("Images"), "selected": _("Selected"), "more": _("All values"), "key_values": _("Values"),
            "by_tag": _("All, any, none of…")}  # fmt: skip


def _sentence(problem: Problem, read: ParsedState) -> Context:
    """The problem with a link to what was probably meant: the same typing with that one token spelled better."""
    if not problem.better or problem.token not in read.typed:
        return {"problem": problem, "query": None}
    typed = read.typed.replace(problem.token, problem.better, 1)
    return {"problem": problem, "query": read.state.with_text(escaped(typed))}


def _typed_query(read: ParsedState) -> str:
    """While somebody types, the URL holds what they typed, half-finished tokens included."""
    return read.state.with_text(escaped(read.typed))


def _fresh(fresh: Freshness, now: datetime) -> Context:
    zone = timezone.get_current_timezone()
    return {
        "projects": fresh.projects,
        "newest": humanize.ago(fresh.newest, now) if fresh.newest else "",
        "oldest": humanize.ago(fresh.oldest, now) if fresh.oldest else "",
        "newest_exact": humanize.exact(fresh.newest, zone) if fresh.newest else "",
        "waiting": fresh.waiting,
        "unreachable": [
            {"one": one, "since": humanize.exact(one.since, zone) if one.since else "",
             "shown": humanize.exact(one.synced_at, zone) if one.synced_at else ""}
            for one in fresh.unreachable
        ],
    }  # fmt: skip
