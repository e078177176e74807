"""nginx with the configuration that we ship; only what differs on this machine is put in: name, ports, certificates."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import urllib3

from tests.certificates import tls
from tests.glance.service import free_port
from tests.sandbox_process import ROOT, wait_for

SHIPPED = ROOT / "deploy" / "nginx.conf"
NAME = "images.example.com"

_AROUND = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    {temporary}
    access_log off;
    include {site};
}}
"""
_SERVERS = re.compile(r"(?:^    server 127\.0\.0\.1:\d+ max_fails=0;\n)+", re.MULTILINE)
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass
class Proxy:
    """A running one. `bundle` is the certificate that it shows, as a file."""

    https_port: int
    http_port: int
    bundle: Path
    folder: Path
    #: Others are asked no more, and what they were asked before has been answered.
    ask_only: Callable[[Sequence[int]], None] = field(init=False)

    def __post_init__(self) -> None:
        self.pool = urllib3.HTTPSConnectionPool(
            "127.0.0.1",
            self.https_port,
            server_hostname=NAME,
            assert_hostname=NAME,
            ca_certs=str(self.bundle),
            retries=False,
            timeout=60,
            maxsize=8,
        )

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> urllib3.BaseHTTPResponse:
        """As a browser does: TLS to loopback, by the name that the certificate bears."""
        host = {"Host": f"{NAME}:{self.https_port}"}
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.pool.request(method, path, body=body, headers=host | said, redirect=False)

    @property
    def url(self) -> str:
        """Its address by the name that it knows; the name leads to loopback only for those who are told so."""
        return f"https://{NAME}:{self.https_port}"


def written(
    folder: Path, upstreams: Sequence[int], static: Path, ports: tuple[int, int], shipped: Path = SHIPPED
) -> Path:
    """The configuration of a whole nginx around the shipped file, in `folder`. `static` is the parent of static/."""
    if not (folder / "server.pem").exists():
        tls(folder, name=NAME)
    https, http = ports
    servers = "".join(f"    server 127.0.0.1:{port} max_fails=0;\n" for port in upstreams)
    text, count = re.subn(
        r"(?:^    server 127\.0\.0\.1:\d+ max_fails=0;\n)+", servers, shipped.read_text(), flags=re.MULTILINE
    )
    assert count == 1, "the upstream block of deploy/nginx.conf has changed its form"
    for old, new in {
        "listen 443 ": f"listen 127.0.0.1:{https} ",
        "listen 80 ": f"listen 127.0.0.1:{http} ",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen [::]:443 ": f"listen [::1]:{https} ",
        "listen [::]:80 ": f"listen [::1]:{http} ",
        "listen [::]:80;": f"listen [::1]:{http};",
        "/etc/ssl/image-console/fullchain.pem": str(folder / "server.pem"),
        "/etc/ssl/image-console/privkey.pem": str(folder / "server.pem"),
        "/var/log/nginx/image-console.log": str(folder / "access.log"),
        "root /var/cache/image-console;": f"root {static};",
    }.items():
        assert old in text, f"deploy/nginx.conf has no {old!r} any more"
        text = text.replace(old, new)
    site = folder / "image-console.conf"
    site.write_text(text)
    temporary = "".join(f"    {one}_temp_path {folder}/{one};\n" for one in _TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""  # else it could not get into our folders
    whole = folder / "nginx.conf"
    whole.write_text(_AROUND.format(folder=folder, site=site, temporary=temporary, user=user))
    return whole


def checked(configuration: Path) -> str:
    """What `nginx -t` says of it. Raises AssertionError when it refuses it."""
    done = subprocess.run(
        ["nginx", "-t", "-c", str(configuration), "-e", str(configuration.with_name("error.log"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@contextmanager
def nginx(folder: Path, upstreams: Sequence[int], static: Path) -> Iterator[Proxy]:
    """Runs until the block ends, on free ports, before web processes on these ports of loopback."""
    ports = free_port(), free_port()
    configuration = written(folder, upstreams, static, ports)
    command = ["nginx", "-c", str(configuration), "-e", str(folder / "error.log")]
    with subprocess.Popen(command) as process:
        try:
            wait_for(lambda: (folder / "nginx.pid").exists() and (folder / "nginx.pid").read_text().strip())
            proxy = Proxy(*ports, folder / "server.pem", folder)
            proxy.ask_only = lambda upstreams: _asks_only(process.pid, folder, upstreams, static, ports)
            yield proxy
        finally:
            process.terminate()
            process.wait(20)


def _asks_only(pid: int, folder: Path, upstreams: Sequence[int], static: Path, ports: tuple[int, int]) -> None:
    written(folder, upstreams, static, ports)
    before = {child.pid for child in psutil.Process(pid).children()}
    os.kill(pid, signal.SIGHUP)
    wait_for(lambda: not before & {child.pid for child in psutil.Process(pid).children()}, 120)


def main(machine: Path) -> None:
    """`nginx -t` of the machine of tests/deploy/machine.py."""
    installed = machine / "etc" / "nginx" / "conf.d" / "image-console.conf"
    folder = machine / "run" / "nginx"
    folder.mkdir(exist_ok=True)
    checked(written(folder, [8001, 8002], machine / "var/cache/image-console", (free_port(), free_port()), installed))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
