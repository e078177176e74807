"""Which of an account's projects are managed here: what there is to pick from, and picking."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import check_can_manage_accounts
from images.accounts.audit_events import ProjectEvent
from images.accounts.events import holder_managed
from images.audit import services as audit
from images.clouds.models import Account, Project, Region
from images.clouds.services.connection import connection_of
from images.clouds.services.discovery import THE_REGION, ConnectionRefused, FoundProject, discover
from images.core.addresses import cloud_of
from images.core.encryption import SecretUnreadable
from images.core.locking import locked

logger = logging.getLogger(__name__)


class ChoiceRefused(Exception):
    """A picked project cannot be managed; the message is a sentence for people, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A project to pick. `managed`: it is managed through this account; `elsewhere`: the account it is managed by."""

    project: FoundProject
    managed: bool
    elsewhere: str = ""

    @property
    def possible(self) -> bool:
        return self.managed or not (self.project.problem or self.elsewhere)


@dataclass(frozen=True, slots=True)
class Choices:
    """`problem`: why the cloud could not be asked; then only projects that are known from before are there."""

    choices: Sequence[Choice]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceResult:
    """How many projects were taken under management, and how many given up."""

    added: int
    dropped: int


def choices(account: Account) -> Choices:
    """Everything that the credential opens now, and what is managed already although it does not open it any more."""
    held = _held(account)
    problem = ""
    projects: list[FoundProject] = []
    try:
        projects = _as_held(discover(connection_of(account)), held)
    except (ConnectionRefused, SecretUnreadable) as error:
        problem = str(error)
    elsewhere = _elsewhere(account)
    listed = [
        Choice(project, _is_managed(held.get(project.key)), elsewhere.get(project.key, "")) for project in projects
    ]
    keys = {project.key for project in projects}
    lost = [
        Choice(_as_found(project), managed=True) for key, project in held.items() if key not in keys and project.enabled
    ]
    return Choices(sorted([*listed, *lost], key=lambda choice: (choice.project.region, choice.project.name)), problem)


def choose_projects(*, actor: User, account: Account, picked: Collection[str]) -> ChoiceResult:
    """Manages exactly the picked projects (FoundProject.key) of an account. Synchronisation of new ones starts at once.

    A project that is no longer picked keeps its cached images, unseen, until the account is removed: to pick it again
    costs one synchronisation and not a first one. Raises PermissionDenied, ChoiceRefused, ConnectionRefused and
    SecretUnreadable; the cloud is asked only for projects that are not known yet.
    """
    check_can_manage_accounts(actor)
    wanted = frozenset(picked)
    by_key = _found(account, wanted)
    with transaction.atomic():
        account = locked(Account.objects.present(), account)
        _lock_regions(account, by_key.values())
        held = _held(account)
        _check_elsewhere(account, wanted)
        added = [_manage(account, held.get(key), by_key.get(key)) for key in sorted(wanted)]
        fresh = [project for project in added if project is not None]
        dropped = [project for key, project in held.items() if project.enabled and key not in wanted]
        account.projects.filter(pk__in=[project.pk for project in dropped]).update(enabled=False)
        for event, projects in ((ProjectEvent.MANAGED, fresh), (ProjectEvent.GIVEN_UP, dropped)):
            for project in projects:
                audit.record(event=event, actor=actor, project=project, subject=project)
        for project in fresh:
            holder_managed.send(sender=Project, holder=project)
        for region in {project.region_id: project.region for project in fresh}.values():
            holder_managed.send(sender=Region, holder=region)
    logger.info(
        "account %s: %d projects added, %d given up by %s", account, len(fresh), len(dropped), actor.get_username()
    )
    return ChoiceResult(len(fresh), len(dropped))


def _found(account: Account, wanted: frozenset[str]) -> dict[str, FoundProject]:
    held = _held(account)
    unknown = wanted - held.keys()
    if not unknown:
        return {}
    projects = {project.key: project for project in _as_held(discover(connection_of(account)), held)}
    for key in sorted(unknown):
        project = projects.get(key)
        if project is None:
            raise ChoiceRefused(_("“%(key)s” is not there any more. Look at the list again.") % {"key": key[:200]})
        if project.problem:
            raise ChoiceRefused(
                _("%(name)s cannot be managed: %(problem)s") % {"name": project.name, "problem": project.problem}
            )
    return projects


def _check_elsewhere(account: Account, wanted: frozenset[str]) -> None:
    """Twice the same project would show each of its images twice."""
    for key, other in _elsewhere(account).items():
        if key in wanted:
            raise ChoiceRefused(
                _("%(key)s is managed through the account “%(other)s” already.") % {"key": key, "other": other}
            )


def _lock_regions(account: Account, projects: Iterable[FoundProject]) -> None:
    """Whoever picks projects of the same cloud through another account waits, and then sees what we picked."""
    cloud = cloud_of(account.auth_url)
    for name in sorted({project.region for project in projects}):
        Region.objects.get_or_create(cloud=cloud, name=name)
    list(Region.objects.filter(cloud=cloud).order_by("pk").select_for_update())


def _manage(account: Account, held: Project | None, project: FoundProject | None) -> Project | None:
    """The project if it was not managed before, else None."""
    if held is not None:
        if held.enabled:
            return None
        held.enabled = True
        held.save(update_fields=["enabled"])
        return held
    assert project is not None  # noqa: S101 - _found has looked
    region = Region.objects.get(cloud=cloud_of(account.auth_url), name=project.region)
    return Project.objects.create(
        account=account,
        region=region,
        project_id=project.project_id,
        name=project.name[:100],
        endpoint=project.endpoint,
        kind=project.kind,
    )


def _held(account: Account) -> dict[str, Project]:
    projects = account.projects.select_related("region")
    return {f"{project.region.name}/{project.project_id}": project for project in projects}


def _as_held(projects: Iterable[FoundProject], held: Mapping[str, Project]) -> list[FoundProject]:
    """Of a catalogue without regions, a project stays in the one in which it is managed (earlier releases took its name
    for one): in another it would be managed, and each of its images shown, twice."""
    places = {(one.project_id, one.endpoint): one.region.name for one in held.values()}
    return [
        replace(project, region=places.get((project.project_id, project.endpoint), THE_REGION))
        if project.region == THE_REGION
        else project
        for project in projects
    ]


def _elsewhere(account: Account) -> dict[str, str]:
    """Projects of the same cloud that other accounts manage: key → the account's name."""
    projects = Project.objects.managed().exclude(account=account).filter(region__cloud=cloud_of(account.auth_url))
    rows = projects.values_list("region__name", "project_id", "account__name")
    return {f"{region}/{project_id}": name for region, project_id, name in rows}


def _is_managed(project: Project | None) -> bool:
    return project is not None and project.enabled


def _as_found(project: Project) -> FoundProject:
    return FoundProject(project.project_id, project.name, project.region.name, project.endpoint, project.kind)
