"""Runs the suites of others against a sandbox of its own and says what is not as expected; exit status 1 if anything.

    python -m tests.conformance ENVIRONMENT [SUITE...] [--write FOLDER]

`ENVIRONMENT` is the virtual environment of tests/conformance/requirements.txt. `--write` keeps what came of each test.
"""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from images.sandbox import cast
from tests.conformance.expectations import Outcomes, expected, figures, surprises
from tests.conformance.suites import SUITES, Suite
from tests.sandbox_process import ROOT, SandboxProcess

HERE = Path(__file__).parent
#: Longest that a suite may take, seconds.
PATIENCE = 1200


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.conformance", description="Other people's suites against our sandbox.")
    parser.add_argument("environment", type=Path)
    parser.add_argument("suites", nargs="*", help=", ".join(suite.name for suite in SUITES))
    parser.add_argument("--write", type=Path, help="keep what came of each test in this folder")
    options = parser.parse_args(words)
    chosen = [suite for suite in SUITES if not options.suites or suite.name in options.suites]
    wrong = 0
    for suite in chosen:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            outcomes = outcomes_of(suite, (ROOT / options.environment / "bin").resolve(), Path(folder))
        found = surprises(outcomes, expected(suite.name))
        print(f"{suite.name}: {figures(outcomes)} ({time.monotonic() - began:.0f} s)", *found, sep="\n  ", flush=True)
        wrong += len(found)
        if options.write:
            options.write.mkdir(parents=True, exist_ok=True)
            (options.write / f"{suite.name}.json").write_text(json.dumps(outcomes, indent=1, sort_keys=True))
    print("Nothing is other than expected." if not wrong else f"{wrong} are other than expected.")
    return int(bool(wrong))


def outcomes_of(suite: Suite, programs: Path, folder: Path) -> Outcomes:
    """What comes of a suite on a fresh sandbox."""
    output = folder / "outcomes.json"
    with SandboxProcess(folder, images=0, speed=1000.0) as sandbox:
        settings = sandbox.env
        for project in cast.PROJECTS:  # suites count what is shared with somebody
            for one in sandbox.dump(project.id)["shared"]:
                sandbox.set_member(one["image"]["id"], project.id, None)
        # openstacksdk's tests send a file of the checkout that they expect to run in
        (folder / "CONTRIBUTING.rst").write_bytes((ROOT / "CONTRIBUTING.md").read_bytes())
        environment = (
            os.environ
            | suite.prepare(settings, folder)
            | {"PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore", "OS_GLANCECLIENT_EXEC_DIR": str(programs)}
        )
        arguments = suite.arguments or _for_commands(settings["IMS2_PROJECT_ID"], folder)
        done = subprocess.run(
            [programs / "python", HERE / suite.program, output, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    if not output.exists():
        sys.exit(f"{suite.name} did not run:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return {test: (outcome, why) for test, (outcome, why) in json.loads(output.read_text()).items()}


def _for_commands(partner: str, folder: Path) -> tuple[str, ...]:
    file = folder / "image.raw"
    file.write_bytes(b"QFI\xfb" + bytes(range(256)) * 40)
    return partner, str(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
