"""Adding and changing accounts. Each is tested against its cloud first; what fails changes nothing.

The cloud is called outside of the transaction, by the acting person's own wish, and never with a stored secret at an
address that was not entered together with it.
"""

import logging
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from images.access.permissions import check_can_manage_accounts
from images.accounts.audit_events import AccountEvent
from images.audit import services as audit
from images.clouds.models import Account, Project, Region
from images.clouds.services.connection import FIELDS, PLAIN, SECRETS, Connection, revealed
from images.clouds.services.discovery import FoundProject, checked, discover
from images.core import addresses
from images.core.encryption import SecretUnreadable, encrypt
from images.core.locking import locked

logger = logging.getLogger(__name__)

#: Columns of an account that the audit tells of.
_TOLD = ("name", *FIELDS)


class AccountRefused(Exception):
    """An entry cannot be as it is; `field` names it. The message is a sentence for people."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def add_account(*, actor: User, name: str, connection: Connection) -> Account:
    """Tests the connection and keeps the account; its projects are picked next (accounts/services/project_choice.py).

    Raises PermissionDenied, AccountRefused (the name is taken) and ConnectionRefused.
    """
    check_can_manage_accounts(actor)
    _check_name(name)
    discover(connection)
    account = Account(created_by=actor)
    with transaction.atomic():
        _save(account, name, connection)
        audit.record(event=AccountEvent.ADDED, actor=actor, subject=account, after=_entered(account))
    logger.info("account %s added by %s", account.name, actor.get_username())
    return account


def update_account(*, actor: User, account: Account, name: str, connection: Connection) -> Account:
    """Tests the connection and changes the account. An empty secret keeps the stored one.

    Raises PermissionDenied, AccountRefused, ConnectionRefused and SecretUnreadable.
    """
    check_can_manage_accounts(actor)
    _check_name(name, account)
    connection = _with_secret(account, connection)
    projects = discover(connection)
    with transaction.atomic():
        was, account = account, locked(Account.objects.present(), account)
        _check_untouched(was, account)
        before = _told(account)
        _move_regions(account, connection)
        _save(account, name, connection)
        _refresh_projects(account, projects)
        audit.record(event=AccountEvent.CHANGED, actor=actor, subject=account, before=before, after=_told(account))
    logger.info("account %s changed by %s", account.name, actor.get_username())
    return account


def _check_untouched(was: Account, now: Account) -> None:
    """The cloud was asked with what was read before, the stored secret among it: written now, it would take back what
    somebody has entered meanwhile."""
    if any(getattr(was, name) != getattr(now, name) for name in _TOLD):
        raise AccountRefused(_("Somebody else changed this account meanwhile. Nothing was saved; look again."), "name")


#: Entries that say where secrets go, or to whom they may be shown on the way.
_WAY = ("auth_url", "kind", "image_endpoint", "oidc_endpoint", "oidc_discovery", "ca_bundle", "insecure")


def needs_secret(account: Account, connection: Connection) -> bool:
    """Whether the stored secrets may not go along: they would travel to an address that they were not entered for, or
    with less care."""
    return any(_bare(getattr(account, name)) != _bare(getattr(connection, name)) for name in _WAY)


def _bare(value: object) -> str:
    """Without what checking takes away: blanks, and slashes at the end of an address."""
    return " ".join(str(value).split()).rstrip("/")


def _with_secret(account: Account, connection: Connection) -> Connection:
    """Entries that were left empty as they are stored; a secret that its kind has no use for is dropped later."""
    if connection.secret and (connection.client_secret or not account.client_secret) and not _keeps_key(connection):
        return connection
    if needs_secret(account, connection):
        raise AccountRefused(
            _(
                "Enter the password or secret key again: the way to the cloud has changed, and the stored secret goes"
                " only where it was entered for."
            ),
            "secret" if not connection.secret else "private_key" if _keeps_key(connection) else "client_secret",
        )
    stored: dict[str, Any] = {name: getattr(connection, name) or revealed(getattr(account, name)) for name in SECRETS}
    return replace(connection, **stored)


def _keeps_key(connection: Connection) -> bool:
    return bool(connection.certificate.strip() and not connection.private_key.strip())


def _check_name(name: str, account: Account | None = None) -> None:
    """Before the cloud is asked, so that nobody waits for nothing; the database has the last word."""
    accounts = Account.objects.exclude(pk=account.pk) if account else Account.objects.all()
    if accounts.filter(name=name).exists():
        raise _name_taken(name)


def _name_taken(name: str) -> AccountRefused:
    return AccountRefused(
        _("There is an account called “%(name)s” already. Choose another name.") % {"name": name}, "name"
    )


def _save(account: Account, name: str, connection: Connection) -> None:
    connection = checked(connection)
    account.name = name
    for field in PLAIN:
        setattr(account, field, getattr(connection, field))
    for field in SECRETS:
        entered = getattr(connection, field)
        setattr(account, field, encrypt(entered) if entered else "")
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise _name_taken(name) from error


def _told(account: Account) -> dict[str, object]:
    """For the audit. A secret itself, not how it is encrypted, says whether it changed; the audit hides it."""
    return audit.column_values(account, _TOLD) | {name: _readable(getattr(account, name)) for name in SECRETS}


def _entered(account: Account) -> dict[str, object]:
    """Of a new account, what somebody has entered: most names belong to ways of signing in that it does not use."""
    return {name: value for name, value in _told(account).items() if value}


def _readable(stored: str) -> str:
    try:
        return revealed(stored)
    except SecretUnreadable:
        return stored


def _move_regions(account: Account, connection: Connection) -> None:
    """The IAM of a cloud may get another address; its regions follow, if no other account stands on the old one."""
    before, after = addresses.cloud_of(account.auth_url), addresses.cloud_of(connection.auth_url)
    if before == after:
        return
    regions = Region.objects.filter(projects__account=account).distinct()
    shared = Project.objects.filter(region__in=regions).exclude(account=account).exists()
    names = list(regions.values_list("name", flat=True))
    if shared or Region.objects.filter(cloud=after, name__in=names).exists():
        raise AccountRefused(
            _("Other accounts use these regions, so this one cannot move to another cloud. Add a new account instead."),
            "auth_url",
        )
    Region.objects.filter(pk__in=list(regions.values_list("pk", flat=True))).update(cloud=after)


def _refresh_projects(account: Account, projects: list[FoundProject]) -> None:
    """Endpoints and kinds as they are now; a project that is not found any more is left as it is."""
    now = {entry.key: entry for entry in projects if not entry.problem}
    for project in account.projects.select_related("region"):
        fresh = now.get(f"{project.region.name}/{project.project_id}")
        if fresh and (fresh.endpoint, fresh.kind, fresh.name) != (project.endpoint, project.kind, project.name):
            project.endpoint, project.kind, project.name = fresh.endpoint, fresh.kind, fresh.name
            project.save(update_fields=["endpoint", "kind", "name"])
