"""A web process that was told to end: who connects is refused at once, who is there is served."""

import signal
import socket

import pytest

from tests.deploy.webs import environment, web
from tests.glance.service import free_port
from tests.sandbox_process import wait_for

pytestmark = pytest.mark.slow


def test_the_door_is_closed_before_the_last_one_has_left(tmp_path):
    port = free_port()
    with web(environment(tmp_path), port, tmp_path / "web.log") as process:
        with socket.create_connection(("127.0.0.1", port), 60) as early:
            early.sendall(b"GET /healthz HTTP/1.1\r\n")  # and the rest comes late
            process.send_signal(signal.SIGTERM)
            wait_for(lambda: not is_let_in(port), 60)
            assert process.poll() is None
            early.sendall(b"Host: here\r\n\r\n")
            assert early.recv(100).startswith(b"HTTP/1.1 200 ")
        assert process.wait(60) == 0


def is_let_in(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5):
            return True
    except ConnectionRefusedError:
        return False
