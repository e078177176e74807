"""Saved views: keep the list as it is, open it again, share it, rename it, delete it. Plain forms, each with a URL."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from images.core.requests import SignedIn
from images.search import services as catalogue
from images.search.forms.saved_views import SavedViewForm
from images.search.models import SavedView
from images.search.queries.saved_views import views_for
from images.search.services import NameTakenError
from images.search.views.request import list_state, list_url


@login_required
@require_safe
def saved_view_list(request: SignedIn) -> HttpResponse:
    return render(request, "catalogue/saved_views.html", {"views": views_for(request.user)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_add(request: SignedIn) -> HttpResponse:
    """`query` is the query string of the list to keep."""
    state = list_state(request.POST if request.method == "POST" else request.GET)
    form = SavedViewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            view = catalogue.save_view(owner=request.user, state=state, **form.cleaned_data)
        except NameTakenError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
            return redirect(list_url(view.query))
    return _form(request, form, {"query": state.turned(1).query, "filter": state.filter.text})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_change(request: SignedIn, pk: int) -> HttpResponse:
    view = _mine(request, pk)
    form = SavedViewForm(request.POST if request.method == "POST" else None,
                         initial={"name": view.name, "shared": view.shared})  # fmt: skip
    if form.is_valid():
        try:
            view = catalogue.change_view(view, **form.cleaned_data)
        except NameTakenError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("Changed “%(name)s”.") % {"name": view.name})
            return redirect("images:saved_views")
    return _form(request, form, {"view": view, "query": view.query})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_delete(request: SignedIn, pk: int) -> HttpResponse:
    """GET asks, POST deletes."""
    view = _mine(request, pk)
    if request.method == "POST":
        catalogue.delete_view(view)
        messages.success(request, _("Deleted “%(name)s”.") % {"name": view.name})
        return redirect("images:saved_views")
    return render(request, "catalogue/saved_view_delete.html", {"view": view})


def _mine(request: SignedIn, pk: int) -> SavedView:
    """Only the owner changes a view, also a shared one; for others it is not there."""
    return get_object_or_404(SavedView.objects.filter(owner=request.user), pk=pk)


def _form(request: SignedIn, form: SavedViewForm, context: dict[str, object]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "catalogue/saved_view_form.html", {"form": form, **context}, status=status)
