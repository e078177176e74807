"""A file as YAML, with the line of each key. Whoever wrote it is not trusted: it has limits, and makes no objects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

#: Bytes of a file; one of a hundred clouds has about 50,000.
LONGEST: Final = 1_000_000
#: Values in a file, each counted as often as it is referred to: aliases of aliases grow without end.
_MOST_VALUES: Final = 20_000
_DEEPEST: Final = 20

Path_ = tuple[str, ...]


class FileRefused(Exception):
    """The file cannot be used as a whole; the message says why."""


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in a file. `name` is what people call it; `lines` knows where each key stands, by the way to it.

    `folder`: where paths in it begin, when it lies on this machine; None: it came from a browser, and names no files.
    """

    name: str
    content: Mapping[str, Any] = field(repr=False)
    lines: Mapping[Path_, int] = field(repr=False)
    folder: Path | None = None

    def section(self, name: str) -> Mapping[str, Any]:
        """A section of clouds, by name; empty if there is none. Raises FileRefused."""
        found = self.content.get(name)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            raise FileRefused(_("%(file)s: “%(name)s” is no list of clouds.") % {"file": self.name, "name": name})
        return found

    def place(self, path: Path_) -> str:
        """For people: the file and the line of a key; "" if it is not in it."""
        line = self.lines.get(path)
        return _("%(file)s, line %(line)d") % {"file": self.name, "line": line} if line else ""


def read_file(path: Path) -> Document:
    """Raises FileRefused."""
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileRefused(_("%(path)s cannot be read: %(error)s.") % {"path": path, "error": error}) from error
    return read_text(text, name=str(path), folder=path.parent)


def read_text(text: str, *, name: str, folder: Path | None = None) -> Document:
    """YAML, or JSON, which is a part of it. Raises FileRefused; the message never holds what stands there: that may be
    a password."""
    if len(text) > LONGEST:
        raise FileRefused(_("%(file)s is longer than any list of clouds.") % {"file": name})
    loader = yaml.SafeLoader(text.lstrip("\ufeff"))
    try:
        root = loader.get_single_node()
        lines = dict(_lines(root)) if root is not None else {}
        content = loader.construct_document(root) if root is not None else None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise FileRefused(_not_yaml(error, name)) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise FileRefused(_("%(file)s has no section “clouds”.") % {"file": name})
    return Document(name, _with_text_keys(content), lines, folder)


def _not_yaml(error: Exception, name: str) -> str:
    mark = getattr(error, "problem_mark", None)
    where = _(", line %(line)d,") % {"line": mark.line + 1} if mark else ""
    return _("%(file)s%(where)s is not YAML.") % {"file": name, "where": where}


def _lines(root: yaml.Node) -> Iterator[tuple[Path_, int]]:
    """The way to each key and the line on which it stands. Raises ValueError for what has no end."""
    waiting: list[tuple[yaml.Node, Path_]] = [(root, ())]
    counted = 0
    while waiting:
        node, path = waiting.pop()
        counted += 1
        if counted > _MOST_VALUES or len(path) > _DEEPEST:
            raise ValueError("it has no end")
        if isinstance(node, yaml.SequenceNode):
            waiting += [(one, (*path, str(number))) for number, one in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.tag == "tag:yaml.org,2002:merge":  # what it merges in stands elsewhere, and here
                    merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
                    waiting += [(one, path) for one in merged]
                    continue
                below = (*path, normal(str(key.value)))
                yield below, key.start_mark.line + 1
                waiting.append((value, below))


def normal(key: str) -> str:
    """OpenStack's tools take `auth-url` for `auth_url`."""
    return key.replace("-", "_")


def _with_text_keys(value: Any) -> Any:
    """Keys as text (YAML reads `1:` and `on:` as something else) and as OpenStack's tools write them, but for names."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_text_keys(one) for one in value]
    return value
