"""The examples of the reference as data: `examples.json` has each printed request with its printed answer."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Names in printed documents that stand for any value there: JSON schemas describe themselves by these.
_FREE = frozenset({"type", "enum"})


@dataclass(frozen=True, slots=True)
class Example:
    """One request as printed, and the answer; `response` None where none is printed."""

    section: str
    name: str
    method: str
    path: str
    status: int
    content_type: str = ""
    request: Any = None
    response: Any = None

    @property
    def title(self) -> str:
        return f"{self.section} {self.name}"


def examples() -> list[Example]:
    """All of them, in the order of the reference."""
    return [Example(**fields) for fields in json.loads(Path(__file__).with_name("examples.json").read_text())]


def differences(printed: Any, given: Any, at: str = "answer") -> list[str]:
    """Where an answer has not the shape of the printed one, in words.

    Each printed attribute must be there and have the printed type; null fits every type. Of a list, any one element
    may show what the first printed one shows, for not every image has every attribute.
    """
    if printed is None or given is None:
        return []
    if type(printed) is not type(given):
        return [f"{at} is {type(given).__name__}, printed as {type(printed).__name__}"]
    if isinstance(printed, dict):
        return [text for name, value in printed.items() for text in _attribute(name, value, given, at)]
    if isinstance(printed, list) and printed:
        found = [set(differences(printed[0], one, f"{at}[]")) for one in given]
        return sorted(set.intersection(*found)) if found else [f"{at} is empty"]
    return []


def _attribute(name: str, printed: Any, given: dict[str, Any], at: str) -> list[str]:
    if name not in given:
        return [f"{at}.{name} is missing"]
    return [] if name in _FREE else differences(printed, given[name], f"{at}.{name}")
