"""Charts: what is drawn lies where the numbers say, and the words say the same."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.core.charts import BOTTOM, LEFT, Series, bar_chart, describe_series, line_chart, nice_ticks, sparkline

numbers = st.one_of(st.integers(-10_000_000, 10_000_000), st.floats(-1e6, 1e6, allow_nan=False))


def points(path: str) -> list[tuple[float, float]]:
    assert re.fullmatch(r"(M-?[\d.]+ -?[\d.]+(L-?[\d.]+ -?[\d.]+)*)*", path)
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


@given(st.lists(numbers, min_size=2, max_size=60))
def test_a_sparkline_keeps_the_order_of_its_values_and_stays_inside(values):
    spark = sparkline(values, width=100, height=20)
    drawn = points(spark.path)
    assert len(drawn) == len(values)
    assert all(0 <= x <= 100 and 0 <= y <= 20 for x, y in drawn)
    assert all(before[0] <= after[0] for before, after in pairwise(drawn))
    for (value, (_x, y)), (other, (_other_x, other_y)) in pairwise(zip(values, drawn, strict=True)):
        assert (value > other) <= (y <= other_y)
    assert (float(spark.x), float(spark.y)) == drawn[-1]


def test_a_sparkline_that_never_moves_lies_in_the_middle_and_one_value_is_no_line():
    assert {y for _x, y in points(sparkline([7, 7, 7], height=20).path)} == {10.0}
    assert sparkline([7]) is None


@given(st.floats(-1e6, 1e6, allow_nan=False), st.floats(0, 1e6, allow_nan=False))
def test_ticks_are_round_and_enclose_what_is_shown(low, span):
    ticks = nice_ticks(low, low + span)
    assert 2 <= len(ticks) <= 7
    assert ticks[0] <= low + 1e-6 * max(1, abs(low))
    assert ticks[-1] >= (low + span) - 1e-6 * max(1, abs(low + span))
    steps = {round((after - before) / (ticks[1] - ticks[0]), 3) for before, after in pairwise(ticks)}
    assert steps == {1.0}


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 3, [0, 1, 2, 3]), (0, 100, [0, 50, 100]), (88, 110, [80, 90, 100, 110]), (0, 0.4, [0, 0.1, 0.2, 0.3, 0.4])],
)
def test_ticks_in_examples(low, high, ticks):
    assert nice_ticks(low, high) == ticks


def test_lines_share_the_axis_and_break_where_nothing_is_known():
    chart = line_chart([Series("a", [0, 50, 100]), Series("b", [100, None, 0])], ["Mon", "Tue", "Wed"], width=456)
    first, second = chart.lines
    assert points(first.path) == [(LEFT, 240 - BOTTOM), (244, 112), (444, 8)]
    assert second.path.count("M") == 2
    assert [tick.label for tick in chart.up] == ["0", "50", "100"]
    assert chart.table == [("Mon", ["0", "100"]), ("Tue", ["50", "–"]), ("Wed", ["100", "0"])]
    assert chart.words == "a: from 0 to 100; b: from 100 to 0"
    with pytest.raises(ValueError, match="each series"):
        line_chart([Series("a", [1])], ["Mon", "Tue"])


def test_many_labels_leave_the_ends_and_some_between():
    chart = line_chart([Series("a", range(90))], [str(day) for day in range(90)])
    assert [tick.label for tick in chart.across] == ["0", "18", "36", "53", "71", "89"]


def test_bars_are_as_long_as_their_share_of_the_longest():
    chart = bar_chart([("build", 1200), ("edge", 300), ("none", 0)], urls=("/b",))
    assert [(bar.shown, bar.percent, bar.url) for bar in chart.bars] == [
        ("1,200", "100", "/b"), ("300", "25", ""), ("0", "0", ""),
    ]  # fmt: skip
    assert bar_chart([("none", 0)]).bars[0].percent == "0"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([5, 5], "5 all the time"),
        ([90, 88, 102], "from 90 to 102, lowest 88"),
        ([90, 110, 80, 102], "from 90 to 102, lowest 80, highest 110"),
    ],
)
def test_words(values, text):
    assert describe_series(values) == text
