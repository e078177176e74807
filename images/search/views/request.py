"""What the address of a page about images asks for, and the address of the list."""

from django.http import QueryDict

from images.cache.queries import index
from images.cache.queries.visibility import visible_projects_of
from images.core.requests import SignedIn
from images.core.url_cache import cached_url
from images.search.filters import ImageFilter, ListState, ParsedState, read_state
from images.search.queries.matching import Matching
from images.search.queries.saved_views import preference_for


def read_request(request: SignedIn, params: QueryDict | None = None) -> tuple[ParsedState, Matching]:
    """What the URL asks for, and the images that match it for this person."""
    matching = Matching(ImageFilter(), index.current(), visible_projects_of(request.user))
    read = read_state(
        request.GET if params is None else params,
        known=matching.vocabulary.known(),
        preference=preference_for(request.user),
    )
    return read, Matching(read.state.filter, matching.snapshot, matching.scope, matching.now, matching.zone)


def list_url(query: str) -> str:
    return f"{cached_url('images:list')}?{query}" if query else cached_url("images:list")


def list_state(params: QueryDict) -> ListState:
    """The state in a form's hidden `query`, as the list itself wrote it there."""
    return read_state(QueryDict(params.get("query", ""))).state
