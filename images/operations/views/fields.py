"""The attributes of one image, each changed in its place on the image's page; without scripts on a page of its own.

Addresses name the attribute as the image's service spells it (`?name=`); without a name they are about a new one.
"""

import uuid
from collections.abc import Callable, Sequence

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access.permissions import check_can_operate
from images.cache.models.image import Image
from images.cache.queries.detail import visible_image
from images.cache.queries.dialects import dialect_of
from images.core.http import key_of, page, wants_partial
from images.core.ids import id_of
from images.core.requests import SignedIn
from images.operations.enums import ActionKind
from images.operations.forms.edit_one import FieldForm, NotChangeable
from images.operations.models.operation import Operation, OperationItem
from images.operations.queries.image_edits import PendingEdits, pending_edits
from images.operations.rules.edit_changes import as_text
from images.operations.services import SubmitRefused, in_place
from images.operations.services.selection import why_not
from images.operations.tables.fields import fixed_of, in_words, row_of, rows_of

Context = dict[str, object]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def field(request: SignedIn, pk: int) -> HttpResponse:
    """422 for what cannot be, 409 when somebody else changed the attribute meanwhile: both keep the typing. `?typed=`
    fills the field in."""
    image = visible_image(request.user, pk)
    reason = _why_not(request, image)
    if reason:
        raise PermissionDenied(reason)
    edits = pending_edits(image)
    form = _form(request, image, edits)
    if not form.is_bound:
        return _form_page(request, image, edits, form)
    if not form.is_valid():
        return _form_page(request, image, edits, form, status=422)
    if form.conflicts:
        return _form_page(request, image, edits, form, status=409)
    changes = form.changes()
    try:
        in_place.change(
            actor=request.user,
            kind=ActionKind.EDIT,
            image=image,
            parameters={"changes": changes},
            key=form.cleaned_data["key"],
            request_id=request.request_id,
        )
    except SubmitRefused as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, image, edits, form, status=422)
    name = _name(request)
    return _done(request, image, name or changes[0]["attribute"], new=not name)


@login_required
@require_safe
def field_now(request: SignedIn, pk: int) -> HttpResponse:
    """The attribute as it is now; 204 when the page shows it so (`seen`). `leave`: the cursor goes to the opener."""
    image = visible_image(request.user, pk)
    edits, name = pending_edits(image), _name(request)
    if name and request.GET.get("seen") == edits.of(name).mark:
        return HttpResponse(status=204)
    if not wants_partial(request):
        return redirect("images:detail", image.pk)
    return _row_page(request, image, edits, name, focus="leave" in request.GET)


@login_required
@require_POST
def field_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Takes back what one operation did to this attribute of the image."""
    image = visible_image(request.user, pk)
    if image.project is not None:
        check_can_operate(request.user, image.project)
    number, name = request.POST.get("operation", ""), _name(request)
    known = Operation.objects.visible_to(request.user).filter(kind=ActionKind.EDIT)
    operation = get_object_or_404(known, pk=id_of(number))
    last = pending_edits(image).of(name).last
    try:
        in_place.undo(
            actor=request.user,
            operation=operation,
            image=image,
            attribute=last.change.attribute if last else name,
            key=key_of(request),
            request_id=request.request_id,
        )
    except SubmitRefused as refusal:
        return _row_page(request, image, pending_edits(image), name, focus=True, refused=str(refusal), status=422)
    return _done(request, image, name)


@login_required
@require_safe
def fields(request: SignedIn, pk: int) -> HttpResponse:
    """All attributes as they are now, for a page that shows them already."""
    image = visible_image(request.user, pk)
    if not wants_partial(request):
        return redirect("images:detail", image.pk)
    context = fields_of(request, image, _why_not(request, image))
    return page(request, "catalogue/tabs/attributes.html", context, partial="facts")


def fields_of(request: SignedIn, image: Image, reason: str, recent: Sequence[OperationItem] | None = None) -> Context:
    """What the attributes on the page of an image need to know. `reason`: why nobody changes them here, or ""."""
    edits = pending_edits(image, recent)
    groups = rows_of(image.attributes, _link(image), edits, dialect=dialect_of(image.project), may_edit=not reason)
    return {
        "image": image,
        "groups": groups,
        "fixed": {} if reason else fixed_of(groups),
        "may_edit": not reason,
        "field_undo_key": uuid.uuid4().hex,
    }


def _why_not(request: SignedIn, image: Image) -> str:
    return why_not(actor=request.user, kind=ActionKind.EDIT, image=image)


def lasting(region: str, image_id: str) -> str:
    """The address of an image by IMS's own ID; empty for an ID that fits in no address."""
    try:
        return reverse("images:by_id", args=[region, image_id])
    except NoReverseMatch:
        return ""


def _form(request: SignedIn, image: Image, edits: PendingEdits) -> FieldForm:
    data = request.POST if request.method == "POST" else None
    typed = request.GET.get("typed", "")
    try:
        return FieldForm(data, edits.expected, name=_name(request), dialect=dialect_of(image.project), typed=typed)
    except NotChangeable as error:
        raise Http404(_("The image has no such attribute that could be changed.")) from error


def _form_page(
    request: SignedIn, image: Image, edits: PendingEdits, form: FieldForm, status: int = 200
) -> HttpResponse:
    context: Context = {"form": form, "name": _name(request), "image": image}
    if form.only:
        name = form.attribute_name
        row = row_of(name, image.attributes, _link(image), edits, dialect=dialect_of(image.project))
        now = as_text(edits.expected.get(name))
        context |= {"row": row, "now": in_words(name, now), "held": now}
        if status == 409:
            seen = form.before[form.only]
            context |= {"conflict": True, "seen": in_words(name, seen), "mine": in_words(name, form.typed_text)}
    return page(request, "catalogue/field.html", context, partial="place", status=status)


def _done(request: SignedIn, image: Image, name: str, *, new: bool = False) -> HttpResponse:
    if not wants_partial(request):
        return redirect("images:detail", image.pk)
    return _row_page(request, image, pending_edits(image), name, focus=True, new=new)


def _row_page(
    request: SignedIn, image: Image, edits: PendingEdits, name: str, *, status: int = 200, **more: object
) -> HttpResponse:
    reason = _why_not(request, image)
    context: Context = {"image": image, "name": name, "may_edit": not reason, "field_undo_key": uuid.uuid4().hex}
    if name:
        context["row"] = row_of(name, image.attributes, _link(image), edits, dialect=dialect_of(image.project))
    return page(request, "catalogue/field.html", context | more, partial="place", status=status)


def _name(request: SignedIn) -> str:
    return request.GET.get("name", "")[:255].replace("\0", "")


def _link(image: Image) -> Callable[[str], str]:
    return lambda image_id: lasting(image.region.name, image_id)
