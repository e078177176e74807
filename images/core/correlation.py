"""One id leads from the browser's request to the log lines, and to the calls that IMS is sent because of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import copy_context
from typing import Any

from console.logs import request_id as in_the_log
from images.ims import correlated

#: From the id and the name of a piece of work to what surrounds it.
Surround = Callable[[str, str], AbstractContextManager[None]]
_surrounds: list[Surround] = []


def surround(made: Surround) -> None:
    """From now on every named piece of work is done inside what `made` makes of its cause and name; for traces."""
    _surrounds.append(made)


@contextmanager
def caused_by(request_id: str, work: str = "") -> Iterator[None]:
    """What is logged and sent to a cloud inside carries this id; "" leaves everything as it is. `work`: what is done
    because of it, where that is not the request itself ("edit send")."""
    if not request_id:
        yield
        return
    mark = in_the_log.set(request_id)
    try:
        with correlated(request_id), ExitStack() as stack:
            for made in _surrounds if work else ():
                stack.enter_context(made(request_id, work))
            yield
    finally:
        in_the_log.reset(mark)


class Threads(ThreadPoolExecutor):
    """A pool whose threads work for whoever gave them the work: their lines and calls carry the same id."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(copy_context().run, fn, *args, **kwargs)
