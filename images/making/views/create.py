"""Creating an image: from what, then the fields that apply, then what will be asked of IMS, then the operation."""

from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.core.os_versions import OS_VERSIONS
from images.core.requests import SignedIn
from images.making.forms.create import CreateForm
from images.making.forms.create_file import FileForm
from images.making.forms.sources import SOURCES, Source
from images.making.models import Upload
from images.making.services.creating import CreationProjects, of_same_name, places_for
from images.making.services.uploads import receiving
from images.operations.enums import ActionKind
from images.operations.services import SubmitRefused, submit
from images.operations.tables.asked import key_and_data_disks
from images.quotas.services.headroom import room_in


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: SignedIn) -> HttpResponse:
    """`from` names the source, others fill in its fields. A POST previews, with `confirm` it creates, with `change` it
    is the form again, with `more` a form with another row."""
    places = places_for(request.user, *{source.kind for source in SOURCES.values()})
    where = places[ActionKind.CREATE]
    if not where.able and not where.unable and not request.user.is_staff:
        raise PermissionDenied(_("You may not create images in any project."))
    chosen = request.GET.get("from", "")
    if chosen and chosen not in SOURCES:
        raise Http404(_("There is no such source of images."))
    source = SOURCES.get(chosen)
    if source is None or not places[source.kind].able:
        offered = [one for one in SOURCES.values() if places[one.kind].able]
        groups = [(title, list(members)) for title, members in groupby(offered, lambda one: one.group)]
        return render(request, "making/create.html", {"groups": groups, "where": where})
    return _of(request, source, places[source.kind])


def _of(request: SignedIn, source: Source, places: CreationProjects) -> HttpResponse:
    form_class = CreateForm if source.kind == ActionKind.CREATE else FileForm
    data = request.POST if request.method == "POST" else None
    form = form_class(data, source, places, request.GET.get("project", ""))
    if data is None:
        form.suggest(request.GET)
    if isinstance(form, FileForm) and not form.is_bound:
        _show_again(request, form)
    if not form.is_valid() or "change" in request.POST:
        return _page(request, form, places, 422 if form.errors else 200)
    if isinstance(form, FileForm) and source.kind == ActionKind.UPLOAD:
        return _begin_upload(request, form, places)
    if "confirm" not in request.POST:
        return _preview(request, form)
    try:
        operation = submit(
            actor=request.user,
            kind=source.kind,
            targets=[form.target],
            key=form.cleaned_data["key"],
            request_id=request.request_id,
        )
    except SubmitRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, places, 422)
    messages.success(request, _("Accepted: %(operation)s.") % {"operation": operation})
    return redirect("images:operation", operation.pk)


def _show_again(request: SignedIn, form: FileForm) -> None:
    """`upload` names one whose file has not come yet, to be changed."""
    try:
        asked = UUID(request.GET.get("upload", ""))
    except ValueError:
        return
    upload = Upload.objects.visible_to(request.user).filter(pk=asked, image=None).first()
    if upload is not None:
        form.show(upload)


def _begin_upload(request: SignedIn, form: FileForm, places: CreationProjects) -> HttpResponse:
    """The file comes on a page of its own, to which one can come back."""
    try:
        upload = receiving.begin(
            actor=request.user,
            project=form.place,
            name=form.names[0],
            fields=form.metadata,
            disk_format=form.cleaned_data["disk_format"],
            key=form.cleaned_data["key"],
        )
    except receiving.UploadRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, places, 422)
    return redirect("images:upload", upload.pk)


def _page(request: SignedIn, form: CreateForm, places: CreationProjects, status: int) -> HttpResponse:
    context = {
        "form": form,
        "source": form.source,
        "where": places,
        "needed": [form[name] for name in form.needed],
        "words": [form[name] for name in form.words],
        "extra": [form[name] for name in form.extra],
        "versions": [version for versions in OS_VERSIONS.values() for version in versions],
    }
    return render(request, "making/create_form.html", context, status=status)


def _preview(request: SignedIn, form: CreateForm) -> HttpResponse:
    entered = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
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
        "data_disks": key_and_data_disks() if fields.get("cmk_id") and fields.get("data_images") else "",
        "warnings": form.warnings,
        "taken": of_same_name(request.user, form.place, form.names),
    }
    return render(request, "making/create_preview.html", context)
