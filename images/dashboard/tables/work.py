"""Tiles about what people do: what waits for this person's word, and the operations of theirs and of their team."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from images.core.url_cache import cached_url
from images.dashboard.queries import COUNTED, under_way, went_wrong
from images.dashboard.tables.look import LINES, Content, Line, Reader
from images.incoming.queries.inbox import COUNTED as MOST
from images.incoming.queries.inbox import waiting_for
from images.operations.models.operation import Operation
from images.operations.queries import consents
from images.operations.queries.operations import TONES
from images.operations.queries.visible_parts import visible_operations


def approvals(look: Reader) -> Content:
    """Consents first: somebody of the team waits for them, and they run out."""
    waiting = consents.to_decide(look.user)
    count = waiting.order_by()[:MOST].count()
    rows = waiting.select_related("operation", "project__region").order_by("expires_at", "pk")[:LINES] if count else ()
    operations = visible_operations(look.user, [consent.operation for consent in rows])
    shares = waiting_for(look.user, LINES)
    lines = [
        Line(
            str(operation),
            reverse("images:consent", args=[consent.pk]),
            _("consent"),
            "wait",
            _("%(person)s asks, in %(project)s") % {"person": consent.operation.actor_name, "project": consent.project},
            consent.asked_at,
        )
        for consent, operation in zip(rows, operations, strict=True)
    ]
    lines += [
        Line(str(share), reverse("images:shared_in_share", args=[share.pk]), _("shared with us"), "accent",
             _("into %(project)s") % {"project": share.project}, share.waiting_since)
        for share in shares.first
    ]  # fmt: skip
    total = count + shares.count
    consents_first = bool(count) and not shares.count
    return Content(
        lines=lines[:LINES],
        figure=_many(total, MOST),
        tone="wait",
        nothing=_("Nobody waits for your word."),
        more=_("All requests for consent") if consents_first else _("All that is shared with us"),
        more_url=cached_url("images:consents") if consents_first else cached_url("images:shared_in"),
        foot=[Line(_("Requests for consent"), cached_url("images:consents"))] if count and shares.count else (),
    )


def operations(look: Reader) -> Content:
    """What went wrong before what is under way: the one needs somebody, the other goes by itself."""
    wrong, moving = went_wrong(look.user), under_way(look.user)
    lines = [*_lines(wrong, look, 2 if moving else LINES), *_lines(moving, look, LINES)]
    words = []
    if wrong:
        words.append(_("%(n)s failed") % {"n": _many(len(wrong), COUNTED)})
    if moving:
        words.append(_("%(n)s under way") % {"n": _many(len(moving), COUNTED)})
    return Content(
        lines=lines[:LINES],
        figure=", ".join(words),
        tone="bad" if wrong else "accent",
        nothing=_("Nothing is under way, and nothing failed in the last week."),
        more=_("All operations of yours and your team"),
        more_url=f"{cached_url('images:operations')}?{urlencode({'whose': 'team'})}",
    )


def _lines(operations: Sequence[Operation], look: Reader, most: int) -> list[Line]:
    return [
        Line(
            str(operation),
            reverse("images:operation", args=[operation.pk]),
            operation.get_state_display(),
            TONES.get(operation.state, ""),
            _note(operation, look),
            operation.finished_at or operation.created_at,
        )
        for operation in operations[:most]
    ]


def _note(operation: Operation, look: Reader) -> str:
    who = _("you") if operation.actor_id == look.user.pk else operation.actor_name
    if operation.failed or operation.unknown:
        figures = {"who": who, "n": operation.failed + operation.unknown, "total": operation.total}
        return _("%(who)s; %(n)d of %(total)d failed") % figures
    return _("%(who)s; %(n)d of %(total)d done") % {"who": who, "n": operation.ended, "total": operation.total}


def _many(number: int, most: int) -> str:
    """Like "20+" where nobody counted further; "" for none."""
    if not number:
        return ""
    return f"{most - 1}+" if number >= most else str(number)
