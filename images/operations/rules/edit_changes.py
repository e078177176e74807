"""What an edit changes of an image, attribute by attribute: as an operation carries it, read back and turned round.

Values are compared as texts: services send numbers as texts or not, and booleans in three spellings; absent, null and
empty are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from images.cache.rules.editing import excluded_by

#: Visibilities of a Glance; at IMS no call changes it.
_EVERYBODY: Final = frozenset({"public", "community"})


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute (in IMS's spelling). `before` None: nobody noted it, so that it cannot be taken back."""

    attribute: str
    before: str | None
    after: str


def changes_of(parameters: Mapping[str, Any]) -> list[AttributeChange]:
    """Read back from the parameters of an item of an edit."""
    return [
        AttributeChange(
            one["attribute"], as_text(one["before"]) if "before" in one else None, as_text(one.get("value"))
        )
        for one in parameters.get("changes") or ()
    ]


def gives_to_everybody(parameters: Mapping[str, Any]) -> bool:
    """Whether an edit makes an image one that others may use without being asked: it then needs what sharing needs."""
    return any(one.attribute == "visibility" and one.after in _EVERYBODY for one in changes_of(parameters))


def reversed_edit(parameters: Mapping[str, Any], attribute: str = "") -> dict[str, Any]:
    """The parameters of an edit that takes this one back (of one attribute, when it is named, with those that could not
    stay beside it); {} when there is nothing to take back."""
    changes = changes_of(parameters)
    tied = {attribute, *excluded_by(attribute, {one.attribute: True for one in changes})}
    back = [
        {"attribute": one.attribute, "value": one.before, "before": one.after}
        for one in reversed(changes)
        if one.before is not None and one.before != one.after and (not attribute or one.attribute in tied)
    ]
    return {"changes": back} if back else {}


def as_text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) or value in ("True", "False") else str(value)
