"""One vote on many shares: a preview of what it does, then the votes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from images.access.permissions import Ability, projects_for
from images.core.http import problem
from images.core.ids import id_of
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.incoming.forms.votes import VoteForm
from images.incoming.models import IncomingShare
from images.incoming.queries import inbox as reading
from images.incoming.queries.request import InboxQuery
from images.incoming.services import votes
from images.incoming.services.vote_preview import MOST, VotePreview, preview_vote
from images.incoming.views.inbox import VOTES


@login_required
@require_POST
@limited(Kind.LOOKS)
def act(request: SignedIn) -> HttpResponse:
    """`vote` on ticked shares (`share`) or on `all` that the `query` of the inbox means; with `fingerprint` it is done.
    409 when it would be other shares than those that were shown."""
    if not projects_for(request.user, Ability.DECIDE).exists():
        raise PermissionDenied(_("Only approvers decide about what is shared with a project."))
    approves = VOTES.get(request.POST.get("vote", ""))
    shares = _chosen(request)
    if approves is None or not shares:
        return problem(request, 422, title=_("Nothing was done"), text=_("Tick at least one share, then choose."))
    ahead = preview_vote(request.user, shares, approves=approves)
    if "fingerprint" not in request.POST:
        return _preview(request, ahead, VoteForm(wanted=ahead.wanted))
    if request.POST["fingerprint"] != ahead.fingerprint:
        return _preview(request, ahead, VoteForm(wanted=ahead.wanted), moved=True, status=409)
    form = VoteForm(request.POST, wanted=ahead.wanted)
    if not form.is_valid():
        return _preview(request, ahead, form, status=422)
    cast = votes.vote(
        actor=request.user,
        shares=ahead.shares,
        approves=approves,
        comment=form.cleaned_data["comment"],
        request_id=request.request_id,
    )
    _tell(request, cast)
    query = InboxQuery.of(QueryDict(request.POST.get("query", ""))).query
    return redirect(reverse("images:shared_in") + (f"?{query}" if query else ""))


def _chosen(request: SignedIn) -> list[IncomingShare]:
    if "all" in request.POST:
        asked = InboxQuery.of(QueryDict(request.POST.get("query", "")))
        pks = reading.ids_of(request.user, asked, MOST)
    else:
        pks = [pk for pk in map(id_of, request.POST.getlist("share")[:MOST]) if pk]
    return reading.visible_shares(request.user, pks)


def _preview(
    request: SignedIn, ahead: VotePreview, form: VoteForm, *, moved: bool = False, status: int = 200
) -> HttpResponse:
    query = InboxQuery.of(QueryDict(request.POST.get("query", ""))).query
    context = {
        "ahead": ahead,
        "form": form,
        "moved": moved,
        "query": query,
        "vote": request.POST.get("vote"),
        "every": "all" in request.POST,
        "ticked": request.POST.getlist("share") if "all" not in request.POST else [],
        "back": reverse("images:shared_in") + (f"?{query}" if query else ""),
        "most": MOST,
    }
    return render(request, "incoming/shared_in_act.html", context, status=status)


def _tell(request: SignedIn, cast: votes.VoteResult) -> None:
    if cast.given:
        said = ngettext("%(n)d vote was noted; %(d)d is decided by it and goes to IMS.",
                        "%(n)d votes were noted; %(d)d are decided by them and go to IMS.", cast.given)  # fmt: skip
        messages.success(request, said % {"n": cast.given, "d": sum(cast.decided.values())})
    for share, reason in cast.refused[:5]:
        messages.warning(request, f"{share}: {reason}")
    if len(cast.refused) > 5:
        messages.warning(request, _("%(n)d more were not counted.") % {"n": len(cast.refused) - 5})
