"""The answer of the service to the search's conditions on tags, beside the console's own."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from images.services import tag_check
from images.views.http import problem
from images.views.list import asked, list_url


@login_required
@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """GET images/tag-check/?<the query of the list>. Asks the service while somebody waits; changes nothing."""
    read, _matching = asked(request)
    if read.problems:
        reasons = "; ".join(f"{one.token}: {one.reason}" for one in read.problems)
        return problem(request, 422, title=_("The search cannot be read"), text=reasons)
    context = {"back": list_url(read.state.query), "query": read.state.query, "search": read.state.filter.text}
    try:
        result = tag_check.check(actor=request.user, image_filter=read.state.filter)
    except tag_check.CannotBeAsked as refusal:
        return render(request, "images/tag_check.html", context | {"refusal": str(refusal)}, status=422)
    answered = [one for one in result.checked if one.there is not None]
    more = {
        "result": result,
        "same": all(one.agrees for one in result.checked),
        "differing": any(not one.agrees for one in answered),
    }
    return render(request, "images/tag_check.html", context | more)
