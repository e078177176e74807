"""Reading operations: the list of what was asked for, one operation with its items, and the one query of a poll."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from images.enums import OPEN_ITEMS, ItemState, OperationState
from images.models import Operation, OperationEvent, OperationItem, Project, Upload
from images.permissions import Ability, projects_for
from images.selectors.operations_asked import Asked
from images.selectors.statements import PERSON, ROW, fetch

PER_PAGE = 50
_LARGEST = 2**63 - 1
#: Colour of a state, as badges have it; "" is plain.
TONES = {
    OperationState.APPROVAL: "wait",
    OperationState.RECEIVING: "accent",
    OperationState.WAITING: "",
    OperationState.RUNNING: "accent",
    OperationState.DONE: "good",
    OperationState.PARTLY: "wait",
    OperationState.FAILED: "bad",
    OperationState.CANCELLED: "",
    OperationState.UNKNOWN: "wait",
    ItemState.SENT: "accent",
    ItemState.DOUBT: "wait",
    ItemState.FOLLOWING: "accent",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the bar of an operation: where it begins and how long it is, in percent (text, as SVG takes it)."""

    tone: str
    label: str
    count: int
    start: str
    length: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of operations, newest first. `newer` and `older`: the one after or before which the next page begins, 0
    when there is none."""

    rows: Sequence[Operation]
    newer: int = 0
    older: int = 0


def listed(user, asked: Asked, *, before: int = 0, after: int = 0) -> Listed:
    """Those asked for before or after an operation, or the newest. Nothing is counted and nothing passed over, so that
    the last page of many thousands costs what the first does."""
    operations = asked.of_these(Operation.objects.visible_to(user), user).select_related("project__region")
    if after:
        found = list(operations.filter(pk__gt=after).order_by("pk")[: PER_PAGE + 1])
        rows = found[:PER_PAGE][::-1]
        return Listed(rows, rows[0].pk if len(found) > PER_PAGE else 0, rows[-1].pk if rows else after + 1)
    if before:
        operations = operations.filter(pk__lt=before)
    found = list(operations.order_by("-pk")[: PER_PAGE + 1])
    rows = found[:PER_PAGE]
    newer = (rows[0].pk if rows else before - 1) if before else 0
    return Listed(rows, newer, rows[-1].pk if len(found) > PER_PAGE else 0)


def moving_of(operations: Iterable[Operation]) -> str:
    """Of these the unfinished ones, each with its version: what a poll of the list hands back ("12:5-13:2")."""
    return "-".join(f"{one.pk}:{one.version}" for one in operations if not one.is_final)


def moved(user, moving: str) -> tuple[list[Operation], list[Operation]]:
    """Of the operations in `moving` those that this person sees, and among these those that are of another version now.
    One query."""
    pairs = [pair.split(":") for pair in moving.split("-")[:PER_PAGE] if pair.count(":") == 1]
    versions = {int(pk): version for pk, version in pairs if pk.isdecimal() and len(pk) < len(str(_LARGEST))}
    if not versions:
        return [], []
    shown = Operation.objects.visible_to(user).filter(pk__in=versions).select_related("project__region")
    found = list(shown.order_by("-pk"))
    return found, [one for one in found if str(one.version) != versions[one.pk]]


def people() -> QuerySet:
    """The user names of all who have asked for something, for suggestions."""
    theirs = Operation.objects.filter(actor=OuterRef("pk"))
    return get_user_model().objects.filter(Exists(theirs)).order_by("username").values_list("username", flat=True)


def projects(user) -> QuerySet[Project]:
    return Project.objects.visible_to(user).select_related("region")


def may_act(user) -> ExpressionWrapper:
    """Whether this person may operate in each project of an operation: what cancelling and trying again ask for."""
    operable = projects_for(user, Ability.OPERATE).order_by()
    foreign = OperationItem.objects.filter(operation=OuterRef("pk")).exclude(project__in=operable)
    one = Q(Exists(operable.filter(pk=OuterRef("project"))))
    return ExpressionWrapper(one | Q(~Exists(foreign), project=None), BooleanField())


def version_of(user, pk: int) -> tuple[int, str, bool] | None:
    """(version, key, `may_act`) of an operation that this person may see: the one query of a poll. None: not there.

    The key tells it from another that has the same number in another database or after a restoration."""
    if not getattr(user, "is_active", False) or pk > _LARGEST:
        return None
    rows = fetch(_version, (), given={PERSON: user.pk, ROW: pk}, planned=True)
    return rows[0] if rows else None


def _version() -> QuerySet:
    """Kept as SQL, as visibility.py keeps its own: browsers ask it again and again."""
    person = get_user_model()(pk=PERSON, is_active=True)
    seen = Operation.objects.visible_to(person).filter(pk=ROW).order_by()
    return seen.annotate(may=may_act(person)).values_list("version", "key", "may")


def parts_of(operation: Operation) -> list[Part]:
    """The bar of an operation."""
    counted = (
        ("good", OperationState.DONE.label, operation.done),
        ("bad", OperationState.FAILED.label, operation.failed),
        ("wait", OperationState.UNKNOWN.label, operation.unknown),
        ("plain", OperationState.CANCELLED.label, operation.cancelled),
        ("accent", OperationState.RUNNING.label, operation.running),
        ("empty", OperationState.WAITING.label, operation.waiting),
    )
    parts, start = [], 0.0
    for tone, label, count in counted:
        length = 100 * count / operation.total if operation.total else 0.0
        if count:
            parts.append(Part(tone, str(label), count, f"{start:.2f}", f"{length:.2f}"))
        start += length
    return parts


def items_of(operation: Operation, state: str, number: str) -> Page:
    """A page of its items; `state` "" for all."""
    items = operation.items.select_related("project", "job").order_by("position")
    if state in ItemState:
        items = items.filter(state=state)
    elif operation.total <= PER_PAGE:
        items = list(items)  # one page, which need not be counted
    return Paginator(items, PER_PAGE).get_page(number)


def states_of(operation: Operation, counters: Mapping[ItemState, str]) -> list[ItemState]:
    """States that items of it are in. `counters`: which column of the operation counts a state; only what is under way
    shares one, and is few."""
    under_way = [state for state in OPEN_ITEMS if counters[state] == "running"]
    now = set()
    if operation.running:
        rows = operation.items.filter(state__in=under_way).order_by().values_list("state", flat=True)
        now = set(rows.distinct())
    return [
        state for state in ItemState if (state in now if state in under_way else getattr(operation, counters[state]))
    ]


def retry_of(operation: Operation) -> Operation | None:
    """The operation in which its failed items are tried again; one that was cancelled does not count."""
    return operation.retries.exclude(state=OperationState.CANCELLED).first()


def upload_of(user, operation: Operation) -> UUID | None:
    """Where this person goes on with the file that the operation waits for."""
    if operation.state != OperationState.RECEIVING:
        return None
    return Upload.objects.visible_to(user).filter(operation=operation).values_list("pk", flat=True).first()


def events_of(operation: Operation) -> Sequence[OperationEvent]:
    """The latest fifty lines of its log, newest first."""
    return list(operation.events.order_by("-pk")[:PER_PAGE])


def of_image(user, *, image_uid: str) -> Sequence[OperationItem]:
    """What was done to an image, newest first, also when it is gone."""
    seen = Project.objects.visible_to(user)
    items = OperationItem.objects.filter(image_uid=image_uid, project__in=seen)
    return list(items.select_related("operation", "job").order_by("-pk")[:PER_PAGE])
