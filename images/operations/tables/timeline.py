"""When an operation and its images waited and were worked on, as bars on one scale."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from images.core import humanize
from images.operations.enums import ItemState
from images.operations.models.operation import Operation, OperationItem

#: Images that have a bar of their own; with more the page would be all bars.
MOST = 12
_TONES = {
    ItemState.DONE: "good",
    ItemState.FAILED: "bad",
    ItemState.UNKNOWN: "wait",
    ItemState.UNCONFIRMED: "wait",
    ItemState.CANCELLED: "plain",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a bar: where it begins and how long it is, in percent (text, as SVG takes it)."""

    tone: str
    start: str
    length: str


@dataclass(frozen=True, slots=True)
class Bar:
    """`told` says in words what the spans show."""

    label: str
    told: str
    spans: tuple[Span, ...]


def timeline_of(operation: Operation, items: Iterable[OperationItem], now: datetime) -> list[Bar]:
    """The operation's bar, and those of its images while they are few. Empty until it has begun."""
    if operation.started_at is None:
        return []
    drawn = [item for item in items if item.sent_at] if operation.total <= MOST else []
    # that it has begun is written with the first answers
    begun = min([operation.started_at, *(item.sent_at for item in drawn if item.sent_at)])
    scale = _Scale(operation.created_at, operation.finished_at or now)
    waited, worked = begun - operation.created_at, scale.end - begun
    told = (
        _("waited %(waited)s, then took %(worked)s")
        if operation.is_final
        else _("waited %(waited)s, at it for %(worked)s")
    )
    bars = [
        Bar(
            _("All"),
            told % {"waited": _span(waited), "worked": _span(worked)},
            (scale.span("plain", operation.created_at, begun), scale.span("accent", begun, scale.end)),
        )
    ]
    return bars + [_bar(item, scale) for item in drawn]


class _Scale:
    """From moments to percent."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self._whole = max((end - start).total_seconds(), 0.001)

    def _at(self, moment: datetime) -> float:
        return min(100.0, max(0.0, 100 * (moment - self.start).total_seconds() / self._whole))

    def span(self, tone: str, start: datetime, end: datetime) -> Span:
        """At least so long that it can be seen."""
        at = min(self._at(start), 99.5)
        return Span(tone, f"{at:.2f}", f"{max(0.5, self._at(end) - at):.2f}")


def _bar(item: OperationItem, scale: _Scale) -> Bar:
    """From the (last) call to its end; where a job of the service is known, its own time within that."""
    sent, end = item.sent_at or scale.start, item.finished_at or scale.end
    tone = _TONES.get(ItemState(item.state), "accent")
    job = item.job
    spans = [scale.span("soft" if job and job.begin_at else tone, sent, end)]
    if job and job.begin_at:
        spans.append(scale.span(tone, max(job.begin_at, sent), min(job.end_at or end, end)))
    told = _("%(state)s after %(took)s") if item.finished_at else _("%(state)s for %(took)s")
    return Bar(str(item), told % {"state": item.get_state_display(), "took": _span(end - sent)}, tuple(spans))


def _span(length: timedelta) -> str:
    if length < timedelta(seconds=1):
        return _("less than a second")
    return humanize.span(length.total_seconds())
