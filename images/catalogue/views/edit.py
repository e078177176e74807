"""Editing one image: what differs from what the person saw becomes an operation; a conflict is shown first."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.access.permissions import check_can_operate
from images.cache.models.image import Image
from images.cache.queries.detail import visible_image
from images.cache.queries.dialects import dialect_of
from images.clouds.models import Project
from images.core.requests import SignedIn
from images.operations.enums import ActionKind
from images.operations.forms.edit import EditForm
from images.operations.rules.actions import problem_of
from images.operations.services import SubmitRefused, Target, submit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """422 for what cannot be, 409 when somebody else changed the same field: both keep the typing.

    `?field=` puts the cursor there; POST with `row` adds an empty row for a new attribute.
    """
    image = visible_image(request.user, pk)
    project = _project_of(request, image)
    data = request.POST if request.method == "POST" else None
    form = EditForm(data, image.attributes, dialect=dialect_of(project))
    form.focus(request.GET.get("field", ""))
    if not form.is_bound:
        return _page(request, image, form, 200)
    if not form.is_valid():
        return _page(request, image, form, 422)
    if form.conflicts and "force" not in request.POST:
        return _page(request, image, form, 409, conflicts=form.conflicts)
    try:
        operation = submit(
            actor=request.user,
            kind=ActionKind.EDIT,
            targets=[Target(project, image, image.name or image.image_id, {"changes": form.changes()})],
            key=form.cleaned_data["key"],
            request_id=request.request_id,
        )
    except SubmitRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, image, form, 422)
    return redirect("images:operation", operation.pk)


def _project_of(request: SignedIn, image: Image) -> Project:
    """In which it is changed. Raises PermissionDenied with the reason: no right, or nobody may change the image."""
    if image.project is not None:
        check_can_operate(request.user, image.project)
    problem = problem_of("edit", image, dialect=dialect_of(image.project))
    if problem or image.project is None:
        raise PermissionDenied(problem.message if problem else _("Public images cannot be changed."))
    return image.project


def _page(request: SignedIn, image: Image, form: EditForm, status: int, **more: object) -> HttpResponse:
    seen = [(f"before_{name}", value) for name, value in form.before.items()]
    return render(request, "catalogue/edit.html", {"image": image, "form": form, "seen": seen, **more}, status=status)
