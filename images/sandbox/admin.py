"""The administration of a sandbox under ``/_sandbox/``: for tests and demos, no part of IMS, for this machine only."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from images.sandbox import cast, page, things, times
from images.sandbox.access import Access
from images.sandbox.documents import Document, private
from images.sandbox.errors import RefusedError, malformed, no_image, not_found
from images.sandbox.faults import Faults
from images.sandbox.jobs import Jobs
from images.sandbox.library import Row, public_shelf, read_row
from images.sandbox.policies import Policies
from images.sandbox.sharing import Member
from images.sandbox.sharing_acts import share, unshare
from images.sandbox.wire import Request, Response, answer, empty, encode
from images.sandbox.world import World

_LOOPBACK = ("127.", "::1", "::ffff:127.")
MAX_AT_ONCE = 10_000


class Administration:
    """Faults, changes from elsewhere, counters, and a look at what is there."""

    def __init__(
        self, world: World, access: Access, jobs: Jobs, faults: Faults, calls: Counter[str], policies: Policies
    ) -> None:
        self._world = world
        self._policies = policies
        self._access = access
        self._jobs = jobs
        self._faults = faults
        self._calls = calls
        self._handlers: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", ""): self._page,
            ("GET", "state"): self._state,
            ("GET", "things"): self._things,
            ("PUT", "things"): self._put_thing,
            ("GET", "calls"): lambda _request: answer(dict(sorted(self._calls.items()))),
            ("DELETE", "calls"): self._reset_calls,
            ("GET", "faults"): lambda _request: answer({"faults": self._faults.all()}),
            ("POST", "faults"): lambda request: answer(self._faults.add(request.document()), 201),
            ("DELETE", "faults"): self._clear_faults,
            ("PUT", "latency"): self._latency,
            ("GET", "images"): self._dump,
            ("POST", "images"): self._change,
            ("POST", "members"): self._member,
            ("POST", "tokens"): self._tokens,
            ("PUT", "quota"): self._quota,
            ("PUT", "names"): self._names,
            ("PUT", "speed"): self._speed,
            ("PUT", "actions"): self._actions,
        }

    def respond(self, request: Request) -> Response:
        """Answer an administrative request.

        :raises RefusedError: 403 from another machine, 404 and 405 for what there is not, 400 for what makes no sense.
        """
        if not request.peer.startswith(_LOOPBACK):
            raise RefusedError("IMG.0026", 403)
        noun = request.path.removeprefix("/_sandbox").strip("/")
        handler = self._handlers.get((request.method, noun))
        if handler is None:
            if any(known == noun for _, known in self._handlers):
                raise RefusedError("IMG.0105", 405)
            raise not_found("There is no such address.")
        request.raw_document()
        with self._world.lock:
            self._jobs.settle()
            return handler(request)

    def _page(self, _request: Request) -> Response:
        body = page.render(self._world, self._jobs, dict(self._calls))
        return Response(body=body, content_type="text/html; charset=UTF-8")

    def _things(self, request: Request) -> Response:
        """Things to create from, of one kind: server, volume, backup, bucket, object or key."""
        return answer(self._world.store.things(_kind(request.last("kind"))))

    def _put_thing(self, request: Request) -> Response:
        """Change facts of a thing, for example the status of a server, or make a new one."""
        fields = request.fields()
        kind, thing_id, facts = _kind(fields.get("kind")), fields.get("id"), fields.get("facts")
        if not isinstance(thing_id, str) or not thing_id or not isinstance(facts, dict):
            raise malformed("id and facts are needed.")
        known = self._world.store.thing(kind, thing_id)
        if known is None:
            project = _project(facts.get("project_id"))
            known = things.defaults(kind) | {"region": project.region, "bucket": thing_id.partition(":")[0]}
        if any(name in known and type(known[name]) is not type(value) for name, value in facts.items()):
            raise malformed("A fact has another type than before.")
        self._world.store.put_thing(kind, thing_id, known | facts)
        return empty()

    def _state(self, _request: Request) -> Response:
        shelves = {name: len(shelf) for name, shelf in sorted(self._world.library.shelves.items())}
        return answer(
            {
                "seed": self._world.seed,
                "images": self._world.images,
                "speed": self._world.speed,
                "shelves": shelves,
                "jobs": len(self._jobs.all()),
                "now": self._world.now_text(),
            }
        )

    def _reset_calls(self, _request: Request) -> Response:
        self._calls.clear()
        return empty()

    def _clear_faults(self, request: Request) -> Response:
        self._faults.clear(request.last("kind") or "", request.last("operation") or "")
        return empty()

    def _latency(self, request: Request) -> Response:
        """Latency in seconds for one operation or all; it replaces the one that was set before."""
        fields = request.fields()
        operation = fields.get("operation", "*")
        self._faults.clear("latency", operation if isinstance(operation, str) else "")
        if fields.get("seconds"):
            self._faults.add({"kind": "latency", "operation": operation, "seconds": fields["seconds"]})
        return empty()

    def _tokens(self, request: Request) -> Response:
        fields = request.fields()
        if fields.get("action") == "revoke":
            return answer({"revoked": self._access.revoke_all()})
        if fields.get("action") == "expire" and isinstance(fields.get("seconds"), int | float):
            self._access.expire_in(fields["seconds"])
            return empty()
        raise malformed("action must be revoke, or expire with seconds.")

    def _actions(self, request: Request) -> Response:
        """The IAM actions that a user has (chapter 8); all of them with ``null``, as in the beginning."""
        fields = request.fields()
        user, actions = fields.get("user"), fields.get("actions")
        if user not in {one.name for one in cast.USERS} or not isinstance(actions, list | None):
            raise malformed("user must be one of IAM's, actions a list or null.")
        self._policies.grant(str(user), actions)
        return empty()

    def _quota(self, request: Request) -> Response:
        fields = request.fields()
        project = _project(fields.get("project"))
        if not isinstance(fields.get("quota"), int):
            raise malformed("quota must be a number.")
        self._world.store.set_setting(f"quota:{project.domain_id}:{project.region}", str(fields["quota"]))
        return empty()

    def _names(self, request: Request) -> Response:
        """Whether a tenant may have two images of one name, as IMS allows, or gets IMG.0009."""
        unique = request.fields().get("unique")
        if not isinstance(unique, bool):
            raise malformed("unique must be true or false.")
        self._world.unique_names = unique
        return empty()

    def _speed(self, request: Request) -> Response:
        speed = request.fields().get("speed")
        if not isinstance(speed, int | float) or not 0 < speed <= 1e9:
            raise malformed("speed must be a number above 0.")
        self._world.speed = float(speed)
        self._jobs.reschedule()
        return empty()

    # Images

    def _dump(self, request: Request) -> Response:
        """Every document of a project: its own, those shared with it and the state of each, the public ones."""
        project = _project(request.last("project"))
        library, members = self._world.library, self._world.sharing.with_project(project.id).values()
        shared = [(member, library.rows[member.image_id]) for member in members if member.image_id in library.rows]
        documents = library.documents([row for _, row in shared])
        offers = [
            {"member_status": member.status, "image": msgspec.Raw(doc)}
            for (member, _), doc in zip(shared, documents, strict=True)
        ]
        return answer(
            {
                "images": self._raw(project.id),
                "public": self._raw(public_shelf(project.region)),
                "shared": offers,
            }
        )

    def _raw(self, shelf: str) -> list[msgspec.Raw]:
        rows = self._world.library.shelf(shelf).created
        return [msgspec.Raw(doc) for doc in self._world.library.documents(rows)]

    def _change(self, request: Request) -> Response:
        """Create, patch or delete images as if somebody did it elsewhere; ``updated_at`` moves."""
        fields = request.fields()
        action = fields.get("action")
        if action == "create":
            return answer({"ids": self._create(fields)}, 201)
        row = self._row(fields.get("id"))
        if action == "delete":
            self._world.drop(row)
            return empty()
        if action == "patch":
            return answer(self._patch(row, fields.get("changes")))
        raise malformed("action must be create, patch or delete.")

    def _create(self, fields: dict[str, Any]) -> list[str]:
        count = fields.get("count", 1)
        if not isinstance(count, int) or not 1 <= count <= MAX_AT_ONCE:
            raise malformed(f"count must be 1 to {MAX_AT_ONCE}.")
        shelf, owner = self._shelf(fields)
        with self._world.store.transaction():
            return [self._create_one(shelf, owner, fields, number) for number in range(count)]

    def _create_one(self, shelf: str, owner: str, fields: dict[str, Any], number: int) -> str:
        image_id = self._world.new_id()
        name = fields.get("name") or f"elsewhere-{number}"
        image = private(image_id, owner, str(name), self._world.now_text(), "Ubuntu 18.04 server 64bit")
        if shelf != owner:
            image |= {"__imagetype": "gold", "visibility": "public", "protected": True}
        _apply(image, fields.get("changes") or {})
        self._world.save(image, shelf, touch=False)
        return image_id

    def _shelf(self, fields: dict[str, Any]) -> tuple[str, str]:
        if fields.get("region") in cast.REGIONS:
            return public_shelf(fields["region"]), cast.SERVICE_PROJECT
        project = _project(fields.get("project"))
        return project.id, project.id

    def _patch(self, row: Row, changes: Any) -> Document:
        image = self._world.document(row)
        before = image["updated_at"]
        _apply(image, changes)
        touched = image["updated_at"] == before
        self._world.save(image, row.shelf, touch=touched)
        return image

    def _member(self, request: Request) -> Response:
        """Share an image with any project in any state, or take it back (``status`` null)."""
        fields = request.fields()
        row = self._row(fields.get("image_id"))
        project_id, status = fields.get("project"), fields.get("status")
        if not isinstance(project_id, str) or not project_id:
            raise malformed("project must be the id of a project.")
        moment = self._world.now_text()
        if status is None:
            unshare(self._world, row, project_id, moment)
            return empty()
        if status not in ("pending", "accepted", "rejected"):
            raise malformed("status must be pending, accepted, rejected or null.")
        member = share(self._world, row, project_id, moment)
        self._world.sharing.put(Member(row.id, project_id, status, member.created_at, moment))
        return empty()

    def _row(self, image_id: Any) -> Row:
        row = self._world.find(image_id) if isinstance(image_id, str) else None
        if row is None:
            raise no_image()
        return row


def _kind(value: Any) -> str:
    kinds = ("server", "volume", "backup", "bucket", "object", "key")
    if value not in kinds:
        raise malformed(f"kind must be one of {', '.join(kinds)}.")
    return str(value)


def _project(value: Any) -> cast.Project:
    """A project by id, or by name within the demo tenant."""
    text = value if isinstance(value, str) else ""
    project = cast.project_by_id(text) or cast.project_by_name(text, cast.DEMO.id)
    if project is None:
        raise malformed("project must be the id of a project, or the name of one of the demo tenant.")
    return project


def _apply(image: Document, changes: Any) -> None:
    """Set attributes, or remove those whose new value is null and which IMS may leave out."""
    if not isinstance(changes, dict):
        raise malformed("changes must be an object of attributes.")
    for name, value in changes.items():
        if name == "id":
            raise malformed("The id of an image never changes.")
        if value is None and name.startswith("__"):
            image.pop(name, None)
        else:
            image[name] = value
    for name in ("created_at", "updated_at"):
        try:
            times.seconds(image[name])
        except (TypeError, ValueError) as error:
            raise malformed(f"{name} must be a time such as 2026-01-31T12:00:00Z.") from error
    try:
        # What lists cannot read must not get into the state.
        read_row(0, "", encode(image))
    except msgspec.ValidationError as error:
        raise malformed(str(error)) from error
