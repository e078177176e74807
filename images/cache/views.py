"""“Synchronise now”, and how far it is. The page asks every two seconds while there is something to wait for."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from images.accounts.queries import Line, digest_of, holders_of, lines_of, ref_of, summary
from images.cache.services.sync_requests import request_sync
from images.core.http import wants_partial
from images.core.requests import SignedIn

#: What htmx understands as: this was the last one.
FINISHED = 286


@login_required
@require_POST
def sync_now(request: SignedIn) -> HttpResponse:
    """`holder` names a project ("p12") or a region's public images ("r3"); without it everything is synchronised."""
    ref = request.POST.get("holder")
    holders = holders_of(request.user, None if ref is None else {ref})
    if ref is not None and not holders:
        raise Http404
    request_sync(holders, actor=request.user)
    if not wants_partial(request):
        messages.info(request, _("Synchronisation has been asked for."))
        return redirect("images:accounts")
    refs = {ref_of(holder) for holder in holders} | _refs(request.POST.get("busy", ""))
    return _progress(request, lines_of(request.user, refs))


@login_required
@require_safe
def sync_state(request: SignedIn) -> HttpResponse:
    """`busy`: the rows that were under way; `seen`: what the page shows of them. 204 nothing new, 200, 286 finished."""
    lines = lines_of(request.user, _refs(request.GET.get("busy", "")))
    if any(line.standing.busy for line in lines) and digest_of(lines) == request.GET.get("seen"):
        return HttpResponse(status=204)
    return _progress(request, lines)


def _progress(request: SignedIn, lines: list[Line]) -> HttpResponse:
    """The rows as they are now, out of band, and the element that asks for the next state."""
    busy = [line for line in lines if line.standing.busy]
    context = {
        "lines": lines,
        "busy": busy,
        "seen": digest_of(busy),
        "outcome": "" if busy else summary(lines),
    }
    return render(request, "accounts/accounts.html#progress", context, status=200 if busy else FINISHED)


def _refs(text: str) -> set[str]:
    return set(text.split(",")[:5000])
