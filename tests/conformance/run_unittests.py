"""Runs test modules of others and writes down what came of each test. Runs in their environment: standard library only.

    python run_unittests.py OUTPUT.json MODULE...

`OUTPUT.json` gets {test id: [outcome, first line of why]}; the outcomes are passed, skipped and failed.
"""

import importlib
import json
import pkgutil
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class _Written(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}

    def _note(self, test: Any, outcome: str, why: str = "") -> None:
        # a test that failed and whose clean-up fails, too, has failed once
        if self.found.get(test.id(), ("",))[0] != "failed":
            self.found[test.id()] = (outcome, why)

    def addSuccess(self, test: Any) -> None:
        self._note(test, "passed")

    def addSkip(self, test: Any, reason: Any = "", details: Any = None) -> None:
        self._note(test, "skipped", str(reason or details))

    def addExpectedFailure(self, test: Any, err: Any = None, details: Any = None) -> None:
        self._note(test, "passed", "as its makers expect, it fails")

    def addFailure(self, test: Any, err: Any = None, details: Any = None) -> None:
        self._note(test, "failed", _why(err, details))

    def addError(self, test: Any, err: Any = None, details: Any = None) -> None:
        self._note(test, "failed", _why(err, details))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self._note(test, "failed", _why(err, None))


def _why(err: Any, details: Any) -> str:
    if err is not None:
        return f"{err[0].__name__}: {err[1]}".strip().splitlines()[0][:400]
    # testtools hands over whole tracebacks: what was raised stands in the last line that is not indented
    texts = [content.as_text() for name, content in (details or {}).items() if name.startswith("traceback")]
    lines = [line for text in texts for line in text.splitlines() if line and not line[0].isspace()]
    raised = [line for line in lines if ":" in line and not line.startswith("Traceback")]
    return (raised or lines or ["?"])[-1][:400]


def _modules(names: list[str]) -> Iterator[str]:
    """Packages are taken with all that lies below."""
    for name in names:
        module = importlib.import_module(name)
        yield name
        for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
            yield found.name


def main(output: str, *names: str) -> None:
    result = _Written()
    unittest.defaultTestLoader.loadTestsFromNames(list(_modules(list(names)))).run(result)
    Path(output).write_text(json.dumps(result.found, indent=1, sort_keys=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
