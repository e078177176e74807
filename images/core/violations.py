"""What a broken rule is, and how services insist on rules."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that does not hold.

    field: the parameter as IMS names it (`name`, `data_images.0.min_disk`); empty when the image itself is the matter.
    message: a sentence for people, in their language; it says what is allowed.
    code: the code of Appendix B that the service would answer with; empty when the reference lists none.
    rule: section of the API reference.
    """

    field: str
    message: str
    code: str = ""
    rule: str = ""

    def __str__(self) -> str:
        return self.message


class RulesViolated(ValueError):
    """A call would be refused; `broken` says why, the sentence is that of the first rule."""

    def __init__(self, broken: Iterable[Violation]) -> None:
        self.broken = tuple(broken)
        super().__init__(self.broken[0].message)

    @property
    def code(self) -> str:
        return self.broken[0].code


def insist(broken: Violation | Iterable[Violation] | None) -> None:
    """Nothing, when no rule is broken. Raises RulesViolated."""
    found = [broken] if isinstance(broken, Violation) else list(broken or ())
    if found:
        raise RulesViolated(found)


def within(prefix: str, broken: Iterable[Violation]) -> list[Violation]:
    """The same, of a field inside another: `min_disk` becomes `data_images.0.min_disk`."""
    return [Violation(f"{prefix}.{one.field}", one.message, one.code, one.rule) for one in broken]


def violation_message(broken: Violation) -> str:
    """A broken rule for people, with the code of IMS where there is one."""
    return f"{broken.message} ({broken.code})" if broken.code else broken.message
