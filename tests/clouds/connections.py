"""Ways to sign in at a sandbox, as people would enter them."""

from dataclasses import replace

from images.accounts.services.accounts import add_account
from images.accounts.services.project_choice import choices, choose_projects
from images.clouds.models import Account
from images.clouds.services.connection import Connection
from tests.sandbox_process import SandboxProcess


def by_password(cloud: SandboxProcess, **changes: str) -> Connection:
    env = cloud.env
    entered = Connection(
        auth_url=f"{env['IAM_ENDPOINT']}/v3",
        domain=env["IMS_DOMAIN"],
        username=env["IMS_USER"],
        secret=env["IMS_PASSWORD"],
    )
    return replace(entered, **changes)


def by_key(cloud: SandboxProcess, **changes: str) -> Connection:
    env = cloud.env
    entered = Connection(auth_url=env["IAM_ENDPOINT"], kind="aksk", access_key=env["IMS_AK"], secret=env["IMS_SK"])
    return replace(entered, **changes)


def added(cloud: SandboxProcess, actor, name: str = "northwind", *, managed: bool = False) -> Account:
    """An account at the sandbox, with all its projects managed if wanted."""
    account = add_account(actor=actor, name=name, connection=by_password(cloud))
    if managed:
        picked = [choice.project.key for choice in choices(account).choices if choice.possible]
        choose_projects(actor=actor, account=account, picked=picked)
    return account


def as_entered(connection: Connection, **changes: str) -> dict[str, str]:
    """The same as the fields of the form."""
    fields = {name: getattr(connection, name) for name in Connection.__slots__}
    return {"name": "northwind", **fields, **changes}
