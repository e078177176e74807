"""Which operation of the reference is where: in client and sandbox, behind which screen, tried by whose client.

`python -m tests.protocol.coverage` (or `make docs`) writes docs/api-coverage.md. Nothing in it is written by hand but
the list of operations itself (operations.csv): the rest is read from the code, and from the tests, whose claims about
the clients of others the sandbox's own ledger has confirmed.
"""

import ast
import csv
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import grimp

from images.ims import Identity, IMSClient, Order
from images.sandbox import routes

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "api-coverage.md"
OURS = "image-console"

_SECTION = re.compile(r"\d\.\d(\.\d)?\Z")
#: Where a person or a timer meets the services.
_DOORS = re.compile(r"images\.(?:(?P<command>management\.commands)\.|(?:\w+\.)*?(?:views|tasks)\b)")

#: So many are named; where more lead, their number says it.
_NAMED = 9

Found = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the reference: `section` is its number, `deprecated` what the reference itself calls abandoned."""

    section: str
    name: str
    method: str
    path: str
    deprecated: bool


def operations() -> list[Operation]:
    """The 43 operations of chapters 5 and 6 and the two of IAM."""
    with Path(__file__).with_name("operations.csv").open(newline="") as file:
        return [Operation(**{**row, "deprecated": row["deprecated"] == "yes"}) for row in csv.DictReader(file)]


# --- the client ------------------------------------------------------------------------------------------------------
def client_methods() -> Found:
    """Section → methods of the client that call it, as `images.upload`."""
    signing_in = (Identity.token, Identity.auth_for, Identity.catalog)
    found: Found = {"3.1": [_name(method) for method in signing_in], "9.4": [_name(Identity.projects)]}
    for chapter, owner in _chapters().items():
        for name, method in _public(owner):
            for section in sorted(_sections_called(owner, method, set())):
                found.setdefault(section, []).append(f"{chapter}.{name}")
    return found


def _chapters() -> dict[str, type]:
    client = IMSClient("http://127.0.0.1:1", "project", None)
    return {name: type(value) for name, value in vars(client).items() if hasattr(value, "_service")}


def _public(owner: type) -> Iterator[tuple[str, object]]:
    yield from ((name, method) for name, method in inspect.getmembers(owner, inspect.isfunction) if name[0] != "_")


def _name(method: object) -> str:
    return str(method.__qualname__)  # type: ignore[attr-defined]


def _sections_called(owner: type, method: object, visited: set[str]) -> set[str]:
    """Sections that a method names in its code, its docstring aside, and in the private methods it goes through."""
    source = textwrap.dedent(inspect.getsource(method))  # type: ignore[arg-type]
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    docstring = ast.get_docstring(tree, clean=False)
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found = {text for text in texts - {docstring} if _SECTION.match(text)}
    if "order.operation" in source:  # the one method whose argument knows the operation
        found |= {kind.operation for kind in _kinds_of(Order)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            helper = getattr(owner, node.attr, None)
            if node.attr.startswith("_") and inspect.isfunction(helper) and node.attr not in visited:
                found |= _sections_called(owner, helper, visited | {node.attr})
    return found


def _kinds_of(kind: type[Order]) -> Iterator[type[Order]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _kinds_of(sub)


# --- the sandbox -----------------------------------------------------------------------------------------------------
def handlers() -> Found:
    """Section → functions of the sandbox that serve it, as `lists.extension`."""
    found: Found = {}
    for route in routes.ROUTES:
        name = f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}"
        if name not in found.setdefault(route.section, []):
            found[route.section].append(name)
    return found


# --- the console -----------------------------------------------------------------------------------------------------
def users() -> Found:
    """Section → services that call it, with the screens, tasks and commands that lead there."""
    methods = client_methods()
    graph = grimp.build_graph("images", cache_dir=None)
    found: Found = {}
    for path in sorted((ROOT / "images").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if "services" not in module.split("."):
            continue
        called = _calls(ast.parse(path.read_text()))
        for section in (section for section, names in methods.items() if called.intersection(names)):
            found.setdefault(section, []).append(_told(module, graph.find_downstream_modules(module)))
    return found


def _calls(tree: ast.Module) -> set[str]:
    """Methods of the client in a module: `….images.raw_page` is `images.raw_page`, `identity.projects` that of IAM."""
    names = {name: name for name in _chapters()} | {"identity": "Identity", "identity_of": "Identity"}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {f"{names[owner]}.{node.attr}" for node in nodes if (owner := _last_name(node.value)) in names}


def _last_name(node: ast.expr) -> str:
    """`images` of `client.images`, `identity_of` of `identity_of(account)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _told(service: str, above: Iterable[str]) -> str:
    name = _short(service)
    doors = sorted({_door(module, found) for module in above if (found := _DOORS.match(module))})
    if len(doors) > _NAMED:
        return f"{name} ← {len(doors)} screens, tasks and commands"
    return f"{name} ← {', '.join(doors)}" if doors else name


def _door(module: str, found: re.Match[str]) -> str:
    return f"manage.py {module.rpartition('.')[2]}" if found["command"] else _short(module)


def _short(module: str) -> str:
    """`sync` for `images.cache.services.sync`."""
    return ".".join(word for word in module.split(".") if word not in {"images", "services", "views"})


# --- clients of others -----------------------------------------------------------------------------------------------
def exercised() -> Found:
    """Section → clients that have called it with success, by what the tests of this folder claim and prove."""
    found: Found = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.protocol.{path.stem}")
        for section in _claims(module):
            clients = found.setdefault(section, [])
            if module.CLIENT not in clients:
                clients.append(module.CLIENT)
    return found


def _claims(module: ModuleType) -> set[str]:
    tests = [value for name, value in vars(module).items() if name.startswith("test_")]
    return {section for test in tests for section in getattr(test, "covers", ())}


# --- the document ----------------------------------------------------------------------------------------------------
_HEAD = """# Which operation is where

Written by `make docs`; a test fails when it no longer says what the code says. “Console” names the services that call
an operation and, behind the arrow, the screens, tasks and commands above them. “Tried by” names the clients of others
that call it in `tests/protocol/`, where the sandbox itself attests each success; `make test-glance` tries our client
and the console on a real Keystone and Glance.

"""

_COLUMNS = "| § | operation | call | client | sandbox | console | tried by |\n|---|---|---|---|---|---|---|\n"


def document() -> str:
    """The whole of docs/api-coverage.md."""
    rows, client, sandbox, console, tried = operations(), client_methods(), handlers(), users(), exercised()
    others = {section: [name for name in names if name != OURS] for section, names in tried.items()}
    lines = [
        f"| {row.section} | {row.name}{' (abandoned)' if row.deprecated else ''} | `{row.method} {row.path}` "
        f"| {_code(client.get(row.section, []))} | {_code(sandbox.get(row.section, []))} "
        f"| {'; '.join(console.get(row.section, []))} | {', '.join(others.get(row.section, []))} |\n"
        for row in rows
    ]
    return _HEAD + _shares(rows, client, sandbox, others) + _COLUMNS + "".join(lines)


def _shares(rows: list[Operation], client: Found, sandbox: Found, others: Found) -> str:
    def share(found: Found) -> str:
        there = sum(bool(found.get(row.section)) for row in rows)
        return f"{there} of {len(rows)}"

    return f"Client: {share(client)}. Sandbox: {share(sandbox)}. Tried by clients of others: {share(others)}.\n\n"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    DOCUMENT.write_text(document())
