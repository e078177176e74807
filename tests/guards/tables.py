"""Lines of all rooms, from `tests/<room>/guards.py`: whoever adds a URL or a service to a room says there who may.

ROWS: URL → who gets what (roles.py). SERVICES: what acts for somebody → who may have it done (services.py). UNGUARDED:
what has an `actor` and asks no permission → why.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.guards.roles import Row
from tests.guards.services import Service

TESTS = Path(__file__).parent.parent
#: Room → its lines.
ROOMS: dict[str, ModuleType] = {
    path.parent.name: import_module(f"tests.{path.parent.name}.guards") for path in sorted(TESTS.glob("*/guards.py"))
}


def _gathered(name: str) -> dict[str, Any]:
    """A ValueError for what two rooms have a line for."""
    found: dict[str, Any] = {}
    for module in ROOMS.values():
        lines = getattr(module, name, {})
        if twice := found.keys() & lines.keys():
            raise ValueError(f"{module.__name__}: another room has {', '.join(twice)}")
        found |= lines
    return found


ROWS: dict[str, Row] = _gathered("ROWS")
SERVICES: dict[str, Service] = _gathered("SERVICES")
UNGUARDED: dict[str, str] = _gathered("UNGUARDED")
