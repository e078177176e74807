from collections.abc import Callable, Iterator

import pytest

from images.ims import IMSClient, RetryPolicy
from images.ims.retry import _budgets
from tests.ims.server import ScriptedServer

PROJECT = "fd73a4a14a4a4dfb9771a8475e5198ea"


@pytest.fixture(autouse=True)
def _fresh_budgets() -> Iterator[None]:
    _budgets.clear()
    yield
    _budgets.clear()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def naps() -> list[float]:
    """The pauses that the client would have made."""
    return []


@pytest.fixture
def quick(naps: list[float]) -> RetryPolicy:
    """The usual rules, without the waiting and with the longest pause instead of a random one."""
    return RetryPolicy(sleep=naps.append, jitter=lambda _low, high: high)


@pytest.fixture
def client_of(server: ScriptedServer, quick: RetryPolicy) -> Callable[..., IMSClient]:
    def make(**options) -> IMSClient:
        settings = {"timeout": (2.0, 2.0), "retry": quick} | options
        return IMSClient(server.url, PROJECT, settings.pop("auth", None), **settings)

    return make


@pytest.fixture
def client(client_of: Callable[..., IMSClient]) -> IMSClient:
    return client_of()


@pytest.fixture
def glance(client_of: Callable[..., IMSClient]) -> IMSClient:
    return client_of(kind="openstack")
