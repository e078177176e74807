"""The audit: filtered, page by page, and as a file."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from images.audit import queries as reading
from images.audit.audit_events import AuditFileEvent
from images.audit.models import AuditEntry
from images.audit.queries import AuditQuery
from images.audit.services import record
from images.core.csv_cells import escape_formula, line_writer
from images.core.http import page
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn

_COLUMNS = ("number", "at", "event", "actor_name", "project_name", "subject_kind", "subject_ref", "subject_name",
            "sentence", "before", "after", "details", "address", "request_id", "digest")  # fmt: skip
#: How many rows go out in one piece.
_PIECE = 200
#: What something was done to → its page; images and whatever has none are found by the filter.
_PAGES = {"operation": "images:operation", "person": "images:person", "team": "images:team"}


@login_required
@require_safe
def audit(request: SignedIn) -> HttpResponse:
    """`before` and `after` are keys of entries: pages stay what they are while new entries come."""
    query = AuditQuery.of(request.GET)
    shown = reading.page_of(
        request.user, query, before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    context = {
        "asked": query,
        "page": shown,
        "rows": [(entry, _differences(entry), _url_of(entry)) for entry in shown.entries],
        "events": reading.events(),
        "projects": reading.projects(request.user),
        "people": reading.people(request.user),
        "others": _filter_of(request),
        "whole": request.user.is_staff or request.user.is_superuser,
    }
    return page(request, "audit/audit.html", context)


@login_required
@require_safe
@limited(Kind.FILES)
def audit_export(request: SignedIn, kind: str) -> StreamingHttpResponse:
    """Everything that the filter finds, oldest first; the audit notes that it went out."""
    writers = {"csv": (_csv, "text/csv; charset=utf-8"), "json": (_json, "application/json")}
    if kind not in writers:
        raise Http404(_("Exports are CSV or JSON."))
    record(event=AuditFileEvent.EXPORTED, actor=request.user, details={"filter": _filter_of(request), "as": kind})
    writer, content_type = writers[kind]
    response = StreamingHttpResponse(writer(request.user, AuditQuery.of(request.GET)), content_type=content_type)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    response["Content-Disposition"] = f'attachment; filename="audit-{stamp}.{kind}"'
    return response


def _csv(user: User, query: AuditQuery) -> Iterator[str]:
    write = line_writer()
    yield "\ufeff" + write(_COLUMNS)  # the mark tells Excel that it is UTF-8
    for entries in _pieces(user, query):
        yield "".join(write([_cell(value) for value in _values(entry)]) for entry in entries)


def _json(user: User, query: AuditQuery) -> Iterator[str]:
    yield "[\n"
    comma = ""
    for entries in _pieces(user, query):
        objects = (dict(zip(_COLUMNS, _values(entry), strict=True)) for entry in entries)
        yield comma + ",\n".join(json.dumps(item, ensure_ascii=False) for item in objects)
        comma = ",\n"
    yield "\n]\n"


def _pieces(user: User, query: AuditQuery) -> Iterator[Sequence[AuditEntry]]:
    entries = reading.all_of(user, query)
    while piece := list(islice(entries, _PIECE)):
        yield piece


def _values(entry: AuditEntry) -> list[Any]:
    values = [getattr(entry, name) for name in _COLUMNS]
    return [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]


def _cell(value: object) -> str:
    return escape_formula(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value)


def _differences(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """(name, before, after), and what else belongs to it with an empty `before`."""
    before, after = entry.before or {}, entry.after or {}
    names = list(dict.fromkeys([*before, *after]))
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in names]


def _text(value: object) -> str:
    if value in (None, ""):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _url_of(entry: AuditEntry) -> str:
    """The page of what it was done to; the object may be gone, which its page then says."""
    try:
        return reverse(_PAGES[entry.subject_kind], args=[int(entry.subject_ref)])
    except (KeyError, ValueError, NoReverseMatch):
        return ""


def _filter_of(request: SignedIn) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name in [name for name, value in query.items() if not value]:
        query.pop(name)
    return query.urlencode()
