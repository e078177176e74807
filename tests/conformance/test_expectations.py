"""The lists of what must fail are held against what came: nothing that is otherwise is passed over."""

import re

import pytest

from tests.conformance.expectations import Expected, expected, figures, surprises
from tests.conformance.suites import SUITES

LISTED = {"a": Expected("a", "6.1", "why"), "b": Expected("b", "6.2", "why")}


def test_nothing_to_say_when_all_is_as_listed():
    assert (
        surprises({"a": ("failed", "x"), "b": ("failed", "x"), "c": ("passed", ""), "d": ("skipped", "")}, LISTED) == []
    )


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ({"c": ("failed", "boom")}, "fails, and is not expected to: c\n    boom"),
        ({"a": ("passed", "")}, "passes, and is expected to fail by 6.1: a"),
        ({"a": ("skipped", "")}, "is expected to fail, and did not run: a"),
        ({}, "is expected to fail, and did not run: a"),
    ],
)
def test_what_is_otherwise_is_told(outcomes, told):
    assert told in surprises({"b": ("failed", "x"), **outcomes}, LISTED)


def test_figures():
    assert figures({"a": ("failed", ""), "b": ("passed", ""), "c": ("passed", "")}) == "2 pass, 0 skipped, 1 fail"


@pytest.mark.parametrize("suite", [suite.name for suite in SUITES])
def test_each_expected_failure_names_its_section(suite):
    wrong = [one.test for one in expected(suite).values() if not re.fullmatch(r"[1-9](\.\d)*|B", one.section)]
    assert wrong == []
    assert [one.test for one in expected(suite).values() if len(one.why) < 15] == []
