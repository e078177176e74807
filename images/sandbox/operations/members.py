"""Members of an image, native (6.4.1 to 6.4.5)."""

from images.sandbox.call import Call
from images.sandbox.errors import not_found
from images.sandbox.library import Row
from images.sandbox.operations.details import image_of_path
from images.sandbox.refusals import sharing as rules
from images.sandbox.sharing import Member
from images.sandbox.sharing_acts import respond, share, unshare
from images.sandbox.wire import Response, answer, empty


def read(call: Call) -> Response:
    """GET /v2/images/{image_id}/members/{member_id} (6.4.3): for the owner and for that member."""
    return answer(_member_of_path(call, image_of_path(call)).document())


def read_all(call: Call) -> Response:
    """GET /v2/images/{image_id}/members (6.4.4): all for the owner; a member sees itself."""
    row = image_of_path(call)
    members = call.world.sharing.of_image(row.id)
    if row.owner != call.project.id:
        members = {name: member for name, member in members.items() if name == call.project.id}
    documents = [member.document() for member in members.values()]
    return answer({"members": documents, "schema": "/v2/schemas/members"})


def add(call: Call) -> Response:
    """POST /v2/images/{image_id}/members (6.4.1): offer an image to a project; it starts pending."""
    row = image_of_path(call)
    member_id = rules.project_id(call.request.fields().get("member"))
    rules.check_share(call.world, call.project, row, member_id)
    member = share(call.world, row, member_id, call.world.now_text())
    return answer(member.document())


def update(call: Call) -> Response:
    """PUT /v2/images/{image_id}/members/{member_id} (6.4.2): the recipient accepts or refuses."""
    row = image_of_path(call)
    status = rules.answer_status(call.request.fields().get("status"))
    member = _member_of_path(call, row)
    rules.check_answer(call.project, member)
    return answer(respond(call.world, member, status, call.world.now_text()).document())


def delete(call: Call) -> Response:
    """DELETE /v2/images/{image_id}/members/{member_id} (6.4.5): stop sharing with a project."""
    row = image_of_path(call)
    member = _member_of_path(call, row)
    rules.check_owner(call.project, row)
    unshare(call.world, row, member.member_id, call.world.now_text())
    return empty()


def _member_of_path(call: Call, row: Row) -> Member:
    member = call.world.sharing.find(row.id, call.path["member_id"])
    if member is None or call.project.id not in (row.owner, member.member_id):
        raise not_found("The member does not exist.")
    return member
