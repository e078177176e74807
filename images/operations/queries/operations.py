"""Reading operations: the list of what was asked for, one operation with its items, and the one query of a poll."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from images.access.permissions import Ability, projects_for, visible_projects
from images.clouds.models import Project
from images.core import humanize
from images.core.ids import LARGEST, id_of
from images.core.requests import Person
from images.core.statements import PERSON, ROW, fetch
from images.operations.enums import COUNTERS, OPEN_ITEMS, ItemState, OperationState
from images.operations.models.operation import Operation, OperationEvent, OperationItem
from images.operations.queries.request import OperationQuery
from images.operations.queries.visible_parts import events_seen, items_seen, visible_operations

PER_PAGE = 50
#: Colour of a state, as badges have it; "" is plain.
TONES: Mapping[str, str] = {
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
    ItemState.UNCONFIRMED: "wait",
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

    def __str__(self) -> str:
        return f"{humanize.number(self.count)} {self.label}"


@dataclass(frozen=True, slots=True)
class OperationPage:
    """A page of operations, newest first. `newer` and `older`: the one after or before which the next page begins, 0
    when there is none."""

    rows: Sequence[Operation]
    newer: int = 0
    older: int = 0


def operations_page(user: User, asked: OperationQuery, *, before: int = 0, after: int = 0) -> OperationPage:
    """Those asked for before or after an operation, or the newest. Nothing is counted and nothing passed over, so that
    the last page of many thousands costs what the first does."""
    operations = asked.of_these(Operation.objects.visible_to(user), user).select_related("project__region")
    if after:
        found = list(operations.filter(pk__gt=after).order_by("pk")[: PER_PAGE + 1])
        rows = visible_operations(user, found[:PER_PAGE][::-1])
        return OperationPage(rows, rows[0].pk if len(found) > PER_PAGE else 0, rows[-1].pk if rows else after + 1)
    if before:
        operations = operations.filter(pk__lt=before)
    found = list(operations.order_by("-pk")[: PER_PAGE + 1])
    rows = visible_operations(user, found[:PER_PAGE])
    newer = (rows[0].pk if rows else before - 1) if before else 0
    return OperationPage(rows, newer, rows[-1].pk if len(found) > PER_PAGE else 0)


def unfinished_mark(operations: Iterable[Operation]) -> str:
    """Of these the unfinished ones, each with its version: what a poll of the list hands back ("12:5-13:2")."""
    return "-".join(f"{one.pk}:{one.version}" for one in operations if not one.is_final)


def changed_since(user: Person, moving: str) -> tuple[list[Operation], list[Operation]]:
    """Of the operations in `moving` those that this person sees, and among these those that are of another version now.
    One query."""
    pairs = [pair.split(":") for pair in moving.split("-")[:PER_PAGE] if pair.count(":") == 1]
    versions = {pk: version for pk, version in ((id_of(one), version) for one, version in pairs) if pk}
    if not versions:
        return [], []
    shown = Operation.objects.visible_to(user).filter(pk__in=versions).select_related("project__region")
    found = visible_operations(user, shown.order_by("-pk"))
    return found, [one for one in found if str(one.version) != versions[one.pk]]


def people(user: Person) -> QuerySet[User, str]:
    """The user names of all who have asked for something that this person sees, for suggestions."""
    theirs = Operation.objects.visible_to(user).filter(actor=OuterRef("pk")).order_by()
    return get_user_model().objects.filter(Exists(theirs)).order_by("username").values_list("username", flat=True)


def projects(user: Person) -> QuerySet[Project]:
    return visible_projects(user).select_related("region")


def may_act(user: Person) -> ExpressionWrapper[Q]:
    """Whether this person may operate in each project of an operation: what cancelling and trying again ask for."""
    operable = projects_for(user, Ability.OPERATE).order_by()
    foreign = OperationItem.objects.filter(operation=OuterRef("pk")).exclude(project__in=operable)
    one = Q(Exists(operable.filter(pk=OuterRef("project"))))
    return ExpressionWrapper(one | Q(~Exists(foreign), project=None), BooleanField())


def version_of(user: Person, pk: int) -> tuple[int, str, bool, int | None] | None:
    """(version, key, `may_act`, project or None for several) of an operation that this person may see: the one query of
    a poll. None: not there.

    The key tells it from another that has the same number in another database or after a restoration."""
    if not user.is_active or pk > LARGEST:
        return None
    rows = fetch(_version, (), given={PERSON: user.pk, ROW: pk}, planned=True)
    return rows[0] if rows else None


def _version() -> QuerySet[Operation, tuple[object, ...]]:
    """Kept as SQL, as visibility.py keeps its own: browsers ask it again and again."""
    person = get_user_model()(pk=PERSON, is_active=True)
    seen = Operation.objects.visible_to(person).filter(pk=ROW).order_by()
    rows: QuerySet[Operation, tuple[object, ...]] = seen.annotate(may=may_act(person)).values_list(
        "version", "key", "may", "project_id"
    )
    return rows


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


def items_of(user: Person, operation: Operation, state: str, number: str) -> Page[OperationItem]:
    """A page of its items that this person may see; `state` "" for all."""
    items = items_seen(user, operation).select_related("project", "job").order_by("position")
    if state not in ItemState and operation.total <= PER_PAGE:
        return Paginator(list(items), PER_PAGE).get_page(number)  # one page, which need not be counted
    return Paginator(items.filter(state=state) if state in ItemState else items, PER_PAGE).get_page(number)


def states_of(user: Person, operation: Operation) -> list[ItemState]:
    """States that items of it are in. Only those that are under way share a counter, and they are few."""
    under_way = [state for state in OPEN_ITEMS if COUNTERS[state] == "running"]
    now = set()
    if operation.running:
        rows = items_seen(user, operation).filter(state__in=under_way).order_by().values_list("state", flat=True)
        now = set(rows.distinct())
    return [
        state for state in ItemState if (state in now if state in under_way else getattr(operation, COUNTERS[state]))
    ]


def retry_of(operation: Operation) -> Operation | None:
    """The operation in which its failed items are tried again; one that was cancelled does not count."""
    return operation.retries.exclude(state=OperationState.CANCELLED).first()


def events_of(user: Person, operation: Operation) -> Sequence[OperationEvent]:
    """The latest fifty lines of its log, newest first."""
    return list(events_seen(user, operation).order_by("-pk")[:PER_PAGE])


def of_image(user: Person, *, image_uid: str) -> Sequence[OperationItem]:
    """What was done to an image, newest first, also when it is gone."""
    seen = visible_projects(user)
    items = OperationItem.objects.filter(image_uid=image_uid, project__in=seen)
    return list(items.select_related("operation", "job").order_by("-pk")[:PER_PAGE])
