"""The schema of images as a Glance publishes it (GET /v2/schemas/image, 6.3.1): the type of each attribute."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext as _

#: Attributes that the schema does not name are texts; Glance keeps them in a column of this length.
_LONGEST_TEXT: Final = 65_535
_LARGEST: Final = 2**31 - 1
#: Neither visible nor typed.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Property:
    """One attribute. type: "string", "integer", "boolean", or another that no form can hold. is_base: always there."""

    type: str = "string"
    choices: tuple[str, ...] = ()
    longest: int = _LONGEST_TEXT
    read_only: bool = False
    is_base: bool = False

    def read(self, text: str) -> object:
        """Typed; a text that is none of the type stays one, and then has a problem. No number is 0."""
        if self.type == "boolean" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if self.type == "integer" and (not text or (text.isascii() and text.isdigit())):
            return int(text or 0)
        return text

    def problem_of(self, value: object) -> str:
        """Why it cannot be the value; "": it can."""
        if self.type == "boolean":
            return "" if isinstance(value, bool) else _("It is true or false.")
        if self.type == "integer":
            whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
            return "" if whole else _("A whole number from 0.")
        if not isinstance(value, str):
            return _("It is a text.")
        if self.choices and value not in self.choices:
            return _("Choose one of: %(choices)s.") % {"choices": ", ".join(self.choices)}
        if len(value) > self.longest:
            return _("A text of at most %(most)d characters.") % {"most": self.longest}
        return _("It holds characters that nobody sees.") if _CONTROL.search(value) else ""


_OWN: Final = Property()


@dataclass(frozen=True)
class Schema:
    """What a service says of its images, by the names of the attributes."""

    properties: Mapping[str, Property]

    def of(self, name: str) -> Property:
        """Attributes of people's own are in no schema: texts of any content."""
        return self.properties.get(name, _OWN)

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> "Schema":
        """From the document; what is in an unknown form is read as far as it can be."""
        found = {name: _property(said) for name, said in properties.items() if isinstance(said, Mapping)}
        return cls(MappingProxyType({**AS_IT_COMES.properties, **found}))


def _property(said: Mapping[str, Any]) -> Property:
    types = said.get("type", "string")
    kinds = [one for one in (types if isinstance(types, list) else [types]) if one != "null"]
    choices = said.get("enum")
    longest = said.get("maxLength")
    return Property(
        type=str(kinds[0]) if kinds else "string",
        choices=tuple(one for one in choices if isinstance(one, str)) if isinstance(choices, list) else (),
        longest=longest if isinstance(longest, int) else _LONGEST_TEXT,
        read_only=said.get("readOnly") is True or kinds[:1] in (["array"], ["object"]),
        is_base=said.get("is_base", True) is not False,
    )


def _base(kind: str = "string", *choices: str, longest: int = _LONGEST_TEXT, read_only: bool = False) -> Property:
    return Property(kind, choices, longest, read_only, is_base=True)


_READ_ONLY: Final = (
    "checksum", "created_at", "direct_url", "file", "id", "locations", "os_hash_algo", "os_hash_value", "schema",
    "self", "size", "status", "stores", "updated_at", "virtual_size",
)  # fmt: skip
#: Glance 33 as it comes (what its image API v2 and its schema-image.json say): for services whose own is not known yet.
AS_IT_COMES: Final = Schema(
    MappingProxyType(
        {
            **dict.fromkeys(_READ_ONLY, _base(read_only=True)),
            "name": _base(longest=255),
            "owner": _base(longest=255),
            "visibility": _base("string", "community", "public", "private", "shared"),
            "protected": _base("boolean"),
            "os_hidden": _base("boolean"),
            "min_disk": _base("integer"),
            "min_ram": _base("integer"),
            "disk_format": _base(longest=255),
            "container_format": _base(longest=255),
            "tags": Property("array", read_only=True, is_base=True),
        }
    )
)
