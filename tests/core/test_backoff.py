"""One back-off for all: capped, jittered, and defined for any number of failures."""

import ast
from pathlib import Path

import pytest

from images.core import backoff
from images.core.backoff import LONGEST_ASKED, Backoff
from images.ims import RetryPolicy
from images.ims.errors import ServerError

ROOT = Path(__file__).resolve().parents[2]
KINDS = [value for value in vars(backoff).values() if isinstance(value, Backoff)]
#: Doubles by itself, for it knows nothing of ours; the test below holds it to the rule.
APART = {"images/ims/retry.py", "images/core/backoff.py"}


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("failures", [0, 1, 2, 10, 63, 1023, 1024, 1025, 32_767, 2**31, 10**400])
def test_a_pause_is_within_its_bounds_however_often_it_failed(kind, failures):
    for _time in range(20):
        assert kind.least <= kind.pause(failures) <= kind.longest
    if failures >= 63:
        assert kind.ceiling(failures) == kind.longest


def test_it_doubles_with_full_jitter():
    kind = Backoff(first=2.0, longest=1000.0)
    assert [kind.ceiling(n) for n in (1, 2, 3, 9, 10, 11)] == [2, 4, 8, 512, 1000, 1000]
    asked = []
    kind.pause(4, jitter=lambda low, high: asked.append((low, high)) or high)
    assert asked == [(0.0, 16.0)]


def test_what_the_other_side_asks_for_wins():
    kind = Backoff(first=2.0, longest=30.0)
    for _time in range(50):
        assert 120 <= kind.pause(1, asked=120) <= 132
        assert LONGEST_ASKED <= kind.pause(1, asked=1e300) <= 1.1 * LONGEST_ASKED


@pytest.mark.parametrize("attempt", [1, 2, 5, 1023, 1024, 1025, 100_000])
def test_the_clients_own_pauses_follow_the_same_rule(attempt):
    policy = RetryPolicy(attempts=10**6, base=0.25, cap=8.0, jitter=lambda _low, high: high)
    error = ServerError("away", status=503, code="", message="")
    same = Backoff(first=0.25, longest=8.0)
    assert policy.pause(error, repeatable=True, attempt=attempt) == same.ceiling(attempt)


def test_nobody_else_doubles_by_hand():
    found = []
    for path in (*ROOT.glob("images/**/*.py"), *ROOT.glob("console/**/*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name not in APART and not name.startswith("images/sandbox/"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [f"{name}:{node.lineno}" for node in ast.walk(tree) if _doubles(node)]
    assert found == []


def _doubles(node: ast.AST) -> bool:
    """A power of two whose exponent is no constant."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)):
        return False
    return isinstance(node.left, ast.Constant) and node.left.value == 2 and not isinstance(node.right, ast.Constant)
