"""One image: its attributes, and behind tabs its history, lineage, members, snippets and the document of IMS.

Each tab has its URL (`?tab=`); htmx exchanges the tab alone.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from images.access.permissions import can_operate
from images.cache.enums import MemberStatus
from images.cache.models.image import Image
from images.cache.queries.detail import endpoint_of, image_of_id, is_own, same_image_elsewhere, visible_image
from images.cache.queries.history import history_of
from images.cache.queries.lineage import lineage_of
from images.cache.tables.labels import STATUS, UNKNOWN_STATUS, label_of
from images.catalogue.tables.changes import entries_of
from images.catalogue.tables.snippets import snippets_of
from images.core.choices import labels_of
from images.core.error_messages import error_message
from images.core.http import page, problem
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.making.services.image_file import waits_for_file, ways_for
from images.operations.enums import ActionKind
from images.operations.queries.operations import TONES, of_image
from images.operations.queries.progress import open_actions, progress_mark
from images.operations.queries.recent import recent_items
from images.operations.services.selection import offers_for
from images.operations.tables.item_changes import changed_by
from images.operations.views.fields import fields_of, lasting
from images.search.filters import text
from images.sharing.queries.shares import of_image as shares_of
from images.sharing.services.members import MembersUnavailable, ask_members
from images.tags.queries.image_tags import tags_now
from images.tags.views.tags import card_of

Context = dict[str, Any]
#: Why an act cannot be done, "" when it can.
Refused = Mapping[ActionKind, str]
_STATUS_ICONS = {"good": "check-circle", "wait": "clock", "bad": "x-circle"}


@login_required
@require_safe
def detail(request: SignedIn, pk: int) -> HttpResponse:
    """Never asks a cloud: everything is from the cache. The members are asked for by the page that shows them."""
    image = visible_image(request.user, pk)
    tab = request.GET.get("tab", "")
    if tab not in _TABS or (tab == "members" and not is_own(image)):
        tab = "attributes"
    context = frame_of(request, image)
    context |= _TABS[tab](request, image, {offer.kind: offer.reason for offer in context["offers"]})
    context |= {"tab": tab, "tab_template": f"catalogue/tabs/{tab}.html", "tabs": _tabs(image, tab)}
    return page(request, "catalogue/detail.html", context, partial="tab")


@login_required
@require_safe
@limited(Kind.CLOUD)
def members(request: SignedIn, pk: int) -> HttpResponse:
    """Who the image is shared with, asked of IMS now; a page of its own without scripts. 502 when IMS cannot tell."""
    image = visible_image(request.user, pk)
    if not is_own(image):
        raise Http404(_("Only the project that owns an image knows whom it is shared with."))
    context = frame_of(request, image)
    try:
        ask_members(image=image)
    except MembersUnavailable as error:
        # An answer of 5xx would land in the notice region; the failure belongs where the members would stand
        status = 200 if request.htmx else 502
        context |= _shares(request, image) | {"error": error}
        return page(request, "sharing/members.html", context, partial="members", status=status)
    return page(request, "sharing/members.html", context | _shares(request, image), partial="members")


@login_required
@require_safe
def by_id(request: SignedIn, region: str, image_id: str) -> HttpResponse:
    """The lasting address of an image: leads to its page, or when it is gone tells its history (410)."""
    image = image_of_id(request.user, region, image_id)
    if image is not None:
        return redirect("images:detail", pk=image.pk)
    history = history_of(request.user, region, image_id)
    if not history.observations:
        return problem(
            request,
            404,
            title=_("No such image"),
            text=_("No project that you may see has an image with this ID in this region, nor had one since we look."),
        )
    context = {"entries": entries_of(history), "older": history.older, "image_id": image_id, "region": region,
               "name": history.observations[0].image_name, "done": _done(request, image_id)}  # fmt: skip
    return page(request, "catalogue/detail_gone.html", context, status=410)


def frame_of(request: SignedIn, image: Image) -> Context:
    """What stands above the tabs."""
    tone, _sign = STATUS.get(image.status, UNKNOWN_STATUS)
    listing = reverse("images:list")
    crumbs = [(_("Images"), listing), (image.region.name, _search(f"region:{text.value(image.region.name)}"))]
    if image.project:
        crumbs.append((image.project.name, _search(f"project:{text.value(image.project.name)}")))
    offers = offers_for(actor=request.user, image=image)
    now = open_actions(request.user, [image.pk])
    return {
        "now": now,
        "ways": ways_for(actor=request.user, image=image) if waits_for_file(image) else (),
        "now_seen": progress_mark(now),
        "image": image,
        "offers": offers,
        "refusals": list(dict.fromkeys(offer.reason for offer in offers if offer.reason)),
        "status_tone": tone,
        "status_icon": _STATUS_ICONS.get(tone, "minus-circle"),
        "type_label": label_of("type", image.image_type),
        "environment": label_of("envtype", image.env_type),
        "crumbs": crumbs,
        "holder": image.project or image.region,
        "own": is_own(image),
        "member_label": _member_label(image.member_status),
    }


def _member_label(status: str) -> str:
    return labels_of(MemberStatus).get(status, status)


def _attributes(request: SignedIn, image: Image, refused: Refused) -> Context:
    recent = recent_items(image, ActionKind.EDIT, ActionKind.TAG)
    return {
        **fields_of(request, image, refused[ActionKind.EDIT], recent),
        **card_of(request, image, tags_now(image, recent), refused=refused[ActionKind.TAG]),
        "sightings": same_image_elsewhere(request.user, image),
        "lasting": lasting(image.region.name, image.image_id),
    }


def _history(request: SignedIn, image: Image, _refused: Refused) -> Context:
    history = history_of(request.user, image.region.name, image.image_id)
    return {
        "entries": entries_of(history),
        "older": history.older,
        "since": (image.project or image.region).published_at,
    }


def _operations(request: SignedIn, image: Image, _refused: Refused) -> Context:
    return {"done": _done(request, image.image_id)}


def _done(request: SignedIn, image_id: str) -> list[tuple[object, ...]]:
    found = of_image(request.user, image_uid=image_id)
    return [
        (
            item,
            TONES.get(item.state, ""),
            error_message(item.error_code, item.error, item.upstream_request_id),
            changed_by(item.operation.kind, item),
        )
        for item in found
    ]


def _lineage(request: SignedIn, image: Image, _refused: Refused) -> Context:
    return {"lineage": lineage_of(request.user, image)}


def _members(request: SignedIn, image: Image, _refused: Refused) -> Context:
    """As we read them last; the page asks for what is so now."""
    return _shares(request, image) | {"asks": True}


def _shares(request: SignedIn, image: Image) -> Context:
    rows, held = shares_of(image)
    may = image.project is not None and can_operate(request.user, image.project)
    return {"rows": rows, "as_of": held.read_at if held else None, "may": may,
            "members_url": reverse("images:members", args=[image.pk])}  # fmt: skip


def _use(request: SignedIn, image: Image, _refused: Refused) -> Context:
    return {"snippets": snippets_of(image, endpoint_of(request.user, image))}


def _document(request: SignedIn, image: Image, _refused: Refused) -> Context:
    return {"document": json.dumps(image.attributes, indent=2, ensure_ascii=False)}


def _search(query: str) -> str:
    """The list, filtered."""
    return f"{reverse('images:list')}?{urlencode({'q': query})}"


_TABS = {
    "attributes": _attributes,
    "history": _history,
    "operations": _operations,
    "lineage": _lineage,
    "members": _members,
    "use": _use,
    "json": _document,
}


def _tabs(image: Image, current: str) -> list[Context]:
    labels = {
        "attributes": _("Attributes"),
        "history": _("History"),
        "operations": _("Operations"),
        "lineage": _("Lineage"),
        "members": _("Members"),
        "use": _("Use it"),
        "json": _("JSON"),
    }
    if not is_own(image):
        del labels["members"]
    url = reverse("images:detail", args=[image.pk])
    return [
        {
            "name": name,
            "label": label,
            "url": url if name == "attributes" else f"{url}?tab={name}",
            "current": name == current,
            "count": None,
        }
        for name, label in labels.items()
    ]
