"""The inbox: images that others share with our projects, and the page of one, with what people say to it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access.permissions import (
    Ability,
    can,
    can_decide,
    check_can_decide,
    projects_for,
    refusal,
    visible_projects,
)
from images.cache.queries.lineage import lineage_of
from images.core.error_messages import ErrorMessage, error_message
from images.core.http import page
from images.core.requests import SignedIn
from images.incoming import rules as incoming_rules
from images.incoming import tables as table
from images.incoming.enums import ShareBox
from images.incoming.forms.votes import AssignForm, SayForm, VoteForm
from images.incoming.models import IncomingShare
from images.incoming.queries import inbox as reading
from images.incoming.queries.policies import offered, policy_of, terms_of
from images.incoming.queries.request import InboxQuery
from images.incoming.services import comments, decisions
from images.incoming.services import votes as incoming_votes
from images.operations.models.operation import OperationItem
from images.partners.queries import parties
from images.partners.tabs import sharing_tabs

Context = dict[str, Any]
VOTES = {"approve": True, "reject": False}


@login_required
@require_safe
def inbox(request: SignedIn) -> HttpResponse:
    asked = InboxQuery.of(request.GET)
    shown = reading.page_of(
        request.user, asked, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    beside = reading.page_context(request.user, shown.shares)
    counts = reading.counts(request.user, asked)
    deciding_in = set(projects_for(request.user, Ability.DECIDE).order_by().values_list("pk", flat=True))
    context = {
        "asked": asked,
        "rows": [_row(share, beside, deciding_in) for share in shown.shares],
        "shown": shown,
        "total": counts[asked.box],
        "boxes": _boxes(asked, counts),
        "projects": visible_projects(request.user).select_related("region"),
        "owners": reading.owners(request.user),
        "may": bool(deciding_in),
        "tabs": sharing_tabs(request, "shared_in"),
        "waiting_box": asked.box == ShareBox.WAITING,
    }
    return page(request, "incoming/shared_in.html", context)


@login_required
@require_safe
def share(request: SignedIn, pk: int) -> HttpResponse:
    return _share_page(request, share_of(request, pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: SignedIn, pk: int, vote: str) -> HttpResponse:
    """GET asks (in a dialog for htmx), POST counts the vote and goes on to the next share. 409: it came too late."""
    if vote not in VOTES:
        raise Http404(_("There is no such vote."))
    shown = share_of(request, pk)
    check_can_decide(request.user, shown.project)
    terms = terms_of(policy_of(shown.project))
    wanted = incoming_rules.needs_words(terms, offered(shown), approves=VOTES[vote], at=timezone.now())
    form = VoteForm(request.POST if request.method == "POST" else None, wanted=wanted, initial={"seen": terms.version})
    context = {
        "share": shown,
        "form": form,
        "approves": VOTES[vote],
        "query": InboxQuery.of(request.GET).query,
        "progress": table.progress_of(shown, terms),
        "broken": incoming_rules.violated(terms, offered(shown), timezone.now()),
        "last": shown.approvals + 1 >= terms.approvals if VOTES[vote] else shown.rejections + 1 >= terms.rejections,
    }
    if not form.is_bound or not form.is_valid():
        status = 422 if form.is_bound else 200
        return page(request, "incoming/shared_in_vote.html", context, partial="vote", status=status)
    cast = incoming_votes.vote(
        actor=request.user,
        shares=[shown],
        approves=VOTES[vote],
        comment=form.cleaned_data["comment"],
        seen_version=form.cleaned_data["seen"],
        request_id=request.request_id,
    )
    if cast.refused:
        return _share_page(request, share_of(request, pk), {"too_late": cast.refused[0][1]}, status=409)
    messages.success(request, _said(cast, shown))
    return redirect(_onwards(request, shown))


@login_required
@require_POST
def say(request: SignedIn, pk: int) -> HttpResponse:
    """A remark; with `ask` a question, for which the votes wait."""
    shown = share_of(request, pk)
    form = SayForm(request.POST)
    if not form.is_valid():
        return _share_page(request, shown, {"say_form": form}, status=422)
    text = form.cleaned_data["text"]
    if "ask" not in request.POST:
        comments.comment(actor=request.user, share=shown, text=text)
    elif not comments.ask(actor=request.user, share=shown, text=text):
        return _share_page(request, shown, {"too_late": _("It has been decided meanwhile.")}, status=409)
    return redirect(_address(request, shown.pk))


@login_required
@require_POST
def assign(request: SignedIn, pk: int) -> HttpResponse:
    shown = share_of(request, pk)
    check_can_decide(request.user, shown.project)
    form = AssignForm(request.POST, names=reading.assignable(shown.project).values_list("username", flat=True))
    if not form.is_valid():
        return _share_page(request, shown, {"assign_form": form}, status=422)
    to = reading.assignable(shown.project).filter(username=form.cleaned_data["to"]).first()
    comments.assign(actor=request.user, share=shown, to=to)
    return redirect(_address(request, shown.pk))


@login_required
@require_POST
def reopen(request: SignedIn, pk: int) -> HttpResponse:
    shown = share_of(request, pk)
    if not decisions.reopen(actor=request.user, share=shown, why=request.POST.get("why", "").replace("\0", "")[:300]):
        messages.warning(request, _("It is open already, under way, or was taken back."))
    return redirect(_address(request, shown.pk))


@login_required
@require_POST
def send_again(request: SignedIn, pk: int) -> HttpResponse:
    shown = share_of(request, pk)
    if not decisions.send_again(actor=request.user, share=shown, request_id=request.request_id):
        messages.info(request, _("Nothing waits to be sent."))
    return redirect(_address(request, shown.pk))


def share_of(request: SignedIn, pk: int) -> IncomingShare:
    """One that this person may see. Http404 for any other."""
    found: IncomingShare | None = reading.visible_share(request.user, pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404(_("There is no such share, or it is with a project that you may not see."))
    return found


def _share_page(
    request: SignedIn, shown: IncomingShare, changed: Context | None = None, *, status: int = 200
) -> HttpResponse:
    """`changed`: what stands there instead, such as a form with its errors."""
    user, asked = request.user, InboxQuery.of(request.GET)
    terms = terms_of(policy_of(shown.project))
    before, after = reading.neighbours(user, asked, shown)
    image = reading.image_of(shown)
    earlier, tally = reading.earlier_of(user, shown)
    votes = reading.votes_of(shown)
    may = can_decide(user, shown.project)
    names = list(reading.assignable(shown.project).values_list("username", flat=True)) if may else []
    held = shown.assigned_to.get_username() if shown.assigned_to else ""
    stuck = decisions.is_stuck(shown)
    context: Context = {
        "share": shown,
        "tone": table.TONES[shown.state],
        "member_tone": table.MEMBER_TONES.get(shown.member_status, ""),
        "flags": table.flags_of(shown, stuck=stuck),
        "party": parties([shown.owner])[shown.owner],
        "terms": terms,
        "findings": incoming_rules.findings(terms, offered(shown), shown.decided_at or timezone.now()),
        "progress": table.progress_of(shown, terms),
        "votes": votes,
        "mine": table.mine(next((one for one in votes if one.user_id == user.pk), None)),
        "story": [(event, table.EVENT_TONES.get(event.kind, "")) for event in reading.story_of(shown)],
        "image": image,
        "lineage": lineage_of(user, image) if image else None,
        "earlier": [(one, table.TONES[one.state]) for one in earlier],
        "tally": tally,
        "stuck": stuck,
        "trouble": _trouble(shown.item) if shown.item and stuck else None,
        "may": may,
        "may_say": may or can(user, Ability.OPERATE, shown.project),
        "may_reopen": decisions.may_reopen(shown),
        "why_not": "" if may else refusal(Ability.DECIDE, shown.project),
        "before": _url(before, asked),
        "after": _url(after, asked),
        "query": asked.query,
        "back": _inbox_url(asked),
        "say_form": SayForm(),
        "assign_form": AssignForm(initial={"to": held}, names=dict.fromkeys([*([held] if held else []), *names])),
        "tags": sorted(offered(shown).tags),
    }
    return page(request, "incoming/shared_in_share.html", context | (changed or {}), status=status)


def _trouble(item: OperationItem) -> ErrorMessage | None:
    return error_message(item.error_code, item.error, item.upstream_request_id)


def _row(share: IncomingShare, beside: reading.PageContext, deciding_in: set[int]) -> Context:
    terms = beside.terms[share.project_id]
    return {
        "share": share,
        "tone": table.TONES[share.state],
        "party": beside.parties[share.owner],
        "progress": table.progress_of(share, terms),
        "mine": table.mine(beside.votes.get(share.pk)),
        "flags": table.flags_of(share, stuck=decisions.is_stuck(share)),
        "may": share.project_id in deciding_in,
    }


def _boxes(asked: InboxQuery, counts: dict[str, int]) -> list[Context]:
    return [
        {
            "name": box.value,
            "label": box.label,
            "url": _inbox_url(asked.within(box.value)),
            "current": box.value == asked.box,
            "count": counts[box.value],
        }
        for box in ShareBox
    ]


def _inbox_url(asked: InboxQuery) -> str:
    return reverse("images:shared_in") + (f"?{asked.query}" if asked.query else "")


def _url(pk: int | None, asked: InboxQuery) -> str:
    if pk is None:
        return ""
    return reverse("images:shared_in_share", args=[pk]) + (f"?{asked.query}" if asked.query else "")


def _address(request: SignedIn, pk: int) -> str:
    return _url(pk, InboxQuery.of(request.GET))


def _onwards(request: SignedIn, shown: IncomingShare) -> str:
    """The next share that waits, in the order that the reader chose; the inbox after the last."""
    asked = InboxQuery.of(request.GET)
    before, after = reading.neighbours(request.user, asked, shown)
    return _url(after or before, asked) or _inbox_url(asked)


def _said(cast: incoming_votes.VoteResult, shown: IncomingShare) -> str:
    name = {"name": shown.name}
    if cast.decided[incoming_rules.ACCEPTED]:
        return _("%(name)s: approved. The answer goes to IMS.") % name
    if cast.decided[incoming_rules.REJECTED]:
        return _("%(name)s: turned down. The answer goes to IMS.") % name
    return _("%(name)s: your vote is noted; it takes more to decide.") % name
