"""docs/operations.md tells the states as they are: its picture, its table, and the table in the code are the same."""

import re

from images.operations.enums import ItemState
from images.operations.services.states import COUNTERS, FINAL_ITEMS, TRANSITIONS
from tests.sandbox_process import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
REAL = {(str(start), str(end)) for start, ends in TRANSITIONS.items() for end in ends}
STATES = {str(state) for state in ItemState}


def test_the_picture_has_every_move_and_no_other():
    drawn = re.findall(r"^    (\w+) --> (\w+)$", TEXT, re.MULTILINE)
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == REAL


def test_the_table_tells_who_makes_each_move():
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ([^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    told = [(start, end) for start, end, _who, _when in rows if start in STATES]
    assert len(told) == len(set(told))
    assert set(told) == REAL


def test_every_state_has_a_counter_and_an_end():
    assert set(TRANSITIONS) == set(COUNTERS) == set(ItemState)
    for state in ItemState:
        reached, edge = {state}, {state}
        while edge:
            edge = {to for one in edge for to in TRANSITIONS[one]} - reached
            reached |= edge
        assert reached & FINAL_ITEMS, f"{state} never ends"
