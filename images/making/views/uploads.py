"""The file of an image: sent by a script in pieces that may be repeated, or by an ordinary form as a whole."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from images.access.permissions import check_can_operate
from images.cache.queries.detail import visible_image
from images.core.requests import SignedIn
from images.core.violations import RulesViolated
from images.making.forms.files import FileEndsForm, RegisterForm
from images.making.models import Upload
from images.making.rules.file_kinds import HEAD, TAIL
from images.making.services import image_file
from images.making.services.uploads import receiving
from images.making.services.uploads.receiving import OutOfStep, UploadEnded, UploadRefused
from images.making.views.upload_handler import StagingHandler
from images.operations.enums import ActionKind, OperationState
from images.operations.services import SubmitRefused
from images.quotas.services.headroom import room_in

_Piece = Callable[[SignedIn, Upload], Upload]


@login_required
@csrf_exempt  # for the form says where its file goes before anything of it is read; `_whole` looks at the token
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedIn, pk: UUID) -> HttpResponse:
    """Where the file is chosen. A POST brings the whole of it."""
    shown = _own(request, pk)
    if shown.operation and (shown.operation.state != OperationState.RECEIVING or shown.cleared_at):
        return redirect("images:operation", shown.operation.pk)
    if request.method != "POST":
        return _page(request, shown)
    handler = StagingHandler(request, shown)
    request.upload_handlers = [handler]
    try:
        return _whole(request, shown, handler)
    finally:
        handler.discard()


@csrf_protect
def _whole(request: SignedIn, shown: Upload, handler: StagingHandler) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None or handler.path is None:
        return _page(request, shown, handler.refusal or _("Choose a file."))
    try:
        done = receiving.receive_whole(actor=request.user, upload=shown, path=handler.path, file_name=file.name or "")
    except UploadRefused as refusal:
        return _page(request, _own(request, shown.pk), str(refusal))
    messages.success(request, _("The file has arrived: %(operation)s.") % {"operation": done.operation})
    return redirect("images:operation", done.operation_id)


def _page(request: SignedIn, shown: Upload, error: str = "") -> HttpResponse:
    check_can_operate(request.user, shown.project)
    room = room_in(shown.project) if shown.image is None else None
    context = {
        "upload": shown,
        "error": error,
        "room": room,
        "lacks": room is not None and room.lacks(1),
        "formats": receiving.formats_of(shown.project),
        "fields": shown.fields,
        "version": shown.fields.get("attributes", {}).get("__os_version", ""),
        "head": HEAD,
        "tail": TAIL,
    }
    return render(request, "making/upload.html", context, status=422 if error else 200)


def _told(view: _Piece) -> Callable[[SignedIn, UUID], HttpResponse]:
    """For the script: how far the upload is, or `error` in words. 409: what was sent does not follow what is here."""

    @wraps(view)
    def telling(request: SignedIn, pk: UUID) -> HttpResponse:
        try:
            return JsonResponse(_state(view(request, _own(request, pk))))
        except OutOfStep as error:
            return JsonResponse(_state(error.upload), status=409)
        except UploadEnded as error:
            return JsonResponse({"error": str(error)}, status=410)
        except UploadRefused as error:
            return JsonResponse({"error": str(error)}, status=422)
        except PermissionDenied as error:
            return JsonResponse({"error": str(error)}, status=403)
        except UnreadablePostError:  # the line broke; nobody is there to read this
            return JsonResponse({"error": _("The connection broke.")}, status=400)

    return telling


@login_required
@require_POST
@_told
def upload_announce(request: SignedIn, shown: Upload) -> Upload:
    """Which file will come: `name`, `size` in bytes, its first and last bytes as files `head` and `tail`."""
    form = FileEndsForm(request.POST, request.FILES)
    if not form.is_valid():
        raise UploadRefused(_("The file cannot be read."))
    said = form.cleaned_data
    return receiving.announce(
        actor=request.user,
        upload=shown,
        file_name=said["name"],
        size=said["size"],
        head=said["head"].read() if said["head"] else b"",
        tail=said["tail"].read() if said["tail"] else b"",
    )


@login_required
@require_http_methods(["GET", "HEAD", "PUT"])
@_told
def upload_file(request: SignedIn, shown: Upload) -> Upload:
    """PUT brings the piece that begins at `offset`, its digest in the header Upload-Digest. GET says what is here."""
    if request.method != "PUT":
        return shown
    offset, length = request.GET.get("offset", ""), request.headers.get("Content-Length", "")
    if not (offset.isdecimal() and length.isdecimal() and len(offset) < 16 and len(length) < 16):
        raise UploadRefused(_("A piece says where it begins and how long it is."))
    return receiving.receive_piece(
        actor=request.user,
        upload=shown,
        offset=int(offset),
        stream=request,  # type: ignore[arg-type] # reads like a file, of which `read` is all that is asked
        length=int(length),
        digest=request.headers.get("Upload-Digest", ""),
    )


def _own(request: SignedIn, pk: UUID) -> Upload:
    seen = Upload.objects.visible_to(request.user)
    return get_object_or_404(seen.select_related("operation", "project__region", "project__account", "image"), pk=pk)


def _state(upload: Upload) -> dict[str, object]:
    operation = reverse("images:operation", args=[upload.operation_id]) if upload.operation_id else ""
    return {
        "received": upload.received,
        "size": upload.size,
        "chunk": upload.chunk,
        "digest": upload.digest,
        "operation": operation,
        "next": operation if upload.is_complete else "",
    }


@login_required
@require_POST
def image_upload(request: SignedIn, pk: int) -> HttpResponse:
    """Begins an upload for an image that waits for its file, or leads to the one that was begun and not ended."""
    image = visible_image(request.user, pk)
    if image.project is None:
        raise Http404
    try:
        begun = receiving.begin_for(actor=request.user, image=image)
    except UploadRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("images:detail", pk)
    return redirect("images:upload", begun.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: SignedIn, pk: int) -> HttpResponse:
    """Gives an image that waits for its file one that lies in OBS (5.1.6)."""
    image = visible_image(request.user, pk)
    if image.project is None:
        raise Http404
    check_can_operate(request.user, image.project)
    given = request.POST if request.method == "POST" else None
    form = RegisterForm(given, initial={"key": get_random_string(32, "0123456789abcdef")})
    offer = next(one for one in image_file.ways_for(actor=request.user, image=image) if one.kind == ActionKind.REGISTER)
    if form.is_valid():
        try:
            said = {"image_url": form.cleaned_data["image_url"], "key": form.cleaned_data["key"]}
            operation = image_file.register(actor=request.user, image=image, request_id=request.request_id, **said)
        except (RulesViolated, SubmitRefused) as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Accepted: %(operation)s.") % {"operation": operation})
            return redirect("images:operation", operation.pk)
    status = 422 if form.errors else 200
    return render(
        request, "making/image_register.html", {"form": form, "image": image, "reason": offer.reason}, status=status
    )
