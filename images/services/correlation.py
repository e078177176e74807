"""One id leads from the browser's request to the log lines, and to the calls that IMS is sent because of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from console.logs import request_id as in_the_log
from images.ims import correlated


@contextmanager
def caused_by(request_id: str) -> Iterator[None]:
    """What is logged and sent to a cloud inside carries this id; "" leaves everything as it is."""
    if not request_id:
        yield
        return
    mark = in_the_log.set(request_id)
    try:
        with correlated(request_id):
            yield
    finally:
        in_the_log.reset(mark)
