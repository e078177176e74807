"""Accounts with their projects, and how each is: for the page that shows them all and for what it polls."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from images.access.permissions import can_manage_accounts, visible_projects
from images.clouds.enums import CredentialKind
from images.clouds.models import Account, Project, Region, Synchronised
from images.clouds.services.connection import who
from images.core import clock, humanize
from images.core.error_messages import ErrorMessage, error_message
from images.core.requests import Person

Holder = Project | Region

_SIGNS_IN: Final = {
    CredentialKind.PASSWORD: _l("user %(who)s"),
    CredentialKind.ACCESS_KEY: _l("access key %(who)s"),
    CredentialKind.APPLICATION: _l("application credential %(who)s"),
    CredentialKind.TOKEN: _l("a token"),
    CredentialKind.OIDC_PASSWORD: _l("user %(who)s of an OpenID Connect provider"),
    CredentialKind.OIDC_CLIENT: _l("client %(who)s of an OpenID Connect provider"),
}


@dataclass(frozen=True)
class SyncHealth:
    """How fresh our copy is. `tone`: good, wait, bad or off; `words` says it; `failure` is why the last try failed.

    `value` of `most` images have been read (`most` None: nobody knows yet how many there are).
    """

    tone: str
    words: str
    moment: datetime | None = None
    failure: ErrorMessage | None = None
    contact_at: datetime | None = None
    busy: bool = False
    value: int | None = None
    most: int | None = None

    @property
    def percent(self) -> int | None:
        return min(99, 100 * self.value // self.most) if self.value is not None and self.most else None


@dataclass(frozen=True)
class Line:
    """A row of the table: a project, or the public images of a region. `ref` names it in forms ("p12", "r3")."""

    ref: str
    name: str
    project_id: str
    region: str
    kind: str
    managed: bool
    public: bool
    images: int
    query: str
    standing: SyncHealth


@dataclass(frozen=True)
class AccountLines:
    """An account and its rows, by region: projects first, then the region's public images."""

    account: Account
    host: str
    lines: Sequence[Line]

    @property
    def signs_in(self) -> str:
        """By what, and as whom, in words; never a secret."""
        account = self.account
        domain = account.domain or account.domain_id
        words = _SIGNS_IN[CredentialKind(account.kind)] % {"who": who(account)}
        return f"{words} ({domain})" if domain else str(words)


def overview(user: Person) -> list[AccountLines]:
    """What this person may see: their projects; administrators also what is not managed. Three queries."""
    everything = can_manage_accounts(user)
    projects = Project.objects.select_related("region").order_by("region__name", "name", "pk")
    if not everything:
        projects = projects.filter(pk__in=visible_projects(user))
    accounts = Account.objects.present().prefetch_related(Prefetch("projects", queryset=projects))
    now = clock.now()
    return [
        AccountLines(account, urlsplit(account.auth_url).netloc, list(_lines(account.projects.all(), now)))
        for account in accounts
        if everything or account.projects.all()
    ]


def lines_of(user: Person, refs: Collection[str]) -> list[Line]:
    """The rows with these refs that this person may see, in no particular order."""
    now = clock.now()
    return [_line(holder, now) for holder in holders_of(user, refs)]


def line_of(project: Project) -> Line:
    """The row of one project, with its region."""
    return _line(project, clock.now())


def holders_of(user: Person, refs: Collection[str] | None = None) -> list[Holder]:
    """The managed projects that this person may see, and their regions; all of them, or those that `refs` name."""
    projects = list(visible_projects(user).select_related("region"))
    regions = {project.region_id: project.region for project in projects}
    holders: list[Holder] = [*projects, *regions.values()]
    return holders if refs is None else [holder for holder in holders if ref_of(holder) in refs]


def ref_of(holder: Holder) -> str:
    return f"{'p' if isinstance(holder, Project) else 'r'}{holder.pk}"


def digest_of(lines: Iterable[Line]) -> str:
    """Changes whenever anything that is shown of these rows changes; ages do not count, they change by themselves."""
    facts = sorted(repr((line.ref, line.images, line.standing.busy, line.standing.value, line.standing.moment,
                         line.standing.failure)) for line in lines)  # fmt: skip
    return hashlib.blake2b("\n".join(facts).encode(), digest_size=8).hexdigest()


def sync_health(holder: Synchronised, now: datetime, *, managed: bool = True) -> SyncHealth:
    """In this order: not ours, being worked on, waiting for that, failed, fresh."""
    if not managed:
        return SyncHealth("off", _("not managed"))
    if holder.lease_until and holder.lease_until > now:
        return _working(holder)
    if holder.wanted:
        return SyncHealth("wait", _("waiting for a worker"), busy=True, contact_at=holder.contact_at)
    if holder.error:
        return _failed(holder, now)
    if holder.synced_at is None:
        return SyncHealth("wait", _("not yet synchronised"), busy=True)
    ago = humanize.ago(holder.synced_at, now)
    return SyncHealth(
        "good", _("synchronised %(ago)s") % {"ago": ago}, moment=holder.synced_at, contact_at=holder.contact_at
    )


def _working(holder: Synchronised) -> SyncHealth:
    if holder.published_at is None:
        sentence = _("first synchronisation, %(count)s images so far") % {"count": humanize.number(holder.progress)}
        return SyncHealth("wait", sentence, busy=True, value=holder.progress)
    return SyncHealth("wait", _("synchronising"), busy=True, value=holder.progress, most=holder.image_count or None)


def _failed(holder: Synchronised, now: datetime) -> SyncHealth:
    """Since the last time that all was well, for that is how old what we show is."""
    since = holder.synced_at or holder.error_at
    if holder.synced_at:
        sentence = _("failing; last synchronised %(ago)s") % {"ago": humanize.ago(holder.synced_at, now)}
    else:
        sentence = _("failed, never synchronised yet")
    failure = error_message(holder.error_code, holder.error, holder.error_request_id)
    return SyncHealth("bad", sentence, moment=since, failure=failure, contact_at=holder.contact_at)


def _lines(projects: Iterable[Project], now: datetime) -> Iterable[Line]:
    regions: dict[int, list[Project]] = {}
    for project in projects:
        regions.setdefault(project.region_id, []).append(project)
    for group in regions.values():
        yield from (_line(project, now) for project in group)
        if any(project.enabled for project in group):
            yield _line(group[0].region, now)


def _line(holder: Holder, now: datetime) -> Line:
    if isinstance(holder, Region):
        return Line(
            ref=ref_of(holder), name=_("Public images"), project_id="", region=holder.name, kind="", managed=True,
            public=True, images=holder.image_count, query=f"region:{quoted(holder.name)} type:gold",
            standing=sync_health(holder, now),
        )  # fmt: skip
    return Line(
        ref=ref_of(holder), name=holder.name, project_id=holder.project_id, region=holder.region.name,
        kind=holder.get_kind_display(), managed=holder.enabled, public=False, images=holder.image_count,
        query=f"project:{quoted(holder.name)}", standing=sync_health(holder, now, managed=holder.enabled),
    )  # fmt: skip


def quoted(value: str) -> str:
    """As a value of the search bar."""
    return f'"{value}"' if " " in value else value


def summary(lines: Collection[Line]) -> str:
    """For those who do not see the colours change: how it ended."""
    failed = sum(1 for line in lines if line.standing.tone == "bad")
    if failed:
        return ngettext("%(n)d could not be synchronised.", "%(n)d could not be synchronised.", failed) % {"n": failed}
    return _("Synchronisation finished.")
