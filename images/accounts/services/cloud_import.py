"""Takes the clouds of OpenStack's own configuration as accounts. Safe to repeat: what is there already stays."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.access.permissions import check_can_manage_accounts
from images.accounts.services.accounts import AccountRefused, add_account, update_account
from images.accounts.services.project_choice import Choice, ChoiceRefused, choices, choose_projects
from images.clouds.models import Account
from images.clouds.services.configuration import Configuration, Entry, EntryRefused, entries_of
from images.clouds.services.connection import Connection, connection_of
from images.clouds.services.discovery import ConnectionRefused, checked, project_meant
from images.core.encryption import SecretUnreadable

_REFUSED = (EntryRefused, AccountRefused, ConnectionRefused, ChoiceRefused, SecretUnreadable)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one account; `sentence` is for people, `done` tells whether its projects are managed now."""

    cloud: str
    done: bool
    sentence: str
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What would come of one cloud: `entry`, or the `problem` that keeps it out. `known`: an account of that name is
    there."""

    cloud: str
    entry: Entry | None = None
    problem: str = ""
    known: bool = False


def planned(configuration: Configuration, *, actor: User) -> list[Planned]:
    """What `import_clouds` would do; nothing is sent anywhere. Raises PermissionDenied."""
    check_can_manage_accounts(actor)
    known = set(Account.objects.present().values_list("name", flat=True))
    found: list[Planned] = []
    for cloud in configuration.clouds:
        try:
            entries = entries_of(cloud, configuration)
        except EntryRefused as error:
            found.append(Planned(cloud, problem=str(error)))
        else:
            found += [Planned(cloud, one, known=one.name in known) for one in entries]
    return found


def import_clouds(
    configuration: Configuration, *, actor: User, only: Collection[str] | None = None
) -> Iterator[Imported]:
    """One after the other, as they come. `only`: names of accounts, or of clouds. Raises PermissionDenied; what is
    wrong with one is in it."""
    for plan in planned(configuration, actor=actor):
        name = plan.entry.name if plan.entry else plan.cloud
        if only is not None and not {name, plan.cloud} & set(only):
            continue
        if plan.entry is None:
            yield Imported(name, False, plan.problem)
            continue
        try:
            yield Imported(name, True, _imported(plan.entry, actor), plan.entry.remarks)
        except _REFUSED as error:
            yield Imported(name, False, str(error), plan.entry.remarks)


def _imported(entry: Entry, actor: User) -> str:
    account = Account.objects.present().filter(name=entry.name).first()
    if account is None:
        account = add_account(actor=actor, name=entry.name, connection=entry.connection)
        outcome = _("account added")
    else:
        held = _held(account)
        connection = _completed(entry.connection, held)
        outcome = _("account unchanged")
        if held != connection:
            account = update_account(actor=actor, account=account, name=entry.name, connection=connection)
            outcome = _("account changed")
    return f"{outcome}, {_managed(account, entry, actor)}"


def _managed(account: Account, entry: Entry, actor: User) -> str:
    """Adds what the file names; what people manage beside it stays managed."""
    offer = choices(account)
    if offer.problem:
        raise EntryRefused(offer.problem)
    project = project_meant(connection_of(account), entry.project)
    named = [choice for choice in offer.choices if _is_named(choice, entry, project)]
    if not named:
        known = ", ".join(f"{choice.project.name} ({choice.project.region})" for choice in offer.choices)
        raise EntryRefused(_("none of the projects is the one it names. There are: %(known)s.") % {"known": known})
    _check_one(named, entry)
    possible = {choice.project.key for choice in named if choice.possible}
    if not possible:
        first = named[0]
        raise EntryRefused(
            first.project.problem or _("managed by the account “%(name)s” already.") % {"name": first.elsewhere}
        )
    held = {choice.project.key for choice in offer.choices if choice.managed}
    added = choose_projects(actor=actor, account=account, picked=held | possible).added
    return ngettext("%(n)d project added", "%(n)d projects added", added) % {"n": added}


def _is_named(choice: Choice, entry: Entry, project: str) -> bool:
    """`project`: the ID that the cloud itself has for what the entry names; "" if it could not be asked."""
    offered, meant = choice.project, entry.project
    if entry.regions and offered.region not in entry.regions:
        return False
    if project or not meant.project_name:
        return project in {"", offered.project_id}
    return offered.name == meant.project_name and meant.project_domain_id in {"", offered.domain_id}


def _check_one(named: Sequence[Choice], entry: Entry) -> None:
    """A name alone may be that of several projects, in domains of their own."""
    if entry.project.project_name and len({choice.project.project_id for choice in named}) > 1:
        ids = ", ".join(sorted({choice.project.project_id for choice in named}))
        raise EntryRefused(
            _("several projects are called %(name)s (%(ids)s). Say which: by project_id, or by project_domain_name.")
            % {"name": entry.project.project_name, "ids": ids}
        )


def _held(account: Account) -> Connection:
    """What is stored; without the secrets if no key opens them any more: the file brings them again."""
    try:
        return connection_of(account)
    except SecretUnreadable:
        return connection_of(account, secret="")


def _completed(entered: Connection, held: Connection) -> Connection:
    """As it would be stored; what people added by hand in the console (region, kind of service) stays where the file
    does not speak of it."""
    return checked(
        replace(entered, region_name=entered.region_name or held.region_name, service=entered.service or held.service)
    )
