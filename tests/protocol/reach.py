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
            tree = ast.parse(textwrap.dedent(inspect.getsource(part)))
            found.append(tree)
            waiting += [other for other in _named(tree, part.__module__) if not isinstance(other, ast.AST)]
            found += [other for other in _named(tree, part.__module__) if isinstance(other, ast.AST)]
    return tuple(found)


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
    return {
        node.value
        for tree in found
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
