"""Sharing many images with many projects at once (5.3.1 to 5.3.3): asynchronous, each pair on its own."""

from typing import Any

from images.sandbox import making
from images.sandbox.call import Call
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.library import Row
from images.sandbox.making import MEMBERS_SECONDS
from images.sandbox.queries import require_uuid
from images.sandbox.refusals import sharing as rules
from images.sandbox.refusals.images import check_flow
from images.sandbox.wire import Response

MAX_PAIRS = 1000


def add(call: Call) -> Response:
    """POST /v1/cloudimages/members (5.3.2): offer images to projects."""
    fields = call.request.fields()
    rows, projects = _images(call, fields), _projects(fields)
    for row in rows:
        for project_id in projects:
            rules.check_share(call.world, call.project, row, project_id)
    return _start(call, "imsAddImageMembersJob", "members_added", rows, projects)


def remove(call: Call) -> Response:
    """DELETE /v1/cloudimages/members (5.3.1): stop sharing images with projects. The body travels with DELETE."""
    fields = call.request.fields()
    rows, projects = _images(call, fields), _projects(fields)
    for row in rows:
        rules.check_owner(call.project, row)
    return _start(call, "imsDelImageMembersJob", "members_removed", rows, projects)


def update(call: Call) -> Response:
    """PUT /v1/cloudimages/members (5.3.3): the recipient accepts or refuses several images."""
    fields = call.request.fields()
    project_id = rules.project_id(fields.get("project_id"))
    if project_id != call.project.id:
        raise RefusedError("IMG.0030")
    status = rules.answer_status(fields.get("status"))
    rows = _images(call, fields)
    if any(call.world.sharing.find(row.id, project_id) is None for row in rows):
        raise RefusedError("IMG.0027")
    return _start(call, "imsUpdateImageMembersJob", "members_answered", rows, [project_id], status=status)


def _start(call: Call, job_type: str, effect: str, rows: list[Row], projects: list[str], **more: Any) -> Response:
    if len(rows) * len(projects) > MAX_PAIRS:
        raise malformed("Too many images and projects at once.")
    check_flow(call.jobs, call.project)
    arguments = {"images": [row.id for row in rows], "projects": projects, "owner": call.project.id} | more
    job_id = call.jobs.start(
        call.project.id,
        job_type,
        MEMBERS_SECONDS,
        entities={"current_task": job_type.removeprefix("ims").removesuffix("Job") + "Task"},
        events=[[1.0, effect, arguments]],
    )
    return making.job_answer(job_id)


def _images(call: Call, fields: dict[str, Any]) -> list[Row]:
    """The images of the body, each once.

    :raises RefusedError: IMG.0001 no list of texts, IMG.0066 no id, IMG.0027 no image that the caller can see.
    """
    rows = []
    for text in _texts(fields, "images"):
        try:
            rows.append(call.world.visible(require_uuid(text), call.project))
        except RefusedError as refused:
            raise (RefusedError("IMG.0027") if refused.status == 404 else refused) from refused
    return list({row.id: row for row in rows}.values())


def _projects(fields: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(rules.project_id(entry) for entry in _entries(fields, "projects")))


def _texts(fields: dict[str, Any], name: str) -> list[str]:
    given = _entries(fields, name)
    if not all(isinstance(entry, str) for entry in given):
        raise malformed(f"{name} must be a list of ids.")
    return list(dict.fromkeys(given))


def _entries(fields: dict[str, Any], name: str) -> list[Any]:
    given = fields.get(name)
    if not isinstance(given, list) or not given:
        raise malformed(f"{name} must be a list of ids.")
    return given
