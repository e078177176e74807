"""What there is to carry out and when, whose turn it is, and which items go out in one call.

The open operations share what the project can take: each round is divided among them, and what a small one does not
need is the others'. So the retagging of five images begins at once beside one of a hundred thousand. On one image the
order in which people asked is kept: whatever an earlier operation has yet to do to it comes first, out of its turn.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from images.cache.queries.tags import Tags, tags_of
from images.cache.rules.dialects import of_kind
from images.cache.rules.tag_changes import overtaken_by
from images.clouds.models import Project
from images.core import clock
from images.ims.capabilities import capabilities_of
from images.operations.actions import ACTIONS
from images.operations.actions.changing import FEW
from images.operations.enums import FINAL_OPERATIONS, HELD_OPERATIONS, ActionKind, ItemState, OperationState
from images.operations.models.operation import Job, Operation, OperationItem
from images.operations.queries import unwritten
from images.operations.services.work import made_name

#: Operations that are served in one round: each costs a query.
AT_ONCE = 8
#: Images in one call, and images × recipients. The reference sets no limit; the service gets no more than it can answer
#: well within the time of a call.
MOST_IMAGES: Final = 100
MOST_PAIRS: Final = 500
_READY = (ItemState.WAITING, ItemState.SENT, ItemState.UNCONFIRMED)
#: Neither ended nor held.
_CARRIED = (OperationState.WAITING, OperationState.RUNNING)
_SLOW: Final = [kind for kind, act in ACTIONS.items() if act.slow]
_MAKERS: Final = [kind for kind, act in ACTIONS.items() if act.makes]


# --- what is due ------------------------------------------------------------------------------------------------------
def has_open_work() -> bool:
    """Whether any operation still needs a carrier."""
    unfinished = Operation.objects.exclude(state__in=(*FINAL_OPERATIONS, *HELD_OPERATIONS))
    return unfinished.exists() or unwritten.are_there()


def next_due() -> datetime | None:
    """When something is to be done; None: nothing is open."""
    if unwritten.are_there():
        return clock.now()
    items = OperationItem.objects.filter(state__in=_READY).exclude(operation__state__in=HELD_OPERATIONS)
    moments = [items.aggregate(at=Min("next_at"))["at"], Job.objects.aggregate(at=Min("poll_at"))["at"]]
    return min((moment for moment in moments if moment), default=None)


def projects_due() -> set[int]:
    """Project.id of those for which a call can go out now, or items are to be made. One step in an index for each
    project and operation: their items are not gone through."""
    operations = list(Operation.objects.filter(state__in=_CARRIED).order_by().values_list("pk", flat=True))
    items = due_now().filter(project=OuterRef("pk"), operation__in=operations, state__in=_READY).order_by()
    projects = Project.objects.filter(Exists(items)).order_by() if operations else Project.objects.none()
    jobs = Job.objects.filter(poll_at__lte=clock.now()).order_by().values_list("project_id", flat=True).distinct()
    return set(projects.values_list("pk", flat=True)) | set(jobs) | unwritten.projects()


def due_now() -> QuerySet[OperationItem]:
    """Open items whose time has come, as the index "item_turn" has them (with project, operation and state)."""
    return OperationItem.objects.filter(finished_at=None, next_at__lte=clock.now())


def due_items() -> QuerySet[OperationItem]:
    return due_now().filter(state__in=_READY).exclude(operation__state__in=HELD_OPERATIONS)


def with_operations(items: QuerySet[OperationItem]) -> QuerySet[OperationItem]:
    """With all that acts need. Many items are of few operations: each of these is read once. Images are not read: a
    bulk operation would make a thousand rows of forty columns for nothing."""
    return items.prefetch_related("operation", "project")


# --- whose turn it is -------------------------------------------------------------------------------------------------
class Scheduling:
    """As one carrier remembers them. `away`: items for which a call is under way; `room`: how many more may be."""

    def __init__(self) -> None:
        #: Project.id → the operation that was served last.
        self._last: dict[int, int] = {}

    def to_send(
        self, project: Project, room: int, away: Collection[OperationItem], *, files: int
    ) -> list[OperationItem]:
        """Items whose calls can go out side by side. `files`: how many more of them may travel."""
        due = self._due(project, ItemState.WAITING, away).exclude(pk__in=[item.pk for item in away])
        if files <= 0:  # else many of them would stand before all others
            due = due.exclude(operation__kind__in=_SLOW)
        waiting = self._waiting(project, due)
        items = self._shared_out(project, due, waiting, room)
        items = _in_order(project, _with_companions(project, items), waiting)
        return _distinguishable(project, _apart(_few_files(items, files), away), away)

    def to_look_for(self, project: Project, room: int, away: Collection[OperationItem]) -> list[OperationItem]:
        """Items whose calls were lost."""
        if not due_now().filter(project=project, state=ItemState.UNCONFIRMED).exists():
            return []  # as nearly always: the two long statements below are spared
        due = self._due(project, ItemState.UNCONFIRMED, away).exclude(pk__in=[item.pk for item in away])
        return self._shared_out(project, due, self._waiting(project, due), room)

    def _due(self, project: Project, state: ItemState, away: Collection[OperationItem]) -> QuerySet[OperationItem]:
        """Without images that a call is under way for: many acts on one image must not stand before all others."""
        due = due_now().filter(project=project, state=state)
        return due.exclude(image_uid__in=_images_of(away))

    def _waiting(self, project: Project, due: QuerySet[OperationItem]) -> dict[int, int]:
        """Operation.id of those that have something due → how many of their images wait; eldest first."""
        operations = Operation.objects.filter(Q(project=project) | Q(project=None), state__in=_CARRIED)
        operations = operations.filter(Exists(due.filter(operation=OuterRef("pk")).order_by()))
        return dict(operations.order_by("pk").values_list("pk", "waiting"))

    def _shared_out(
        self, project: Project, due: QuerySet[OperationItem], waiting: dict[int, int], room: int
    ) -> list[OperationItem]:
        last = self._last.get(project.pk, 0)
        chosen = sorted(waiting, key=lambda pk: (pk <= last, pk))[: min(AT_ONCE, room)]
        if not chosen:
            return []
        self._last[project.pk] = chosen[-1]
        operations = Operation.objects.in_bulk(chosen)
        items: list[OperationItem] = []
        # the small ones first: what they leave of their share is divided among the others
        for place, pk in enumerate(sorted(chosen, key=lambda pk: waiting[pk])):
            left = len(chosen) - place
            share = -(-(room - len(items)) // left)
            for item in due.filter(operation=pk).order_by("next_at", "pk")[:share]:
                item.operation, item.project = operations[pk], project
                items.append(item)
        return items


def _images_of(items: Iterable[OperationItem]) -> set[str]:
    return {item.image_uid for item in items if item.image_uid}


def _in_order(project: Project, items: list[OperationItem], waiting: Collection[int]) -> list[OperationItem]:
    """With the earliest operation's item in the place of a later one's of the same image."""
    later = [item for item in items if item.image_uid and item.operation_id != min(waiting)]
    if not later:
        return items
    # by image alone: the database must not go through all that an earlier operation has
    earlier = due_now().filter(image_uid__in=_images_of(later), state=ItemState.WAITING)
    first: dict[str, OperationItem] = {}
    for item in sorted((*items, *with_operations(earlier)), key=_place):
        if item.project_id == project.pk and item.operation_id in waiting:
            first.setdefault(item.image_uid, item)
    held = _held_up(project, later)
    chosen = {item.pk: item for item in (first.get(item.image_uid, item) if item.image_uid else item for item in items)}
    return sorted((item for item in chosen.values() if item.pk not in held), key=_place)


def _place(item: OperationItem) -> tuple[int, int]:
    return item.operation_id, item.position


def _held_up(project: Project, items: list[OperationItem]) -> set[int]:
    """OperationItem.id of those whose image an earlier operation has, as no item yet: it becomes one first, within
    seconds."""
    newest = max(item.operation_id for item in items)
    earlier = Q(project=project, operation__lt=newest, operation__state__in=_CARRIED)
    held: set[int] = set()
    for operation_id, _kind, images in unwritten.waiting_images(earlier):
        held |= {item.pk for item in items if item.operation_id > operation_id and (item.image_id or 0) in images}
    return held


def _with_companions(project: Project, items: list[OperationItem]) -> list[OperationItem]:
    """With further items of the same operations that the same calls can serve."""
    operations = sorted({item.operation_id for item in items if _goes_together(item, project)})
    if not operations:
        return items
    rows = OperationItem.objects.filter(project=project, operation__in=operations, state=ItemState.WAITING)
    rows = rows.exclude(pk__in=[item.pk for item in items]).order_by("pk")
    # as many as fill one call of each
    more = list(rows.values_list("pk", flat=True)[: MOST_IMAGES * len(operations)])
    companions = with_operations(due_items().filter(pk__in=more)).order_by("pk")
    return items + [item for item in companions if _goes_together(item, project)]


def _few_files(items: list[OperationItem], files: int) -> list[OperationItem]:
    """Without items whose files would be too many."""
    slow = [item for item in items if item.operation.kind in _SLOW]
    return [item for item in items if item not in slow[max(0, files) :]] if slow else items


def _apart(items: list[OperationItem], away: Iterable[OperationItem]) -> list[OperationItem]:
    """One of each image, and none for which a call is under way: each call finds what the one before it left."""
    busy = _images_of(away)
    chosen = []
    for item in items:
        if not item.image_uid or item.image_uid not in busy:
            chosen.append(item)
            busy.add(item.image_uid)
    return chosen


def _distinguishable(
    project: Project, items: list[OperationItem], away: Collection[OperationItem]
) -> list[OperationItem]:
    """Without creations whose effect could not be told from that of another one that is unanswered, or about to go
    out."""
    if not any(ACTIONS[item.operation.kind].makes for item in items):
        return items
    unanswered = OperationItem.objects.filter(
        project=project,
        state__in=(ItemState.SENT, ItemState.UNCONFIRMED),
        finished_at=None,
        operation__kind__in=_MAKERS,
    )
    names = {made_name(item) for item in unanswered.select_related("operation")}
    names |= {made_name(item) for item in away if ACTIONS[item.operation.kind].makes}
    chosen = []
    for item in items:
        if ACTIONS[item.operation.kind].makes:
            name = made_name(item)
            if name and name in names:
                continue
            names.add(name)
        chosen.append(item)
    return chosen


# --- what goes out together -------------------------------------------------------------------------------------------
def _goes_together(item: OperationItem, project: Project) -> bool:
    """Whether the item may go out with others, by its act, its service and what became of it so far: IMS shares many
    images with many projects at once (5.3.1, 5.3.2).

    Only what is certain not to have been done goes together: an item whose call was lost, or whose call the service
    refused together with others, goes alone, looks first at what there is, and fails or succeeds for itself.
    """
    section = ACTIONS[item.operation.kind].together
    return bool(section) and capabilities_of(project.kind).offers(section) and not item.result.get("lost")


def grouped(items: Iterable[OperationItem], project: Project) -> list[list[OperationItem]]:
    """Items call by call, in their order. Together: those of one operation with the same recipients."""
    calls: list[list[OperationItem]] = []
    open_calls: dict[tuple[int, tuple[str, ...]], list[OperationItem]] = {}
    for item in items:
        recipients = _recipients(item)
        key = (item.operation_id, recipients)
        most = max(1, min(MOST_IMAGES, MOST_PAIRS // max(1, len(recipients))))
        call = open_calls.get(key)
        if call is None or len(call) >= most or not _goes_together(item, project):
            call = []
            calls.append(call)
            if _goes_together(item, project):
                open_calls[key] = call
        call.append(item)
    return calls


def _recipients(item: OperationItem) -> tuple[str, ...]:
    parameters = {**item.operation.parameters, **item.parameters}
    return tuple(parameters.get("project_ids", ()))


# --- what does not go out ---------------------------------------------------------------------------------------------
def overtaken(items: Iterable[OperationItem]) -> dict[int, str]:
    """OperationItem.id → a sentence, for those whose tags were changed since somebody looked: they are left alone.

    An item of a tag operation says what was there before (rules.tag_changes). Of few images the service is asked before
    anything is sent (actions/changing.py); of many the cache is, which knows what every operation of the console did:
    the calls of one image follow each other.
    """
    of_many = [item for item in items if _is_of_many(item)]
    tags = tags_of(item.image_id for item in of_many if item.image_id)
    reasons = {item.pk: _overtaken(item, tags[item.image_id]) for item in of_many if item.image_id}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _overtaken(item: OperationItem, tags: Tags) -> str:
    return overtaken_by(tags, of_kind(item.project.kind).read_difference(item.parameters))


def _is_of_many(item: OperationItem) -> bool:
    return item.operation.kind == ActionKind.TAG and item.operation.total > FEW and "before" in item.parameters
