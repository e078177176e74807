"""What processes compare is told by the database's clock, and who they are by images.core.process_identity."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Where a machine's own clock or name is what is meant, and why.
EXCEPTIONS = {
    ("images/core/clock.py", "time.time"): "held against the database's clock",
    ("images/core/clock.py", "datetime.now"): "SQLite has the clock of its one machine",
    ("images/notices/services/webhooks/reaching.py", "timezone.now"): "a date in an answer's Retry-After",
    ("images/notices/services/webhooks/posting.py", "time.time"): "the receiver compares it with its own clock",
    ("images/making/services/uploads/clearing.py", "time.time"): "the age of a file, which the same machine dated",
    (
        "images/signin/services/confirming.py",
        "time.time",
    ): "allauth dates what it confirms with it, in the same session",
    ("images/core/process_identity.py", "time.time"): "the age of a file, which the same machine dated",
    ("images/core/process_identity.py", "os.getpid"): "for people only",
    ("images/core/processes.py", "os.getpid"): "for people only",
    ("images/core/processes.py", "socket.gethostname"): "for people only",
    ("images/system/services/doctor.py", "datetime.now"): "how long an answer took",
    (
        "images/cache/services/paging.py",
        "datetime.now",
    ): "how a list is divided; all of it is read however the clock goes",
}
OWN = re.compile(r"\b(timezone\.now|time\.time|datetime\.now|socket\.gethostname|os\.getpid)\b")


def used() -> set[tuple[str, str]]:
    files = [path for path in (ROOT / "images").rglob("*.py") if {"services", "core"} & {*path.parts, path.stem}]
    return {(str(path.relative_to(ROOT)), name) for path in files for name in OWN.findall(path.read_text())}


def test_services_ask_no_clock_and_no_name_of_a_machine():
    assert used() - EXCEPTIONS.keys() == set(), (
        "use images.core.clock, images.core.process_identity, or say why not above"
    )


def test_the_exceptions_are_still_there():
    assert EXCEPTIONS.keys() - used() == set()
