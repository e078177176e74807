"""Reading what is shared out of our projects: a page of it by an index, with what is stale about each share."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.cache.enums import MemberStatus
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core.choices import labels_of
from images.core.ids import id_of
from images.core.requests import Person
from images.core.spelling import containing
from images.operations.models.operation import OperationItem
from images.partners.enums import Trust
from images.partners.queries import Party, book, parties
from images.sharing.models import MemberList, Share

PER_PAGE: Final = 50
_LONGEST = 200
_AT_ONCE = 500
#: What the page sorts by → its columns; each is an index, with the key behind so that pages never overlap.
SORTS: Final[Mapping[str, tuple[str, str]]] = {
    "shared": ("shared_at", "id"),
    "changed": ("changed_at", "id"),
    "image": ("image_name", "id"),
    "recipient": ("recipient", "id"),
    "status": ("status", "shared_at"),
}
#: Why a share deserves a look, in the order of weight.
STALE: Final = {
    "gone": _("the image is gone"),
    "inactive": _("the image is not active"),
    "barred": _("the recipient is barred"),
    "unknown": _("the recipient is not in the address book"),
    "waiting": _("unanswered for long"),
    "superseded": _("there is a newer image of this name"),
}
TONES: Final[Mapping[str, str]] = {
    MemberStatus.ACCEPTED: "good",
    MemberStatus.PENDING: "wait",
    MemberStatus.REJECTED: "bad",
}


@dataclass(frozen=True, slots=True)
class ShareQuery:
    """What the address asks for; what makes no sense counts as not asked. `stale`: one of STALE, or "any"."""

    project: int = 0
    recipient: str = ""
    status: str = ""
    stale: str = ""
    text: str = ""
    sort: str = "shared"
    way: str = "down"

    @classmethod
    def of(cls, query: QueryDict) -> "ShareQuery":
        project = query.get("project", "")
        stale = query.get("stale", "")
        return cls(
            project=id_of(project),
            recipient=_words(query.get("recipient", ""))[:64],
            status=query.get("status", "") if query.get("status") in MemberStatus else "",
            stale=stale if stale in {*STALE, "any"} else "",
            text=_words(query.get("text", "")),
            sort=query.get("sort", "") if query.get("sort") in SORTS else "shared",
            way="up" if query.get("way") == "up" else "down",
        )

    @property
    def filters(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self) if one.name not in {"sort", "way"})


@dataclass(frozen=True, slots=True)
class Line:
    """A share as it is shown: to whom, and what is stale about it."""

    share: Share
    party: Party
    tone: str
    stale: Sequence[str]


def listed(user: Person, asked: ShareQuery, number: str) -> tuple[Page[int], list[Line]]:
    """The keys of a page come by an index alone; what is stale is asked of its rows."""
    page = Paginator(_asked(user, asked).values_list("pk", flat=True), PER_PAGE).get_page(number)
    return page, _lines_of(list(page.object_list))


def every(user: Person, asked: ShareQuery) -> Iterator[Line]:
    """All of them, a piece at a time, for files."""
    keys = list(_asked(user, asked).values_list("pk", flat=True))
    for start in range(0, len(keys), _AT_ONCE):
        yield from _lines_of(keys[start : start + _AT_ONCE])


def _lines_of(keys: Sequence[int]) -> list[Line]:
    """In the order of their keys; who went meanwhile is left out."""
    rows = {share.pk: share for share in with_staleness(Share.objects.filter(pk__in=keys))}
    return lines([rows[key] for key in keys if key in rows])


def lines(shares: Collection[Share]) -> list[Line]:
    """`shares` as `with_staleness` gives them."""
    known = parties(share.recipient for share in shares)
    return [
        Line(
            share,
            known[share.recipient],
            TONES.get(share.status, ""),
            [str(words) for name, words in STALE.items() if getattr(share, f"is_{name}")],
        )
        for share in shares
    ]


def _asked(user: Person, asked: ShareQuery) -> QuerySet[Share]:
    found: QuerySet[Share] = Share.objects.visible_to(user)
    if asked.stale:
        found = with_staleness(found)
    if asked.project:
        found = found.filter(project=asked.project)
    if asked.recipient:
        found = found.filter(recipient=asked.recipient)
    if asked.status:
        found = found.filter(status=asked.status)
    if asked.stale:
        reasons = STALE if asked.stale == "any" else (asked.stale,)
        wanted = Q()
        for name in reasons:
            wanted |= Q(**{f"is_{name}": True})
        found = found.filter(wanted)
    if asked.text:
        called = book().filter(containing("name", asked.text) | containing("organisation", asked.text))
        ours = Project.objects.managed().filter(containing("name", asked.text))
        found = found.filter(
            containing("image_name", asked.text)
            | Q(image_uid=asked.text)
            | Q(recipient__startswith=asked.text)
            | Q(recipient__in=called.values("project_id"))
            | Q(recipient__in=ours.values("project_id"))
        )
    sign = "" if asked.way == "up" else "-"
    return found.order_by(*(f"{sign}{column}" for column in (*SORTS[asked.sort], "pk")))


def with_staleness(shares: QuerySet[Share]) -> QuerySet[Share]:
    """With `is_…` for each reason of STALE, and what pages show of the image."""
    partner = book().filter(project_id=OuterRef("recipient"))
    ours = Project.objects.managed().filter(project_id=OuterRef("recipient"))
    # by the name, and by nothing else that has an index: without statistics SQLite takes that of the project or of the
    # time, and goes through thousands of images for each share (29 s instead of 0.3 for 10,000)
    newer = Image.objects.annotate(of=F("project_id") + 0, made=Coalesce("created_at", "created_at")).filter(
        name=OuterRef("image__name"),
        of=OuterRef("project_id"),
        made__gt=OuterRef("image__created_at"),
        member_status="",
        status="active",
    )
    long_ago = timezone.now() - timedelta(days=settings.SHARE_STALE_DAYS)
    found = shares.annotate(
        is_gone=_says(Q(image=None)),
        is_inactive=_says(Q(image__isnull=False) & ~Q(image__status="active")),
        is_barred=Exists(partner.filter(trust=Trust.BARRED)),
        is_unknown=_says(~Exists(partner) & ~Exists(ours)),
        is_waiting=_says(Q(status=MemberStatus.PENDING, shared_at__lt=long_ago)),
        is_superseded=Exists(newer),
    )
    return found.select_related("project__region", "image").defer("image__document", "image__search_text")


def _says(condition: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(condition, BooleanField())


def _words(text: str) -> str:
    return text.replace("\0", "").strip()[:_LONGEST]


def read_until(user: Person) -> datetime | None:
    """Everything that the services said up to here is shown; None: some list was never read."""
    lists = MemberList.objects.filter(project__in=visible_projects(user))
    if lists.filter(read_at=None).exists():
        return None
    moment: datetime | None = lists.aggregate(at=Min("read_at"))["at"]
    return moment or timezone.now()


def reading_errors(user: Person) -> Sequence[str]:
    """Why some lists cannot be read, the latest few, each sentence once."""
    lists = MemberList.objects.filter(project__in=visible_projects(user), failures__gt=0).exclude(error="")
    rows = lists.order_by("-next_at").values_list("project__name", "error")[:50]
    return [f"{name}: {error}" for name, error in dict.fromkeys(rows)][:3]


def of_image(image: Image) -> tuple[list[Line], MemberList | None]:
    """Who has the image, as we read it last."""
    shares = with_staleness(Share.objects.filter(image=image)).order_by(F("shared_at").desc(), "pk")
    return lines(list(shares)), MemberList.objects.filter(image=image).first()


def of_items(pairs: Mapping[int, Sequence[str]]) -> dict[int, list[tuple[Party, str, str]]]:
    """Image → its recipients with their state ("" when it is not shared with them) and the colour of that.

    `pairs`: image → recipients that are asked about. Two or three queries, however many there are.
    """
    known = parties(one for recipients in pairs.values() for one in recipients)
    rows = Share.objects.filter(image__in=list(pairs)).order_by().values_list("image_id", "recipient", "status")
    states = {(image, recipient): status for image, recipient, status in rows}
    labels = labels_of(MemberStatus)
    return {
        image: [
            (
                known[one],
                labels.get(states.get((image, one), ""), states.get((image, one), "")),
                TONES.get(states.get((image, one), ""), ""),
            )
            for one in recipients
        ]
        for image, recipients in pairs.items()
    }


def recipients_of(items: Sequence[OperationItem]) -> dict[int, list[tuple[Party, str, str]]]:
    """Item (its key) → whom its image is (or was) shared with by this operation, and what each says now."""
    asked = {item.image_id: item.parameters.get("project_ids", ()) for item in items if item.image_id}
    found = of_items(asked)
    return {item.pk: found[item.image_id] for item in items if item.image_id in found}
