"""Projects of one service that answers each of them as a test says."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from images.clouds.enums import CredentialKind
from images.clouds.models import Account, Project
from images.core.encryption import encrypt
from tests import factories
from tests.ims.server import Asked, Reply, ScriptedServer


@contextmanager
def scripted_service() -> Iterator[ScriptedServer]:
    """It signs calls: it looks who asks and needs no sign-in. `said`: project ID → answer."""
    said: dict[str, Reply] = {}

    def answer(asked: Asked) -> Reply:
        return said.get(asked.headers.get("X-Project-Id", ""), Reply(404))

    with ScriptedServer(answer=answer) as server:
        server.said = said
        yield server


def projects_of(service: ScriptedServer, names: Sequence[str]) -> list[Project]:
    account = Account.objects.create(
        name="signed", kind=CredentialKind.ACCESS_KEY, auth_url=service.url, access_key="AK", secret=encrypt("SK")
    )
    region = factories.region()
    return [
        Project.objects.create(account=account, region=region, project_id=name * 32, name=name, endpoint=service.url)
        for name in names
    ]
