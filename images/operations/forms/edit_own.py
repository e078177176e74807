"""Attributes that IMS does not know itself: those an image has, and rows for new ones."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from images.cache.rules.dialects import Dialect
from images.cache.rules.editing import CHOICES

_PREFIX: Final = "own_"
#: Empty rows of a fresh form, and the most of one form.
_ROWS: Final = 1
_MOST: Final = 50
#: Fields of their own (operations/forms/edit.py), and what other acts change.
_ELSEWHERE: Final = frozenset(
    {
        *CHOICES, "name", "description", "__description", "min_ram", "hw_firmware_type",
        "hw_vif_multiqueue_enabled", "protected",
    }
)  # fmt: skip


def own_attributes(held: Mapping[str, Any], data: Mapping[str, Any], dialect: Dialect) -> dict[str, str]:
    """Input → attribute, of what the image has, of what its service offers, and of what the person saw and somebody
    else took off meanwhile."""
    seen = (name.removeprefix(f"before_{_PREFIX}") for name in data if name.startswith(f"before_{_PREFIX}"))
    names = [name for name, value in held.items() if isinstance(value, str | int | float)]
    names += [name for name in (*seen, *dialect.offered) if name not in held]
    status = str(held.get("status") or "")
    own = (name for name in sorted({*names} - _ELSEWHERE) if dialect.can_change(name, status))
    return {_PREFIX + name: name for name in own}


class NewAttributes:
    """Rows of a name and a value, `new_name_0`, `new_value_0` and so on; rows without both are passed over."""

    def __init__(self, sent: Mapping[str, Any], held: Mapping[str, Any], dialect: Dialect) -> None:
        self._held, self._dialect = held, dialect
        count = sum(name.startswith("new_name_") for name in sent) or _ROWS
        numbers = range(min(count + ("row" in sent), _MOST))
        #: Number, name and value of each row.
        self.rows = [(n, sent.get(f"new_name_{n}", "").strip(), sent.get(f"new_value_{n}", "")) for n in numbers]

    @property
    def given(self) -> list[tuple[str, str]]:
        return [(name, value) for _number, name, value in self.rows if name or value]

    def problems(self) -> list[str]:
        """A sentence for each row that cannot be sent."""
        names = [name for name, _value in self.given]
        found = []
        for name, value in self.given:
            if not name or not value:
                found.append(_("A new attribute needs a name and a value."))
            elif self._held.get(name) is not None or names.count(name) > 1:
                found.append(_("%(name)s is there already.") % {"name": name})
            else:
                problems = self._dialect.check_attribute(name, value)
                found += [f"{name}: {one.message}" for one in problems]
        return found
