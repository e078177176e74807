"""The states of items and operations, and the one way from one to the next (docs/operations.md has the picture).

Every move is a conditional UPDATE: who finds the item in another state than expected has lost and does nothing. The
counters of the operation move in the same transaction, and its own state follows from them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from django.db import transaction
from django.db.models import F

from images.core import clock
from images.core.metrics import FINISHED
from images.operations.enums import COUNTERS, FINAL_OPERATIONS, HELD_OPERATIONS, ItemState, OperationState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services.audit_entries import tell_end

#: From each state to those that may follow it. Final ones are left only by a person's word (unknown) or a retry, which
#: makes a new operation.
TRANSITIONS: dict[str, frozenset[str]] = {
    ItemState.WAITING: frozenset({ItemState.SENT, ItemState.FAILED, ItemState.CANCELLED, ItemState.UNKNOWN}),
    ItemState.SENT: frozenset(
        {
            ItemState.WAITING,
            ItemState.UNCONFIRMED,
            ItemState.FOLLOWING,
            ItemState.DONE,
            ItemState.FAILED,
            ItemState.UNKNOWN,
        }
    ),
    ItemState.UNCONFIRMED: frozenset(
        {ItemState.WAITING, ItemState.FOLLOWING, ItemState.DONE, ItemState.FAILED, ItemState.UNKNOWN}
    ),
    ItemState.FOLLOWING: frozenset({ItemState.UNCONFIRMED, ItemState.DONE, ItemState.FAILED, ItemState.UNKNOWN}),
    ItemState.UNKNOWN: frozenset({ItemState.DONE, ItemState.WAITING}),
    ItemState.DONE: frozenset(),
    ItemState.FAILED: frozenset(),
    ItemState.CANCELLED: frozenset(),
}
_AT_ONCE = 500
for _state in FINAL_OPERATIONS:  # there from the start, so that a rule finds a zero instead of nothing
    FINISHED.labels(str(_state.value))
FINAL_ITEMS = frozenset({ItemState.DONE, ItemState.FAILED, ItemState.CANCELLED, ItemState.UNKNOWN})


def move(items: Iterable[OperationItem], to: ItemState, **columns: object) -> list[OperationItem]:
    """Moves items that are still in the state in which they were read; returns those. Inside a transaction."""
    columns["finished_at"] = clock.now() if to in FINAL_ITEMS else None
    by_state: dict[str, list[OperationItem]] = {}
    for item in items:
        by_state.setdefault(item.state, []).append(item)
    moved: list[OperationItem] = []
    steps: dict[int, Counter[ItemState]] = {}
    for state, same in by_state.items():
        if to not in TRANSITIONS[state]:
            raise ValueError(f"an item that is {state} cannot become {to}")
        for item in _moved(state, same, to, columns):
            counted = steps.setdefault(item.operation_id, Counter[ItemState]())
            counted[ItemState(state)] -= 1
            counted[to] += 1
            item.state = to
            moved.append(item)
    for operation_id, counted in steps.items():
        count(operation_id, counted)
    return moved


def _moved(
    state: str, items: list[OperationItem], to: ItemState, columns: dict[str, object]
) -> Iterator[OperationItem]:
    """Moves those that are in that state; nobody can change them between the two statements."""
    for start in range(0, len(items), _AT_ONCE):
        some = items[start : start + _AT_ONCE]
        rows = OperationItem.objects.filter(pk__in=[item.pk for item in some], state=state).order_by()
        held = set(rows.select_for_update().values_list("pk", flat=True))
        OperationItem.objects.filter(pk__in=held).update(state=to, **columns)
        yield from (item for item in some if item.pk in held)


def count(operation_id: int, steps: Mapping[ItemState, int]) -> None:
    """Moves the counters of an operation whose items were moved, and with them its own state."""
    counted: Counter[str] = Counter()
    for state, step in steps.items():
        counted[COUNTERS[state]] += step
    changes = {counter: F(counter) + step for counter, step in counted.items() if step}
    Operation.objects.filter(pk=operation_id).update(version=F("version") + 1, **changes)
    follow(operation_id)


def follow(operation_id: int) -> None:
    """Brings the operation's own state to what its counters say."""
    operation = Operation.objects.select_for_update().get(pk=operation_id)
    state = state_of(operation)
    if state == operation.state:
        return
    now = clock.now()
    final = state in FINAL_OPERATIONS
    Operation.objects.filter(pk=operation_id).update(
        state=state,
        started_at=operation.started_at or (now if state == OperationState.RUNNING else None),
        finished_at=now if final else None,
        version=F("version") + 1,
    )
    if final:
        operation.state = state
        transaction.on_commit(FINISHED.labels(str(state)).inc, robust=True)
        tell_end(operation)


def state_of(operation: Operation) -> OperationState:
    """What the counters say."""
    if operation.waiting + operation.running:
        begun = operation.waiting < operation.total
        # only consent ends what awaits it (operations/services/consent.py), however few items are left
        if operation.state == OperationState.APPROVAL or (operation.state in HELD_OPERATIONS and not begun):
            return OperationState(operation.state)
        return OperationState.RUNNING if begun else OperationState.WAITING
    if operation.unknown:
        return OperationState.UNKNOWN
    if operation.done == operation.total:
        return OperationState.DONE
    if operation.done:
        return OperationState.PARTLY
    return OperationState.FAILED if operation.failed else OperationState.CANCELLED
