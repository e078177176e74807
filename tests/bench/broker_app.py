"""The application of tests/bench/broker.py; as a program it rings, and prints when and how long that took."""

import os
import time
from pathlib import Path

from kombu.transport import TRANSPORT_ALIASES

from console.celery import app

_WHICH = os.environ.get("BENCH_BROKER", "folder")
if _WHICH.startswith("kombu:"):
    TRANSPORT_ALIASES["filesystem"] = "kombu.transport.filesystem:Transport"
    place = Path(os.environ["VAR_DIR"]) / "broker"
    for name in ("messages", "control"):
        (place / name).mkdir(parents=True, exist_ok=True)
    app.conf.broker_transport_options = {
        "data_folder_in": str(place / "messages"),
        "data_folder_out": str(place / "messages"),
        "control_folder": str(place / "control"),
        "polling_interval": float(_WHICH.partition(":")[2]),
    }


@app.task(name="bench.note")
def note(word: str) -> None:
    now = time.time()
    with Path(os.environ["BROKER_TEST_NOTES"]).open("a") as notes:
        notes.write(f"{word} {now}\n")


def ring() -> None:
    from tests.bench.broker import pauses

    app.send_task("bench.note", args=["first"])
    notes = Path(os.environ["BROKER_TEST_NOTES"])
    while "first" not in notes.read_text():  # the worker is there
        time.sleep(0.1)
    for number, pause in enumerate(pauses()):
        time.sleep(pause)
        before = time.time()
        app.send_task("bench.note", args=[str(number)])
        print(number, before, time.time() - before)


if __name__ == "__main__":
    ring()
