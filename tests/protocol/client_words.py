"""Every word of the client's code that may be a name or a value of the service, by where it stands.

A text counts when it is one word, wherever it stands; a text that is split counts word by word. Left out are
docstrings, what is said in errors, and parts of f-strings, whose results are looked up in the tables that
`test_names.py` reads at run time.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[2] / "images" / "ims"

_WORD = re.compile(r"[A-Za-z_][\w\-]*\Z", re.ASCII)
#: Calls whose texts are for people.
_SPEAKS = frozenset(
    {"malformed", "_warn", "warn", "debug", "info", "warning", "lookup", "getattr", "setattr", "replace"}
)


@dataclass(frozen=True, slots=True)
class Word:
    """`is_name`: it is looked up in a document or written as the name of something in one."""

    module: str
    line: int
    text: str
    is_name: bool

    def __str__(self) -> str:
        return f"{self.text} (images/ims/{self.module}.py:{self.line})"


def words() -> Iterator[Word]:
    """All of the client, module by module."""
    for path in sorted(CLIENT.glob("*.py")):
        if path.stem != "__init__":
            yield from _Reader(path.stem, ast.parse(path.read_text())).words()


class _Reader:
    def __init__(self, module: str, tree: ast.Module) -> None:
        self._module, self._tree = module, tree
        self._names = {id(node) for node in _names(tree)}
        self._texts = {id(part) for node in ast.walk(tree) for part in _spoken(node)}

    def words(self) -> Iterator[Word]:
        lists = _split(self._tree)
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in self._texts:
                for text in node.value.split() if id(node) in lists else [node.value]:
                    if _WORD.match(text):
                        yield Word(self._module, node.lineno, text, id(node) in self._names)
        for field in _decoded(self._tree):
            yield Word(self._module, field.lineno, field.target.id, is_name=True)  # type: ignore[union-attr]


def _names(tree: ast.Module) -> Iterator[ast.expr]:
    """`x.get("name")`, `x["name"]`, `"name" in x`, `{"name": …}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "pop"}:
            yield from node.args[:1]
        elif isinstance(node, ast.Subscript):
            yield node.slice
        elif isinstance(node, ast.Compare) and any(isinstance(one, ast.In | ast.NotIn) for one in node.ops):
            yield node.left
        elif isinstance(node, ast.Dict):
            yield from filter(None, node.keys)


def _spoken(node: ast.AST) -> Iterator[ast.AST]:
    """What people read: docstrings, errors, parts of f-strings; and names of types in annotations."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
        yield from ast.walk(node.body[0])
    elif isinstance(node, ast.Raise | ast.JoinedStr) or (isinstance(node, ast.Call) and _callee(node) in _SPEAKS):
        yield from ast.walk(node)
    elif isinstance(node, ast.FunctionDef):
        for annotation in [node.returns, *(one.annotation for one in node.args.args)]:
            yield from ast.walk(annotation) if annotation else ()
    elif isinstance(node, ast.AnnAssign):
        yield from ast.walk(node.annotation)


def _callee(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _split(tree: ast.Module) -> set[int]:
    """Texts that are split into words: directly, or under the name that they are given in the module."""
    split = [
        node.func.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split"
    ]
    named = {node.id for node in split if isinstance(node, ast.Name)}
    found = {id(node) for node in split}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id in named for one in node.targets):
            found |= {id(part) for part in ast.walk(node.value)}
    return found


def _decoded(tree: ast.Module) -> Iterator[ast.AnnAssign]:
    """Fields of the private structs that answers are decoded into; public ones have names of our own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.startswith("_") and node.bases:
            yield from (one for one in node.body if isinstance(one, ast.AnnAssign))
