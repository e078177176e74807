"""Creating an image: from what, then the fields that apply, then what will be asked of IMS, then the operation."""

from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.enums import ActKind
from images.forms.create import CreateForm
from images.forms.create_sources import SOURCES, Source
from images.rules.os_versions import OS_VERSIONS
from images.services.creating import Places, of_same_name, places_for
from images.services.operations import SubmitRefused, submit
from images.services.quotas import room_in


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """`from` names the source. A POST previews, with `confirm` it creates, with `change` it is the form again."""
    places = places_for(request.user)
    if not places.able and not places.unable and not request.user.is_staff:
        raise PermissionDenied(_("You may not create images in any project."))
    chosen = request.GET.get("from", "")
    if not chosen or not places.able:
        groups = [(title, list(members)) for title, members in groupby(SOURCES.values(), lambda one: one.group)]
        return render(request, "images/create.html", {"groups": groups, "where": places})
    if chosen not in SOURCES:
        raise Http404(_("There is no such source of images."))
    return _of(request, SOURCES[chosen], places)


def _of(request: HttpRequest, source: Source, places: Places) -> HttpResponse:
    form = CreateForm(request.POST if request.method == "POST" else None, source, places)
    if not form.is_bound:
        return _page(request, form, places, 200)
    if not form.is_valid():
        return _page(request, form, places, 422)
    if "change" in request.POST:
        return _page(request, form, places, 200)
    if "confirm" not in request.POST:
        return _preview(request, form)
    try:
        operation = submit(
            actor=request.user,
            kind=ActKind.CREATE,
            targets=[form.target],
            key=form.cleaned_data["key"],
            request_id=request.request_id,
        )
    except SubmitRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, places, 422)
    messages.success(request, _("Accepted: %(operation)s.") % {"operation": operation})
    return redirect("images:operation", operation.pk)


def _page(request: HttpRequest, form: CreateForm, places: Places, status: int) -> HttpResponse:
    context = {
        "form": form,
        "source": form.source,
        "where": places,
        "needed": [form[name] for name in form.needed],
        "words": [form[name] for name in form.words],
        "extra": [form[name] for name in form.extra],
        "versions": [version for versions in OS_VERSIONS.values() for version in versions],
    }
    return render(request, "images/create_form.html", context, status=status)


def _preview(request: HttpRequest, form: CreateForm) -> HttpResponse:
    entered = [(name, value) for name in form.fields for value in form.data.getlist(name)]
    facts = [
        (form[name].label, form[name].value())
        for name in (*form.needed, *form.words, *form.extra)
        if name != "project" and form.cleaned_data.get(name) not in (None, "", False)
    ]
    fields = form.asked_fields()
    room = room_in(form.place)
    context = {
        "room": room,
        "lacks": room.lacks(len(form.names)),
        "form": form,
        "source": form.source,
        "entered": entered,
        "facts": [(label, _("yes") if value in (True, "on") else value) for label, value in facts],
        "rows": fields.get("disks") or fields.get("data_images", []),
        "tags": fields.get("tags", []),
        "taken": of_same_name(request.user, form.place, form.names),
    }
    return render(request, "images/create_preview.html", context)
