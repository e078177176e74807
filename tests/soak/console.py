"""A console as `make run` starts it, in a process group of its own: its processes, their memory, their logs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import psutil
import requests

from console.supervisor import _end_with_parent
from tests.chaos.trouble import free_port
from tests.sandbox_process import ROOT

#: Seconds that the first start may take on a machine that is busy: migrations, static files, the first images.
_START = 300.0


class Console:
    """`python -m console.embedded` is what `make run` becomes when all is installed."""

    def __init__(self, folder: Path, images: int, **environment: str) -> None:
        self.var = folder / "var"
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.output = folder / "make-run.log"
        # nothing of whoever starts us: neither the suite's settings nor those of another console
        usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        mine = {"VAR_DIR": str(self.var), "PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox_port)}
        self.environment = {**usual, **mine, "SANDBOX_IMAGES": str(images), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Console":
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "console.embedded"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads yet; a killed soak leaves nothing behind
            )
        try:
            self._wait_for_sign_ins()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        assert self._process is not None
        family = self._family()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        _gone, left = psutil.wait_procs(family, timeout=10)
        for one in left:
            one.kill()

    def _wait_for_sign_ins(self) -> None:
        assert self._process is not None
        limit = time.monotonic() + _START
        while "sign-in: viewer" not in self.said():
            if self._process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"make run did not start: {self.said()}")
            time.sleep(0.2)

    def said(self) -> str:
        """What it has printed."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def passwords(self) -> dict[str, str]:
        """user → password, as printed."""
        lines = [line.split() for line in self.said().splitlines() if line.startswith("sign-in: ")]
        return {words[1]: words[2] for words in lines}

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def answers(self, path: str = "/healthz") -> bool:
        try:
            return requests.get(f"{self.url}{path}", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    # --- its processes ------------------------------------------------------------------------------------------------
    def _family(self) -> list[psutil.Process]:
        assert self._process is not None
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def children(self) -> dict[str, psutil.Process]:
        """name → process of what the parent has started; the name is that of the log into which it writes."""
        assert self._process is not None
        found = {}
        try:
            started = psutil.Process(self._process.pid).children()
        except psutil.NoSuchProcess:
            return {}
        for child in started:
            try:
                target = Path(f"/proc/{child.pid}/fd/1").readlink()
                if target.parent == self.log_folder and child.status() != psutil.STATUS_ZOMBIE:
                    found[target.stem] = child
            except (OSError, psutil.NoSuchProcess):
                continue  # it ended this moment
        return found

    @property
    def log_folder(self) -> Path:
        return self.var / "log"


class Memory:
    """Resident bytes of each child with all that it has started, sample after sample; a child that was started again
    begins anew."""

    def __init__(self) -> None:
        self._samples: dict[str, list[tuple[float, int]]] = {}
        self._pids: dict[str, int] = {}
        self.restarts: dict[str, int] = {}

    def look(self, children: dict[str, psutil.Process]) -> None:
        for name, child in children.items():
            if self._pids.setdefault(name, child.pid) != child.pid:
                self._pids[name] = child.pid
                self.restarts[name] = self.restarts.get(name, 0) + 1
                self._samples[name] = []
            try:
                family = [child, *child.children(recursive=True)]
                size = sum(one.memory_info().rss for one in family)
            except psutil.NoSuchProcess:
                continue
            self._samples.setdefault(name, []).append((time.monotonic(), size))

    def early_and_late(self, name: str, warm_up: float, window: float) -> tuple[float, float] | None:
        """Medians of `window` seconds after so many seconds of warm-up, and of the last `window` seconds. None when
        the process has not lived that long."""
        samples = self._samples.get(name, [])
        if not samples:
            return None
        begin, end = samples[0][0], samples[-1][0]
        early = [size for at, size in samples if begin + warm_up <= at < begin + warm_up + window]
        late = [size for at, size in samples if at > end - window]
        if not early or begin + warm_up + window > end - window:
            return None
        return median(early), median(late)

    @property
    def names(self) -> list[str]:
        return sorted(self._samples)
