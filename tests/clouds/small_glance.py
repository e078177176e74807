"""A Keystone and a Glance over HTTP, as small as the console's stories need them. What they answer is what Glance 33
does (glance/api/v2: images.py, image_tags.py, image_members.py); tests/glance asks a real one the same.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from images.clouds.enums import ProjectKind
from images.clouds.models import Account, Project, Region
from images.core.encryption import encrypt
from tests.ims.server import Asked, Reply, ScriptedServer

ME, OTHER = "a" * 32, "b" * 32
_TOKEN = {"X-Subject-Token": "t" * 40}
_TYPES = {"os_hidden": bool, "protected": bool, "min_disk": int, "min_ram": int, "tags": list}
_BASE = frozenset({*_TYPES, "name", "visibility", "owner", "status", "disk_format", "container_format"})
#: What GET /v2/schemas/image says of a few attributes, in Glance's words (images.py, etc/schema-image.json).
SCHEMA = {
    "id": {"type": "string", "pattern": "^([0-9a-fA-F]){8}-"},
    "name": {"type": ["null", "string"], "maxLength": 255},
    "status": {"type": "string", "readOnly": True, "enum": ["queued", "saving", "active", "deactivated"]},
    "visibility": {"type": "string", "enum": ["community", "public", "private", "shared"]},
    "protected": {"type": "boolean"},
    "os_hidden": {"type": "boolean"},
    "owner": {"type": ["null", "string"], "maxLength": 255},
    "size": {"type": ["null", "integer"], "readOnly": True},
    "disk_format": {"type": ["null", "string"], "enum": [None, "qcow2", "raw", "iso"]},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
    "min_ram": {"type": "integer"},
    "min_disk": {"type": "integer"},
    "architecture": {"is_base": False, "type": "string"},
    "os_distro": {"is_base": False, "type": "string"},
    "description": {"is_base": False, "type": "string"},
    "hw_boot_menu": {"is_base": False, "type": "string", "enum": ["yes", "no"]},
}


class SmallGlance:
    """`images` by ID; `members` (image, project) → status. `slashes`: a proxy in front refuses addresses with %2F.
    `refusals`: (method, path) → what is answered instead."""

    def __init__(self, *, slashes: bool = True) -> None:
        self.images: dict[str, dict[str, Any]] = {}
        self.members: dict[tuple[str, str], str] = {}
        self.refusals: dict[tuple[str, str], Reply] = {}
        self.slashes = slashes
        self.server = ScriptedServer(answer=self._answer)
        self._moment = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)

    def __enter__(self) -> "SmallGlance":
        self.server.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.__exit__(*failure)

    def project(self) -> Project:
        """Managed, not yet synchronised."""
        url = f"{self.server.url}/v3"
        account = Account.objects.create(name="openstack", auth_url=url, username="u", secret=encrypt("s"))
        region = Region.objects.create(cloud=url, name="RegionOne")
        return Project.objects.create(
            account=account, region=region, project_id=ME, name="team-a", endpoint=self.server.url,
            kind=ProjectKind.OPENSTACK,
        )  # fmt: skip

    def add(self, name: str, **attributes: Any) -> str:
        """An active image of ours, unless said otherwise; returns its ID."""
        image_id = str(uuid.uuid4())
        self._moment += timedelta(seconds=1)
        at = f"{self._moment:%Y-%m-%dT%H:%M:%SZ}"
        self.images[image_id] = {
            "id": image_id, "name": name, "status": "active", "visibility": "shared", "owner": ME, "protected": False,
            "os_hidden": False, "tags": [], "size": 1 << 20, "virtual_size": None, "min_disk": 0, "min_ram": 0,
            "disk_format": "qcow2", "container_format": "bare", "checksum": "0" * 32, "created_at": at,
            "updated_at": at, "schema": "/v2/schemas/image", **attributes,
        }  # fmt: skip
        return image_id

    def calls(self, method: str, ending: str = "") -> int:
        return sum(asked.method == method and asked.path.endswith(ending) for asked in self.server.asked)

    # ------------------------------------------------------------------ answers

    def _answer(self, asked: Asked) -> Reply:  # noqa: PLR0911 - one for each address
        if (asked.method, asked.path) in self.refusals:
            return self.refusals[asked.method, asked.path]
        if asked.path == "/v3/auth/tokens":
            return Reply(201, {"token": {"expires_at": "2099-01-01T00:00:00.000000Z", "catalog": []}}, _TOKEN)
        if asked.path == "/v2/schemas/image":
            return Reply(200, {"name": "image", "properties": SCHEMA, "additionalProperties": {"type": "string"}})
        if asked.path == "/v2/images":
            return self._list(asked.query)
        parts = asked.path.split("/")
        if parts[:3] != ["", "v2", "images"] or parts[3] not in self.images:
            return _refused(404, "No image found")
        image, what = self.images[parts[3]], parts[4:]
        if not what:
            return {"GET": self._show, "PATCH": self._patch, "DELETE": self._delete}[asked.method](image, asked)
        if what[0] == "tags":
            return self._tag(image, asked, "/".join(what[1:]))
        return self._members(image, asked, what[1:])

    def _list(self, query: Mapping[str, str]) -> Reply:
        found = [image for image in self.images.values() if self._is_listed(image, query)]
        descending = query.get("sort_dir") != "asc"
        found.sort(key=lambda image: (image["created_at"], image["id"]), reverse=descending)
        if "marker" in query:
            found = found[[image["id"] for image in found].index(query["marker"]) + 1 :]
        limit = int(query.get("limit", 25))
        body: dict[str, Any] = {"images": found[:limit], "first": "/v2/images", "schema": "/v2/schemas/images"}
        if len(found) > limit:
            body["next"] = f"/v2/images?marker={found[limit - 1]['id']}"
        return Reply(200, body)

    def _is_listed(self, image: Mapping[str, Any], query: Mapping[str, str]) -> bool:
        own, state = image["owner"] == ME, self.members.get((image["id"], ME))
        wanted, visibility = query.get("visibility"), image["visibility"]
        offered = visibility == "shared" and state is not None and state == query.get("member_status", "accepted")
        seen = own or visibility == "public" or offered or visibility == wanted == "community"
        return (
            seen
            and wanted in (None, visibility)
            and image["os_hidden"] == (query.get("os_hidden") == "true")
            and query.get("owner", image["owner"]) == image["owner"]
            and image["updated_at"] >= query.get("updated_at", "gte:").removeprefix("gte:")
            and image["created_at"] >= query.get("created_at", "gte:").removeprefix("gte:")
        )

    def _show(self, image: dict[str, Any], _asked: Asked) -> Reply:
        return Reply(200, image)

    def _patch(self, image: dict[str, Any], asked: Asked) -> Reply:
        for step in asked.json:
            name = step["path"][1:].replace("~1", "/").replace("~0", "~")
            if step["op"] == "remove":
                if name in _BASE:
                    return _refused(403, f"Property {name} may not be removed.")
                if image.pop(name, None) is None:
                    return _refused(409, f"Property {name} does not exist.")
            elif SCHEMA.get(name, {}).get("readOnly"):
                return _refused(403, f"Attribute '{name}' is read-only.")
            elif type(step["value"]) is not _TYPES.get(name, str):
                return _refused(400, f"Invalid value '{step['value']}' for parameter '{name}'.")
            elif step["op"] == "replace" and name not in image:
                return _refused(409, f"Property {name} does not exist.")
            else:
                image[name] = step["value"]
        image["updated_at"] = moment()
        return Reply(200, image)

    def _delete(self, image: dict[str, Any], _asked: Asked) -> Reply:
        if image["protected"]:
            return _refused(403, f"Image {image['id']} is protected and cannot be deleted.")
        del self.images[image["id"]]
        return Reply(204)

    def _tag(self, image: dict[str, Any], asked: Asked, quoted: str) -> Reply:
        if "%2F" in quoted.upper() and not self.slashes:
            return _refused(404, "<html>404 Not Found</html>")
        word = unquote(quoted, encoding="latin-1")
        if "/" in word:  # no route of Glance has a slash there
            return _refused(404, "The resource could not be found.")
        if asked.method == "DELETE" and word not in image["tags"]:
            return _refused(404, "")
        image["tags"] = [tag for tag in image["tags"] if tag != word] + [word] * (asked.method == "PUT")
        image["updated_at"] = moment()
        return Reply(204)

    def _members(self, image: dict[str, Any], asked: Asked, rest: list[str]) -> Reply:
        if image["visibility"] != "shared":
            return _refused(403, "Only shared images have members.")
        if asked.method == "GET" and not rest:
            found = [(to, state) for (of, to), state in self.members.items() if of == image["id"]]
            return Reply(200, {"members": [self._member(image["id"], to, state) for to, state in found]})
        if asked.method == "POST":
            self.members[image["id"], asked.json["member"]] = "pending"
            return Reply(200, self._member(image["id"], asked.json["member"], "pending"))
        if asked.method == "DELETE" and self.members.pop((image["id"], rest[0]), None):
            return Reply(204)
        return _refused(404, "")

    def _member(self, image_id: str, member_id: str, status: str) -> dict[str, str]:
        at = moment()
        return {"image_id": image_id, "member_id": member_id, "status": status, "created_at": at, "updated_at": at}


def moment() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _refused(status: int, message: str) -> Reply:
    """As WebOb says it to whoever accepts JSON."""
    body = {"message": f"{message}<br /><br />\n\n\n", "code": f"{status} Refused", "title": "Refused"}
    return Reply(status, body, {"Content-Type": "application/json"})
