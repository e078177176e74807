"""`make check` finds the tests of what was changed."""

import pytest

from tests.packaging.changed import paths_for


@pytest.fixture
def root(tmp_path):
    for name in (
        "quotas/test_forecast.py",
        "notices/test_spreading.py",
        "browser/test_quotas.py",
        "operations/test_tray.py",
    ):
        file = tmp_path / "tests" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        (["images/quotas/rules/forecast.py"], ["tests/quotas"]),
        (["templates/notices/list.html", "static/css/quotas.css"], ["tests/notices", "tests/quotas"]),
        (["images/gone/tray.py"], ["tests/operations/test_tray.py"]),
        (["tests/quotas/conftest.py", "tests/quotas/test_forecast.py"], ["tests/quotas"]),
        (["tests/notices/test_spreading.py"], ["tests/notices/test_spreading.py"]),
        (["tests/notices/test_gone.py", "tests/conftest.py", "README.md", "docs/index.md"], []),
    ],
    ids=["a room", "templates and styles", "a module", "what a room's tests share", "a test", "nothing of it"],
)
def test_tests_of_what_was_changed(root, changed, tests):
    assert paths_for(changed, root) == tests


def test_all_tests_of_a_name_that_has_no_room(root):
    (root / "tests" / "quotas" / "test_tray.py").touch()
    assert paths_for(["images/gone/tray.py"], root) == ["tests/operations/test_tray.py", "tests/quotas/test_tray.py"]
