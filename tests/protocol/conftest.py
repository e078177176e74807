"""One sandbox a worker for all clients; each test leaves others' images alone, and its claims are checked."""

from collections.abc import Iterator

import pytest

from images.sandbox import Sandbox
from tests.protocol.ledger import Ledger

OURS = "^image-console$"


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    sandbox = Sandbox(tmp_path_factory.mktemp("protocol") / "state.sqlite3", images=60, speed=10_000)
    # Before it listens: a connection that is kept open keeps the application that it began with.
    ledger = Ledger(sandbox)
    with sandbox:
        yield ledger


@pytest.fixture(scope="session")
def sandbox(ledger: Ledger) -> Sandbox:
    return ledger.sandbox


@pytest.fixture(autouse=True)
def _claims_are_true(request: pytest.FixtureRequest) -> Iterator[None]:
    """What `covers` says of a test has been served to the client of its module (`AGENT`), and with success; and
    neither our client nor the sandbox has said a name that stands nowhere."""
    if "sandbox" not in request.fixturenames:
        yield
        return
    ledger: Ledger = request.getfixturevalue("ledger")
    ledger.clear()
    yield
    claimed = set(getattr(request.function, "covers", ()))
    served = ledger.sections(request.module.AGENT) if claimed else set()
    assert claimed <= served, f"claimed, but not served to it: {sorted(claimed - served)}"
    assert ledger.invented_requests(OURS) == []
    assert ledger.invented_answers() == []
