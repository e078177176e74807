"""Versions (6.5.1, 6.5.2). Both answer 300, which is their success."""

from images.sandbox.call import Call
from images.sandbox.errors import not_found
from images.sandbox.wire import Response, answer

# Identifier, status, and the path that serves it.
_VERSIONS = (
    ("v2.2", "CURRENT", "v2"),
    ("v2.1", "SUPPORTED", "v2"),
    ("v2.0", "SUPPORTED", "v2"),
    ("v1.1", "DEPRECATED", "v1"),
    ("v1.0", "DEPRECATED", "v1"),
)


def every(call: Call) -> Response:
    """GET / (6.5.1): all versions, with a token or without one."""
    return _answer(call, "")


def one(call: Call) -> Response:
    """GET /{api_version} (6.5.2): a list with that version alone; ``v2`` and ``v1`` give all of their kind."""
    return _answer(call, call.path["api_version"])


def _answer(call: Call, wanted: str) -> Response:
    found = [
        {"status": status, "id": name, "links": [{"href": f"{call.request.base_url}/{path}/", "rel": "self"}]}
        for name, status, path in _VERSIONS
        if wanted in ("", name, path)
    ]
    if not found:
        raise not_found("The version does not exist.")
    return answer({"versions": found}, 300)
