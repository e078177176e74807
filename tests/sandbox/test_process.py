"""The sandbox as a process: its command line, its state, and what it survives."""

import functools
import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from images.sandbox import Sandbox, StateRefusedError, cast
from tests.sandbox_process import ROOT, SandboxProcess, wait_for

pytestmark = pytest.mark.process

MAIN = cast.DEMO_PROJECTS[0].id
GIB = 1024**3


def command(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "images.sandbox", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def test_print_env():
    printed = command("--print-env", "--port=9797")
    assert printed.returncode == 0
    settings = dict(line.split("=", 1) for line in printed.stdout.splitlines())
    names = ("ENDPOINT", "REGION", "PROJECT_ID", "PROJECT_NAME", "USER", "PASSWORD", "DOMAIN", "AK", "SK")
    expected = {f"IMS_{name}" for name in names} | {f"IMS2_{name}" for name in names}
    assert set(settings) == expected | {"IAM_ENDPOINT", "IMS2_IAM_ENDPOINT"}
    assert settings["IMS_ENDPOINT"] == settings["IAM_ENDPOINT"] == "http://127.0.0.1:9797"
    assert settings["IMS_PROJECT_ID"] != settings["IMS2_PROJECT_ID"]


def test_manage_py_takes_the_same_arguments():
    printed = subprocess.run(
        [sys.executable, "manage.py", "sandbox", "--print-env", "--port=9797"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    assert printed.stdout == command("--print-env", "--port=9797").stdout


def test_an_occupied_port_is_said_in_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = command(f"--port={port}", f"--state={tmp_path / 'state'}")
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"sandbox: Cannot listen on 127.0.0.1 port {port}: Address already in use.")
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("argument", ["--speed=0", "--images=-1", "--port=70000"])
def test_arguments_that_make_no_sense(tmp_path, argument):
    failed = command(argument, f"--state={tmp_path / 'state'}")
    assert failed.returncode == 1
    assert "must be" in failed.stderr


def test_a_state_that_is_none(tmp_path):
    state = tmp_path / "state"
    state.write_text("this is no database, it only looks long enough to be one" * 100)
    failed = command("--port=0", f"--state={state}")
    assert failed.returncode == 1
    assert f"The state file {state} cannot be used" in failed.stderr


def test_one_state_one_sandbox(tmp_path):
    with (
        Sandbox(tmp_path / "state", images=10),
        pytest.raises(StateRefusedError, match="Another sandbox is running"),
    ):
        Sandbox(tmp_path / "state")


def test_the_same_seed_gives_the_same_images(tmp_path):
    def documents(name: str, seed: int) -> dict[str, bytes]:
        with Sandbox(tmp_path / name, images=200, seed=seed) as sandbox:
            rows = sandbox.world.library.rows.values()
            # Images of today are made around the time of the start.
            return {row.id: row.doc for row in rows if row.created_at < "2026-07-02"}

    first = documents("a", 7)
    assert documents("b", 7) == first
    assert documents("c", 8) != first


def test_sigterm_ends_it_in_order_and_the_state_stays(tmp_path):
    with SandboxProcess(tmp_path, images=50) as sandbox:
        token = sandbox.token()
        (image_id,) = sandbox.create_images("eu-west-0", name="kept")
        assert sandbox.stop() == 0
        sandbox.start()
        answer = requests.get(f"{sandbox.base_url}/v2/images/{image_id}", headers={"X-Auth-Token": token}, timeout=30)
        assert answer.json()["name"] == "kept"


def test_killed_at_any_moment_it_has_exactly_what_it_said(tmp_path):
    """A dozen kills under writing load: each answered effect is there, each image is whole."""
    with SandboxProcess(tmp_path, images=50) as sandbox:
        answered: set[str] = set()
        deleted: set[str] = set()
        for number in range(12):
            stop = threading.Event()
            writer = threading.Thread(target=write, args=(sandbox.base_url, sandbox.token(), answered, deleted, stop))
            writer.start()
            wait_for(functools.partial(_has_written, writer, answered, deleted, len(answered) + len(deleted) + number))
            sandbox.kill()
            stop.set()
            writer.join(30)
            sandbox.start()
        images = {image["id"]: image for image in sandbox.dump("eu-west-0")["images"]}
        assert len(answered) > 20
        assert answered <= set(images)
        assert not deleted & set(images)
        assert all(image["status"] in ("queued", "active", "saving", "killed", "deleted") for image in images.values())


def _has_written(writer: threading.Thread, answered: set[str], deleted: set[str], count: int) -> bool:
    """So much more than before; no more comes when the quota is used up."""
    return len(answered) + len(deleted) >= count or not writer.is_alive()


def write(base_url: str, token: str, answered: set[str], deleted: set[str], stop: threading.Event) -> None:
    """Create images, and delete every third again, until the other side is gone."""
    with requests.Session() as session:
        session.headers["X-Auth-Token"] = token
        for number in itertools.count():
            if stop.is_set():
                return
            try:
                made = session.post(f"{base_url}/v2/images", json={"name": "written"}, timeout=30)
                if made.status_code != 201:
                    return  # the quota is used up
                image_id = made.json()["id"]
                answered.add(image_id)
                if number % 3 == 0:
                    answered.discard(image_id)
                    if session.delete(f"{base_url}/v2/images/{image_id}", timeout=30).status_code == 204:
                        deleted.add(image_id)
            except requests.ConnectionError:
                return


def test_jobs_go_on_after_a_kill(tmp_path):
    with SandboxProcess(tmp_path, images=50, speed=50) as sandbox:
        headers = {"X-Auth-Token": sandbox.token()}
        body = {"name": "outlives", "instance_id": "877a2cda-ba63-4e1e-b95f-e67e48b6129a"}
        url = sandbox.base_url
        job_id = requests.post(f"{url}/v2/cloudimages/action", json=body, headers=headers, timeout=30).json()["job_id"]
        sandbox.kill()
        sandbox.start()
        job = wait_for(
            lambda: next(
                (
                    found
                    for found in (requests.get(f"{url}/v1/{MAIN}/jobs/{job_id}", headers=headers, timeout=30).json(),)
                    if found["status"] == "SUCCESS"
                ),
                None,
            )
        )
        image = requests.get(f"{url}/v2/images/{job['entities']['image_id']}", headers=headers, timeout=30).json()
        assert (image["name"], image["status"]) == ("outlives", "active")


def test_an_upload_cut_off_by_a_kill_can_be_repeated(tmp_path):
    with SandboxProcess(tmp_path, images=50) as sandbox:
        headers = {"X-Auth-Token": sandbox.token()}
        path = "/v2/images/84ac7f2b-bf19-4efb-86a0-b5be8771b476"
        begun = threading.Event()

        def endless():
            while True:
                yield b"x" * 65536
                begun.set()
                time.sleep(0.01)

        def upload():
            with pytest.raises(requests.ConnectionError):
                requests.put(f"{sandbox.base_url}{path}/file", data=endless(), headers=headers, timeout=30)

        thread = threading.Thread(target=upload)
        thread.start()
        assert begun.wait(60)
        answer = requests.get(sandbox.base_url + path, headers=headers, timeout=30)
        wait_for(
            lambda: requests.get(sandbox.base_url + path, headers=headers, timeout=30).json()["status"] == "saving"
        )
        assert answer.status_code == 200
        sandbox.kill()
        thread.join(30)
        sandbox.start()
        assert requests.get(sandbox.base_url + path, headers=headers, timeout=30).json()["status"] == "queued"
        assert requests.put(f"{sandbox.base_url}{path}/file", data=b"x", headers=headers, timeout=30).status_code == 204


@pytest.mark.slow
def test_a_gigabyte_goes_through_little_memory(tmp_path):
    with SandboxProcess(tmp_path, images=50) as sandbox:
        headers = {"X-Auth-Token": sandbox.token()}
        before = peak_memory(sandbox.pid)
        chunk = os.urandom(1024 * 1024)
        url = f"{sandbox.base_url}/v2/images/84ac7f2b-bf19-4efb-86a0-b5be8771b476/file"
        sent = requests.put(url, data=itertools.repeat(chunk, 1024), headers=headers, timeout=300)
        assert sent.status_code == 204
        with requests.get(url, headers=headers, stream=True, timeout=300) as answer:
            assert int(answer.headers["Content-Length"]) == GIB
            assert sum(len(piece) for piece in answer.iter_content(1024 * 1024)) == GIB
        assert peak_memory(sandbox.pid) - before < 64 * 1024 * 1024


def peak_memory(pid: int) -> int:
    """The most memory a process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def test_two_gigabytes_are_too_much(tmp_path):
    with SandboxProcess(tmp_path, images=50) as sandbox:
        request = (
            f"PUT /v2/images/84ac7f2b-bf19-4efb-86a0-b5be8771b476/file HTTP/1.1\r\nX-Auth-Token: {sandbox.token()}\r\n"
        )
        with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as connection:
            connection.sendall(f"{request}Content-Length: {2 * GIB}\r\n\r\n".encode())
            answer = connection.recv(10_000)
        assert b"IMG.0059" in answer


def test_it_ends_while_somebody_is_connected(tmp_path):
    with (
        SandboxProcess(tmp_path, images=20) as sandbox,
        socket.create_connection(("127.0.0.1", sandbox.port), timeout=10),
    ):
        os.kill(sandbox.pid, signal.SIGINT)
        assert sandbox.stop() == 0  # by itself; who does not end is killed, and has another status


def test_an_answer_that_drips(tmp_path: Path) -> None:
    """Byte by byte, headers among them; whoever waits long enough gets all of it."""
    with SandboxProcess(tmp_path, images=20) as sandbox:
        sandbox.fault(kind="drip", operation="6.5.1", seconds=0.001, times=1)
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
        connection.request("GET", "/")
        began = time.monotonic()
        answer = connection.getresponse()
        body = answer.read()
        assert answer.getheader("Content-Length") == str(len(body))
        connection.close()
        assert time.monotonic() - began > 0.001 * len(body)
