"""What other rooms have against single targets of an operation that is asked for, whoever asks."""

from collections.abc import Callable

from images.core.violations import Violation
from images.operations.enums import ActionKind
from images.operations.services.target import Target

#: What tells of each target why it is refused; None: it is not.
Refusal = Callable[[Target], Violation | None]
#: Asked once for each operation.
Guard = Callable[[ActionKind], Refusal]

_GUARDS: list[Guard] = []


def add(guard: Guard) -> None:
    """From now on `guard` is asked of every operation."""
    if guard not in _GUARDS:
        _GUARDS.append(guard)


def refusal_for(kind: ActionKind) -> Refusal:
    """What all of them have against a target; the first that has something says it."""
    asked = [guard(kind) for guard in _GUARDS]

    def refusal(target: Target) -> Violation | None:
        return next((broken for one in asked if (broken := one(target)) is not None), None)

    return refusal
