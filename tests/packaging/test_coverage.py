"""The floor of coverage: what sinks is named, and a floor never does."""

from tests.packaging.coverage import CHANCE, raised, room_of, rooms_of, sunk


def summary(covered: int, lines: int, branches: int = 0, covered_branches: int = 0) -> dict[str, object]:
    return {
        "summary": {
            "covered_lines": covered,
            "num_statements": lines,
            "covered_branches": covered_branches,
            "num_branches": branches,
        }
    }


def test_lines_and_branches_of_a_room_are_added_up():
    files = {
        "images/quotas/rules/forecast.py": summary(50, 60, 20, 10),
        "images/quotas/views.py": summary(20, 20),
        "console/env.py": summary(1, 4),
        "images/quotas/__init__.py": summary(0, 0),
        "images/tags/__init__.py": summary(0, 0),
    }
    assert rooms_of({"files": files}) == {"console": 25.0, "quotas": 80.0}
    assert room_of("images/tasks.py") == "images"


def test_a_room_below_its_floor_is_named():
    floors = {"quotas": 80.0, "tags": 90.0}
    assert sunk({"quotas": 80.0 - CHANCE, "tags": 95.0}, floors) == []
    (low,) = sunk({"quotas": 77.9, "tags": 95.0}, floors)
    assert low.startswith("quotas: 77.9 %")


def test_a_room_without_a_floor_and_a_floor_without_a_room_are_named():
    assert [one.partition(":")[0] for one in sunk({"quotas": 80.0}, {"tags": 90.0})] == ["quotas", "tags"]


def test_a_floor_only_rises():
    assert raised({"quotas": 85.0, "tags": 70.0, "new": 50.0}, {"quotas": 80.0, "tags": 90.0, "gone": 10.0}) == {
        "quotas": 85.0, "tags": 90.0, "new": 50.0,
    }  # fmt: skip
