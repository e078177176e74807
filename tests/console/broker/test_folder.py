"""The folder as broker: nobody ever sees half a message, each message is taken once, whoever waits is woken."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest

from console.broker import folder, install
from images.core.enums import RemarkKind
from images.core.models.remark import Remark
from tests.sandbox_process import ROOT, wait_for

install()

#: Puts COUNT messages of SIZE bytes into the folder, each with a number.
SENDER = """
import sys, kombu
from console import broker
broker.install()
place, name, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with kombu.Connection("filesystem://", transport_options={"folder": place}) as link:
    queue = link.SimpleQueue("work")
    for number in range(count):
        queue.put([f"{name}-{number}", "x" * size])
"""
#: Takes messages and prints their numbers, until there is none left after the file has come that ends it.
TAKER = """
import pathlib, sys, queue as queues, kombu
from console import broker
broker.install()
with kombu.Connection("filesystem://", transport_options={"folder": sys.argv[1]}) as link:
    queue = link.SimpleQueue("work")
    while True:
        all_sent = pathlib.Path(sys.argv[2]).exists()
        try:
            message = queue.get(timeout=0.5)
        except queues.Empty:
            if all_sent:
                break
            continue
        print(message.payload[0], len(message.payload[1]), flush=True)
        message.ack()
"""


def run(code: str, *arguments: object) -> "subprocess.Popen[str]":
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, settings) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def link(place: Path) -> Iterator[kombu.Connection]:
    with kombu.Connection("filesystem://", transport_options={"folder": str(place)}) as connection:
        yield connection


def aside(place: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted((place / "unreadable").glob("*"))]


@pytest.mark.slow
def test_many_senders_and_takers_lose_and_double_nothing(place: Path, tmp_path: Path):
    all_sent = tmp_path / "all-sent"
    takers = [run(TAKER, place, all_sent) for _ in range(3)]
    senders = [run(SENDER, place, name, 150, 100_000) for name in ("a", "b", "c")]
    for sender in senders:
        sender.communicate(timeout=120)
        assert sender.returncode == 0
    all_sent.touch()
    taken = Counter(line for taker in takers for line in taker.communicate(timeout=120)[0].splitlines())
    assert taken == Counter(f"{name}-{number} 100000" for name in ("a", "b", "c") for number in range(150))
    assert aside(place) == []


@pytest.mark.slow
def test_a_sender_that_is_killed_leaves_whole_messages(place: Path, link):
    sender = run(SENDER, place, "a", 100_000, 1_000_000)
    queue = link.SimpleQueue("work")
    for _ in range(5):
        assert len(queue.get(timeout=60).payload[1]) == 1_000_000
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    sender.stdout.close()
    while queue.qsize():
        assert len(queue.get(timeout=60).payload[1]) == 1_000_000
    assert aside(place) == []


def test_who_waits_is_woken(link, monkeypatch):
    monkeypatch.setattr(folder, "_LOOK", 3600.0)  # looking by itself would not do
    waiting = link.SimpleQueue("work")
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(waiting.get(timeout=60).payload))
    thread.start()
    wait_for(lambda: link.transport.bell._ends)
    with kombu.Connection("filesystem://", transport_options=link.transport_options) as other:
        other.SimpleQueue("work").put("news")
    thread.join(60)
    assert got == ["news"]


def test_room_for_another_message_wakes_too(link, monkeypatch):
    """One message at a time: the second was rung for while the first was in work."""
    monkeypatch.setattr(folder, "_LOOK", 3600.0)
    queue = link.SimpleQueue("work")
    queue.put("one")
    queue.put("two")
    queue.consumer.qos(prefetch_count=1)
    first = queue.get(timeout=60)
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(queue.get(timeout=60).payload))
    thread.start()
    wait_for(lambda: link.transport.bell._ends)
    first.ack()
    thread.join(60)
    assert (first.payload, got) == ("one", ["two"])


def test_bells_of_the_dead_are_taken_down(place: Path, link):
    taker = run(TAKER, place, 60)
    wait_for(lambda: list((place / "bells").glob("*.bell")) if place.exists() else [], 60)
    taker.kill()
    taker.wait()
    taker.stdout.close()
    link.SimpleQueue("work").put("x")
    assert list((place / "bells").iterdir()) == []


def test_messages_are_private_and_gone_when_they_are_done(place: Path, link):
    queue = link.SimpleQueue("work")
    queue.put("x")
    [file] = (place / "messages").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert all((place / name).stat().st_mode & 0o777 == 0o700 for name in folder.FOLDERS)
    queue.get(timeout=5).ack()
    assert [file for name in ("messages", "writing", "taken") for file in (place / name).iterdir()] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("content", [b"", b'{"body": "W1td', b"\x80", b"[]", b'{"properties": {}}'])
def test_what_cannot_be_read_goes_aside_and_the_next_one_comes(content, place: Path, link, caplog):
    queue = link.SimpleQueue("work")
    (place / "messages" / "0_x.work.msg").write_bytes(content)
    queue.put("good")
    message = queue.get(timeout=5)
    message.ack()
    assert message.payload == "good"
    assert aside(place) == [content]
    assert "a message in queue work cannot be read" in caplog.text
    assert Remark.objects.get(kind=RemarkKind.MESSAGE).name == "work"


@pytest.mark.django_db(transaction=True)
def test_few_are_kept_and_little_of_each(place: Path, link, monkeypatch):
    monkeypatch.setattr("console.broker.aside.KEPT", 2)
    monkeypatch.setattr("console.broker.aside.LONGEST", 3)
    queue = link.SimpleQueue("work")
    for number in range(4):
        (place / "messages" / f"0{number}_x.work.msg").write_bytes(f"{number}abcdef".encode())
    queue.put("good")
    queue.get(timeout=5).ack()
    assert aside(place) == [b"2ab", b"3ab"]


@pytest.mark.django_db(transaction=True)
def test_a_broken_table_of_an_exchange_is_begun_anew(place: Path, link):
    link.SimpleQueue("work")
    for content in (b"", b'[["a"', b"[1]"):
        (place / "control" / "work.exchange").write_bytes(content)
        link.channel()._queue_bind("work", "work", "", "work")
        assert [tuple(row) for row in link.channel().get_table("work")] == [("work", "", "work")]
    assert len(aside(place)) == 3


def test_a_full_disk_is_an_error_of_the_broker(place: Path, link):
    """Who rings logs it and goes on (core/wake.py)."""
    queue = link.SimpleQueue("work")
    (place / "writing").rmdir()
    with pytest.raises((OSError, kombu.exceptions.OperationalError)):
        queue.put("x")


def test_tables_survive_workers_that_come_and_go_at_once(place: Path, link):
    """Kombu's own writes them in place."""
    link.SimpleQueue("work")
    channels = [kombu.Connection("filesystem://", transport_options=link.transport_options) for _ in range(8)]
    threads = [
        threading.Thread(target=lambda one=one, number=number: [_come_and_go(one, f"q{number}") for _ in range(20)])
        for number, one in enumerate(channels)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in channels:
        one.release()
    assert [row.queue for row in link.channel().get_table("work")] == ["work"]
    assert aside(place) == []


def _come_and_go(connection: kombu.Connection, name: str) -> None:
    channel = connection.default_channel
    channel._queue_bind("work", name, "", name)
    channel._delete(name, "work", name, "")
