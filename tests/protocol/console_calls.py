"""Who in the console calls an operation: services with the screens above them, acts with the screens that offer them.

A service is followed by who imports it. An act (operations/actions) is followed by its kind: nobody imports it, screens
put its kind into an order, and the carrier sends what the kind stands for.
"""

import ast
import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import grimp

from images.operations.enums import ActionKind
from tests.protocol import reach

ROOT = Path(__file__).resolve().parents[2]

#: Where a person or a timer meets the services.
_DOORS = re.compile(r"images\.(?:(?P<command>management\.commands)\.|(?:\w+\.)*?(?:views|tasks)\b)")

#: So many are named; where more lead, their number says it.
_NAMED = 9

#: Questions about a kind, which order nothing.
_ONLY_ASKS = frozenset({"filter", "exclude", "why_not", "verdicts"})

Found = dict[str, list[str]]


def callers(methods: Mapping[str, list[str]], chapters: Iterable[str]) -> Found:
    """Section → who calls it. `methods`: section → methods of the client; `chapters`: its attributes (images …)."""
    from images.operations.actions import ACTIONS  # by then Django is set up

    called = _Called(chapters)
    graph = grimp.build_graph("images", cache_dir=None)
    found: Found = {}

    def note(names: set[str], who: str) -> None:
        for section in (section for section, known in methods.items() if names.intersection(known)):
            found.setdefault(section, []).append(who)

    for module, tree in _modules():
        if "services" in module.split("."):
            note(called.in_trees([tree]), _told(_short(module), _doors(graph.find_downstream_modules(module))))
    for kind, ways in ways_to_acts(graph).items():
        act = type(ACTIONS[kind])
        note(called.in_trees(reach.trees(act, "images.operations.actions")), _told(f"act *{kind.value}*", ways))
    return found


def ways_to_acts(graph: grimp.ImportGraph) -> dict[ActionKind, list[str]]:
    """Kind → screens, tasks and commands that order it."""
    from images.operations.services.selection import OFFERED

    orders = dict(_orders())
    chosen = "images.operations.services.selection"
    of_chosen = [
        importer
        for importer in graph.find_modules_that_directly_import(chosen)
        if any(
            "OFFERED" in line["line_contents"] for line in graph.get_import_details(importer=importer, imported=chosen)
        )
    ]
    found: dict[ActionKind, list[str]] = {}
    for kind in ActionKind:
        modules = [module for module, kinds in orders.items() if kind.name in kinds]
        modules += of_chosen if kind in OFFERED else []
        above = {door for module in modules for door in (module, *graph.find_downstream_modules(module))}
        found[kind] = _doors(above)
    return found


def _orders() -> Iterator[tuple[str, set[str]]]:
    """Modules that order kinds: `kind=ActionKind.COPY` in a call, or the usual value of a field."""
    for module, tree in _modules():
        if module.startswith(("images.operations.actions", "images.operations.queries", "images.migrations")):
            continue
        kinds = {kind for node in ast.walk(tree) for kind in _ordered(node)}
        if kinds:
            yield module, kinds


def _ordered(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = [word.value for word in node.keywords if word.arg == "kind" and name not in _ONLY_ASKS]
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "kind":
        given = [node.value] if node.value else []
    else:
        given = []
    for value in given:
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "ActionKind":
            yield value.attr


@cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple((_module(path), ast.parse(path.read_text())) for path in sorted((ROOT / "images").rglob("*.py")))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


class _Called:
    """Methods of the client in code: `….images.raw_page` is `images.raw_page`, `identity.projects` that of IAM."""

    def __init__(self, chapters: Iterable[str]) -> None:
        self._owners = {name: name for name in chapters} | {"identity": "Identity", "identity_of": "Identity"}

    def in_trees(self, trees: Iterable[ast.AST]) -> set[str]:
        nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        return {
            f"{self._owners[owner]}.{node.attr}" for node in nodes if (owner := _last_name(node.value)) in self._owners
        }


def _last_name(node: ast.expr) -> str:
    """`images` of `client.images`, `identity_of` of `identity_of(account)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _doors(above: Iterable[str]) -> list[str]:
    return sorted({_door(module, found) for module in above if (found := _DOORS.match(module))})


def _told(name: str, doors: list[str]) -> str:
    if len(doors) > _NAMED:
        return f"{name} ← {len(doors)} screens, tasks and commands"
    return f"{name} ← {', '.join(doors)}" if doors else name


def _door(module: str, found: re.Match[str]) -> str:
    return f"manage.py {module.rpartition('.')[2]}" if found["command"] else _short(module)


def _short(module: str) -> str:
    """`sync` for `images.cache.services.sync`."""
    return ".".join(word for word in module.split(".") if word not in {"images", "services", "views"})


def uncalled() -> dict[str, str]:
    """Section → why the console does not call it, for all that it does not (uncalled.csv)."""
    with Path(__file__).with_name("uncalled.csv").open(newline="") as file:
        return {row["section"]: row["why"] for row in csv.DictReader(file)}
