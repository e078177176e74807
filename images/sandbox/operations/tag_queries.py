"""Questions about tags: 5.2.3, 5.2.7, 5.2.8. Tags belong to private images, so these look at the project's own."""

from collections.abc import Callable
from typing import Any

from images.sandbox import tagging
from images.sandbox.call import Call
from images.sandbox.errors import malformed
from images.sandbox.library import Row
from images.sandbox.operations.details import image_of_path
from images.sandbox.wire import Response, answer

MAX_KEYS = 10
MAX_VALUES = 10
MAX_KEY = 127
MAX_VALUE = 255
MAX_PAGE = 1000

# Key -> values that match; no values mean any.
Wanted = dict[str, frozenset[str]]
Pairs = dict[str, str]


def of_image(call: Call) -> Response:
    """GET /v2/{project_id}/images/{image_id}/tags (5.2.7): the tags of one image as key and value."""
    row = image_of_path(call)
    return answer({"tags": _objects(row)})


def of_project(call: Call) -> Response:
    """GET /v2/{project_id}/images/tags (5.2.8): each key once, with all its values; a bare key has an empty one."""
    found: dict[str, dict[str, None]] = {}
    for row in _own(call):
        for tag in row.tags:
            key, value = tagging.split(tag)
            found.setdefault(key, {})[value] = None
    return answer({"tags": [{"key": key, "values": list(values)} for key, values in found.items()]})


def instances(call: Call) -> Response:
    """POST /v2/{project_id}/images/resource_instances/action (5.2.3): filter or count images by tags and name."""
    fields = call.request.fields()
    action = fields.get("action")
    if action not in ("filter", "count"):
        raise malformed("action must be filter or count.")
    tests = _tag_tests(fields) + _match_tests(fields.get("matches"))
    # The newest first, as in the other lists.
    found = [row for row in reversed(_own(call)) if all(test(row) for test in tests)]
    if action == "count":
        return answer({"total_count": len(found)})
    limit = _number(fields, "limit", 10, 1, MAX_PAGE)
    offset = _number(fields, "offset", 0, 0, 2**62)
    resources = [
        {
            "resource_id": row.id,
            "resource_name": row.name,
            "resource_detail": {"status": row.status},
            "tags": _objects(row),
        }
        for row in found[offset : offset + limit]
    ]
    return answer({"total_count": len(found), "resources": resources})


def _own(call: Call) -> list[Row]:
    """The project's own images, oldest first."""
    return [row for row in call.world.library.shelf(call.project.id).created if row.status != "deleted"]


def _objects(row: Row) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tagging.pairs(row.tags).items()]


def _tag_tests(fields: dict[str, Any]) -> list[Callable[[Row], bool]]:
    without = fields.get("without_any_tag", False)
    if not isinstance(without, bool):
        raise malformed("without_any_tag must be true or false.")
    every, some = _wanted(fields, "tags"), _wanted(fields, "tags_any")
    not_every, not_some = _wanted(fields, "not_tags"), _wanted(fields, "not_tags_any")
    if without:
        return [lambda row: not row.tags]
    tests: list[Callable[[Row], bool]] = []
    if every:
        tests.append(lambda row: all(_hits(row, every)))
    if some:
        tests.append(lambda row: any(_hits(row, some)))
    if not_every:
        tests.append(lambda row: not all(_hits(row, not_every)))
    if not_some:
        tests.append(lambda row: not any(_hits(row, not_some)))
    return tests


def _hits(row: Row, wanted: Wanted) -> list[bool]:
    pairs = tagging.pairs(row.tags)
    return [key in pairs and (not values or pairs[key] in values) for key, values in wanted.items()]


def _wanted(fields: dict[str, Any], name: str) -> Wanted:
    given = fields.get(name)
    if given is None:
        return {}
    if not isinstance(given, list) or len(given) > MAX_KEYS:
        raise malformed(f"{name} must be a list of at most {MAX_KEYS} keys.")
    found: Wanted = {}
    for entry in given:
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(key, str) or not key.strip() or len(key) > MAX_KEY:
            raise malformed(f"Each key of {name} must have 1 to {MAX_KEY} characters.")
        if key in found:
            raise malformed(f"The keys of {name} must be unique.")
        found[key] = _values(name, entry.get("values"))
    return found


def _values(name: str, values: Any) -> frozenset[str]:
    if values is None:
        return frozenset()
    if not isinstance(values, list) or len(values) > MAX_VALUES:
        raise malformed(f"The values of {name} must be a list of at most {MAX_VALUES}.")
    if not all(isinstance(value, str) and len(value) <= MAX_VALUE for value in values):
        raise malformed(f"Each value of {name} must be a text of at most {MAX_VALUE} characters.")
    if len(set(values)) != len(values):
        raise malformed(f"The values of {name} must be unique.")
    return frozenset(values)


def _match_tests(matches: Any) -> list[Callable[[Row], bool]]:
    if matches is None:
        return []
    if not isinstance(matches, list):
        raise malformed("matches must be a list.")
    tests: dict[str, Callable[[Row], bool]] = {}
    for entry in matches:
        key, value = (entry.get("key"), entry.get("value")) if isinstance(entry, dict) else (None, None)
        if key not in ("resource_name", "resource_id") or key in tests:
            raise malformed("The keys of matches are resource_name and resource_id, each at most once.")
        if not isinstance(value, str) or len(value) > MAX_VALUE:
            raise malformed(f"Each value of matches must be a text of at most {MAX_VALUE} characters.")
        tests[key] = _match(key, value)
    return list(tests.values())


def _match(key: str, value: str) -> Callable[[Row], bool]:
    if key == "resource_id":
        return lambda row: row.id == value.lower()
    # Fuzzy, except that nothing means the images without a name (5.2.3, table 5-17).
    folded = value.casefold()
    return lambda row: folded in row.name.casefold() if folded else not row.name


def _number(fields: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    """``limit`` and ``offset`` are texts in the reference; numbers are taken as well."""
    value = fields.get(name)
    if value is None:
        return default
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) < 19):
        raise malformed(f"{name} must be a number.")
    if not least <= int(text) <= most:
        raise malformed(f"{name} must be between {least} and {most}.")
    return int(text)
