"""The whole filter as a file: chosen columns, every matching image, streamed."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from images.catalogue.tables.export import exported, heading
from images.core.csv_cells import escape_formula, line_writer
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.search.filters import ListState
from images.search.queries.listing import Row, all_rows
from images.search.queries.matching import Matching
from images.search.views.request import read_request

#: How many rows go out in one piece: fewer, larger pieces cost less.
_PIECE = 200


@login_required
@require_safe
@limited(Kind.FILES)
def export(request: SignedIn, kind: str) -> HttpResponse | StreamingHttpResponse:
    """GET /images/export/csv|json?<the query of the list>. A search with an unreadable token is refused: a file that
    silently holds more than was asked for would be believed."""
    writers = {"csv": (_csv, "text/csv; charset=utf-8"), "json": (_json, "application/json")}
    if kind not in writers:
        raise Http404(_("Exports are CSV or JSON."))
    read, matching = read_request(request)
    if read.problems:
        reasons = "\n".join(f"{problem.token}: {problem.reason}" for problem in read.problems)
        return HttpResponse(f"{_('Nothing was exported.')}\n{reasons}\n", status=422, content_type="text/plain")
    writer, content_type = writers[kind]
    response = StreamingHttpResponse(writer(read.state, matching), content_type=content_type)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    response["Content-Disposition"] = f'attachment; filename="images-{stamp}.{kind}"'
    return response


def _csv(state: ListState, matching: Matching) -> Iterator[str]:
    write = line_writer()
    yield "\ufeff" + write([heading(name) for name in state.columns])  # the mark tells Excel that it is UTF-8
    for rows in _pieces(state, matching):
        yield "".join(
            write([escape_formula(value) for value in exported(row, state.columns, matching)]) for row in rows
        )


def _json(state: ListState, matching: Matching) -> Iterator[str]:
    names = [heading(name) for name in state.columns]
    yield "[\n"
    comma = ""
    for rows in _pieces(state, matching):
        objects = (
            json.dumps(dict(zip(names, exported(row, state.columns, matching), strict=True)),
                       ensure_ascii=False, default=str)
            for row in rows
        )  # fmt: skip
        yield comma + ",\n".join(objects)
        comma = ",\n"
    yield "\n]\n"


def _pieces(state: ListState, matching: Matching) -> Iterator[Sequence[Row]]:
    piece: list[Row] = []
    for row in all_rows(state, matching, state.columns):
        piece.append(row)
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
