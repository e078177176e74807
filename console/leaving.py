"""A web process that is told to end refuses new connections at once, so that a proxy asks the next one.

Gunicorn's own stops taking connections, but leaves its socket open until what is under way has ended: whoever connects
meanwhile waits in the kernel's queue, and is cut off in the end. A proxy may ask somebody else for a page then; a form
that it has sent already is lost (502).
"""

from typing import Any


def leave_by_closing_the_door(worker: Any) -> None:
    """`worker`: gunicorn's with threads (worker class gthread), as it begins to serve."""
    stop_accepting = worker.set_accept_enabled

    def set_accept_enabled(enabled: bool) -> None:
        stop_accepting(enabled)
        if not enabled and not worker.alive:
            for listener in worker.sockets:
                _take_who_waits(worker, listener)
                listener.close()

    worker.set_accept_enabled = set_accept_enabled


def _take_who_waits(worker: Any, listener: Any) -> None:
    """Those that the kernel has let in already are served. The socket does not block; nobody more is no error."""
    there = -1
    while there != worker.nr_conns:
        there = worker.nr_conns
        worker.accept(listener)
