"""A sandbox of which each request may ask what it likes, and somebody who calls it."""

from collections.abc import Iterator

import pytest

from images.sandbox import Sandbox, cast
from tests.rules.asking import PROJECT
from tests.sandbox.conftest import Caller


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Jobs end before the next call, and nothing runs out of quota: each request stands for itself."""
    with Sandbox(tmp_path_factory.mktemp("rules") / "state.sqlite3", images=60, speed=1e9) as running:
        running.world.store.set_setting(f"quota:{PROJECT.domain_id}:{PROJECT.region}", "100000")
        yield running


@pytest.fixture(scope="module")
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    one = Caller(sandbox, PROJECT)
    yield one
    one.session.close()


@pytest.fixture(scope="module")
def partner(sandbox: Sandbox) -> Iterator[Caller]:
    """Somebody of another tenant."""
    one = Caller(sandbox, cast.FOREIGN_PROJECTS[0])
    yield one
    one.session.close()
