"""`make audit`: known vulnerabilities of what the locks name, as far as an advisory service tells.

Exit status 0 when every package was looked up and nothing is known, 1 when something is, 2 when it could not be told.
"""

# ruff: noqa: T201 - a command line speaks by printing
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.packaging.locks import LOCKS
from tests.sandbox_process import ROOT

#: Services of pip-audit, in this order; the next is asked when one has not answered for everything.
SERVICES = ("pypi", "osv")
_PATIENCE = 300


@dataclass(frozen=True)
class Answer:
    """What one service says: packages that it knows, those it does not, and what is known against them."""

    service: str
    looked_up: int
    not_found: int
    advisories: tuple[str, ...]
    error: str = ""

    @property
    def is_whole(self) -> bool:
        """It has answered for every package."""
        return self.looked_up > 0 and not self.not_found


def main() -> int:
    answers = []
    for service in SERVICES:
        answers.append(asked(service))
        print(told(answers[-1]))
        if answers[-1].is_whole or answers[-1].advisories:
            break
    return verdict(answers)


def asked(service: str) -> Answer:
    """All locks in one go. A service that is not there is an answer, too."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner=off"]
    command += ["--format=json", f"--vulnerability-service={service}", "--timeout=20"]
    command += [f"--requirement={ROOT / lock}" for lock in LOCKS.values()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return Answer(service, 0, 0, (), f"no answer within {_PATIENCE} s")
    return read(service, done.stdout, done.stderr)


def read(service: str, said: str, errors: str = "") -> Answer:
    """pip-audit's JSON, or what it died of."""
    try:
        packages = json.loads(said)["dependencies"]
    except ValueError:
        return Answer(service, 0, 0, (), (errors.strip().splitlines() or ["it says nothing"])[-1])
    known = [package for package in packages if "skip_reason" not in package]
    advisories = {_line(package, one) for package in known for one in package["vulns"]}
    return Answer(service, len(known), len(packages) - len(known), tuple(sorted(advisories)))


def _line(package: dict[str, Any], advisory: dict[str, Any]) -> str:
    mended = ", ".join(advisory["fix_versions"]) or "no release"
    return f"{package['name']} {package['version']}: {advisory['id']}, mended in {mended}"


def told(answer: Answer) -> str:
    """In words. pip-audit itself calls it "no known vulnerabilities" when no package was found at all."""
    if answer.error:
        return f"{answer.service}: does not answer ({answer.error}). Nothing was looked up."
    if not answer.looked_up:
        return f"{answer.service}: knows none of {answer.not_found} packages. Nothing was looked up."
    heads = [f"{answer.service}: {answer.looked_up} packages looked up, {len(answer.advisories)} advisories"]
    if answer.not_found:
        heads.append(f"  {answer.not_found} packages could not be looked up")
    return "\n".join([*heads, *(f"  {one}" for one in answer.advisories)])


def verdict(answers: Sequence[Answer]) -> int:
    """The exit status."""
    if any(answer.advisories for answer in answers):
        return 1
    return 0 if any(answer.is_whole for answer in answers) else 2


if __name__ == "__main__":
    sys.exit(main())
