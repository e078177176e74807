"""What a function or class goes through: the sources of all of ours that it names, as trees."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from types import FunctionType
from typing import Any


def trees(root: Any, within: str) -> list[ast.AST]:
    """The code of a function or class, and of each function, class and value of the packages below `within` that it
    names, and so on. A class comes with those that it continues."""
    return list(_reached(root, within))


@cache
def _reached(root: Any, within: str) -> tuple[ast.AST, ...]:
    seen: set[int] = set()
    found: list[ast.AST] = []
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        for part in inspect.getmro(thing) if inspect.isclass(thing) else (thing,):
            if not part.__module__.startswith(within):
                continue
            found.append(_tree(part))
            for other in _named_by(part):
                (found if isinstance(other, ast.AST) else waiting).append(other)
    return tuple(found)


# Much is reached from nearly everywhere: read once, all operations take a third of the time.
@cache
def _tree(part: Any) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(part)))


@cache
def _named_by(part: Any) -> tuple[Any, ...]:
    return tuple(_named(_tree(part), part.__module__))


def _named(tree: ast.AST, module: str) -> Iterator[Any]:
    """Functions and classes that a tree names, and the assignments of its module that it names."""
    space, values = vars(sys.modules[module]), _assignments(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            thing = space.get(node.id)
            if isinstance(thing, FunctionType) or inspect.isclass(thing):
                yield thing
            elif node.id in values:
                yield values[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = space.get(node.value.id)
            thing = getattr(owner, node.attr, None) if inspect.ismodule(owner) else None
            if isinstance(thing, FunctionType) or inspect.isclass(thing):
                yield thing


@cache
def _assignments(module: str) -> dict[str, ast.AST]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {one.id: node for one in targets if isinstance(one, ast.Name)}
    return found


def texts(found: list[ast.AST]) -> set[str]:
    """Each text in trees, docstrings included."""
    return {text for tree in found for text in _texts_in(tree)}


@cache
def _texts_in(tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
