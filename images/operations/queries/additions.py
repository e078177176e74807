"""What rooms above add to the page of an operation (images/<room>/listeners.py)."""

from collections.abc import Callable, Mapping, Sequence

from django.contrib.auth.models import User

from images.operations.enums import ActionKind
from images.operations.models.operation import Operation, OperationItem

#: What the page shows once, to this person.
OfPage = Callable[[User, Operation], object]
#: Item (its key) → what its line shows beside what the item itself says; items of one kind, a page of them at once.
OfItems = Callable[[Sequence[OperationItem]], Mapping[int, object]]

_OF_PAGE: dict[str, OfPage] = {}
_OF_ITEMS: dict[str, OfItems] = {}


def add_to_page(name: str, find: OfPage) -> None:
    """From now on the template knows what `find` answers as `name`."""
    _OF_PAGE[name] = find


def add_to_items(kinds: Sequence[ActionKind], find: OfItems) -> None:
    """From now on the lines of operations of these kinds show what `find` answers: one room for each kind."""
    _OF_ITEMS.update((kind.value, find) for kind in kinds)


def of_page(user: User, operation: Operation) -> dict[str, object]:
    return {name: find(user, operation) for name, find in _OF_PAGE.items()}


def of_items(kind: str, items: Sequence[OperationItem]) -> Mapping[int, object]:
    return _OF_ITEMS[kind](items) if kind in _OF_ITEMS else {}
