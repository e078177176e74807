"""One WSGI application of OpenStack in a process of its own, on a free port of loopback."""

import socket
import subprocess
import time
from pathlib import Path

import requests

START_SECONDS = 120


class Service:
    """A gunicorn out of `venv` that keeps everything in `folder`. Subclasses say how to prepare it."""

    def __init__(self, name: str, venv: Path, folder: Path, port: int) -> None:
        self.name = name
        self.venv = venv
        self.folder = folder
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def write_application(self, text: str) -> None:
        """The module that gunicorn loads, called as the service with _wsgi behind it."""
        (self.folder / f"{self.name}_wsgi.py").write_text(text)

    def start(self) -> None:
        """Start and wait until it answers."""
        gunicorn = [self.venv / "bin" / "gunicorn", "--workers=1", "--threads=8", "--timeout=300"]
        with (self.folder / f"{self.name}.out").open("wb") as output:
            self._process = subprocess.Popen(
                [*gunicorn, "--no-control-socket", f"--bind=127.0.0.1:{self.port}", f"{self.name}_wsgi:application"],
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{self.name} did not start:\n{(self.folder / f'{self.name}.out').read_text()}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)

    def _answers(self) -> bool:
        try:
            requests.get(self.base_url, timeout=START_SECONDS)
        except requests.ConnectionError:
            return False
        return True


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def command(*words: str | Path) -> None:
    """Run a command to its end; its output is shown when it fails."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(str(word) for word in words)}\n{done.stdout}\n{done.stderr}")
