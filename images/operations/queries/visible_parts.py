"""What of an operation over several projects belongs to some of them: to those that a reader sees, or to the one that
is told. Its items are children that are filtered as the operation is; counts and its line follow from what is left.

`visible_operations` is for whoever shows operations to a person, `part_in` for whoever tells a project of one.
"""

import copy
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NoReturn

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.access.permissions import visible_projects
from images.clouds.models import Project
from images.core.requests import Person
from images.operations.enums import COUNTERS, ItemState
from images.operations.models.operation import Operation, OperationEvent, OperationItem
from images.operations.queries import unwritten


def summary_of(first: str, more: int) -> str:
    """A line for people: "ubuntu-22 and 41 more"."""
    if not more:
        return first
    said = ngettext("%(first)s and %(n)d more", "%(first)s and %(n)d more", more)
    return said % {"first": first, "n": more}


def visible_operations(user: Person, operations: Iterable[Operation]) -> list[Operation]:
    """Each as this person may see it: where some of its projects are not theirs, a copy with the counts and the line of
    what is, and `hidden` true. At most four queries, none when no operation is over several projects."""
    found = list(operations)
    several = [one.pk for one in found if one.project_id is None]
    if not several:
        return found
    seen = visible_projects(user).order_by().values("pk")
    foreign = OperationItem.objects.filter(operation=OuterRef("pk")).exclude(project__in=seen)
    partly = set(Operation.objects.filter(Exists(foreign), pk__in=several).order_by().values_list("pk", flat=True))
    narrowed = _narrowed([one for one in found if one.pk in partly], Q(project__in=seen))
    for one in narrowed.values():
        one.summary = _("%(images)s, and others that you may not see") % {"images": one.summary}
    return [narrowed.get(one.pk, one) for one in found]


def part_in(operation: Operation, project: Project) -> Operation:
    """What a project is told of: the operation itself, or a copy that knows the project's images only."""
    if operation.project_id is not None:
        return operation
    return _narrowed([operation], Q(project=project))[operation.pk]


def is_hidden(operation: Operation) -> bool:
    """Whether `visible_operations` has left something out."""
    return bool(getattr(operation, "hidden", False))


def items_seen(user: Person, operation: Operation) -> QuerySet[OperationItem]:
    """Of an operation that went through `visible_operations`."""
    items: QuerySet[OperationItem] = operation.items.all()
    return items.filter(project__in=visible_projects(user)) if is_hidden(operation) else items


def events_seen(user: Person, operation: Operation) -> QuerySet[OperationEvent]:
    """Its log; where something is hidden only what is about an image that is not: the rest names and counts all."""
    events: QuerySet[OperationEvent] = operation.events.all()
    return events.filter(item__project__in=visible_projects(user)) if is_hidden(operation) else events


def _narrowed(operations: Collection[Operation], which: Q) -> Mapping[int, Operation]:
    if not operations:
        return {}
    pks = [one.pk for one in operations]
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("total", *COUNTERS.values()), 0))
    items = OperationItem.objects.filter(which, operation__in=pks).order_by()
    grouped: list[tuple[int, str, int]] = [
        *items.values_list("operation_id", "state").annotate(n=Count("pk")),
        *unwritten.counts(which & Q(operation__in=pks)),
    ]
    for pk, state, number in grouped:
        counts[pk][COUNTERS[ItemState(state)]] += number
        counts[pk]["total"] += number
    first = items.filter(operation=OuterRef("pk")).order_by("position").values("image_name")[:1]
    names = dict(Operation.objects.filter(pk__in=pks).order_by().values_list("pk", Subquery(first)))
    return {one.pk: _copy(one, counts[one.pk], names.get(one.pk) or "") for one in operations}


def _copy(operation: Operation, counts: Mapping[str, int], first: str) -> Operation:
    part: Any = copy.copy(operation)  # which gets what no row has
    for name, number in counts.items():
        setattr(part, name, number)
    part.summary = summary_of(first[:200], max(0, counts["total"] - 1))
    part.hidden = True
    part.save = _not_to_be_kept
    shown: Operation = part
    return shown


def _not_to_be_kept(*_args: object, **_kwargs: object) -> NoReturn:
    raise TypeError("a part of an operation is shown, never saved")
