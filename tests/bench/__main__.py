"""`python -m tests.bench [--fast]`: our times beside their floors, both from this run.

Prints a table and writes var/bench.json: a list of {name, ours, floor, unit, ratio, goal}. A ratio is what counts
(machines differ and drift); `goal` is a bound like "<= 1.5" or ">= 30". Nothing here fails a build: speed is read,
not tested.
"""

import argparse
import importlib
import json
import operator
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tests.bench

RESULTS = Path("var") / "bench.json"
COMPARE = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
Row = dict[str, Any]


def bench_modules() -> list[str]:
    return sorted(info.name for info in pkgutil.iter_modules(tests.bench.__path__) if info.name.startswith("bench_"))


def measure(fast: bool, only: list[str]) -> Iterator[Row]:
    for name in bench_modules():
        if not only or any(word in name for word in only):
            yield from importlib.import_module(f"tests.bench.{name}").rows(fast)


def verdict(row: Row) -> str:
    sign, _space, bound = str(row["goal"]).partition(" ")
    return "ok" if COMPARE[sign](row["ratio"], float(bound)) else "MISSED"


def line(row: Row) -> str:
    return (
        f"{row['name']:<72} {row['ours']:>10.3f} {row['floor']:>10.3f} {row['unit']:<4}"
        f" {row['ratio']:>8.2f} {row['goal']:>8}  {verdict(row)}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="the smaller sizes, in under a minute")
    parser.add_argument("only", nargs="*", help="part of a module's name, e.g. list or sync")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    print(f"{'what':<72} {'ours':>10} {'floor':>10} {'':<4} {'ratio':>8} {'goal':>8}", flush=True)
    rows: list[Row] = []
    for row in measure(options.fast, options.only):
        rows.append(row)
        print(line(row), flush=True)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print(f"{len(rows)} measured, {sum(verdict(row) != 'ok' for row in rows)} missed; {RESULTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
