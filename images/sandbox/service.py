"""The sandbox as a whole: a world, its operations, its faults, and the server in front of them."""

import logging
import threading
from collections import Counter
from pathlib import Path

from images.sandbox import faults as faulty
from images.sandbox import routes, signature
from images.sandbox.access import Access
from images.sandbox.admin import Administration
from images.sandbox.call import Call
from images.sandbox.effects import EFFECTS
from images.sandbox.errors import RefusedError
from images.sandbox.faults import Faults
from images.sandbox.jobs import Jobs
from images.sandbox.policies import Policies
from images.sandbox.server import Server
from images.sandbox.wire import Request, Response
from images.sandbox.world import World

log = logging.getLogger("images.sandbox")


class Sandbox:
    """An IMS with its IAM, on one address. Also a context manager: started on entry, stopped on exit.

    :param state: the SQLite file; made with ``images`` images for ``seed`` when it does not exist.
    :param speed: how many seconds of a job pass in one second.
    :raises AddressTakenError: the port is occupied.
    :raises StateRefusedError: the state file cannot be used.
    """

    def __init__(
        self,
        state: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        images: int = 2000,
        seed: int = 1,
        speed: float = 1.0,
    ) -> None:
        self.server = Server(self.respond, host, port)
        try:
            self.world = World(state, images=images, seed=seed, speed=speed)
        except BaseException:
            self.server.stop()
            raise
        self.access = Access(self.world)
        self.faults = Faults()
        self.jobs = Jobs(self.world, EFFECTS)
        self.jobs.verdict = self.faults.job_verdict
        self.calls: Counter[str] = Counter()
        self._counting = threading.Lock()
        self.policies = Policies()
        self._administration = Administration(
            self.world, self.access, self.jobs, self.faults, self.calls, self.policies
        )

    @property
    def base_url(self) -> str:
        """Where clients reach it."""
        return self.server.base_url

    def start(self) -> None:
        """Begin to answer; returns at once."""
        self.server.start()

    def stop(self) -> None:
        """Stop answering and let go of the state file."""
        self.server.stop()
        self.world.close()

    def __enter__(self) -> "Sandbox":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def respond(self, request: Request) -> Response:
        """The answer to a request. Never raises: what goes wrong in here is a 500, as at any service."""
        try:
            if request.path.startswith("/_sandbox"):
                return self._administration.respond(request)
            return self._respond(request)
        except RefusedError as refused:
            return Response(refused.status, refused.body(), headers=list(refused.headers))
        except Exception:  # a fault of ours, whichever it is: logged, and a 500 as any service would say
            log.exception("%s %s failed", request.method, request.target)
            fault = RefusedError("IMG.0061", 500)
            return Response(fault.status, fault.body())

    def _respond(self, request: Request) -> Response:
        route, variables = routes.find(request.method, request.path)
        with self._counting:
            self.calls[route.section] += 1
        spoiled = faulty.before(self.faults, route.section, request.target)
        if spoiled is not None:
            return spoiled
        call = Call(request, self.world, self.access, self.jobs, variables)
        try:
            response = self._stream(route, call) if route.streams else self._operate(route, call)
        except RefusedError as refused:
            response = Response(refused.status, refused.body(), headers=list(refused.headers))
        return faulty.after(self.faults, route.section, request.target, response)

    def _operate(self, route: routes.Route, call: Call) -> Response:
        # The body comes from the network: never wait for it with the lock in hand.
        call.request.raw_document()
        with self.world.lock:
            self.jobs.settle()
            if not route.open:
                self._authorise(route, call)
            return route.handler(call)

    def _stream(self, route: routes.Route, call: Call) -> Response:
        if signature.covers_body(call.request):
            call.request.raw_document()
        with self.world.lock:
            self.jobs.settle()
            self._authorise(route, call)
        return route.handler(call)

    def _authorise(self, route: routes.Route, call: Call) -> None:
        call.authorise()
        self.policies.check(call.caller.user.name, route.method, route.path)
