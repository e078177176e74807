"""Which tests of others must fail, and the section of the reference that says so."""

import csv
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("expected")

#: test id → (outcome, first line of why)
Outcomes = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Expected:
    """A test that fails; `section` of the reference is what the sandbox does instead, `why` says it in words."""

    test: str
    section: str
    why: str


def expected(suite: str) -> dict[str, Expected]:
    """The list of a suite by test id."""
    with (FOLDER / f"{suite}.csv").open(newline="") as file:
        rows = [Expected(**row) for row in csv.DictReader(file)]
    return {row.test: row for row in rows}


def surprises(outcomes: Outcomes, listed: dict[str, Expected]) -> list[str]:
    """What is not as it is listed, a line each: failures, successes, and listed tests that did not run."""
    lines = []
    for test, (outcome, why) in sorted(outcomes.items()):
        if outcome == "failed" and test not in listed:
            lines.append(f"fails, and is not expected to: {test}\n    {why}")
        elif outcome == "passed" and test in listed:
            lines.append(f"passes, and is expected to fail by {listed[test].section}: {test}")
    lines += [f"is expected to fail, and did not run: {test}" for test in sorted(listed) if _idle(test, outcomes)]
    return lines


def _idle(test: str, outcomes: Outcomes) -> bool:
    return outcomes.get(test, ("skipped", ""))[0] == "skipped"


def figures(outcomes: Outcomes) -> str:
    """How many of each, in one line."""
    counted = {kind: sum(one == kind for one, _ in outcomes.values()) for kind in ("passed", "skipped", "failed")}
    return f"{counted['passed']} pass, {counted['skipped']} skipped, {counted['failed']} fail"
