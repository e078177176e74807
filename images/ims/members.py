"""Sharing images with other projects (5.3, 6.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from types import MappingProxyType
from typing import Any, Final

from images.ims.answers import Answer
from images.ims.errors import Conflict, InvalidCall, NotFound
from images.ims.jobs import job_id_of
from images.ims.service import Service
from images.ims.transport import path_of
from images.ims.values import as_text, parse_time

#: What a recipient may answer (5.3.3, 6.4.2).
ANSWERS: Final = ("accepted", "rejected")

_SHARING: Final = "/v1/cloudimages/members"


@dataclass(frozen=True, slots=True)
class Member:
    """A project that an image is shared with. `status` pending, accepted or rejected. Times are UTC."""

    image_id: str
    member_id: str
    status: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    schema: str = ""
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)


class Members:
    """Who an image is shared with. The calls of 5.3 are jobs and take many; those of 6.4 work at once on one."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def list(self, image_id: str) -> Sequence[Member]:
        """All members of an image (GET /v2/images/{image_id}/members, 6.4.4). Raises NotFound, Forbidden."""
        answer = self._service.get("6.4.4", path_of("v2", "images", image_id, "members"))
        entries = answer.read_object().get("members")
        if not isinstance(entries, list):
            raise answer.malformed("there is no list of members in it")
        return [_member(entry, answer) for entry in entries]

    def get(self, image_id: str, member_id: str) -> Member:
        """One member (GET /v2/images/{image_id}/members/{member_id}, 6.4.3). Raises NotFound."""
        answer = self._service.get("6.4.3", path_of("v2", "images", image_id, "members", member_id))
        return _member(answer.read_object(), answer)

    def add(self, image_id: str, member_id: str) -> Member:
        """Share with one project; it starts as pending (POST /v2/images/{image_id}/members, 6.4.1).

        Raises Conflict when it is a member already, Refused for what cannot be shared (9.3).
        """
        path = path_of("v2", "images", image_id, "members")
        answer = self._service.send_json("6.4.1", "POST", path, {"member": member_id})
        return _member(answer.read_object(), answer)

    def answer(self, image_id: str, status: str, *, member_id: str = "") -> Member:
        """Accept or reject an image shared with us (PUT .../members/{member_id}, 6.4.2). Ours by default."""
        _check_answer(status)
        path = path_of("v2", "images", image_id, "members", member_id or self._service.project_id)
        answer = self._service.send_json("6.4.2", "PUT", path, {"status": status})
        return _member(answer.read_object(), answer)

    def remove(self, image_id: str, member_id: str) -> None:
        """Stop sharing with one project (DELETE .../members/{member_id}, 6.4.5). Raises NotFound."""
        self._service.send_empty("6.4.5", "DELETE", path_of("v2", "images", image_id, "members", member_id))

    def share(self, image_ids: Iterable[str], project_ids: Iterable[str]) -> str:
        """Share in the way that the service knows: a job (5.3.2), its id returned, or one by one (6.4.1), "" then.

        One by one, projects that are members already are no error: a 409 is looked at.
        """
        images, projects = _some(image_ids, "image"), _some(project_ids, "project")
        if self._service.capabilities.offers("5.3.2"):
            return self.add_many(images, projects)
        for image_id, project_id in product(images, projects):
            try:
                self.add(image_id, project_id)
            except Conflict:
                if not self._is_member(image_id, project_id):
                    raise
        return ""

    def unshare(self, image_ids: Iterable[str], project_ids: Iterable[str]) -> str:
        """Stop sharing in the way that the service knows (5.3.1 with a job_id, or 6.4.5 and "").

        One by one, projects that are no members are no error: a 404, which a proxy may have said, is looked at.
        """
        images, projects = _some(image_ids, "image"), _some(project_ids, "project")
        if self._service.capabilities.offers("5.3.1"):
            return self.remove_many(images, projects)
        for image_id, project_id in product(images, projects):
            try:
                self.remove(image_id, project_id)
            except NotFound:
                if self._is_member(image_id, project_id):
                    raise
        return ""

    def _is_member(self, image_id: str, project_id: str) -> bool:
        return any(member.member_id == project_id for member in self.list(image_id))

    def add_many(self, image_ids: Iterable[str], project_ids: Iterable[str]) -> str:
        """Share all these images with all these projects (POST /v1/cloudimages/members, 5.3.2). Returns the job_id."""
        return job_id_of(self._service.send_json("5.3.2", "POST", _SHARING, _pairs(image_ids, project_ids)))

    def remove_many(self, image_ids: Iterable[str], project_ids: Iterable[str]) -> str:
        """Stop sharing these images with these projects (DELETE /v1/cloudimages/members, 5.3.1). Returns the job_id.

        Not repeated when its outcome is unknown, for each call starts a job.
        """
        body = _pairs(image_ids, project_ids)
        return job_id_of(self._service.send_json("5.3.1", "DELETE", _SHARING, body, repeatable=False))

    def answer_many(self, image_ids: Iterable[str], status: str, *, project_id: str = "") -> str:
        """Accept or reject several images shared with us (PUT /v1/cloudimages/members, 5.3.3). Returns the job_id."""
        _check_answer(status)
        images = _some(image_ids, "image")
        body = {"images": images, "project_id": project_id or self._service.project_id, "status": status}
        return job_id_of(self._service.send_json("5.3.3", "PUT", _SHARING, body, repeatable=False))


def _check_answer(status: str) -> None:
    if status not in ANSWERS:
        raise InvalidCall(f"A shared image can be accepted or rejected, not {status!r}.")


def _pairs(image_ids: Iterable[str], project_ids: Iterable[str]) -> dict[str, list[str]]:
    return {"images": _some(image_ids, "image"), "projects": _some(project_ids, "project")}


def _some(ids: Iterable[str], noun: str) -> list[str]:
    found = list(dict.fromkeys(ids))
    if not found:
        raise InvalidCall(f"Name at least one {noun}.")
    return found


_KNOWN = frozenset({"image_id", "member_id", "status", "created_at", "updated_at", "schema"})


def _member(entry: Any, answer: Answer) -> Member:
    if not isinstance(entry, Mapping):
        raise answer.malformed("a member that is no object")
    try:
        member = Member(
            image_id=as_text(entry.get("image_id")),
            member_id=as_text(entry.get("member_id")),
            status=as_text(entry.get("status")),
            created_at=parse_time(entry.get("created_at")),
            updated_at=parse_time(entry.get("updated_at")),
            schema=as_text(entry.get("schema")),
            extra=MappingProxyType({name: value for name, value in entry.items() if name not in _KNOWN}),
        )
    except ValueError as error:
        raise answer.malformed(f"in a member: {error}") from error
    if not member.member_id:
        raise answer.malformed("a member without member_id")
    return member
