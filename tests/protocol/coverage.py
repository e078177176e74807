"""Which operation of the reference is where: in client and sandbox, behind which screen, tried by whose client.

`python -m tests.protocol.coverage` (or `make docs`) writes docs/api-coverage.md. Nothing in it is written by hand but
the list of operations itself (operations.csv): the rest is read from the code, and from the tests, whose claims about
the clients of others the sandbox's own ledger has confirmed.
"""

import ast
import csv
import importlib
import inspect
import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType

import django

from images.ims import Identity, IMSClient, Order
from images.ims.filters import EXTENSION, NATIVE
from images.ims.image import ALIASES
from images.ims.orders import DataDisk, DataFile, Metadata
from images.sandbox import routes
from tests.protocol import console_calls, names, reach
from tests.protocol.client_words import words

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "api-coverage.md"
OURS = "image-console"

_SECTION = re.compile(r"\d\.\d(\.\d)?\Z")
#: A parameter of 6.1.4 that goes over the line without its name: the body.
THE_FILE = "image_file"

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
    """Sections that a method names in its code, its docstring aside, and in the methods it goes through."""
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
            if inspect.isfunction(helper) and node.attr not in visited:
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
    """Section → services and acts that call it, with the screens, tasks and commands that lead there."""
    return console_calls.callers(client_methods(), _chapters())


# --- parameters ------------------------------------------------------------------------------------------------------
def unspoken() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Section, its name, and what it takes in query and body that our client never says and that the sandbox never
    reads."""
    said, heard = said_by_the_client(), heard_by_the_sandbox()
    for row in operations():
        printed = names.printed_in(row.section, "query", "body") - {THE_FILE}
        silent, deaf = _lacking(printed, said[row.section]), _lacking(printed, heard.get(row.section, set()))
        if silent or deaf:
            yield row.section, row.name, silent, deaf


def _lacking(printed: Iterable[str], there: Iterable[str]) -> list[str]:
    """Without those that are there in another spelling of the reference."""
    known = {ALIASES.get(name, name) for name in there}
    return sorted(name for name in printed if ALIASES.get(name, name) not in known)


def said_by_the_client() -> dict[str, set[str]]:
    """Section → names that the client can put into a request: what its orders, filters and methods know."""
    in_code = {word.text for word in words()}
    by_orders = {"5.1.3", "5.1.4", "5.1.5", "6.1.6"}
    found = {row.section: set() if row.section in by_orders else set(in_code) for row in operations()}
    for kind in (*_kinds_of(Order), DataDisk, DataFile):
        section = getattr(kind, "operation", "5.1.3")
        found[section] |= {item.name for item in fields(kind)} | {"tags", "image_tags", "key", "value"}
    found["5.1.3"].add("data_images")
    found["6.1.6"] |= {item.name for item in fields(Metadata)} | names.known("attribute")
    found["3.1"] |= names.printed_in("3.1", "body")  # written by keystoneauth; what goes out the ledger sees
    for section, filters in (("5.1.1", EXTENSION), ("5.2.2", EXTENSION), ("6.1.1", NATIVE)):
        found[section] = set(filters)
    return found


def heard_by_the_sandbox() -> dict[str, set[str]]:
    """Section → texts in the code that serves it."""
    found: dict[str, set[str]] = {}
    for route in routes.ROUTES:
        found.setdefault(route.section, set()).update(reach.texts(reach.trees(route.handler, "images.sandbox")))
    return found


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

Written by `make docs`; a test fails when it no longer says what the code says. “Console” names the services and the
acts (what people order, and the carrier sends) that call an operation and, behind the arrow, the screens, tasks and
commands that lead there; an operation that the console does not call says why. “Tried by” names the clients of others
that call it in `tests/protocol/`, where the sandbox itself attests each success; `make conformance` runs the suites of
others against the sandbox, and `make test-glance` tries our client and the console on a real Keystone and Glance.

"""

_COLUMNS = "| § | operation | call | client | sandbox | console | tried by |\n|---|---|---|---|---|---|---|\n"


def document() -> str:
    """The whole of docs/api-coverage.md."""
    rows, client, sandbox, console, tried = operations(), client_methods(), handlers(), users(), exercised()
    others = {section: [name for name in names if name != OURS] for section, names in tried.items()}
    lines = [
        f"| {row.section} | {row.name}{' (abandoned)' if row.deprecated else ''} | `{row.method} {row.path}` "
        f"| {_code(client.get(row.section, []))} | {_code(sandbox.get(row.section, []))} "
        f"| {'; '.join(console.get(row.section, [])) or _why_not(row.section)} "
        f"| {', '.join(others.get(row.section, []))} |\n"
        for row in rows
    ]
    return _HEAD + _shares(rows, client, sandbox, others) + _COLUMNS + "".join(lines) + _parameters()


def _why_not(section: str) -> str:
    return f"— {console_calls.uncalled().get(section, '')}"


_PARAMETERS = """
## Parameters that are not spoken

What the reference prints in query and body, and our client never says or the sandbox never reads; all others are said
and read. (`page` stands in an example request alone, and in no table.)

| § | operation | the client does not say | the sandbox does not read |
|---|---|---|---|
"""


def _parameters() -> str:
    rows = [f"| {one} | {name} | {_code(silent)} | {_code(deaf)} |\n" for one, name, silent, deaf in unspoken()]
    return _PARAMETERS + "".join(rows)


def _shares(rows: list[Operation], client: Found, sandbox: Found, others: Found) -> str:
    def share(found: Found) -> str:
        there = sum(bool(found.get(row.section)) for row in rows)
        return f"{there} of {len(rows)}"

    return f"Client: {share(client)}. Sandbox: {share(sandbox)}. Tried by clients of others: {share(others)}.\n\n"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    DOCUMENT.write_text(document())
