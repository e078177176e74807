"""Who is to hear of a notice, what a person has not read, and the pages of what they were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.http import QueryDict

from images.access.models import Grant
from images.access.permissions import ROLES, Ability, visible_projects
from images.clouds.models import Project
from images.core.ids import id_of
from images.core.requests import Person
from images.notices.kinds import Audience, find
from images.notices.models import Delivery, Notice, NoticeCopy, NoticeCopyQuerySet

PER_PAGE = 50
#: The bell counts no further.
MOST_COUNTED = 99
#: In the menu of the bell.
NEWEST = 8


def overdue_since(now: datetime) -> datetime | None:
    """Since when the oldest delivery has been due that nobody has made; None: none is due."""
    at: datetime | None = Delivery.objects.filter(next_at__lte=now).aggregate(at=Min("next_at"))["at"]
    return at


def people_for(notice: Notice) -> QuerySet[User]:
    """Those who are to hear of it, by what they may at this moment."""
    people = get_user_model().objects.filter(is_active=True).order_by("pk")
    staff = Q(is_staff=True) | Q(is_superuser=True)
    if notice.audience == Audience.NAMED:
        people = people.filter(pk__in=notice.people)
        return people if notice.project_id is None else people.filter(_in_project(notice.project) | staff)
    if notice.audience == Audience.STAFF or notice.project is None:
        return people.filter(staff).exclude(pk__in=notice.people)
    roles = () if notice.audience == Audience.VIEW else ROLES[Ability(notice.audience)]
    theirs = _in_project(notice.project, *roles)
    # administrators of the console may everything everywhere, but hear of what is somebody else's business only there
    # where nobody else would
    recipients = people.filter(theirs).exclude(pk__in=notice.people)
    return recipients if recipients.exists() else people.filter(staff).exclude(pk__in=notice.people)


def _in_project(project: Project | None, *roles: str) -> Q:
    """People whom a team gives one of these roles in the project (any, without `roles`)."""
    if project is None or not project.enabled:
        return Q(pk__in=())
    grants = Grant.objects.filter(Q(project=project) | Q(project=None), team__memberships__user=OuterRef("pk"))
    return Q(Exists(grants.filter(role__in=roles) if roles else grants))


def unread(user: Person) -> int:
    """How many; MOST_COUNTED + 1 stands for more. One query along the index of what is unread."""
    mine = NoticeCopy.objects.visible_to(user).unread().order_by()
    return mine.values("pk")[: MOST_COUNTED + 1].count()


def newest(user: Person) -> Sequence[NoticeCopy]:
    """For the menu of the bell: what is unread."""
    return list(_whole(NoticeCopy.objects.visible_to(user).unread())[:NEWEST])


@dataclass(frozen=True, slots=True)
class NoticeQuery:
    """What the page is asked for. `before`: a primary key, 0 from the start."""

    kind: str = ""
    project: int = 0
    unread: bool = False
    before: int = 0

    @classmethod
    def of(cls, query: QueryDict) -> "NoticeQuery":
        kind = query.get("kind", "")
        return cls(
            kind if find(kind) else "",
            id_of(query.get("project", "")),
            query.get("show") == "unread",
            id_of(query.get("before", "")),
        )


def listed(user: Person, query: NoticeQuery) -> tuple[Sequence[NoticeCopy], int]:
    """A page, newest first, and where the next one begins (0: there is none)."""
    rows = _whole(NoticeCopy.objects.visible_to(user))
    if query.unread:
        rows = rows.unread()
    if query.kind:
        rows = rows.filter(notice__kind=query.kind)
    if query.project:
        rows = rows.filter(notice__project=query.project)
    if query.before:
        rows = rows.filter(pk__lt=query.before)
    copies = list(rows[: PER_PAGE + 1])
    return copies[:PER_PAGE], copies[PER_PAGE - 1].pk if len(copies) > PER_PAGE else 0


def projects(user: Person) -> QuerySet[Project]:
    """Whose notices can be asked for."""
    return visible_projects(user).select_related("region").order_by("region__name", "name")


def _whole(rows: NoticeCopyQuerySet) -> NoticeCopyQuerySet:
    return rows.select_related("notice__project__region").order_by("-pk")
