"""Who may what in this room, for the guards (tests/guards/tables.py)."""

import io
from pathlib import Path

from tests.guards.roles import Row, Who, operate, owner
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:create": Row("/images/create/", operate(), operate()),
    "images:image_upload": Row("/images/{image}/upload/", None, operate(302)),
    "images:image_register": Row("/images/{image}/register/", operate(), operate(422)),
    "images:upload": Row("/uploads/{upload}/", owner(), owner(422)),
    "images:upload_announce": Row("/uploads/{upload}/announce/", None, owner(422)),
    "images:upload_file": Row("/uploads/{upload}/file/", owner()),
}

SERVICES: dict[str, Service] = {
    "making.services.image_file.register": Service(
        Who.OPERATE, lambda things: {"image": things.image, "image_url": "bucket:file.vhd", "key": "k"}
    ),
    "making.services.uploads.receiving.announce": Service(
        Who.OPERATE, lambda things: {"upload": things.upload, "file_name": "x", "size": 1, "head": b"x", "tail": b""}
    ),
    "making.services.uploads.receiving.begin": Service(
        Who.OPERATE, lambda things: {"project": things.project, "name": "x", "key": "k"}
    ),
    "making.services.uploads.receiving.begin_for": Service(Who.OPERATE, lambda things: {"image": things.image}),
    "making.services.uploads.receiving.receive_piece": Service(
        Who.OPERATE, lambda things: {"upload": things.upload, "offset": 0, "stream": io.BytesIO(b"x"), "length": 1}
    ),
    "making.services.uploads.receiving.receive_whole": Service(
        Who.OPERATE, lambda things: {"upload": things.upload, "path": Path(__file__), "file_name": "x"}
    ),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "making.services.image_file.ways_for": "answers, and names refusals among its answers",
}
