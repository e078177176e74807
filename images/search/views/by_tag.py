"""Find by tag without knowing how to spell it: a form that leads to the list."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from images.cache.queries.tags import keys_in_use
from images.core.requests import SignedIn
from images.search.forms.by_tag import ByTagForm
from images.search.views.request import list_url, read_request


@login_required
@require_safe
def by_tag(request: SignedIn) -> HttpResponse:
    """GET images/by-tag/?<the query of the list>; with `find` the form is read and leads to the list (422: it cannot be
    read). What else the search asks stays."""
    read, matching = read_request(request)
    data = request.GET if "find" in request.GET else None
    form = ByTagForm(read.state.filter, data)
    if data is not None and form.is_valid:
        return redirect(list_url(read.state.filtered(form.filter).query))
    context = {
        "form": form,
        "state": read.state,
        "kept": " ".join(map(str, form.kept)),
        "back": list_url(read.state.query),
        "tag_keys": keys_in_use(matching.snapshot, matching.visible),
    }
    return render(request, "tags/by_tag.html", context, status=200 if form.is_valid else 422)
