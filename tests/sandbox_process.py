"""A sandbox in a process of its own, for end-to-end tests: on a free port, with its own state.

with SandboxProcess(tmp_path, images=300) as sandbox:
    sandbox.base_url, sandbox.env["IMS_PROJECT_ID"]
    sandbox.fault(kind="status", operation="5.1.1", status=503, times=2)
    sandbox.create_images("eu-west-0", count=3)
    sandbox.kill(); sandbox.start()   # on the same port, with the same state
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120


class SandboxProcess:
    """One sandbox process. ``start`` after ``stop`` or ``kill`` takes the same port and the same state again.

    :param folder: where state and log are kept, usually ``tmp_path``.
    :param latency: seconds that every answer is held back.
    :param speed: how many seconds of a job pass in one second.
    :param ahead: seconds by which the service's clock is wrong.
    """

    def __init__(
        self,
        folder: Path,
        *,
        images: int = 100,
        seed: int = 1,
        latency: float = 0.0,
        speed: float = 1000.0,
        port: int = 0,
        ahead: float = 0.0,
    ) -> None:
        self.state = folder / f"sandbox-{images}-{seed}.sqlite3"
        self.log = folder / "sandbox.log"
        self.port = port
        self.base_url = ""
        self._arguments = [f"--images={images}", f"--seed={seed}", f"--speed={speed}", f"--latency={latency}"]
        self._ahead = ahead
        self._process: subprocess.Popen[str] | None = None
        self._env: dict[str, str] | None = None

    def __enter__(self) -> "SandboxProcess":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> "SandboxProcess":
        """Start and wait until it answers."""
        module = ["tests.shifted", "images.sandbox"] if self._ahead else ["images.sandbox"]
        command = [sys.executable, "-W", "ignore", "-m", *module, f"--port={self.port}", f"--state={self.state}"]
        environment = {**os.environ, "CLOCK_AHEAD": str(self._ahead)}
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [*command, *self._arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        # The line comes when the port is open; if the process ends instead, reading ends too.
        line = self._process.stdout.readline()
        if not line.startswith("sandbox: listening on "):
            self._process.wait(START_SECONDS)
            self._process.stdout.close()
            raise RuntimeError(f"The sandbox did not start: {self.log.read_text()}")
        self.base_url = line.rsplit(" ", 1)[1].strip()
        self.port = int(self.base_url.rsplit(":", 1)[1])
        return self

    def stop(self) -> int:
        """Ask it to end, and wait; its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Kill it at once, as a power cut would; the state stays."""
        return self._end(signal.SIGKILL)

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def env(self) -> dict[str, str]:
        """What ``--print-env`` prints: addresses, credentials and projects of both tenants."""
        if self._env is None or self._env["IMS_ENDPOINT"] != self.base_url:
            command = [sys.executable, "-m", "images.sandbox", "--print-env", f"--port={self.port}"]
            printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
            self._env = dict(line.split("=", 1) for line in printed.splitlines())
        return dict(self._env)

    # Administration

    def admin(self, method: str, noun: str, document: Any = None, **parameters: str) -> Any:
        """Call ``/_sandbox/<noun>``; the decoded answer, ``None`` when there is none."""
        response = requests.request(
            method, f"{self.base_url}/_sandbox/{noun}", json=document, params=parameters, timeout=60
        )
        response.raise_for_status()
        return response.json() if response.content else None

    def fault(self, **fault: Any) -> Any:
        """Set a fault, such as ``kind="status", operation="5.1.1", status=503, times=2``."""
        return self.admin("POST", "faults", fault)

    def clear_faults(self) -> None:
        """Remove all faults, latency among them."""
        self.admin("DELETE", "faults")

    def latency(self, seconds: float, operation: str = "*") -> None:
        """Hold back the answers of an operation, or of all; 0 ends it."""
        self.admin("PUT", "latency", {"seconds": seconds, "operation": operation})

    def create_images(self, project: str, *, count: int = 1, name: str = "", **changes: Any) -> list[str]:
        """Create images in a project (id, or name within the demo tenant) as if somebody did it elsewhere."""
        document = {"action": "create", "project": project, "count": count, "name": name, "changes": changes}
        return list(self.admin("POST", "images", document)["ids"])

    def patch_image(self, image_id: str, **changes: Any) -> dict[str, Any]:
        """Change attributes of any image; ``updated_at`` moves. ``None`` removes an attribute."""
        return dict(self.admin("POST", "images", {"action": "patch", "id": image_id, "changes": changes}))

    def delete_image(self, image_id: str) -> None:
        """Delete any image."""
        self.admin("POST", "images", {"action": "delete", "id": image_id})

    def set_member(self, image_id: str, project_id: str, status: str | None) -> None:
        """Share an image with a project in a state, or (``None``) no longer."""
        self.admin("POST", "members", {"image_id": image_id, "project": project_id, "status": status})

    def dump(self, project: str) -> dict[str, Any]:
        """All that a project can see: ``images`` (own), ``public``, ``shared`` (``member_status`` and ``image``)."""
        return dict(self.admin("GET", "images", project=project))

    def calls(self) -> dict[str, int]:
        """How often each operation was called since the last :meth:`reset_calls`."""
        return dict(self.admin("GET", "calls"))

    def reset_calls(self) -> None:
        """Count from zero."""
        self.admin("DELETE", "calls")

    def speed(self, seconds: float) -> None:
        """From now on (and for what is under way: from its beginning) so many seconds of a job pass in one. Slow while
        a test looks at a job, fast when it has seen enough: however busy the machine is, it sees the one and the other.
        """
        self.admin("PUT", "speed", {"speed": seconds})

    def token(self, *, prefix: str = "IMS_", project_id: str = "") -> str:
        """A token of the demo tenant (``IMS_``) or the foreign one (``IMS2_``), for its first project or another."""
        env = self.env
        user = {
            "name": env[f"{prefix}USER"],
            "password": env[f"{prefix}PASSWORD"],
            "domain": {"name": env[f"{prefix}DOMAIN"]},
        }
        auth = {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"id": project_id or env[f"{prefix}PROJECT_ID"]}},
        }
        response = requests.post(f"{self.base_url}/v3/auth/tokens", json={"auth": auth}, timeout=60)
        response.raise_for_status()
        return response.headers["X-Subject-Token"]

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None or process.stdout is None:
            return 0
        if process.poll() is None:
            os.kill(process.pid, number)
        try:
            return process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(20)
        finally:
            process.stdout.close()


def wait_for(condition: Any, seconds: float = 60.0) -> Any:
    """Ask until the answer is true-ish, and return it; fail when the time is over, which on a busy machine must be long
    and costs nothing on any other."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"Still not so after {seconds} seconds")
        time.sleep(0.02)
