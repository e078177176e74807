"""How much of each room the suite goes through: lines and branches, held against a floor that only rises.

    python -m tests.packaging.coverage            fails where a room has sunk below its floor
    python -m tests.packaging.coverage --raise    writes what is there now as the new floors; none ever sinks

It reads what `make test COVERAGE=1` leaves in .coverage. Only what runs in the suite's own processes counts.
"""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from tests.sandbox_process import ROOT

FLOORS = Path(__file__).with_name("coverage_floors.json")
#: Percent that a room may lose by chance: which line of a race is gone through, whether a pause was needed.
CHANCE = 2.0

Rooms = Mapping[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packaging.coverage", description=__doc__)
    parser.add_argument("--raise", dest="raises", action="store_true", help="write the new floors")
    options = parser.parse_args(arguments)
    rooms = rooms_of(_report())
    floors: Rooms = json.loads(FLOORS.read_text())
    for room, percent in rooms.items():
        print(f"  {room:<20}{percent:6.1f} %   floor {floors.get(room, 0.0):5.1f}")
    if options.raises:
        FLOORS.write_text(json.dumps(raised(rooms, floors), indent=2) + "\n")
        return 0
    problems = sunk(rooms, floors)
    print(*problems, sep="\n")
    return int(bool(problems))


def rooms_of(report: Mapping[str, object]) -> Rooms:
    """Of coverage's JSON report: percent of the lines and branches of each room that were gone through."""
    there: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    files: Mapping[str, Mapping[str, Mapping[str, int]]] = report["files"]  # type: ignore[assignment] # as coverage writes it
    for name, file in files.items():
        totals = file["summary"]
        room = there[room_of(name)]
        room[0] += totals["covered_lines"] + totals["covered_branches"]
        room[1] += totals["num_statements"] + totals["num_branches"]
    return {
        room: round(100 * covered / all_of_it, 1) for room, (covered, all_of_it) in sorted(there.items()) if all_of_it
    }


def room_of(path: str) -> str:
    """images/quotas/rules/forecast.py → quotas; what belongs to no room: its top folder."""
    parts = PurePosixPath(path).parts
    return parts[1] if parts[0] == "images" and len(parts) > 2 else parts[0]


def sunk(rooms: Rooms, floors: Rooms) -> list[str]:
    """A sentence for each room below its floor, and for each that has none yet or is no longer there."""
    low = [
        f"{room}: {rooms[room]} % of its lines and branches are tested, and were {floor} %."
        for room, floor in floors.items()
        if room in rooms and rooms[room] < floor - CHANCE
    ]
    new = [f"{room}: no floor yet; python -m tests.packaging.coverage --raise" for room in rooms if room not in floors]
    gone = [f"{room}: has a floor and is not there; --raise takes it out" for room in floors if room not in rooms]
    return [*low, *new, *gone]


def raised(rooms: Rooms, floors: Rooms) -> Rooms:
    return {room: max(percent, floors.get(room, 0.0)) for room, percent in rooms.items()}


def _report() -> Mapping[str, object]:
    command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", "-"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    report: Mapping[str, object] = json.loads(done.stdout)
    return report


if __name__ == "__main__":
    sys.exit(main())
