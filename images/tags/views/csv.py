"""Tags as CSV: download those of a selection, upload what was edited, look at the difference, apply it."""

from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from pyroaring import BitMap

from images.core.http import problem
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.operations.forms.actions import ChoiceForm
from images.operations.services import SubmitRefused
from images.search.filters import ListState
from images.search.queries import order
from images.search.queries.listing import pieces
from images.search.queries.matching import Matching
from images.search.views.request import read_request
from images.tags.forms.csv import ApplyForm, TagFileForm
from images.tags.models.file import TagFile
from images.tags.services import csv
from images.tags.services.csv.keeping import check_can_upload
from images.tags.services.csv.layout import MOST_BYTES, MOST_KEYS, MOST_ROWS
from images.tags.tables import sheet as tags_sheet

_OUTCOMES = ("change", "cannot", "stay")
_ON_A_PAGE = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Kind.FILES)
def tag_csv_download(request: SignedIn) -> HttpResponse | StreamingHttpResponse:
    """`all` that match `query`, or the ticked `images`; `layout` "long" for a row a tag. Whoever sees images may."""
    choice = ChoiceForm(request.POST if request.method == "POST" else request.GET)
    if not choice.is_valid():
        return problem(request, 422, title=_("Nothing was downloaded"), text=_("The selection cannot be read."))
    read, matching = read_request(request, QueryDict(choice.cleaned_data["query"]))
    if choice.cleaned_data["all"] and read.problems:
        reasons = "; ".join(f"{one.token}: {one.reason}" for one in read.problems)
        return problem(request, 422, title=_("The search cannot be read"), text=reasons)
    images = matching.images if choice.cleaned_data["all"] else choice.ids & matching.visible
    if not images:
        said = _("Tick images in the list, or choose all that match a search.")
        return problem(request, 422, title=_("No image was chosen"), text=said)
    return _download(request, choice.data.get("layout") == "long", read.state, matching, images)


def _download(
    request: SignedIn, long: bool, state: ListState, matching: Matching, images: BitMap
) -> HttpResponse | StreamingHttpResponse:
    keys = [] if long else tags_sheet.keys_of(matching, images)
    if len(keys) > MOST_KEYS:
        said = _("These images have %(n)d keys, more than a table has room for. Download one row a tag instead.")
        return problem(request, 422, title=_("Nothing was downloaded"), text=said % {"n": len(keys)})
    blocks = order.blocks_of(state.sort_column, matching.vocabulary)
    ids = pieces(order.iterate(blocks, images, descending=state.descending))
    known = matching.vocabulary
    lines = tags_sheet.long(ids, known) if long else tags_sheet.wide(ids, keys, known)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    response["Content-Disposition"] = f'attachment; filename="tags-{stamp}.csv"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Kind.LOOKS, only="POST")
def tag_csv(request: SignedIn) -> HttpResponse:
    """What can be done with files, and the form for one. 422: the file cannot be read, and nothing was kept."""
    form = TagFileForm()
    if request.method == "POST":
        check_can_upload(request.user)
        form = TagFileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                kept = csv.keep(actor=request.user, **form.told)
            except csv.FileRefused as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect("images:tag_csv_look", kept.pk)
    context = {
        "form": form,
        "why_not": _why_not(request),
        "mine": TagFile.objects.of(request.user).filter(operation=None).defer("content"),
        "most_rows": MOST_ROWS,
        "most_bytes": MOST_BYTES,
    }
    return render(request, "tags/tag_csv.html", context, status=422 if form.errors else 200)


def _why_not(request: SignedIn) -> str:
    try:
        check_can_upload(request.user)
    except PermissionDenied as refusal:
        return str(refusal)
    return ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Kind.LOOKS)
def tag_csv_look(request: SignedIn, pk: int) -> HttpResponse:
    """GET: what the file would change, `show` one of _OUTCOMES. POST: does it; when something else would be changed
    than was looked at, the page comes again (409)."""
    kept = get_object_or_404(TagFile.objects.of(request.user).select_related("operation"), pk=pk)
    if kept.operation is not None:
        return redirect("images:operation", kept.operation.pk)
    sheet = csv.sheet_of(kept)
    plan = csv.plan(actor=request.user, sheet=sheet)
    context = {"kept": kept, "sheet": sheet, "plan": plan}
    posted = request.POST if request.method == "POST" else None
    form = ApplyForm(posted, fingerprint=plan.fingerprint, cannot=len(plan.of("cannot")))
    if posted is None:
        return _look(request, form, context)
    if posted.get("fingerprint") != plan.fingerprint:
        again = ApplyForm(None, fingerprint=plan.fingerprint, cannot=len(plan.of("cannot")))
        return _look(request, again, context | {"moved": True}, 409)
    if form.is_valid():
        try:
            operation = csv.apply(actor=request.user, kept=kept, plan=plan, request_id=request.request_id)
        except SubmitRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Accepted: %(operation)s.") % {"operation": operation})
            return redirect("images:operation", operation.pk)
    return _look(request, form, context, 422)


def _look(request: SignedIn, form: ApplyForm, context: dict[str, object], status: int = 200) -> HttpResponse:
    plan = context["plan"]
    assert isinstance(plan, csv.Plan)  # noqa: S101 # for the type checker
    counts = [(outcome, len(plan.of(outcome))) for outcome in _OUTCOMES]
    first = next((outcome for outcome, count in counts if count), _OUTCOMES[0])
    show = request.GET.get("show", "")
    show = show if show in _OUTCOMES else first
    shown = Paginator(plan.of(show), _ON_A_PAGE).get_page(request.GET.get("page"))
    more = {"form": form, "counts": counts, "show": show, "page": shown}
    return render(request, "tags/tag_csv_look.html", context | more, status=status)


@login_required
@require_POST
def tag_csv_discard(request: SignedIn, pk: int) -> HttpResponse:
    kept = get_object_or_404(TagFile.objects.of(request.user).filter(operation=None), pk=pk)
    csv.discard(kept=kept)
    messages.info(request, _("%(name)s was discarded; nothing was changed.") % {"name": kept.name})
    return redirect("images:tag_csv")
