"""The answer of the service to the search's conditions on tags, beside the console's own."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from images.core.http import problem
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.search.views.request import list_url, read_request
from images.tags.services import check as tags_check


@login_required
@require_safe
@limited(Kind.CLOUD)
def check(request: SignedIn) -> HttpResponse:
    """GET images/tag-check/?<the query of the list>. Asks the service while somebody waits; changes nothing."""
    read, _matching = read_request(request)
    if read.problems:
        reasons = "; ".join(f"{one.token}: {one.reason}" for one in read.problems)
        return problem(request, 422, title=_("The search cannot be read"), text=reasons)
    context = {"back": list_url(read.state.query), "query": read.state.query, "search": read.state.filter.text}
    try:
        result = tags_check.check(actor=request.user, image_filter=read.state.filter)
    except tags_check.CannotBeAsked as refusal:
        return render(request, "tags/by_tag_check.html", context | {"refusal": str(refusal)}, status=422)
    answered = [one for one in result.checked if one.there is not None]
    more = {
        "result": result,
        "same": all(one.agrees for one in result.checked),
        "differing": any(not one.agrees for one in answered),
    }
    return render(request, "tags/by_tag_check.html", context | more)
