"""Who a project ID belongs to: one of ours, an entry of the address book, or nobody that we know."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from images.access.permissions import visible_projects
from images.clouds.models import Project
from images.core.requests import Person
from images.core.spelling import containing
from images.partners.enums import Trust
from images.partners.models import Partner

PER_PAGE = 50
TONES = {Trust.TRUSTED: "good", Trust.KNOWN: "", Trust.BARRED: "bad"}


@dataclass(frozen=True, slots=True)
class Party:
    """A project by its ID at the cloud. `own`: it is managed here; neither own nor `partner`: nobody we know."""

    project_id: str
    name: str = ""
    own: bool = False
    region: str = ""
    partner: Partner | None = None

    def __str__(self) -> str:
        return self.name or self.project_id

    @property
    def is_known(self) -> bool:
        return self.own or self.partner is not None

    @property
    def is_barred(self) -> bool:
        return self.partner is not None and self.partner.is_barred

    @property
    def tone(self) -> str:
        return TONES[Trust(self.partner.trust)] if self.partner else ""


def parties(project_ids: Iterable[str]) -> dict[str, Party]:
    """Who these are, by ID; two queries. Our own projects are known by themselves."""
    wanted = set(project_ids)
    if not wanted:
        return {}
    partners = Partner.objects.by_project_id(wanted)
    own = Project.objects.managed().filter(project_id__in=wanted).select_related("region")
    by_id = {project_id: Party(project_id) for project_id in wanted}
    by_id |= {partner.project_id: _partner(partner) for partner in partners.values()}
    # at OpenStack one project is in several regions
    regions: dict[str, set[str]] = {}
    for project in own:
        regions.setdefault(project.project_id, set()).add(project.region.name)
        by_id[project.project_id] = Party(project.project_id, project.name, own=True)
    for project_id, names in regions.items():
        region = next(iter(names)) if len(names) == 1 else ""
        by_id[project_id] = Party(project_id, by_id[project_id].name, own=True, region=region)
    return by_id


def named(project_ids: Iterable[str]) -> list[Party]:
    """The same in the order in which they were named, each once."""
    ids = list(dict.fromkeys(project_ids))
    by_id = parties(ids)
    return [by_id[project_id] for project_id in ids]


def trust_of(project_ids: Iterable[str]) -> dict[str, str]:
    """How far the address book trusts these, by ID; those that are not in it are left out."""
    return {project_id: partner.trust for project_id, partner in Partner.objects.by_project_id(project_ids).items()}


def barred_of(project_ids: Iterable[str]) -> Partner | None:
    """The first of these that is barred."""
    return Partner.objects.filter(project_id__in=project_ids, trust=Trust.BARRED).first()


def _partner(partner: Partner) -> Party:
    return Party(partner.project_id, partner.name, region=partner.region, partner=partner)


def book(text: str = "", trust: str = "") -> QuerySet[Partner]:
    """Entries by name; `text`: in name, organisation, notes, or the beginning of the ID."""
    partners = Partner.objects.order_by("name", "project_id")
    if trust in Trust:
        partners = partners.filter(trust=trust)
    if text:
        words = containing("name", text) | containing("organisation", text) | containing("notes", text)
        partners = partners.filter(words | Q(project_id__startswith=text))
    return partners


def page_of(entries: QuerySet[Partner], number: str) -> Page[Partner]:
    return Paginator(entries, PER_PAGE).get_page(number)


def own_projects(user: Person, text: str = "") -> QuerySet[Project]:
    """Managed projects that this person sees: they are in the book by themselves."""
    projects = visible_projects(user).select_related("region").order_by("region__name", "name")
    return projects.filter(containing("name", text) | Q(project_id__startswith=text)) if text else projects


def suggested(user: Person, text: str, *, most: int = 12) -> list[Party]:
    """Whom one might share with: partners that are not barred and our own projects, by what was typed of them."""
    partners = [_partner(partner) for partner in book(text).exclude(trust=Trust.BARRED)[:most]]
    seen = {party.project_id for party in partners}
    for project in own_projects(user, text)[:most]:
        if project.project_id not in seen:
            seen.add(project.project_id)
            partners.append(Party(project.project_id, project.name, own=True, region=project.region.name))
    return partners[:most]
