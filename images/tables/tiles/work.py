"""Tiles about what people do: what waits for this person's word, and the operations of theirs and of their team."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from images.models import Operation
from images.places import place
from images.selectors import consents
from images.selectors.attention import COUNTED, under_way, went_wrong
from images.selectors.incoming import COUNTED as MOST
from images.selectors.incoming import waiting_for
from images.selectors.operations import TONES
from images.tables.tiles.look import LINES, Content, Line, Look


def approvals(look: Look) -> Content:
    """Consents first: somebody of the team waits for them, and they run out."""
    asked = consents.to_decide(look.user)
    count = asked.order_by()[:MOST].count()
    found = asked.select_related("operation", "project__region").order_by("expires_at", "pk")[:LINES] if count else ()
    shares = waiting_for(look.user, LINES)
    lines = [
        Line(str(one.operation), reverse("images:consent", args=[one.pk]), _("consent"), "wait",
             _("%(person)s asks, in %(project)s") % {"person": one.operation.actor_name, "project": one.project},
             one.asked_at)
        for one in found
    ]  # fmt: skip
    lines += [
        Line(str(one), reverse("images:shared_in_share", args=[one.pk]), _("shared with us"), "accent",
             _("into %(project)s") % {"project": one.project}, one.waiting_since)
        for one in shares.first
    ]  # fmt: skip
    total = count + shares.count
    consents_first = bool(count) and not shares.count
    return Content(
        lines=lines[:LINES],
        figure=_many(total, MOST),
        tone="wait",
        nothing=_("Nobody waits for your word."),
        more=_("All requests for consent") if consents_first else _("All that is shared with us"),
        more_url=place("images:consents") if consents_first else place("images:shared_in"),
        foot=[Line(_("Requests for consent"), place("images:consents"))] if count and shares.count else (),
    )


def operations(look: Look) -> Content:
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
        more_url=f"{place('images:operations')}?{urlencode({'whose': 'team'})}",
    )


def _lines(operations: Sequence[Operation], look: Look, most: int) -> list[Line]:
    return [
        Line(str(one), reverse("images:operation", args=[one.pk]), one.get_state_display(), TONES.get(one.state, ""),
             _note(one, look), one.finished_at or one.created_at)
        for one in operations[:most]
    ]  # fmt: skip


def _note(one: Operation, look: Look) -> str:
    who = _("you") if one.actor_id == look.user.pk else one.actor_name  # type: ignore[attr-defined]
    if one.failed or one.unknown:
        figures = {"who": who, "n": one.failed + one.unknown, "total": one.total}
        return _("%(who)s; %(n)d of %(total)d failed") % figures
    return _("%(who)s; %(n)d of %(total)d done") % {"who": who, "n": one.ended, "total": one.total}


def _many(number: int, most: int) -> str:
    """Like "20+" where nobody counted further; "" for none."""
    if not number:
        return ""
    return f"{most - 1}+" if number >= most else str(number)
