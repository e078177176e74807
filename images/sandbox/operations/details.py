"""Single images: 6.1.2 and, abandoned, 6.1.8."""

from images.sandbox.call import Call
from images.sandbox.errors import no_image
from images.sandbox.library import Row
from images.sandbox.operations.lists import legacy_document
from images.sandbox.queries import require_uuid
from images.sandbox.wire import Response


def image_of_path(call: Call, *, deleted: bool = False) -> Row:
    """The image that the path names, if the caller may see it. ``deleted`` ones are answered by v1 calls only.

    :raises RefusedError: IMG.0066 for an id that is none, 404 for an image that does not exist for this project.
    """
    row = call.world.visible(require_uuid(call.path["image_id"]), call.project)
    if row.status == "deleted" and not deleted:
        raise no_image()
    return row


def native(call: Call) -> Response:
    """GET /v2/images/{image_id} (6.1.2): all attributes of a public, private or shared image."""
    row = image_of_path(call)
    return Response(body=call.world.library.documents([row])[0])


def legacy(call: Call) -> Response:
    """HEAD /v1/images/{image_id} (6.1.8, abandoned): the attributes as headers, without a body."""
    image = legacy_document(call.world.document(image_of_path(call, deleted=True)))
    headers = []
    for name, value in image.items():
        if name == "properties" or value is None:
            continue
        headers.append((f"X-Image-Meta-{name.capitalize()}", str(value).replace("\r", " ").replace("\n", " ")))
    if image["checksum"]:
        headers.append(("Etag", image["checksum"]))
    return Response(content_type="text/html; charset=UTF-8", headers=headers)
