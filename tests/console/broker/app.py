"""The console's Celery application with one more task, whose effect a test can see: a line in $BROKER_TEST_NOTES."""

import os
from pathlib import Path

from console.celery import app

__all__ = ["app"]


@app.task(name="tests.note")
def note(word: str) -> None:
    with Path(os.environ["BROKER_TEST_NOTES"]).open("a") as notes:
        notes.write(f"{word}\n")
