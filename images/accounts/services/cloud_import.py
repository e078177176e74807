"""Takes the clouds of a clouds.yaml as accounts. Safe to repeat: what is there already stays as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.access.permissions import check_can_manage_accounts
from images.accounts.services.accounts import AccountRefused, add_account, connection_of, update_account
from images.accounts.services.project_choice import Choice, ChoiceRefused, choices, choose_projects
from images.clouds.models import Account
from images.clouds.services import ca_bundles, clouds_yaml
from images.clouds.services.clouds_yaml import Entry, EntryRefused
from images.clouds.services.discovery import Connection, ConnectionRefused
from images.core.encryption import SecretUnreadable


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one cloud; `sentence` is for people, `done` tells whether its projects are managed now."""

    cloud: str
    done: bool
    sentence: str


def import_clouds(path: Path, *, actor: User) -> Iterator[Imported]:
    """One after the other, as they come. Raises FileRefused and PermissionDenied; what is wrong with one is in it."""
    check_can_manage_accounts(actor)
    for name, cloud in clouds_yaml.read(path).items():
        try:
            entry = clouds_yaml.entry_of(name, cloud, path.parent)
            yield Imported(name, True, _imported(entry, actor))
        except (EntryRefused, AccountRefused, ConnectionRefused, ChoiceRefused, SecretUnreadable) as error:
            yield Imported(name, False, str(error))


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
    named = [choice for choice in offer.choices if _is_named(choice, entry)]
    if not named:
        known = ", ".join(f"{choice.project.name} ({choice.project.region})" for choice in offer.choices)
        raise EntryRefused(_("none of the projects is the one it names. There are: %(known)s.") % {"known": known})
    possible = {choice.project.key for choice in named if choice.possible}
    if not possible:
        first = named[0]
        raise EntryRefused(
            first.project.problem or _("managed by the account “%(name)s” already.") % {"name": first.elsewhere}
        )
    held = {choice.project.key for choice in offer.choices if choice.managed}
    added = choose_projects(actor=actor, account=account, picked=held | possible).added
    return ngettext("%(n)d project added", "%(n)d projects added", added) % {"n": added}


def _is_named(choice: Choice, entry: Entry) -> bool:
    project = choice.project
    in_project = not entry.projects or bool(entry.projects & {project.project_id, project.name})
    return in_project and (not entry.regions or project.region in entry.regions)


def _held(account: Account) -> Connection:
    """What is stored; without the secret if no key opens it any more: the file brings it again."""
    try:
        return connection_of(account)
    except SecretUnreadable:
        return connection_of(account, secret="")


def _completed(entered: Connection, held: Connection) -> Connection:
    """What people added by hand in the console (region, kind of service) stays where the file does not speak of it."""
    return replace(
        entered,
        region_name=entered.region_name or held.region_name,
        service=entered.service or held.service,
        auth_url=entered.auth_url.rstrip("/"),
        image_endpoint=entered.image_endpoint.rstrip("/"),
        ca_bundle=ca_bundles.checked(entered.ca_bundle) if entered.ca_bundle.strip() else "",
    )
