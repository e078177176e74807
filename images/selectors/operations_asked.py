"""What the address of the list of operations asks for, and the operations that it means."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from images.enums import FINAL_OPERATIONS, ActKind, OperationState
from images.models import Operation, OperationItem

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What makes no sense counts as not asked. `since` and `until`: days (2026-01-31) in the reader's zone, both
    included; `text`: in the summary, the name of an image, or an image ID."""

    whose: str = "all"
    kind: str = ""
    state: str = ""
    project: int = 0
    person: str = ""
    since: str = ""
    until: str = ""
    text: str = ""

    @classmethod
    def of(cls, query) -> "Asked":
        project = query.get("project", "")
        return cls(
            whose="mine" if query.get("whose") == "mine" else "all",
            kind=query.get("kind", "") if query.get("kind") in ActKind else "",
            state=query.get("state", "") if query.get("state") in {*OperationState, "open"} else "",
            project=int(project) if project.isdecimal() and len(project) < 10 else 0,
            person=_words(query.get("person", "")),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            text=_words(query.get("text", "")),
        )

    def of_these(self, operations: QuerySet[Operation], user) -> QuerySet[Operation]:
        if self.whose == "mine":
            operations = operations.filter(actor=user)
        if self.person:
            operations = operations.filter(actor_name=self.person)
        if self.kind:
            operations = operations.filter(kind=self.kind)
        if self.state == "open":
            operations = operations.exclude(state__in=FINAL_OPERATIONS)
        elif self.state:
            operations = operations.filter(state=self.state)
        if self.since:
            operations = operations.filter(created_at__gte=_midnight(self.since))
        if self.until:
            operations = operations.filter(created_at__lt=_midnight(self.until, days=1))
        return self._with_items(operations)

    def _with_items(self, operations: QuerySet[Operation]) -> QuerySet[Operation]:
        items = OperationItem.objects.filter(operation=OuterRef("pk"))
        if self.project:
            operations = operations.filter(Exists(items.filter(project=self.project)))
        if self.text:
            images = items.filter(Q(image_uid=self.text) | Q(image_name__icontains=self.text))
            operations = operations.filter(Q(summary__icontains=self.text) | Exists(images))
        return operations


def _words(text: str) -> str:
    # no database keeps a NUL in a text
    return text.replace("\0", "").strip()[:_LONGEST]


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    # at the ends of the calendar there is no day before or after, which zones and `until` need
    return day.isoformat() if 1900 <= day.year <= 2999 else ""


def _midnight(day: str, days: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day) + timedelta(days=days), time.min))
