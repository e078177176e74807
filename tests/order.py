"""In which order tests run: by chance (pytest-randomly), but what takes minutes begins first, so that in the end no
worker is left alone with it."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_minutes, reverse=True)


def _minutes(item: pytest.Item) -> float:
    lane = item.get_closest_marker("lane")
    return float(lane.kwargs.get("minutes", 1)) if lane else 0.0
