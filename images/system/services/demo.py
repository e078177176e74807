"""The demonstration: somebody for each role to sign in as, and an account at the sandbox with all its projects."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from images.access.enums import Role
from images.access.models import Team
from images.accounts.services.accounts import add_account, update_account
from images.accounts.services.project_choice import choices, choose_projects
from images.clouds.models import Account, Project
from images.clouds.services.connection import Connection
from images.system.services.demo_sharing import set_policies

ACCOUNT = "Sandbox"
#: user → their team and its role; None administers the console.
CAST: Mapping[str, tuple[str, Role] | None] = {
    "admin": None,
    "operator": ("Platform", Role.OPERATOR),
    "approver": ("Security", Role.APPROVER),
    "approver2": ("Security", Role.APPROVER),  # what is shared with a project may need two people's word
    "lead": ("Build", Role.ADMINISTRATOR),
    "viewer": ("Everybody", Role.VIEWER),
}
#: This team has its role in one project only, the others in every project: so it can be seen what is refused.
OF_ONE_PROJECT = "Build"


class DemoRefused(Exception):
    """The demonstration cannot be set up; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a person needs to sign in."""

    user: str
    password: str
    role: str


def demonstration(environment: Mapping[str, str]) -> list[SignIn]:
    """Makes what is missing and returns the sign-ins; running it again changes nothing.

    `environment` holds what `manage.py sandbox --print-env` prints. Raises DemoRefused, ConnectionRefused (the sandbox
    does not answer), AccountRefused.
    """
    admin, _made = _user("admin")
    connection = _connection(environment)
    account = Account.objects.present().filter(name=ACCOUNT).first()
    if account is None:
        account = add_account(actor=admin, name=ACCOUNT, connection=connection)
    elif account.auth_url != connection.auth_url or account.username != connection.username:
        account = update_account(actor=admin, account=account, name=ACCOUNT, connection=connection)
    if not account.projects.exists():  # whoever has given up some projects wants it so
        picked = [choice.project.key for choice in choices(account).choices if choice.possible]
        choose_projects(actor=admin, account=account, picked=picked)
        set_policies(admin, account)
    return people()


def people() -> list[SignIn]:
    """One user for each role, with passwords made at the first run and kept in var/demo.json, readable by us alone."""
    file = settings.VAR_DIR / "demo.json"
    kept = _kept(file)
    for name, belongs in CAST.items():
        user, created = _user(name)
        if created and belongs:  # later it is as administrators want it
            _join(user, *belongs)
        # What is printed must work, also after somebody has tried out "change password". The hash says so at once;
        # checking the password itself takes a third of a second for each.
        if name not in kept or kept[name].hashed != user.password:
            password = kept[name].password if name in kept else secrets.token_hex(10)
            user.set_password(password)
            user.save(update_fields=["password"])
            kept[name] = KeptPassword(password, user.password)
    _keep(file, kept)
    return [SignIn(name, kept[name].password, belongs[1] if belongs else name) for name, belongs in CAST.items()]


def _user(name: str) -> tuple[User, bool]:
    staff = CAST[name] is None
    values = {"email": f"{name}@example.org", "is_staff": staff, "is_superuser": staff}
    return User.objects.get_or_create(username=name, defaults=values)


def _join(user: User, team_name: str, role: Role) -> None:
    team, created = Team.objects.get_or_create(name=team_name)
    if created and team_name != OF_ONE_PROJECT:
        team.grants.create(role=role)
    elif created and (first := Project.objects.managed().order_by("region__name", "name").first()):
        team.grants.create(role=role, project=first)
    team.memberships.get_or_create(user=user)


@dataclass(frozen=True, slots=True)
class KeptPassword:
    """A password that was made, and its hash as the user's row holds it."""

    password: str
    hashed: str


def _kept(file: Path) -> dict[str, KeptPassword]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return {name: KeptPassword(**known[name]) for name in CAST if name in known}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError) as error:
        raise DemoRefused(f"{file} cannot be read; delete it to have new passwords made.") from error


def _keep(file: Path, kept: Mapping[str, KeptPassword]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump({name: asdict(password) for name, password in kept.items()}, opened, indent=1)


def _connection(environment: Mapping[str, str]) -> Connection:
    try:
        return Connection(
            auth_url=f"{environment['IAM_ENDPOINT'].rstrip('/')}/v3",
            domain=environment["IMS_DOMAIN"],
            username=environment["IMS_USER"],
            secret=environment["IMS_PASSWORD"],
        )
    except KeyError as missing:
        raise DemoRefused(
            f"{missing.args[0]} is not in the environment. Start the sandbox, then: "
            "export $(python manage.py sandbox --print-env) and try again."
        ) from missing
