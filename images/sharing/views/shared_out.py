"""What is shared out of our projects: the page, its file, and taking shares back."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from images.access.permissions import Ability, projects_for, visible_projects
from images.cache.enums import MemberStatus
from images.core.csv_cells import escape_formula, line_writer
from images.core.http import key_of, page, problem
from images.core.ids import id_of
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.partners.queries import parties
from images.partners.tabs import sharing_tabs
from images.sharing.queries import shares as reading
from images.sharing.services import sharing as service

_MOST = 1000
_HEADINGS = ("image", "image_id", "project", "region", "recipient", "recipient_id", "organisation", "trust", "status",
             "shared_at", "changed_at", "stale")  # fmt: skip


@login_required
@require_safe
def shared_out(request: SignedIn) -> HttpResponse:
    asked = reading.ShareQuery.of(request.GET)
    shown, rows = reading.listed(request.user, asked, request.GET.get("page", ""))
    context = {
        "asked": asked,
        "page": shown,
        "rows": rows,
        "states": MemberStatus.choices,
        "stales": reading.STALE.items(),
        "projects": visible_projects(request.user).select_related("region"),
        "party": parties([asked.recipient])[asked.recipient] if asked.recipient else None,
        "sorts": _sorts(request, asked),
        "others": _without(request, "page"),
        "read_until": reading.read_until(request.user),
        "troubles": reading.reading_errors(request.user),
        "may": projects_for(request.user, Ability.OPERATE).exists(),
        "tabs": sharing_tabs(request, "shared_out"),
    }
    return page(request, "sharing/shared_out.html", context)


@login_required
@require_safe
@limited(Kind.FILES)
def shared_out_csv(request: SignedIn) -> StreamingHttpResponse:
    """Everything that the page's filter matches."""
    lines = reading.every(request.user, reading.ShareQuery.of(request.GET))
    answer = StreamingHttpResponse(_csv(lines), content_type="text/csv; charset=utf-8")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    answer["Content-Disposition"] = f'attachment; filename="shared-out-{stamp}.csv"'
    return answer


@login_required
@require_POST
@limited(Kind.LOOKS)
def revoke(request: SignedIn) -> HttpResponse:
    """`share` (repeated): without a `key` what taking these back would do, with one it is done."""
    ids = [pk for pk in map(id_of, request.POST.getlist("share")[:_MOST]) if pk]
    chosen = service.revoke_plan(actor=request.user, ids=ids)
    if not (chosen.shares or chosen.ended):
        text = _("Tick the shares that are to be taken back.")
        return problem(request, 422, title=_("Nothing was chosen"), text=text)
    key = key_of(request)
    if not key:
        known = parties(one.recipient for one in (*chosen.shares, *chosen.ended))
        context = {
            "chosen": chosen,
            "shares": [(one, known[one.recipient]) for one in chosen.shares],
            "ended": [(one, known[one.recipient]) for one in chosen.ended],
            "images": len({one.image_id for one in chosen.shares}),
            "key": uuid.uuid4().hex,
        }
        return page(request, "sharing/revoke.html", context)
    forgotten = service.forget(actor=request.user, shares=chosen.ended)
    if forgotten:
        words = ngettext("%(n)d share of an image that is gone was taken off the list.",
                         "%(n)d shares of images that are gone were taken off the list.", forgotten)  # fmt: skip
        messages.info(request, words % {"n": forgotten})
    if not chosen.shares:
        return redirect("images:shared_out")
    try:
        operation = service.revoke(
            actor=request.user, shares=chosen.shares, key=key[:64], request_id=request.request_id
        )
    except service.SubmitRefused as refusal:
        return problem(request, 422, title=_("Nothing was done"), text=str(refusal))
    return redirect("images:operation", operation.pk)


def _csv(lines: Iterator[reading.Line]) -> Iterator[str]:
    write = line_writer()
    yield "\ufeff" + write(_HEADINGS)
    for line in lines:
        share, partner = line.share, line.party.partner
        yield write(
            [
                escape_formula(value)
                for value in (
                    share.image_name,
                    share.image_uid,
                    share.project.name,
                    share.project.region.name,
                    line.party.name,
                    share.recipient,
                    partner.organisation if partner else "",
                    partner.trust if partner else "own" if line.party.own else "",
                    share.status,
                    _utc(share.shared_at),
                    _utc(share.changed_at),
                    "; ".join(line.stale),
                )
            ]
        )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _sorts(request: SignedIn, asked: reading.ShareQuery) -> dict[str, dict[str, str]]:
    """Each column: the address that sorts by it (or turns it round), and what it is now for assistive technology."""
    found = {}
    for name in reading.SORTS:
        way = (
            "up" if (asked.sort == name and asked.way == "down") or (asked.sort != name and name in _WORDS) else "down"
        )
        now = {"up": "ascending", "down": "descending"}[asked.way] if asked.sort == name else "none"
        query = request.GET.copy()
        query.pop("page", None)
        query["sort"], query["way"] = name, way
        found[name] = {"query": query.urlencode(), "now": now}
    return found


#: Columns that one reads from A to Z first.
_WORDS = frozenset({"image", "recipient", "status"})


def _without(request: SignedIn, *names: str) -> str:
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()
